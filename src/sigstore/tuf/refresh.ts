/**
 * The trust material of a Sigstore instance from its TUF repository (The Update Framework), fetched when due and cached.
 *
 * What was fetched within the last day and has not expired is used without asking again: a withdrawn key is distrusted
 * within a day, and frequent verification does not depend on the repository each time. New and cached metadata pass
 * through the same verifier, {@linkcode TrustedMetadata}. Every step that succeeds is kept, whatever fails later.
 */
import { ModelSigningError, UnavailableError, VerificationError } from "../../errors.ts";
import { type Clock, SYSTEM_CLOCK } from "../../io/retry.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { bytesEqual } from "../../text/bytes_equal.ts";
import type { RequestPolicy } from "../../io/http.ts";
import { mergeKept } from "./merge_kept.ts";
import { knownDigests, verifyFile } from "./metadata.ts";
import { TRUST_LIMITS } from "../documents/limits.ts";
import { type Kept, repositoryDirectory, TufCache } from "./cache.ts";
import { TufFetcher } from "./fetcher.ts";
import { type Bytes, StartRootError, TrustedMetadata, TufError, type TufState, verifyState } from "./verify_state.ts";
import { asTufTrust, startRootError, type TufRepository, type TufTrust } from "./targets.ts";
import { TARGETS, TRUSTED_ROOT } from "./target_names.ts";

/** How long fetched metadata is used without asking again, in milliseconds: a day. */
export const FRESH_MS = 24 * 60 * 60 * 1000;

/** How to fetch. */
export interface FetchOptions {
  /** Ask the repository even if what is kept is fresh. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that everything together may take. */
  readonly timeLimitMs?: number;
  /** How long to wait for one answer. */
  readonly retryPolicy?: RequestPolicy;
  /** Called with what could not be kept. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** The clock, for tests. */
  readonly clock?: Clock;
}

const TIME_LIMIT_MS = 90_000;

/**
 * The trust material of a repository: from the cache if that is fresh, else from the network.
 *
 * @param repository The repository.
 * @param options How to fetch.
 * @returns What the repository says.
 * @throws {VerificationError} If what it serves is refused: expired, older than before, or not signed as it must be
 * (`TUF_REFUSED`).
 * @throws {UnavailableError} If it cannot be reached.
 */
export async function fetchTrust(repository: TufRepository, options: FetchOptions = {}): Promise<TufTrust> {
  const { clock = SYSTEM_CLOCK, onWarning = () => {}, signal } = options;
  const { cacheDirectory, mirror } = repository;
  const directory = cacheDirectory === undefined ? undefined : repositoryDirectory(cacheDirectory, mirror);
  const cache = new TufCache(directory, { clock, onWarning, signal });
  const now = new Date(clock.now());
  const kept = cache.read();
  const fresh = options.force ? undefined : freshTrust(repository, kept, now);
  return fresh ?? await refresh({ repository, cache, kept, now }, options);
}

/** The last complete state, if it is less than a day old and nothing newer was seen since. */
function freshTrust({ root }: TufRepository, { roots, seen, complete }: Kept, now: Date): TufTrust | undefined {
  if (complete === undefined || seen.timestamp === undefined) return undefined;
  const age = now.getTime() - complete.fetchedAt.getTime();
  if (age < 0 || age >= FRESH_MS || !bytesEqual(seen.timestamp, complete.timestamp)) return undefined;
  try {
    return asTufTrust(verifyState(root, roots, complete, now), complete.fetchedAt);
  } catch (error) {
    if (error instanceof TufError) return undefined;
    throw error;
  }
}

/** One visit to a repository. */
interface Visit {
  readonly repository: TufRepository;
  readonly cache: TufCache;
  /** What was kept before. */
  readonly kept: Kept;
  readonly now: Date;
}

async function refresh(visit: Visit, options: FetchOptions): Promise<TufTrust> {
  const limit = options.timeLimitMs ?? TIME_LIMIT_MS;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(tooLate(visit, limit)), limit);
  const signal = options.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, options.signal]);
  const fetcher = new TufFetcher(visit.repository.mirror, signal, options.retryPolicy);
  try {
    return await update(visit, fetcher);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explain(visit, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The client workflow (TUF §5). */
async function update(visit: Visit, fetcher: TufFetcher): Promise<TufTrust> {
  const { repository, kept, now } = visit;
  const trusted = new TrustedMetadata(repository.root, now);
  trusted.followRoots(kept.roots);
  trusted.rememberSeen(kept.seen);

  try {
    await updateRoots(trusted, fetcher);
  } finally {
    // Before anything else is asked for: who hides a newer root next time must not bring back a withdrawn key.
    await keep(visit, trusted, kept.complete);
  }
  trusted.finishRoots();
  trusted.updateTimestamp(await fetcher.fetch("timestamp.json", TRUST_LIMITS.timestampBytes));
  await keep(visit, trusted, kept.complete);
  await updateSnapshot(trusted, fetcher);
  await keep(visit, trusted, kept.complete);
  await updateTargets(trusted, fetcher);
  await keep(visit, trusted, kept.complete);

  const files = await fetchFiles(visit, trusted, fetcher);
  const verified = trusted.verifyFiles(files);
  await keep(visit, trusted, { ...trusted.newest, files, fetchedAt: now } as TufState);
  return asTufTrust(verified, now);
}

/** Keeps what is trusted now, if that is news. */
async function keep({ repository, cache, kept }: Visit, trusted: TrustedMetadata, complete?: TufState): Promise<void> {
  const { newerRoots: roots, newest: seen } = trusted;
  if (complete === kept.complete && isSameKept(kept, { roots, seen, complete })) return;
  await cache.keep((other) => mergeKept(repository.root, { roots, seen, complete }, other));
}

function isSameKept(one: Kept, other: Kept): boolean {
  const bytes = ({ roots, seen }: Kept): (Bytes | undefined)[] => [
    seen.timestamp,
    seen.snapshot,
    seen.targets,
    ...roots,
  ];
  const [some, others] = [bytes(one), bytes(other)];
  return some.length === others.length &&
    some.every((bytes, i) => bytes === others[i] || bytesEqual(bytes ?? EMPTY, others[i] ?? EMPTY));
}

const EMPTY = new Uint8Array();

/** Newer roots, one by one (§5.3). */
async function updateRoots(trusted: TrustedMetadata, fetcher: TufFetcher): Promise<void> {
  for (let count = 0; count < TRUST_LIMITS.tufRoots; count++) {
    const next = await fetcher.fetchRoot(trusted.root.version + 1);
    if (next === undefined) return;
    trusted.updateRoot(next);
  }
}

async function updateSnapshot(trusted: TrustedMetadata, fetcher: TufFetcher): Promise<void> {
  const { version, length = TRUST_LIMITS.metadataBytes } = trusted.snapshotMeta;
  if (isAccepted((bytes) => trusted.updateSnapshot(bytes), trusted.newest.snapshot)) return;
  trusted.updateSnapshot(await fetcher.fetch(metadataPath(trusted, "snapshot", version), length));
}

async function updateTargets(trusted: TrustedMetadata, fetcher: TufFetcher): Promise<void> {
  const { version, length = TRUST_LIMITS.metadataBytes } = trusted.targetsMeta;
  if (isAccepted((bytes) => trusted.updateTargets(bytes), trusted.newest.targets)) return;
  trusted.updateTargets(await fetcher.fetch(metadataPath(trusted, "targets", version), length));
}

/** Whether cached metadata is still the right one. */
function isAccepted(update: (bytes: Bytes) => void, cached: Bytes | undefined): boolean {
  if (cached === undefined) return false;
  try {
    update(cached);
    return true;
  } catch (error) {
    if (error instanceof TufError) return false;
    throw error;
  }
}

/** Consistent snapshots have the version in the name (§6.2). */
function metadataPath({ root }: TrustedMetadata, role: string, version: number): string {
  return root.consistentSnapshot ? `${version}.${role}.json` : `${role}.json`;
}

async function fetchFiles(
  { kept }: Visit,
  trusted: TrustedMetadata,
  fetcher: TufFetcher,
): Promise<Record<string, Bytes>> {
  const files: Record<string, Bytes> = {};
  for (const name of TARGETS) {
    const target = trusted.findTarget(name);
    if (target === undefined) continue;
    const known = kept.complete?.files[name];
    const isKnown = isAccepted((bytes) => verifyFile(name, bytes, target), known);
    files[name] = isKnown ? known! : await fetcher.fetch(targetPath(trusted, name, target.hashes), target.length);
    verifyFile(name, files[name], target);
  }
  if (files[TRUSTED_ROOT] === undefined) throw new TufError(`its targets do not list "${TRUSTED_ROOT}"`);
  return files;
}

/** Consistent snapshots have a digest in the name (§5.7.3). */
function targetPath({ root }: TrustedMetadata, name: string, hashes: Readonly<Record<string, string>>): string {
  return root.consistentSnapshot ? `targets/${knownDigests(name, hashes)[0]![1]}.${name}` : `targets/${name}`;
}

function tooLate({ repository }: Visit, limit: number): UnavailableError {
  return new UnavailableError(
    "SERVICE_FAILED",
    `Cannot get trust from the TUF repository at ${quote(repository.mirror.host)}: it took longer than ${
      limit / 1000
    } seconds`,
  );
}

/** Every failure names the repository and what to do. */
function explain({ repository }: Visit, error: unknown): unknown {
  const { mirror } = repository;
  if (error instanceof StartRootError) return startRootError(repository, error);
  if (error instanceof UnavailableError) {
    const hint = `to verify with what was fetched before, or ships with the program, use ${option("offline")}`;
    return new UnavailableError(error.code, `${error.message}; ${hint}`, { cause: error });
  }
  if (error instanceof ModelSigningError || !(error instanceof TufError)) return error;
  return new VerificationError(
    "TUF_REFUSED",
    `Cannot trust the TUF repository at ${quote(mirror.host)}: ${error.message}`,
    { cause: error },
  );
}
