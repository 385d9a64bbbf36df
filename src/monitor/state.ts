/**
 * What a monitor has seen so far, in a file: for each log the last checkpoint, which the log must never contradict, and
 * how far its entries were looked at.
 *
 * The file is written to a temporary file, flushed, then renamed into place after each batch of entries. It is also
 * written after each finding has been reported, without flushing, which would take a hundred times as long. A monitor
 * that is killed therefore loses no finding. It repeats one only if it is killed between reporting and saving it.
 */
import { UnavailableError, UsageError, VerificationError } from "../errors.ts";
import { PRIVATE_MODE, removeAbandonedIn, writeWhole } from "../io/atomic_write.ts";
import { openLockFile } from "../io/lock_file.ts";
import { ioError } from "../io/io_error.ts";
import { quote } from "../text/quote.ts";
import { readLimited } from "../io/read_limited.ts";
import type { Watch } from "./match.ts";
import {
  damagedState,
  describeWatch,
  isSameWatch,
  type LogState,
  parseState,
  serializeState,
} from "./state_document.ts";
import { dirname } from "node:path";

/** The state of all logs. */
export interface State {
  readonly logs: LogState[];
  /** Whether there was no state before. */
  readonly isNew: boolean;
  /** Writes it down, such that it outlasts a power failure. */
  save(): void;
  /** Writes it down, such that it outlasts this process. */
  note(): void;
  /** Lets others use the file. */
  close(): void;
}

/** Three checkpoints and fifty hashes for each log: some kilobytes, and at most two hundred. */
const MAX_BYTES = 4_000_000;

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
  if (path === undefined) return { logs: [], isNew: true, save: () => {}, note: () => {}, close: () => {} };
  const lock = lockFile(path);
  try {
    refuseSymlink(path);
    removeAbandonedIn(dirname(path));
    const known = readState(path, watch);
    const logs = known ?? [];
    return {
      logs,
      isNew: known === undefined,
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

function readState(path: string, watch: Watch): LogState[] | undefined {
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw ioError("read the state", path, error);
  }
  const state = parseState(path, readBytes(path));
  if (isSameWatch(state.watch, watch)) return state.logs;
  throw new UsageError(
    "STATE_OTHER",
    `Cannot use the state ${quote(path)}: it watches for ${quote(describeWatch(state.watch))}, not for ` +
      `${quote(describeWatch(watch))}; use one state file for each`,
  );
}

function readBytes(path: string): Uint8Array {
  try {
    return readLimited(path, MAX_BYTES, "the state");
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    throw damagedState(path, `it is larger than ${MAX_BYTES} bytes`, error);
  }
}

function writeState(path: string, watch: Watch, logs: readonly LogState[], isFlushed: boolean): void {
  try {
    const bytes = new TextEncoder().encode(serializeState({ watch, logs: [...logs] }));
    writeWhole(path, [bytes], { mode: PRIVATE_MODE, flush: isFlushed });
  } catch (error) {
    throw ioError("write the state", path, error);
  }
}
