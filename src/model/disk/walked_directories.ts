/** Detects directories of a model that changed since they were listed. */
import { UnavailableError } from "../../errors.ts";
import { changedError } from "../../io/changed_error.ts";
import { describeChange, type FileStamp, isRecent, stampOf } from "../../io/file_stamp.ts";
import { ioError } from "../../io/io_error.ts";
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import { FileList } from "./file_list.ts";
import type { PathContent } from "../files.ts";
import { joinName } from "../names.ts";

/** What was found in the directories, and how to list them again. */
export interface Listed {
  readonly files: FileList;
  /** Names of the directories and of the unsupported entries, relative to the model. */
  readonly others: () => Iterable<string>;
  /** Lists the names in a directory, given its path. */
  readonly list: (path: string) => Iterable<string>;
  /** Whether a name relative to the model is left out. Asked only about what was not found before. */
  readonly skip: (name: string, path: string) => boolean;
}

/** Number of directories between two yields to the event loop. */
const DIRECTORIES_PER_TURN = 1_000;

/** The directories of a model, with the state of each just before it was listed. */
export class WalkedDirectories {
  readonly #path: string;
  readonly #followsLinks: boolean;
  readonly #directories: FileList;
  readonly #started = Date.now();

  /**
   * Starts with no directories.
   *
   * @param path The model.
   * @param followsLinks Whether directories may be symbolic links.
   */
  constructor(path: string, followsLinks: boolean) {
    this.#path = path;
    this.#followsLinks = followsLinks;
    this.#directories = new FileList(path, followsLinks);
  }

  /**
   * Records the state of a directory. To be called just before it is listed.
   *
   * @param name Its name relative to the model, "" for the model itself.
   * @throws {UnavailableError} If it is no directory any more (`FILE_CHANGED`).
   */
  add(name: string): void {
    this.#directories.push(name, this.#look(name));
  }

  /**
   * Checks that each directory is still the one that was listed, and holds the same entries. A directory that was written
   * to is listed again, because this program and others may write files that do not belong to the model, and its files are
   * checked too.
   *
   * @param listed What was found.
   * @param signal Ends the work.
   * @throws {UnavailableError} If one of them changed (`FILE_CHANGED`).
   */
  async check(listed: Listed, signal: AbortSignal | undefined): Promise<void> {
    const changed = new Set<string>();
    /** Directories changed so recently that their change time would not show another change. */
    const recent = new Set<string>();
    for (let index = 0; index < this.#directories.length; index++) {
      if (index % DIRECTORIES_PER_TURN === DIRECTORIES_PER_TURN - 1) await yieldToEventLoop();
      signal?.throwIfAborted();
      const { name, content: before } = this.#directories.at(index)!;
      const now = orChanged(this.#pathOf(name), () => this.#look(name));
      if (now.inode !== before.inode || now.device !== before.device) {
        throw this.#changedError(name, "another directory took its place");
      }
      if (describeChange(before, now) !== undefined) changed.add(name);
      else if (isRecent(before, this.#started)) recent.add(name);
    }
    if (changed.size + recent.size > 0) this.#listAgain(listed, changed, recent);
  }

  #listAgain({ files, others, list, skip }: Listed, changed: ReadonlySet<string>, recent: ReadonlySet<string>): void {
    const expected = new Map([...changed, ...recent].map((name) => [name, new Set<string>()]));
    for (const { name } of files) expected.get(parentOf(name))?.add(name);
    for (const name of others()) expected.get(parentOf(name))?.add(name);
    for (const [directory, names] of expected) {
      const missing = new Set(names);
      for (const entry of list(this.#pathOf(directory))) {
        const name = joinName(directory, entry);
        missing.delete(name);
        const path = this.#pathOf(name);
        if (names.has(name) || skip(name, path) || !exists(path)) continue;
        throw this.#changedError(directory, "something was added to it");
      }
      if (missing.size > 0) throw this.#changedError(directory, "something was removed from it");
    }
    if (changed.size === 0) return;
    for (const { name, content } of files) if (changed.has(parentOf(name))) checkFile(content);
  }

  #look(name: string): FileStamp {
    const info = look("read the directory", this.#pathOf(name), this.#followsLinks);
    if (!info.isDirectory) throw this.#changedError(name, "it is no longer a directory");
    return stampOf(info);
  }

  #pathOf(name: string): string {
    return name === "" ? this.#path : `${this.#path}/${name}`;
  }

  #changedError(name: string, change: string): Error {
    return changedError("read the directory", this.#pathOf(name), change);
  }
}

function checkFile(before: PathContent): void {
  const { path, followsLinks } = before;
  const info = orChanged(path, () => look("hash", path, followsLinks));
  const change = info.isFile ? describeChange(before, stampOf(info)) : "it is no longer a file";
  if (change !== undefined) throw changedError("hash", path, change);
}

function look(doing: string, path: string, followsLinks: boolean): Deno.FileInfo {
  try {
    return followsLinks ? Deno.statSync(path) : Deno.lstatSync(path);
  } catch (error) {
    throw ioError(doing, path, error);
  }
}

/** Reports something that is gone as changed. */
function orChanged<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof UnavailableError && error.code === "NOT_FOUND") throw changedError("read", path, "it is gone");
    throw error;
  }
}

/** Other programs may create files that exist only briefly. */
function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}
