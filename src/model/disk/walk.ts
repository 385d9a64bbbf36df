/** Finds the files of a model (OMS v1.0 §6.1). */
import { RefusedError } from "../../errors.ts";
import { stampOf } from "../../io/file_stamp.ts";
import { ioError } from "../../io/io_error.ts";
import { LIMITS } from "../../limits.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import { leadsIntoCache } from "./hugging_face_cache.ts";
import { OutsideLinks } from "./outside_links.ts";
import { WalkedDirectories } from "./walked_directories.ts";
import { FileList, type ModelFile, type ModelFiles } from "../file_list.ts";
import { type Links, openLinks } from "./links.ts";
import { joinName } from "../names.ts";
import { PackedNames } from "../../lists/packed_names.ts";

/** What a model holds. */
export interface Model {
  /** Whether the model is one file, not a directory. */
  readonly isFile: boolean;
  /** The files, in no particular order. */
  readonly files: ModelFiles;
  /** Names of all directories below the model, in no particular order. */
  readonly directories: string[];
  /** What may not be part of a model, where the walk was told to go on: links, special files, names that are no text. */
  readonly unfit: UnsupportedEntry[];
  /**
   * Checks that the directories are those that were listed and hold what they held. To be called after the last file was
   * read, which the reader of files checks by itself.
   *
   * @throws {UnavailableError} If something was added, removed or replaced (`FILE_CHANGED`).
   */
  checkUnchanged(): Promise<void>;
}

/** Something that may not be part of a model. */
export interface UnsupportedEntry {
  /** Its name relative to the model. */
  readonly name: string;
  /** Why not. */
  readonly error: RefusedError;
}

/** How to walk. */
export interface WalkOptions {
  /** Whether to leave out a name with all that lies below it. It is then not looked at in any way. */
  skip?: (name: string) => boolean;
  /** Whether to follow symbolic links; otherwise meeting one is an error. */
  allowSymlinks?: boolean;
  /** Whether to list what may not be part of a model, and go on, where else it is an error. */
  collectUnsupported?: boolean;
  /** Called for what the user should know but what is no error. */
  onWarning?: (message: string) => void;
  /** Ends the walk. */
  signal?: AbortSignal;
}

/** A model that is still walked. */
interface Walked extends Pick<Model, "directories" | "unfit"> {
  readonly files: FileList;
  /** Whether a signature has decided which links are followed. */
  readonly isSigned: boolean;
  readonly walked: WalkedDirectories;
  readonly outside: OutsideLinks;
}

/** What a listing says of one name in a directory. */
type Entry = Pick<Deno.DirEntry, "name" | "isDirectory">;

interface Directory {
  name: string;
  path: string;
  depth: number;
  links: Links | undefined;
}

/** Deno shows bytes that are not UTF-8 as this, so two such names may look alike; truly no directory holds a name twice. */
const REPLACEMENT = "\ufffd";

/** Entries after which the walk lets others run: signals, the progress display. */
const ENTRIES_PER_TURN = 1_000;

/**
 * Walks a model and lists its files and directories.
 *
 * @param path The model, a file or a directory.
 * @param name The name for a model that is one file.
 * @param options What to leave out and how to treat symbolic links.
 * @returns What the model holds.
 * @throws {RefusedError} If it holds a symbolic link that may not be followed (`SYMLINK`), something that is neither
 * file nor directory (`SPECIAL_FILE`), a name that is not UTF-8 (`NAME_NOT_UTF8`), or is deeper than this program follows
 * (`TOO_DEEP`) or larger (`TOO_MANY_FILES`).
 * @throws {UnavailableError} If a file or directory cannot be read.
 */
export async function walkModel(path: string, name: string, options: WalkOptions = {}): Promise<Model> {
  const { allowSymlinks = false, onWarning, signal, skip = (): boolean => false } = options;
  const { info, followsLinks } = lookAtModel(path, allowSymlinks);
  if (info.isFile) return oneFile({ name, path, followsLinks, ...stampOf(info) });

  const links = openLinks(path, allowSymlinks);
  const files = new FileList(path, links !== undefined);
  const walked = new WalkedDirectories(path, links !== undefined);
  const isSigned = options.collectUnsupported ?? false;
  const model: Walked = { files, directories: [], unfit: [], isSigned, walked, outside: new OutsideLinks() };
  await walkDirectories({ name: "", path, depth: 0, links }, model, options);
  if (onWarning !== undefined) model.outside.warn(onWarning);
  const { directories, unfit } = model;
  const list = function* (directory: string): Generator<string> {
    for (const entry of readDirectory(directory)) yield entry.name;
  };
  const others = function* (): Generator<string> {
    yield* directories;
    for (const { name } of unfit) yield name;
  };
  const checkUnchanged = (): Promise<void> => walked.check({ files, others, list, skip }, signal);
  return { isFile: false, files, directories, unfit, checkUnchanged };
}

/** Walks a model from its own directory on. */
async function walkDirectories(
  top: Directory,
  model: Walked,
  { skip, collectUnsupported, signal }: WalkOptions,
): Promise<void> {
  const waiting = [top];
  for (let directory = waiting.pop(), seen = 0; directory !== undefined; directory = waiting.pop()) {
    const doubtful = new Set<string>();
    model.walked.add(directory.name);
    for (const entry of readDirectory(directory.path)) {
      if (++seen % ENTRIES_PER_TURN === 0) {
        await yieldToEventLoop();
        signal?.throwIfAborted();
      }
      const entryName = joinName(directory.name, entry.name);
      if (skip?.(entryName)) continue;
      const isTwin = doubtful.has(entry.name);
      if (entry.name.includes(REPLACEMENT)) doubtful.add(entry.name);
      const inside = collectUnsupported
        ? visitOrList(directory, entry, entryName, isTwin, model)
        : visit(directory, entry, entryName, isTwin, model);
      if (inside !== undefined) waiting.push(inside);
      refuseTooMany(model);
    }
  }
  signal?.throwIfAborted();
}

function oneFile(file: ModelFile): Model {
  return { isFile: true, files: [file], directories: [], unfit: [], checkUnchanged: () => Promise.resolve() };
}

/** Looks at the model itself; a link in a snapshot of the Hugging Face cache counts as the file that it leads to. */
function lookAtModel(path: string, allowSymlinks: boolean): { info: Deno.FileInfo; followsLinks: boolean } {
  try {
    const isLink = Deno.lstatSync(path).isSymlink;
    if (isLink && !allowSymlinks && !leadsIntoCache(path)) throw symlinkError(path);
    const info = Deno.statSync(path);
    if (!info.isFile && !info.isDirectory) throw specialFileError(path, info);
    return { info, followsLinks: isLink };
  } catch (error) {
    throw ioError("read the model", path, error);
  }
}

function visitOrList(...entry: Parameters<typeof visit>): Directory | undefined {
  try {
    return visit(...entry);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code === "TOO_DEEP") throw error;
    const [, , name, , model] = entry;
    model.unfit.push({ name, error });
    return undefined;
  }
}

/** Adds one entry to the model; returns it if it is a directory to walk. */
function visit(
  directory: Directory,
  entry: Entry,
  name: string,
  isTwin: boolean,
  model: Walked,
): Directory | undefined {
  const path = `${directory.path}/${entry.name}`;
  if (isTwin) throw notUtf8Error(directory.path, entry.name);
  let links = directory.links;
  // The listing tells directories apart, which spares a look at each; of a file the size is needed anyway.
  let info = entry.isDirectory && !entry.name.includes(REPLACEMENT) ? undefined : look(path, entry.name);
  if (info?.isSymlink) {
    if (links === undefined) throw symlinkError(path, model.isSigned);
    const target = links.follow(path);
    ({ info, links } = target);
    if (target.outside !== undefined) model.outside.add(name, target.outside);
  } else if (info === undefined || info.isDirectory) {
    links = links?.enter(path);
  }
  if (info === undefined || info.isDirectory) {
    if (directory.depth + 1 > LIMITS.depth) {
      throw new RefusedError(
        "TOO_DEEP",
        `Cannot walk ${quote(path)}: it is more than ${LIMITS.depth} directories deep`,
      );
    }
    model.directories.push(name);
    return { name, path, depth: directory.depth + 1, links };
  }
  if (!info.isFile) throw specialFileError(path, info);
  model.files.push(name, stampOf(info));
  return undefined;
}

/** Bounds the work also where links to directories lead to directories with links, and so on. */
function refuseTooMany({ files, directories, unfit }: Walked): void {
  if (Math.max(files.length, directories.length, unfit.length) <= LIMITS.resources) return;
  throw new RefusedError(
    "TOO_MANY_FILES",
    `Cannot take more than ${LIMITS.resources} files or directories: the model has more`,
  );
}

/** What a directory holds, packed at once: thousands of objects would be moved about by the collector of garbage. */
function* readDirectory(path: string): Generator<Entry> {
  const names = new PackedNames();
  const directories = new Set<number>();
  try {
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      if (isDirectory) directories.add(names.length);
      names.push(name);
    }
  } catch (error) {
    throw ioError("read the directory", path, error);
  }
  for (let index = 0; index < names.length; index++) {
    yield { name: names.at(index)!, isDirectory: directories.has(index) };
  }
  names.free();
}

function look(path: string, name: string): Deno.FileInfo {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    // The character may truly be in a name; if there is none of that name, it stood for bytes that are not UTF-8.
    if (error instanceof Deno.errors.NotFound && name.includes(REPLACEMENT)) {
      throw notUtf8Error(path.slice(0, -name.length - 1), name);
    }
    throw ioError("read", path, error);
  }
}

function symlinkError(path: string, isSigned = false): RefusedError {
  const advice = isSigned
    ? "which the signature does not allow; put the file that it leads to in its place"
    : `which is followed only with ${option("allowSymlinks")}; give this option, or leave it out`;
  return new RefusedError("SYMLINK", `Cannot use ${quote(path)}: it is a symbolic link, ${advice}`);
}

/** What something is that is neither a file, a directory nor a link, for messages. */
export function specialKind(info: Deno.FileInfo): string {
  if (info.isFifo) return "a FIFO";
  if (info.isSocket) return "a socket";
  return info.isCharDevice || info.isBlockDevice ? "a device" : "neither a file nor a directory";
}

function specialFileError(path: string, info: Deno.FileInfo): RefusedError {
  const kind = specialKind(info);
  return new RefusedError("SPECIAL_FILE", `Cannot use ${quote(path)}: it is ${kind}; remove it or leave it out`);
}

function notUtf8Error(directory: string, name: string): RefusedError {
  return new RefusedError(
    "NAME_NOT_UTF8",
    `Cannot use ${quote(name)} in ${
      quote(directory)
    }: its name is not valid UTF-8; rename it or leave out the directory`,
  );
}
