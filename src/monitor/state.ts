/**
 * What a monitor has seen so far, in a file: for each log the last checkpoint, which the log must never contradict, and
 * how far its entries were looked at.
 *
 * The file is written whole and flushed, then renamed into place, after each batch of entries; and after each finding,
 * once whoever takes the findings is done with it, without flushing, which would take a hundred times as long. A monitor
 * that is killed so loses no finding. It repeats one only if it is killed in the moment between taking and noting it.
 */
import { UnavailableError, UsageError } from "../errors.ts";
import { PRIVATE_MODE, removeAbandonedIn, writeWhole } from "../io/atomic_write.ts";
import { openLockFile } from "../io/lock_file.ts";
import { ioError } from "../io_error.ts";
import { quote } from "../quote.ts";
import { readLimited } from "../read_limited.ts";
import { CompactRange } from "../sigstore/log/merkle.ts";
import type { Watch } from "./match.ts";
import { dirname } from "node:path";

/** How far a log was looked at. */
export interface LogState {
  /** Name of the log. */
  readonly name: string;
  /** Which tree of the log, as its checkpoints name it. */
  origin: string;
  /** How many entries of the log stand in trees before that. */
  offset: number;
  /** The last checkpoint of the tree: the whole signed note. */
  checkpoint: string;
  /** The entries of the tree that were looked at. */
  range: CompactRange;
  /** Index in the log of the last finding that was reported; -1: none. */
  reported: number;
  /** Alarming findings that were reported by a run which did not come to its end. */
  alarming: number;
  /** Whether the search index is still to be looked at, up to what was reported. */
  searching: boolean;
  /** A signed checkpoint that contradicts what was seen before: evidence against the log. */
  contradiction: string | undefined;
}

/** The state of all logs. */
export interface State {
  readonly logs: LogState[];
  /** Writes it down, such that it outlasts a power failure. */
  save(): void;
  /** Writes it down, such that it outlasts this process. */
  note(): void;
  /** Lets others use the file. */
  close(): void;
}

/** A checkpoint and fifty hashes for each log. */
const MAX_BYTES = 10_000_000;

const VERSION = 1;

/**
 * Opens the state, for this process alone.
 *
 * @param path The file, which need not be there yet; `undefined`: keep the state in memory.
 * @param watch What is watched for: a state belongs to one watch, as it says which entries were looked at for it.
 * @returns The state.
 * @throws {UsageError} If the file is of another watch (`STATE_OTHER`).
 * @throws {UnavailableError} If it cannot be read or is damaged (`STATE_INVALID`), or is in use (`STATE_IN_USE`).
 */
export function openState(path: string | undefined, watch: Watch): State {
  if (path === undefined) return { logs: [], save: () => {}, note: () => {}, close: () => {} };
  const lock = lockFile(path);
  try {
    refuseSymlink(path);
    removeAbandonedIn(dirname(path));
    const logs = readState(path, watch);
    return {
      logs,
      save: () => writeState(path, watch, logs, true),
      note: () => writeState(path, watch, logs, false),
      close: () => lock.close(),
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** The lock goes when the process does, however it ends. It is on a file of its own, as the state is replaced. */
function lockFile(path: string): Deno.FsFile {
  let file: Deno.FsFile | undefined;
  try {
    file = openLockFile(`${path}.lock`);
    if (file.tryLockSync(true)) return file;
  } catch (error) {
    file?.close();
    throw ioError("write the state", `${path}.lock`, error);
  }
  file.close();
  throw new UnavailableError("STATE_IN_USE", `Cannot use the state ${quote(path)}: another monitor is using it`);
}

/** The state is replaced, not written through a link; and two paths to one state would have two locks. */
function refuseSymlink(path: string): void {
  const target = linkTarget(path);
  if (target === undefined) return;
  throw new UnavailableError(
    "STATE_INVALID",
    `Cannot use the state ${quote(path)}: it is a symbolic link to ${quote(target)}; name that file itself`,
  );
}

function linkTarget(path: string): string | undefined {
  try {
    return Deno.lstatSync(path).isSymlink ? Deno.readLinkSync(path) : undefined;
  } catch {
    return undefined; // Reading the state says what is wrong.
  }
}

function readState(path: string, watch: Watch): LogState[] {
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw ioError("read the state", path, error);
  }
  const text = new TextDecoder().decode(readLimited(path, MAX_BYTES, "the state"));
  const document = parse(path, text);
  if (document.version !== VERSION) throw damaged(path);
  if (JSON.stringify(document.watch) !== JSON.stringify(watch)) {
    throw new UsageError(
      "STATE_OTHER",
      `Cannot use the state ${quote(path)}: it is of another watch, ${quote(JSON.stringify(document.watch))}; ` +
        "name another file",
    );
  }
  if (!Array.isArray(document.logs)) throw damaged(path);
  try {
    return document.logs.map(readLog);
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function readLog(value: Record<string, unknown>): LogState {
  const { name, origin, offset, checkpoint, size, hashes, reported, alarming, searching, contradiction } = value;
  const texts = [name, origin, checkpoint, contradiction ?? ""].every((text) => typeof text === "string");
  const numbers = [offset, size, reported, alarming].every((number) => Number.isSafeInteger(number));
  if (!texts || !numbers || !Array.isArray(hashes)) throw new TypeError("Cannot read the state of a log");
  return {
    name: name as string,
    origin: origin as string,
    offset: offset as number,
    checkpoint: checkpoint as string,
    range: new CompactRange(size as number, hashes.map((hash) => Uint8Array.fromHex(hash))),
    reported: reported as number,
    alarming: alarming as number,
    searching: searching === true,
    contradiction: contradiction as string | undefined,
  };
}

function damaged(path: string, cause?: unknown): UnavailableError {
  return new UnavailableError(
    "STATE_INVALID",
    `Cannot read the state ${quote(path)}: it is damaged, or no state of monitor; restore it, or name another file`,
    { cause },
  );
}

function writeState(path: string, watch: Watch, logs: readonly LogState[], isFlushed: boolean): void {
  const document = {
    version: VERSION,
    watch,
    logs: logs.map(({ range, ...log }) => ({
      ...log,
      size: range.size,
      hashes: range.hashes.map((hash) => hash.toHex()),
    })),
  };
  try {
    const bytes = new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
    writeWhole(path, [bytes], { mode: PRIVATE_MODE, flush: isFlushed });
  } catch (error) {
    throw ioError("write the state", path, error);
  }
}
