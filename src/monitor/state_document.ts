/**
 * The state file's JSON, and what of it can be checked.
 *
 * Anyone who can write to the file can make a monitor skip entries: everything in a state is public, so anyone can
 * create the current state of a log. A state that contradicts itself or the log's signed checkpoint is rejected, with
 * the reason, instead of hiding a finding:
 * - `reported` and `size` lie within the tree that the log signed; `hashes` are those of that tree.
 * - `alarming` counts entries up to `reported`, so it is never negative and never larger.
 * - `origin` is that of the checkpoint; the checkpoint is signed by the log; no log is listed twice.
 */
import { ModelSigningError, UnavailableError } from "../errors.ts";
import { JSON_BOUNDS, JsonError, parseStrictJson } from "../json/parse.ts";
import { quote } from "../text/quote.ts";
import type { Checkpoint } from "../sigstore/log/checkpoint.ts";
import { CompactRange } from "../sigstore/log/merkle.ts";
import type { Watch } from "./match.ts";

/** How much of a log was read. */
export interface LogState {
  /** Name of the log. */
  readonly name: string;
  /** Which tree of the log, as its checkpoints name it. */
  origin: string;
  /** How many entries of the log are in earlier trees. */
  offset: number;
  /** The last checkpoint of the tree: the signed note. */
  checkpoint: string;
  /** The entries of the tree that were read. */
  range: CompactRange;
  /** Index in the log of the last finding that was reported; -1 if there is none. */
  reported: number;
  /** Alarming findings that were reported by a run that did not finish. */
  alarming: number;
  /** Whether the search index still has to be read, up to what was reported. */
  searching: boolean;
  /** A signed checkpoint that contradicts what was seen before: evidence against the log. */
  contradiction: string | undefined;
  /** The checkpoint that it contradicts, once `checkpoint` has moved on. */
  contradicted: string | undefined;
}

/** The content of a state file. */
export interface StateDocument {
  /** What the state is about. */
  readonly watch: Watch;
  readonly logs: LogState[];
}

const VERSION = 1;

/** More logs than any trusted root has. */
const MAX_LOGS = 1_000;

/**
 * Parses a state file.
 *
 * @param path The file, for messages.
 * @param bytes Its content.
 * @returns What it holds; each log still has to be checked against its signed checkpoint with {@linkcode checkLogState}.
 * @throws {UnavailableError} If it is damaged (`STATE_INVALID`).
 */
export function parseState(path: string, bytes: Uint8Array): StateDocument {
  const { version, watch, logs } = asObject(path, parseJson(path, bytes), "its content");
  if (version !== VERSION) {
    throw damagedState(path, version === undefined ? "it has no version" : `its version is not ${VERSION}`);
  }
  if (!isWatch(watch)) throw damagedState(path, "watch does not say what is watched for");
  if (!Array.isArray(logs) || logs.length > MAX_LOGS) throw damagedState(path, "logs is not a list of logs");
  const read = logs.map((log, index) => readLog(path, asObject(path, log, `logs[${index}]`), `logs[${index}]`));
  const twice = read.find(({ name }, index) => read.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw damagedState(path, `it lists the log ${quote(twice.name)} twice`);
  return { watch, logs: read };
}

/** The text of a state file. */
export function serializeState({ watch, logs }: StateDocument): string {
  const document = {
    version: VERSION,
    watch,
    logs: logs.map(({ range, ...log }) => ({
      ...log,
      size: range.size,
      hashes: range.hashes.map((hash) => hash.toHex()),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Whether two states would be about the same. */
export function isSameWatch(one: Watch, other: Watch): boolean {
  return describeWatch(one) === describeWatch(other);
}

/** What is watched for, as a state shows it. */
export function describeWatch(watch: Watch): string {
  return JSON.stringify(Object.fromEntries(Object.entries(watch).sort(([a], [b]) => a < b ? -1 : 1)));
}

/**
 * Checks the state of a log against the checkpoint in it, as far as that needs no network.
 *
 * @param path The file, for messages.
 * @param at The state of the log.
 * @param seen Its checkpoint, the signature of which is verified.
 * @throws {UnavailableError} If they do not fit (`STATE_INVALID`).
 */
export function checkLogState(path: string, at: LogState, seen: Checkpoint): void {
  const fail = (what: string): never => {
    throw damagedState(path, `for the log ${quote(at.name)}, ${what}`);
  };
  const end = at.offset + seen.treeSize;
  if (at.origin !== seen.origin) fail(`origin is ${quote(at.origin)}, but the checkpoint is of ${quote(seen.origin)}`);
  if (!Number.isSafeInteger(end)) fail(`offset is ${at.offset}, which no log reaches`);
  if (at.reported >= end) fail(`reported is ${at.reported}, but the log had ${end} entries when the state was written`);
  if (at.range.size > seen.treeSize) fail(`size is ${at.range.size}, larger than the tree of ${seen.treeSize} entries`);
  const { rootHash } = at.range.head;
  if (at.range.size === seen.treeSize && rootHash.toHex() !== seen.rootHash.toHex()) {
    fail("hashes are not those of the tree that the checkpoint is about");
  }
}

/** The error for a state that cannot be used. */
export function damagedState(path: string, what: string, cause?: unknown): UnavailableError {
  return new UnavailableError(
    "STATE_INVALID",
    `Cannot use the state ${quote(path)}: ${what}; the file is damaged, was changed, or is not a state of monitor: ` +
      "restore it from a backup, or name a new file and the index to start from",
    { cause },
  );
}

/** Its size was bounded when it was read. */
const STATE_BOUNDS = { ...JSON_BOUNDS, bytes: Infinity };

function parseJson(path: string, bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, STATE_BOUNDS);
  } catch (cause) {
    if (cause instanceof JsonError) throw damagedState(path, `it ${cause.message}`, cause);
    throw cause;
  }
}

function asObject(path: string, value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw damagedState(path, `${what} is not an object`);
}

/** The members of the three ways to watch; all are strings. */
const WATCHES = [["identity"], ["identity", "identityProvider"], ["fingerprint"], ["digest"]].map(String);

function isWatch(value: unknown): value is Watch {
  if (typeof value !== "object" || value === null) return false;
  const members = Object.keys(value).sort();
  return WATCHES.includes(String(members)) && Object.values(value).every((member) => typeof member === "string");
}

function readLog(path: string, log: Readonly<Record<string, unknown>>, where: string): LogState {
  const fail = (member: string, must: string): never => {
    throw damagedState(path, `${where}.${member} is ${shown(log[member])}, and must be ${must}`);
  };
  const text = (member: string): string =>
    typeof log[member] === "string" ? log[member] as string : fail(member, "a string");
  const optionalText = (member: string): string | undefined => log[member] === undefined ? undefined : text(member);
  const count = (member: string, least = 0, most = Number.MAX_SAFE_INTEGER): number => {
    const value = log[member];
    const isFit = typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
    return isFit ? value : fail(member, `a whole number ${range(least, most)}`);
  };
  const reported = count("reported", -1);
  return {
    name: text("name"),
    origin: text("origin"),
    offset: count("offset"),
    checkpoint: text("checkpoint"),
    range: readRange(path, count("size"), log.hashes, where),
    reported,
    // Each is one of the entries up to the one reported last.
    alarming: count("alarming", 0, reported + 1),
    searching: typeof log.searching === "boolean" ? log.searching : fail("searching", "true or false"),
    contradiction: optionalText("contradiction"),
    contradicted: optionalText("contradicted"),
  };
}

/** More hashes than a tree of 2^53 entries needs. */
const MAX_HASHES = 64;

function readRange(path: string, size: number, hashes: unknown, where: string): CompactRange {
  if (!Array.isArray(hashes) || hashes.length > MAX_HASHES) {
    throw damagedState(path, `${where}.hashes is not a list of hashes`);
  }
  try {
    return new CompactRange(size, hashes.map((hash) => Uint8Array.fromHex(hash)));
  } catch (cause) {
    if (!(cause instanceof ModelSigningError || cause instanceof TypeError || cause instanceof SyntaxError)) {
      throw cause;
    }
    throw damagedState(path, `${where}.hashes are not those of a tree of ${size} entries`, cause);
  }
}

function range(least: number, most: number): string {
  return most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "number" || typeof value === "boolean" || value === null) return `${value}`;
  return typeof value === "string" ? quote(value.slice(0, 100)) : "a list or an object";
}
