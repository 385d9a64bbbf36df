/**
 * The trust of a Sigstore instance from its TUF repository (The Update Framework 1.0), fetched when due and kept.
 *
 * What was fetched within the last day and has not expired is used without asking again: a key that was withdrawn is
 * distrusted within a day, and whoever verifies often does not depend on the repository each time. `tuf-js` follows the
 * client workflow; its outcome is verified once more, as what was kept is at each use, so that there is one road to trust.
 */
import "../mend.ts";
import { Updater } from "tuf-js";
import { PersistError } from "tuf-js/dist/error.js";
import { ModelSigningError, UnavailableError, VerificationError } from "../../errors.ts";
import { ioError } from "../../io_error.ts";
import { quote } from "../../quote.ts";
import type { Patience } from "../http.ts";
import { TRUST_LIMITS } from "./limits.ts";
import { type Kept, keptFile, readKept, repositoryFolder, writeKept } from "./tuf_cache.ts";
import { TufFetcher } from "./tuf_fetcher.ts";
import {
  type Bytes,
  findTarget,
  TufError,
  type TufState,
  verifyFile,
  verifyRoots,
  verifyState,
  versionOf,
} from "./tuf_state.ts";
import { asTufTrust, TARGETS, TRUSTED_ROOT, type TufRepository, type TufTrust } from "./tuf_trust.ts";
import { WorkFolder } from "./work_folder.ts";

/** How long what was fetched is used without asking again, in milliseconds: a day. */
export const FRESH_MS = 24 * 60 * 60 * 1000;

/** How to fetch. */
export interface FetchOptions {
  /** Ask the repository even if what is kept is fresh. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that it all may take. */
  readonly timeLimitMs?: number;
  /** How long to wait for one answer. */
  readonly patience?: Patience;
}

const TIME_LIMIT_MS = 90_000;

/**
 * The trust that a repository tells: from what is kept if that is fresh, or else from the network.
 *
 * @param repository The repository.
 * @param options How to fetch.
 * @returns What it tells.
 * @throws {VerificationError} If what it serves is refused: expired, older than before, or not signed as it must be
 * (`TUF_REFUSED`).
 * @throws {UnavailableError} If it cannot be reached, or what it serves cannot be kept.
 */
export async function fetchTrust(repository: TufRepository, options: FetchOptions = {}): Promise<TufTrust> {
  const folder = repositoryFolder(repository.cacheFolder, repository.mirror);
  const now = new Date();
  const kept = readUsable(repository, keptFile(folder));
  const fresh = options.force ? undefined : await freshTrust(repository, kept, now);
  return fresh ?? await refresh({ repository, folder, kept, now }, options);
}

const NOTHING: Kept = { roots: [], seen: {}, complete: undefined };

/** What is kept. If its roots do not follow from the one to start from, nothing of it is of use. */
function readUsable({ root }: TufRepository, file: string): Kept {
  const kept = readKept(file);
  if (kept === undefined || kept === "damaged") return NOTHING;
  return areFit(root, kept.roots) ? kept : NOTHING;
}

function areFit(start: Bytes, roots: readonly Bytes[]): boolean {
  try {
    verifyRoots(start, roots);
    return true;
  } catch (error) {
    if (error instanceof TufError) return false;
    throw error;
  }
}

async function freshTrust(
  { root }: TufRepository,
  { roots, complete }: Kept,
  now: Date,
): Promise<TufTrust | undefined> {
  if (complete === undefined) return undefined;
  const age = now.getTime() - complete.fetchedAt.getTime();
  if (age < 0 || age >= FRESH_MS) return undefined;
  try {
    return asTufTrust(await verifyState(root, roots, complete, now), complete.fetchedAt);
  } catch (error) {
    if (error instanceof TufError) return undefined;
    throw error;
  }
}

/** One visit to a repository. */
interface Visit {
  readonly repository: TufRepository;
  /** Where things are kept. */
  readonly folder: string;
  /** What is kept from before. */
  readonly kept: Kept;
  readonly now: Date;
}

async function refresh(visit: Visit, options: FetchOptions): Promise<TufTrust> {
  const limit = options.timeLimitMs ?? TIME_LIMIT_MS;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(tooLate(visit, limit)), limit);
  const signal = options.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, options.signal]);
  const fetcher = new TufFetcher(signal, options.patience);
  try {
    return await update(visit, fetcher);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explain(visit, fetcher.failure ?? error);
  } finally {
    clearTimeout(timer);
  }
}

/** Fetches, verifies and keeps. What was seen is kept after a failure too, so that nothing older is taken next time. */
async function update(visit: Visit, fetcher: TufFetcher): Promise<TufTrust> {
  const { repository, folder, kept, now } = visit;
  using work = new WorkFolder(folder);

  work.write({ root: newestOf(repository.root, kept.roots), ...kept.seen });
  try {
    await followWorkflow(repository.mirror, work, fetcher);
  } catch (error) {
    await keep(visit, { roots: fitRoots(visit, fetcher), seen: work.read(), complete: kept.complete });
    throw error;
  }
  const roots = [...kept.roots, ...fetcher.roots];
  const seen = work.read() as Omit<TufState, "files" | "fetchedAt">;
  const files = await fetchFiles(visit, seen.targets, fetcher);
  const complete = { ...seen, files, fetchedAt: now };
  const verified = await verifyState(repository.root, roots, complete, now);
  await keep(visit, { roots, seen, complete });
  return asTufTrust(verified, now);
}

/** The client workflow (TUF §5.3 to §5.6): newer roots one by one, then timestamp, snapshot and targets. */
async function followWorkflow(mirror: URL, work: WorkFolder, fetcher: TufFetcher): Promise<void> {
  const updater = new Updater({
    metadataDir: work.path,
    metadataBaseUrl: mirror.href,
    fetcher,
    config: {
      maxRootRotations: TRUST_LIMITS.tufRoots,
      rootMaxLength: TRUST_LIMITS.tufRootBytes,
      snapshotMaxLength: TRUST_LIMITS.metadataBytes,
      targetsMaxLength: TRUST_LIMITS.metadataBytes,
    },
  });
  await updater.refresh();
}

/** The bytes of the newest root in a chain that is verified. */
function newestOf(start: Bytes, roots: readonly Bytes[]): Bytes {
  return [start, ...roots].reduce((newest, next) => versionOf(next) > versionOf(newest) ? next : newest);
}

/** The last root that came may be the one that was refused. */
function fitRoots({ repository, kept }: Visit, fetcher: TufFetcher): readonly Bytes[] {
  const all = [...kept.roots, ...fetcher.roots];
  return [all, all.slice(0, -1)].find((roots) => areFit(repository.root, roots)) ?? kept.roots;
}

async function keep({ repository: { root }, folder, now }: Visit, kept: Kept): Promise<void> {
  await writeKept(folder, kept, async ({ roots, complete }) => {
    if (complete === undefined) return false;
    try {
      const { timestampVersion } = await verifyState(root, roots, complete, now);
      return kept.complete === undefined || timestampVersion > versionOf(kept.complete.timestamp);
    } catch {
      return false;
    }
  });
}

async function fetchFiles(
  { repository, kept }: Visit,
  targets: Bytes,
  fetcher: TufFetcher,
): Promise<TufState["files"]> {
  const files: Record<string, Bytes> = {};
  for (const name of TARGETS) {
    const target = findTarget(targets, name);
    if (target === undefined) continue;
    const known = kept.complete?.files[name];
    const isKnown = known !== undefined && await verifyFile(name, known, target).then(() => true, () => false);
    files[name] = isKnown ? known : await fetchFile(repository, name, target, fetcher);
  }
  if (files[TRUSTED_ROOT] === undefined) throw new TufError(`its targets do not list "${TRUSTED_ROOT}"`);
  return files;
}

/** Targets are named by their digest as well (TUF §5.7.3), as all repositories of Sigstore do. */
async function fetchFile(
  { mirror }: TufRepository,
  name: string,
  target: NonNullable<ReturnType<typeof findTarget>>,
  fetcher: TufFetcher,
): Promise<Bytes> {
  const [digest] = Object.values(target.hashes);
  const url = new URL(`targets/${digest}.${name}`, asFolder(mirror));
  const bytes = new Uint8Array(await fetcher.downloadBytes(url.href, target.length));
  await verifyFile(name, bytes, target);
  return bytes;
}

function asFolder(url: URL): URL {
  return url.pathname.endsWith("/") ? url : new URL(`${url.pathname}/`, url);
}

function tooLate({ repository }: Visit, limit: number): UnavailableError {
  return new UnavailableError(
    "SERVICE_FAILED",
    `Cannot get trust from the TUF repository at ${quote(repository.mirror.host)}: it took longer than ${
      limit / 1000
    } seconds`,
  );
}

/** Every failure names the repository and what to do; the words of the library may quote what came from outside. */
function explain({ repository: { mirror }, folder }: Visit, error: unknown): unknown {
  if (error instanceof UnavailableError) {
    const hint = "to verify with what was fetched before, or ships with the program, use --offline";
    return new UnavailableError(error.code, `${error.message}; ${hint}`, { cause: error });
  }
  if (error instanceof ModelSigningError) return error;
  if (error instanceof PersistError) {
    return new UnavailableError("IO", `Cannot write in ${quote(folder)}: ${quote(error.message)}`, { cause: error });
  }
  const other = ioError("keep what is fetched in", folder, error);
  if (other !== error || !(error instanceof Error)) return other;
  const reason = error instanceof TufError ? error.message : quote(error.message.slice(0, 300));
  return new VerificationError(
    "TUF_REFUSED",
    `Cannot trust the TUF repository at ${quote(mirror.host)}: ${reason}`,
    { cause: error },
  );
}
