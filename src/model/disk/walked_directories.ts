/** Finds out whether the directories of a model changed since they were listed. */
import { UnavailableError } from "../../errors.ts";
import { changedError } from "../../io/changed_error.ts";
import { describeChange, type FileStamp, isRecent, stampOf } from "../../io/file_stamp.ts";
import { ioError } from "../../io/io_error.ts";
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import { FileList, type ModelFile, type ModelFiles } from "../file_list.ts";
import { joinName } from "../names.ts";

/** What was found in the directories, and how. */
export interface Listed {
  readonly files: ModelFiles;
  /** Names of the directories and of what may not be part of a model, relative to the model. */
  readonly others: () => Iterable<string>;
  /** Lists the names in a directory, given its path. */
  readonly list: (path: string) => Iterable<string>;
  /** Whether a name relative to the model is left out. Asked only about what was not found before. */
  readonly skip: (name: string) => boolean;
}

/** Directories after which others may run. */
const DIRECTORIES_PER_TURN = 1_000;

/** The directories of a model, and how each looked just before it was listed. */
export class WalkedDirectories {
  readonly #path: string;
  readonly #followsLinks: boolean;
  readonly #directories: FileList;
  readonly #started = Date.now();

  /**
   * Begins with none.
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
   * Remembers how a directory looks. To be called just before it is listed.
   *
   * @param name Its name relative to the model, "" for the model itself.
   * @throws {UnavailableError} If it is no directory any more (`FILE_CHANGED`).
   */
  add(name: string): void {
    this.#directories.push(name, this.#look(name));
  }

  /**
   * Checks that each directory is still the one that was listed, and holds what it held. One that was written to is listed
   * again, as signing and other programs may write files that do not belong to the model; its files are looked at too.
   *
   * @param listed What was found.
   * @param signal Ends the work.
   * @throws {UnavailableError} If one of them is not what it was (`FILE_CHANGED`).
   */
  async check(listed: Listed, signal: AbortSignal | undefined): Promise<void> {
    const changed = new Set<string>();
    /** Directories whose time of change would not show another change. */
    const recent = new Set<string>();
    for (let index = 0; index < this.#directories.length; index++) {
      if (index % DIRECTORIES_PER_TURN === DIRECTORIES_PER_TURN - 1) await yieldToEventLoop();
      signal?.throwIfAborted();
      const directory = this.#directories.at(index)!;
      const now = orChanged(this.#pathOf(directory.name), () => this.#look(directory.name));
      if (now.inode !== directory.inode || now.device !== directory.device) {
        throw this.#changedError(directory.name, "another directory took its place");
      }
      if (describeChange(directory, now) !== undefined) changed.add(directory.name);
      else if (isRecent(directory, this.#started)) recent.add(directory.name);
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
        if (names.has(name) || skip(name) || !exists(this.#pathOf(name))) continue;
        throw this.#changedError(directory, "something was added to it");
      }
      if (missing.size > 0) throw this.#changedError(directory, "something was removed from it");
    }
    if (changed.size === 0) return;
    for (const file of files) if (changed.has(parentOf(file.name))) checkFile(file);
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

function checkFile({ path, followsLinks, ...before }: ModelFile): void {
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

/** What was there and is gone has changed. */
function orChanged<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof UnavailableError && error.code === "NOT_FOUND") throw changedError("read", path, "it is gone");
    throw error;
  }
}

/** Other programs may write files that do not stay. */
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
