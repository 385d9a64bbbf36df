/** Watches transparency logs for signatures in one's name: who signs should see every signing that was made so. */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { type ModelSigningError, UnavailableError, UsageError, VerificationError } from "../errors.ts";
import { claimedOidcIssuer } from "../x509/fulcio_certificate.ts";
import { option } from "../text/option.ts";
import { quote } from "../text/quote.ts";
import { bytesEqual } from "../text/bytes_equal.ts";
import { type Checkpoint, isSameTree, verifyCheckpoint } from "../sigstore/log/checkpoint.ts";
import { isEvidence, untilConfirmed } from "../sigstore/log/contradiction.ts";
import type { LogEntry, LogReader } from "../sigstore/log/log_reader.ts";
import { CompactRange } from "../sigstore/log/merkle.ts";
import { type OpenLog, openLog } from "../sigstore/log/open_log.ts";
import type { IndexQuery } from "../sigstore/log/rekor_v1_reader.ts";
import type { AskOptions } from "../sigstore/log/tree_source.ts";
import { createAuthorityCheck } from "./authorities.ts";
import { readClaims } from "./entry_claims.ts";
import { type Expected, readExpected } from "./expect.ts";
import { type Finding, isAlarming } from "./finding.ts";
import type { WatchedLog } from "./monitored_logs.ts";
import { createMatcher, identities, type Matcher, type Watch } from "./match.ts";
import { asMonitorFailure } from "./failure.ts";
import { openState, type State } from "./state.ts";
import { checkLogState, damagedState, type LogState } from "./state_document.ts";

/** How to watch. */
export interface WatchOptions extends AskOptions {
  /** What to watch for. */
  readonly watch: Watch;
  /** The only place from which the keys of logs and of certificate authorities are taken. */
  readonly trustedRoot: TrustedRoot;
  /** The logs, at least one. */
  readonly logs: readonly WatchedLog[];
  /** The file that says how far each log was looked at; without it, nothing is remembered. */
  readonly state?: string | undefined;
  /** For a log that the state does not know: the index to begin at. By default see {@linkcode FIRST_LOOK}. */
  readonly from?: number | undefined;
  /** For a log that the state does not know: look in its search index for older entries, if it has one. */
  readonly quick?: boolean | undefined;
  /** Signature files that are known. */
  readonly expect?: readonly string[] | undefined;
  /** Takes each finding. Only when it is done is the finding noted as reported, so that none is lost. */
  readonly onFinding: (finding: Finding) => void | Promise<void>;
  /** Told how far the reading of a log is, in entries. */
  readonly onProgress?: ((progress: MonitorProgress) => void) | undefined;
}

/** How far the reading of a log is. */
export interface MonitorProgress {
  /** The log. */
  readonly log: string;
  /** Entries that were looked at. */
  readonly done: number;
  /** Entries that are to be looked at. */
  readonly total: number;
}

/** What was done with a log. */
export interface LogResult {
  /** Its address. */
  readonly log: string;
  /** Index of the first entry that was looked at. */
  readonly from: number;
  /** Index behind the last one. */
  readonly to: number;
  /** Whether the log was not watched before. */
  readonly isNew: boolean;
  /** Whether the search index was asked: for a new log, if the log has one. */
  readonly searched: boolean;
  /** Entries that are not JSON, and so say nothing. */
  readonly notJson: number;
  /** Certificates that could be of the identity or key that is watched for, but could not be read. */
  readonly unreadable: number;
}

/** What watching came to. */
export interface MonitorResult {
  /** Of each log that could be read. */
  readonly logs: readonly LogResult[];
  /** How many findings there were. */
  readonly findings: number;
  /** How many of them are cause for alarm, plus those of an earlier run that was killed before it could say so. */
  readonly alarming: number;
  /** Whether the state file was there before; without one, `false`. */
  readonly resumed: boolean;
  /** Why logs could not be read, if there are alarming findings; without any, the first of these is thrown. */
  readonly failures: readonly ModelSigningError[];
}

/**
 * Looks at all entries that came into the logs since the last time, and reports those that are watched for.
 *
 * Each log must be consistent with what was seen of it before, and every entry is proven to be in it: a log can neither
 * hide an entry nor take one back without this being noticed. One that fails does not keep the others from being read.
 *
 * @param options What to watch, and how.
 * @returns What was done.
 * @throws {UsageError} If a log is not in the trusted root, or the options do not fit.
 * @throws {VerificationError} If a log contradicts itself or what it showed before (`LOG_CONTRADICTION`,
 * `LOG_CONSISTENCY`, `LOG_INCLUSION`): see `log/contradiction.ts`.
 * @throws {UnavailableError} If a log or the state cannot be read, or is not what it should be.
 */
export async function watchLogs(options: WatchOptions): Promise<MonitorResult> {
  const matcher = createMatcher(options.watch);
  const expected = readExpected(options.expect ?? []);
  const query = options.quick ? indexQuery(options.watch) : undefined;
  const isTrusted = createAuthorityCheck(options.trustedRoot);
  const state = openState(options.state, matcher.watch);
  try {
    const task: Task = { options, matcher, expected, query, state, isTrusted, told: [], findings: 0, alarming: 0 };
    const logs: LogResult[] = [];
    const failures: ModelSigningError[] = [];
    for (const log of options.logs) {
      try {
        logs.push(await lookPatiently(task, log));
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof VerificationError || error instanceof UnavailableError)) throw error;
        failures.push(asMonitorFailure(error));
      }
    }
    return finish(task, logs, failures);
  } finally {
    state.close();
  }
}

interface Task {
  readonly options: WatchOptions;
  readonly matcher: Matcher;
  readonly expected: Expected;
  readonly query: IndexQuery | undefined;
  readonly state: State;
  readonly isTrusted: ReturnType<typeof createAuthorityCheck>;
  /** The logs whose alarming findings of earlier, unfinished runs are counted in. */
  readonly told: LogState[];
  findings: number;
  /** Alarming findings: those of this run, which nothing in the state makes fewer, and the earlier ones. */
  alarming: number;
}

function asking({ signal, retryPolicy }: WatchOptions): AskOptions {
  return { signal, retryPolicy };
}

/** Evidence against a log counts most, then an alarming finding, then a log that could not be read. */
function finish(
  { state, told, findings, alarming }: Task,
  logs: LogResult[],
  failures: ModelSigningError[],
): MonitorResult {
  const evidence = failures.find((error) => isEvidence(error));
  if (evidence !== undefined) throw evidence;
  if (alarming === 0 && failures.length > 0) throw failures[0]!;
  for (const log of told) log.alarming = 0;
  state.save();
  return { logs, findings, alarming, failures, resumed: !state.isNew };
}

/** One visit to a log. It may take several attempts. Each resumes from the state that the previous one saved. */
interface Visit {
  readonly task: Task;
  readonly watched: WatchedLog;
  readonly counts: Counts;
  /** Index of the first entry; `undefined` until it is known. */
  from: number | undefined;
  isNew: boolean;
  searched: boolean;
  /** What the mismatch of this attempt, if there is one, is about. */
  suspect: Suspect | undefined;
}

/** A checkpoint that does not follow from the one seen before; or what the state says was read. */
type Suspect = { readonly at: LogState; readonly conflicting: Checkpoint } | { readonly at: LogState };

/** A reply that was damaged on the way is asked for again. */
async function lookPatiently(task: Task, watched: WatchedLog): Promise<LogResult> {
  const counts: Counts = { notJson: 0, unreadable: 0 };
  const visit: Visit = { task, watched, counts, from: undefined, isNew: false, searched: false, suspect: undefined };
  const { options: { trustedRoot }, matcher } = task;
  const before = matcher.unreadable;
  try {
    const { url, version } = watched;
    const log = await openLog(url, trustedRoot, { ...asking(task.options), version });
    const to = await untilConfirmed(asking(task.options), () => lookAtLog(visit, log));
    const { from = to, isNew, searched } = visit;
    return { log: log.url, from, to, isNew, searched, ...counts, unreadable: matcher.unreadable - before };
  } catch (error) {
    throw accuse(visit, error);
  }
}

/** Says whom a mismatch speaks against: the log, or the state, which nobody signed. */
function accuse({ task, suspect }: Visit, error: unknown): unknown {
  if (suspect === undefined || !(error instanceof VerificationError && isEvidence(error))) return error;
  if ("conflicting" in suspect) return contradicts(task, suspect.at, suspect.conflicting, error.message);
  const { at } = suspect;
  const what = `for the log ${
    quote(at.name)
  }, size and hashes are not those of the log's first ${at.range.size} entries`;
  return damagedState(task.options.state ?? "", what, error);
}

/** Returns the index after the last entry. */
async function lookAtLog(visit: Visit, log: OpenLog): Promise<number> {
  const { task } = visit;
  visit.suspect = undefined;
  const name = log.keys[0]!.names[0]!;
  const known = task.state.logs.find((one) => one.name === name);
  const seen = known && readSeen(known, log, task.options.state);
  const trees = await log.trees({ seen });
  visit.isNew ||= known === undefined;
  const at = known ?? await begin(task, name, trees);
  if (!task.told.includes(at)) {
    task.told.push(at);
    task.alarming += at.alarming;
  }
  const first = seen === undefined
    ? trees.findIndex((tree) => isSameTree(tree.checkpoint, at))
    : await resume(visit, at, seen, trees);
  visit.from ??= at.offset + at.range.size;
  visit.searched ||= await search(visit, at, log, trees);
  const end = at.offset + at.range.size + left(trees, first, at);
  for (const tree of trees.slice(first)) await walkTree(visit, at, tree, { log: log.url, from: visit.from, end });
  return at.offset + at.range.size;
}

/** What the state says is believed no more than what the log says. */
function readSeen(at: LogState, { keys }: OpenLog, state = ""): Checkpoint {
  let seen: Checkpoint;
  try {
    seen = verifyCheckpoint(at.checkpoint, keys);
  } catch (cause) {
    const what = `its checkpoint of ${quote(at.name)} is not signed with a key of that log that is trusted now`;
    throw damagedState(state, what, cause);
  }
  checkLogState(state, at, seen);
  return seen;
}

/** A log that was not watched before: from where the user says, or from now on. */
async function begin({ options, state, query }: Task, name: string, trees: readonly LogReader[]): Promise<LogState> {
  const last = trees.at(-1)!;
  const size = last.offset + last.checkpoint.treeSize;
  const index = Math.min(options.from ?? firstLook(size, options), size);
  const tree = trees.findLast((one) => one.offset <= index)!;
  const at: LogState = {
    name,
    origin: tree.checkpoint.origin,
    offset: tree.offset,
    checkpoint: tree.checkpoint.note,
    range: await tree.rangeAt(index - tree.offset, asking(options)),
    reported: -1,
    alarming: 0,
    searching: query !== undefined,
    contradiction: undefined,
    contradicted: undefined,
  };
  state.logs.push(at);
  state.save();
  return at;
}

/** Entries that a first look reads from the beginning: the log of a private instance, in a minute or two. */
const FIRST_LOOK = 100_000;

/** A log of a small instance is read from its beginning; one of billions of entries from now on, or by its index. */
function firstLook(size: number, { quick, state }: WatchOptions): number {
  if (quick) return size;
  if (size <= FIRST_LOOK) return 0;
  if (state !== undefined) return size;
  throw new UsageError(
    "STATE_NEEDED",
    `Cannot monitor a log of ${size} entries without ${
      option("state")
    }: name a file that remembers how far it was looked at; ` +
      `or use ${option("from")} or ${option("quick")} for one look at the past`,
  );
}

/** The tree that was read last must still be there, and begin with all that was seen of it. Returns which one it is. */
async function resume(visit: Visit, at: LogState, seen: Checkpoint, trees: readonly LogReader[]): Promise<number> {
  const { task } = visit;
  const index = trees.findIndex((tree) => isSameTree(tree.checkpoint, seen));
  const tree = trees[index];
  visit.suspect = { at, conflicting: tree?.checkpoint ?? trees.at(-1)!.checkpoint };
  if (tree === undefined) {
    throw new VerificationError("LOG_CONSISTENCY", `it no longer has the tree ${quote(seen.origin)}`);
  }
  await checkGrowth(visit, at, seen, tree);
  if (tree.offset !== at.offset) {
    const what = `for the log ${quote(at.name)}, offset is ${at.offset}, but the tree begins at index ${tree.offset}`;
    throw damagedState(task.options.state ?? "", what);
  }
  // Nobody signed what the state says was read. A mismatch here is no evidence against the log.
  visit.suspect = { at };
  await tree.consistency(at.range.head, tree.checkpoint, asking(task.options));
  visit.suspect = undefined;
  return index;
}

async function checkGrowth({ task }: Visit, at: LogState, seen: Checkpoint, tree: LogReader): Promise<void> {
  const now = tree.checkpoint;
  if (now.treeSize === seen.treeSize && !bytesEqual(now.rootHash, seen.rootHash)) {
    // Two signatures are proof enough; a later answer does not undo it.
    throw contradicts(task, at, now, "it signed two different trees of the same size");
  }
  if (now.treeSize < seen.treeSize) {
    if (!await isOnlyOld(task, seen, tree)) {
      throw contradicts(task, at, now, `the log shrank from ${seen.treeSize} to ${now.treeSize} entries`);
    }
    throw new UnavailableError(
      "LOG_STALE",
      `Cannot read the transparency log ${quote(at.name)}: it answers with an older checkpoint, of ${now.treeSize} ` +
        `entries, than the one seen before, of ${seen.treeSize}; the two are consistent, so a cache or a replica lags behind`,
    );
  }
  await tree.consistency(seen, now, asking(task.options));
}

/** A log that proves the older tree to be the beginning of the one seen before has taken nothing back. */
async function isOnlyOld({ options }: Task, seen: Checkpoint, tree: LogReader): Promise<boolean> {
  try {
    await tree.consistency(tree.checkpoint, seen, asking(options));
    return true;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof VerificationError || error instanceof UnavailableError) return false;
    throw error;
  }
}

/** The log signed both checkpoints: together they prove to others that it misbehaves. */
function contradicts({ options, state }: Task, at: LogState, now: Checkpoint, reason: string): VerificationError {
  at.contradiction ??= now.note;
  state.save();
  const evidence = options.state === undefined
    ? `it signed ${quote(at.checkpoint)} and ${quote(now.note)}`
    : `keep the state ${quote(options.state)}, which holds both checkpoints that it signed, as evidence`;
  return new VerificationError(
    "LOG_CONTRADICTION",
    `The transparency log ${quote(at.name)} contradicts what it showed before: ${withoutSubject(reason)}; ${evidence}`,
  );
}

/** The sentence already names the log. */
function withoutSubject(reason: string): string {
  return reason.replace(/^The transparency log contradicts itself: /, "");
}

function left(trees: readonly LogReader[], first: number, at: LogState): number {
  return trees.slice(first).reduce((sum, tree) => sum + tree.checkpoint.treeSize, -at.range.size);
}

interface Counts {
  notJson: number;
  unreadable: number;
}

/** The whole walk, for progress. */
interface Span {
  readonly log: string;
  readonly from: number;
  readonly end: number;
}

async function walkTree(visit: Visit, at: LogState, tree: LogReader, { log, from, end }: Span): Promise<void> {
  const { task } = visit;
  if (!isSameTree(at, tree.checkpoint)) {
    // The log continued in another tree, and all of the one before was read.
    at.range = new CompactRange();
    at.offset = tree.offset;
  }
  at.origin = tree.checkpoint.origin;
  if (at.contradiction !== undefined) at.contradicted ??= at.checkpoint;
  at.checkpoint = tree.checkpoint.note;
  task.state.save();
  const progress = (): void =>
    task.options.onProgress?.({ log, done: at.offset + at.range.size - from, total: end - from });
  progress();
  for await (const { entries, range } of tree.entries(at.range, asking(task.options))) {
    for (const entry of entries) await look(visit, at, log, entry);
    at.range = range;
    task.state.save();
    progress();
  }
}

/** An entry may name any number of digests; a report need not. */
const MAX_DIGESTS = 100;

/** Reports an entry if it is watched for, and was not reported yet. */
async function look({ task, counts }: Visit, at: LogState, log: string, entry: LogEntry): Promise<void> {
  const claims = readClaims(entry.body);
  if (claims === undefined) counts.notJson += 1;
  const match = claims && task.matcher.find(claims);
  if (claims === undefined || match === undefined || entry.index <= at.reported) return;
  const certificate = task.expected.firstUnknown(match.certificates) ?? match.certificates[0];
  const finding: Finding = {
    log,
    index: entry.index,
    time: entry.time()?.toISOString() ?? null,
    issued: certificate?.notBefore.toISOString() ?? null,
    identity: certificate === undefined ? null : identities(certificate).join(", ") || null,
    identityProvider: certificate === undefined ? null : claimedOidcIssuer(certificate) ?? null,
    digest: claims.digests[0] ?? null,
    digests: claims.digests.slice(0, MAX_DIGESTS),
    kind: claims.kind,
    fingerprint: certificate?.fingerprint ?? null,
    trusted: certificate === undefined ? null : await task.isTrusted(certificate),
    expected: task.expected.find(entry.body, match) ?? null,
  };
  task.findings += 1;
  if (isAlarming(finding)) task.alarming += 1;
  await task.options.onFinding(finding);
  at.reported = entry.index;
  if (isAlarming(finding)) at.alarming += 1;
  task.state.note();
}

/** A first look, at what the index knows of the entries before those that will be walked. */
async function search(
  visit: Visit,
  at: LogState,
  log: OpenLog,
  trees: readonly LogReader[],
): Promise<boolean> {
  const { task } = visit;
  if (!at.searching) return false;
  const begun = at.offset + at.range.size;
  const isSearched = task.query !== undefined && log.search !== undefined;
  if (isSearched) {
    for (const entry of await log.search!(task.query!, trees)) {
      if (entry.index < begun) await look(visit, at, log.url, entry);
    }
  }
  at.searching = false;
  task.state.save();
  return isSearched;
}

/** What the index of Rekor v1 knows. */
function indexQuery(watch: Watch): IndexQuery {
  if ("identity" in watch) {
    return /^[^@\s/]+@[^@\s/]+$/.test(watch.identity) ? { email: watch.identity } : { subject: watch.identity };
  }
  if ("digest" in watch) return { hash: watch.digest.toLowerCase() };
  throw new UsageError(
    "NO_INDEX",
    `Cannot look for a fingerprint in a search index: it knows none; use ${option("from")}`,
  );
}
