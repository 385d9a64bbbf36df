/** Watches transparency logs for signatures in one's name: who signs should see every signing that was made so. */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { type ModelSigningError, UnavailableError, UsageError, VerificationError } from "../errors.ts";
import { identityProvider } from "../keys/identity_provider.ts";
import { quote } from "../quote.ts";
import { type Checkpoint, verifyCheckpoint } from "../sigstore/log/checkpoint.ts";
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
import { type LogState, openState, type State } from "./state.ts";

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
  /** How many of them are cause for alarm, with those of an earlier run that was killed before it could say so. */
  readonly alarming: number;
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
 * @throws {VerificationError} If a log contradicts itself or what it showed before.
 * @throws {UnavailableError} If a log or the state cannot be read.
 */
export async function watchLogs(options: WatchOptions): Promise<MonitorResult> {
  const matcher = createMatcher(options.watch);
  const expected = readExpected(options.expect ?? []);
  const query = options.quick ? indexQuery(options.watch) : undefined;
  const isTrusted = createAuthorityCheck(options.trustedRoot);
  const state = openState(options.state, matcher.watch);
  try {
    const task: Task = { options, matcher, expected, query, state, isTrusted, findings: 0 };
    const logs: LogResult[] = [];
    const failures: ModelSigningError[] = [];
    for (const { url, version } of options.logs) {
      try {
        logs.push(await lookAtLog(task, await openLog(url, options.trustedRoot, { ...asking(options), version })));
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof VerificationError || error instanceof UnavailableError)) throw error;
        failures.push(error);
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
  findings: number;
}

function asking({ signal, patience }: WatchOptions): AskOptions {
  return { signal, patience };
}

/** An alarm by a log counts most, then one by a finding, then that a log could not be read. */
function finish({ state, findings }: Task, logs: LogResult[], failures: ModelSigningError[]): MonitorResult {
  const contradiction = failures.find((error) => error instanceof VerificationError);
  if (contradiction !== undefined) throw contradiction;
  const alarming = state.logs.reduce((sum, log) => sum + log.alarming, 0);
  if (alarming === 0 && failures.length > 0) throw failures[0]!;
  for (const log of state.logs) log.alarming = 0;
  state.save();
  return { logs, findings, alarming, failures };
}

async function lookAtLog(task: Task, log: OpenLog): Promise<LogResult> {
  const name = log.keys[0]!.names[0]!;
  const known = task.state.logs.find((one) => one.name === name);
  const seen = known && readSeen(known, log, task.options.state);
  const trees = await log.trees({ seen });
  const isNew = known === undefined;
  const at = known ?? await begin(task, name, trees);
  const first = isNew
    ? trees.findIndex((tree) => tree.checkpoint.origin === at.origin)
    : await resume(task, at, seen!, trees);
  const counts = { notJson: 0, unreadable: task.matcher.unreadable };
  const from = at.offset + at.range.size;
  const searched = await search(task, at, log, trees, counts);
  const walk: Walk = { task, at, log: log.url, counts, from, end: from + left(trees, first, at) };
  for (const tree of trees.slice(first)) await walkTree(walk, tree);
  const to = at.offset + at.range.size;
  const unreadable = task.matcher.unreadable - counts.unreadable;
  return { log: log.url, from, to, isNew, searched, notJson: counts.notJson, unreadable };
}

/** What the state says is believed no more than what the log says. */
function readSeen({ checkpoint, name }: LogState, { keys }: OpenLog, state: string | undefined): Checkpoint {
  try {
    return verifyCheckpoint(checkpoint, keys);
  } catch (cause) {
    throw new UnavailableError(
      "STATE_INVALID",
      `Cannot go on from the state ${quote(state ?? "")}: its checkpoint of ${quote(name)} is not signed with a key ` +
        "that is trusted now; restore it, or begin another one",
      { cause },
    );
  }
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
    `Cannot monitor a log of ${size} entries without --state: name a file that remembers how far it was looked at; ` +
      "or use --from or --quick for one look at the past",
  );
}

/** The tree that was looked at last must still be there, and begin with all that was seen of it. */
async function resume(task: Task, at: LogState, seen: Checkpoint, trees: readonly LogReader[]): Promise<number> {
  const index = trees.findIndex((tree) => tree.checkpoint.origin === at.origin);
  const tree = trees[index];
  if (tree === undefined) throw contradicts(task, at, trees.at(-1)!.checkpoint, "the tree that was seen is gone");
  if (tree.offset !== at.offset) {
    throw contradicts(task, at, tree.checkpoint, `the tree began at index ${at.offset}, and now at ${tree.offset}`);
  }
  try {
    await tree.consistency(seen, tree.checkpoint, asking(task.options));
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    throw contradicts(task, at, tree.checkpoint, error.message);
  }
  // All the same if the state is damaged, or somebody changed it.
  await tree.consistency(at.range.head, tree.checkpoint, asking(task.options));
  return index;
}

/** The log signed both: whoever has the two can show others that it lies. */
function contradicts({ options, state }: Task, at: LogState, now: Checkpoint, reason: string): VerificationError {
  at.contradiction ??= now.note;
  state.save();
  const evidence = options.state === undefined
    ? `it signed ${quote(at.checkpoint)} and ${quote(now.note)}`
    : `keep the state ${quote(options.state)}, which holds both checkpoints that it signed, as evidence`;
  return new VerificationError(
    "LOG_CONTRADICTION",
    `The transparency log ${quote(at.name)} contradicts what it showed before: ${reason}; ${evidence}`,
  );
}

function left(trees: readonly LogReader[], first: number, at: LogState): number {
  return trees.slice(first).reduce((sum, tree) => sum + tree.checkpoint.treeSize, -at.range.size);
}

interface Counts {
  notJson: number;
  unreadable: number;
}

interface Walk {
  readonly task: Task;
  readonly at: LogState;
  readonly log: string;
  readonly counts: Counts;
  readonly from: number;
  readonly end: number;
}

async function walkTree({ task, at, log, counts, from, end }: Walk, tree: LogReader): Promise<void> {
  if (at.origin !== tree.checkpoint.origin) {
    // The log went on in another tree, when all of the one before was looked at.
    at.range = new CompactRange();
    at.offset = tree.offset;
    at.origin = tree.checkpoint.origin;
  }
  at.checkpoint = tree.checkpoint.note;
  task.state.save();
  const progress = (): void =>
    task.options.onProgress?.({ log, done: at.offset + at.range.size - from, total: end - from });
  progress();
  for await (const { entries, range } of tree.entries(at.range, asking(task.options))) {
    for (const entry of entries) await look(task, at, log, entry, counts);
    at.range = range;
    task.state.save();
    progress();
  }
}

/** An entry may name any number of digests; a report need not. */
const MAX_DIGESTS = 100;

/** Reports an entry if it is watched for, and was not reported yet. */
async function look(task: Task, at: LogState, log: string, entry: LogEntry, counts: Counts): Promise<void> {
  const claims = readClaims(entry.body);
  if (claims === undefined) counts.notJson += 1;
  const match = claims && task.matcher.find(claims);
  if (claims === undefined || match === undefined || entry.index <= at.reported) return;
  const { certificate } = match;
  const finding: Finding = {
    log,
    index: entry.index,
    time: entry.time()?.toISOString() ?? null,
    issued: certificate?.notBefore.toISOString() ?? null,
    identity: certificate === undefined ? null : identities(certificate).join(", ") || null,
    identityProvider: certificate === undefined ? null : identityProvider(certificate) ?? null,
    digest: claims.digests[0] ?? null,
    digests: claims.digests.slice(0, MAX_DIGESTS),
    kind: claims.kind,
    fingerprint: certificate?.fingerprint ?? null,
    trusted: certificate === undefined ? null : await task.isTrusted(certificate),
    expected: task.expected.find(entry.body, claims) ?? null,
  };
  task.findings += 1;
  await task.options.onFinding(finding);
  at.reported = entry.index;
  if (isAlarming(finding)) at.alarming += 1;
  task.state.note();
}

/** A first look, at what the index knows of the entries before those that will be walked. */
async function search(
  task: Task,
  at: LogState,
  log: OpenLog,
  trees: readonly LogReader[],
  counts: Counts,
): Promise<boolean> {
  if (!at.searching) return false;
  const begun = at.offset + at.range.size;
  const isSearched = task.query !== undefined && log.search !== undefined;
  if (isSearched) {
    for (const entry of await log.search!(task.query!, trees)) {
      if (entry.index < begun) await look(task, at, log.url, entry, counts);
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
  throw new UsageError("NO_INDEX", "Cannot look for a fingerprint in a search index: it knows none; use --from");
}
