/** Downloads the files of a TUF repository, bounded in size and time. */
import { ask, directory, type RequestPolicy } from "../../io/http.ts";
import type { Bytes } from "./metadata.ts";
import { TRUST_LIMITS } from "../documents/limits.ts";

/** A few small files from a content delivery network: waiting longer for one of them is in vain. */
const TUF_PATIENCE: RequestPolicy = { tryMs: 20_000, tries: 3, pauseMs: 300, maxPauseMs: 5_000 };

/** Downloads the files of one repository. */
export class TufFetcher {
  readonly #mirror: URL;
  readonly #retryPolicy: RequestPolicy;
  readonly #signal: AbortSignal;

  /**
   * Makes the fetcher.
   *
   * @param mirror Address of the repository.
   * @param signal Stops all requests.
   * @param retryPolicy How long to wait for each.
   */
  constructor(mirror: URL, signal: AbortSignal, retryPolicy: RequestPolicy = TUF_PATIENCE) {
    this.#mirror = directory(mirror);
    this.#signal = signal;
    this.#retryPolicy = retryPolicy;
  }

  /**
   * Downloads a file.
   *
   * @param path Its path below the repository's address.
   * @param maxBytes Its largest possible size.
   * @returns Its content.
   * @throws {UnavailableError} If there is no such file, it is larger, or the repository cannot be reached.
   */
  async fetch(path: string, maxBytes: number): Promise<Bytes> {
    return (await this.#ask(path, maxBytes, [])).bytes;
  }

  /**
   * Downloads a version of the root.
   *
   * @param version The version.
   * @returns The root, or `undefined` if there is none: the version before is the newest (TUF §5.3.3).
   * @throws {UnavailableError} If it is too large, or the repository cannot be reached.
   */
  async fetchRoot(version: number): Promise<Bytes | undefined> {
    // Object stores answer with 403 for what does not exist.
    const { status, bytes } = await this.#ask(`${version}.root.json`, TRUST_LIMITS.tufRootBytes, [403, 404]);
    return status < 300 ? bytes : undefined;
  }

  #ask(path: string, maxBytes: number, accept: readonly number[]): ReturnType<typeof ask> {
    return ask({
      service: "the TUF repository",
      url: new URL(path, this.#mirror),
      accept,
      maxBytes: Math.min(maxBytes, TRUST_LIMITS.metadataBytes),
      retryPolicy: this.#retryPolicy,
      signal: this.#signal,
    });
  }
}
