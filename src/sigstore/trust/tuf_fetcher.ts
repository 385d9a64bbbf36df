/** How `tuf-js` reaches a repository: bounded in size and time, and without a temporary file for each answer. */
import { Buffer } from "node:buffer";
import type { Fetcher } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";
import { UnavailableError } from "../../errors.ts";
import { ask, type Patience } from "../http.ts";
import { TRUST_LIMITS } from "./limits.ts";
import { type Bytes, readRoot } from "./tuf_state.ts";

/** A few small files of a content delivery network: whoever waits longer for one waits in vain. */
const TUF_PATIENCE: Patience = { tryMs: 20_000, tries: 3, pauseMs: 300, maxPauseMs: 5_000 };

/** Fetches the files of one repository. */
export class TufFetcher implements Fetcher {
  readonly #patience: Patience;
  readonly #signal: AbortSignal;
  readonly #roots: Bytes[] = [];
  #failure: UnavailableError | undefined;

  /**
   * Makes the fetcher.
   *
   * @param signal Stops all requests.
   * @param patience How long to wait for each.
   */
  constructor(signal: AbortSignal, patience: Patience = TUF_PATIENCE) {
    this.#signal = signal;
    this.#patience = patience;
  }

  /** The roots that came, oldest first; whether the last of them is fit is not known. */
  get roots(): readonly Bytes[] {
    return this.#roots;
  }

  /** The failure of the network that ended it all, if one did: the library tells only its words. */
  get failure(): UnavailableError | undefined {
    return this.#failure;
  }

  /** Fetches a file of at most so many bytes. */
  async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const isRoot = /\/\d+\.root\.json$/.test(url);
    const bytes = await this.#fetch(new URL(url), maxLength, isRoot);
    if (isRoot) {
      readRoot(bytes); // Stricter than the library: one key under two ids.
      this.#roots.push(bytes);
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Belongs to the interface, for target files, which are fetched as bytes here. */
  downloadFile<T>(): Promise<T> {
    return Promise.reject(new TypeError("files are not fetched to the disk"));
  }

  async #fetch(url: URL, maxLength: number, mayBeAbsent: boolean): Promise<Bytes> {
    try {
      const { status, bytes } = await ask({
        service: "the TUF repository",
        url,
        // A root that is not there yet ends the walk through the newer ones.
        accept: mayBeAbsent ? [403, 404] : [],
        maxBytes: Math.min(maxLength, TRUST_LIMITS.metadataBytes),
        patience: this.#patience,
        signal: this.#signal,
      });
      if (status < 300) return bytes;
      throw new DownloadHTTPError("there is none", status);
    } catch (error) {
      if (error instanceof UnavailableError) this.#failure = error;
      throw error;
    }
  }
}
