/**
 * What is kept of a TUF repository between runs: one file, so that it is replaced at once and several runs do not mix what
 * they fetched. Nothing in it is trusted: it is verified again at each use.
 */
import { createHash } from "node:crypto";
import { UnavailableError, VerificationError } from "../../errors.ts";
import { PRIVATE_MODE, removeAbandonedIn, writeWhole } from "../../io/atomic_write.ts";
import { LockHeldError, type LockOptions, waitForLock } from "../../io/lock_file.ts";
import type { Clock } from "../../io/retry.ts";
import { ioError } from "../../io/io_error.ts";
import { JSON_BOUNDS, parseStrictJson } from "../../json/parse.ts";
import { quote } from "../../text/quote.ts";
import { readLimited } from "../../io/read_limited.ts";
import { asBytes, asObject, asObjects, asText, asTime, isPresent, type JsonObject } from "../documents/read.ts";
import { TRUST_LIMITS } from "../documents/limits.ts";
import type { Bytes, Metadatas, TufState } from "./verify_state.ts";

/** What is kept. */
export interface Kept {
  /** The roots that followed the one to start from, oldest first. */
  readonly roots: readonly Bytes[];
  /** The newest verified metadata of each role: nothing older is accepted (TUF §5.4 to §5.6). */
  readonly seen: Metadatas;
  /** The last time that all was fetched. */
  readonly complete: TufState | undefined;
}

/**
 * The directory for what is kept of a repository.
 *
 * @param cacheDirectory The program's cache directory.
 * @param mirror Address of the repository.
 * @returns A directory directly below, whatever the address holds: its host, readable, and a digest.
 */
export function repositoryDirectory(cacheDirectory: string, mirror: URL): string {
  const readable = mirror.host.replaceAll(/[^a-z0-9.-]+/g, "_").slice(0, 60);
  const digest = createHash("sha256").update(mirror.href).digest("hex").slice(0, 16);
  return `${cacheDirectory}/tuf/${readable}-${digest}`;
}

/** What is kept at first. */
const NOTHING: Kept = { roots: [], seen: {}, complete: undefined };

const KEPT = "kept.json";

/** The file in that directory. */
export function keptFile(directory: string): string {
  return `${directory}/${KEPT}`;
}

/**
 * Reads what is kept.
 *
 * @param file The file.
 * @returns What is kept, `undefined` if there is nothing, or `"damaged"`.
 * @throws {UnavailableError} If the file cannot be read.
 */
export function readKept(file: string): Kept | undefined | "damaged" {
  let bytes: Bytes;
  try {
    bytes = readLimited(file, TRUST_LIMITS.cacheBytes, "what was fetched before,");
  } catch (error) {
    if (error instanceof UnavailableError && error.code === "NOT_FOUND") return undefined;
    if (error instanceof VerificationError) return "damaged"; // It is larger than anything that was written.
    throw error;
  }
  try {
    return parseKept(asObject(parseStrictJson(bytes, { ...JSON_BOUNDS, bytes: TRUST_LIMITS.cacheBytes }), "it"));
  } catch {
    return "damaged";
  }
}

function parseKept(document: JsonObject): Kept {
  const roots = asObjects(document.roots, "roots", TRUST_LIMITS.tufRoots).map(({ bytes }) => asBytes(bytes, "root"));
  const seen = asObject(document.seen, "seen");
  const complete = isPresent(document.complete) ? parseState(asObject(document.complete, "complete")) : undefined;
  return {
    roots,
    seen: { timestamp: optional(seen.timestamp), snapshot: optional(seen.snapshot), targets: optional(seen.targets) },
    complete,
  };
}

function optional(value: unknown): Bytes | undefined {
  return isPresent(value) ? asBytes(value, "it") : undefined;
}

function parseState(state: JsonObject): TufState {
  const fetchedAt = asTime(asText(state.fetchedAt, "fetchedAt"), "fetchedAt")!;
  const files = Object.entries(asObject(state.files, "files")).map(([name, bytes]) => [name, asBytes(bytes, name)]);
  return {
    timestamp: asBytes(state.timestamp, "timestamp"),
    snapshot: asBytes(state.snapshot, "snapshot"),
    targets: asBytes(state.targets, "targets"),
    files: Object.fromEntries(files),
    fetchedAt,
  };
}

/** Milliseconds to wait for another process that writes. Writing takes a few. */
export const LOCK_WAIT_MS = 5_000;

/** What the cache needs of its environment. */
export interface CacheEnvironment {
  readonly clock: Clock;
  /** Called with what could not be read or kept. */
  readonly onWarning: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The cache of one repository while it is fetched. Fetching works without it: a cache that cannot be read, locked or
 * written leads to one warning, and nothing is kept.
 */
export class TufCache {
  readonly #directory: string | undefined;
  readonly #environment: CacheEnvironment;
  #isUsable = true;

  /**
   * Makes the cache.
   *
   * @param directory The directory of the repository; it need not exist. Without one nothing is kept.
   * @param environment Clock, warnings, and what ends waiting.
   */
  constructor(directory: string | undefined, environment: CacheEnvironment) {
    this.#directory = directory;
    this.#environment = environment;
    if (directory === undefined) {
      this.#giveUp("Cannot keep what the TUF repository says: no cache directory is known; set HOME or XDG_CACHE_HOME");
    }
  }

  /**
   * Reads what was kept before.
   *
   * @returns What was kept; nothing if it is damaged or cannot be read.
   */
  read(): Kept {
    if (this.#directory === undefined) return NOTHING;
    try {
      const kept = readKept(keptFile(this.#directory));
      return kept === undefined || kept === "damaged" ? NOTHING : kept;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      this.#giveUp(error.message);
      return NOTHING;
    }
  }

  /**
   * Replaces what is kept, whole or not at all.
   *
   * @param merge Makes what to keep of what another run may have kept meanwhile.
   */
  async keep(merge: (other: Kept) => Kept): Promise<void> {
    if (this.#directory === undefined || !this.#isUsable) return;
    const { clock, signal } = this.#environment;
    const lockPath = `${this.#directory}/lock`;
    try {
      Deno.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      using _lock = await lock(lockPath, { clock, signal, waitMs: LOCK_WAIT_MS });
      removeAbandonedIn(this.#directory);
      const kept = JSON.stringify(asDocument(merge(this.read())));
      writeWhole(keptFile(this.#directory), [new TextEncoder().encode(kept)], { mode: PRIVATE_MODE });
    } catch (error) {
      const explained = ioError("keep what the TUF repository says in", this.#directory, error);
      if (!(explained instanceof UnavailableError)) throw explained;
      this.#giveUp(explained.message);
    }
  }

  /** Once is enough: the next try would wait or fail again. */
  #giveUp(reason: string): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.#environment.onWarning(`${reason}; it is fetched again each time, and an older state would not be noticed`);
  }
}

async function lock(path: string, options: LockOptions): Promise<Disposable> {
  try {
    return await waitForLock(path, options);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw ioError("lock", path, error);
    throw new UnavailableError("LOCKED", `Cannot lock ${quote(path)}: ${error.message}`, { cause: error });
  }
}

function asDocument({ roots, seen, complete }: Kept): JsonObject {
  const base64 = (bytes: Bytes | undefined): string | undefined => bytes?.toBase64();
  return {
    roots: roots.map((bytes) => ({ bytes: base64(bytes) })),
    seen: { timestamp: base64(seen.timestamp), snapshot: base64(seen.snapshot), targets: base64(seen.targets) },
    complete: complete === undefined ? undefined : {
      timestamp: base64(complete.timestamp),
      snapshot: base64(complete.snapshot),
      targets: base64(complete.targets),
      files: Object.fromEntries(Object.entries(complete.files).map(([name, bytes]) => [name, base64(bytes)])),
      fetchedAt: complete.fetchedAt.toISOString(),
    },
  };
}
