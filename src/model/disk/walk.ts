/** Walks a model on disk and lists its files (OMS v1.0 §6.1). */
import { RefusedError } from "../../errors.ts";
import { stampOf } from "../../io/file_stamp.ts";
import { ioError } from "../../io/io_error.ts";
import { LIMITS } from "../../limits.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import { leadsIntoCache } from "./hugging_face_cache.ts";
import { countFiles } from "./count_files.ts";
import { type DiskFile, FileList, singleFile } from "./file_list.ts";
import { type Links, openLinks, OutsideLinks } from "./links.ts";
import { WalkedDirectories } from "./walked_directories.ts";
import { joinName } from "../names.ts";
import type { Listing, ListOptions, UnsupportedEntry } from "../source.ts";
import { PackedNames } from "../../lists/packed_names.ts";

/** The entries found so far. */
interface Found {
  readonly files: FileList;
  readonly directories: string[];
  readonly linkedDirectories: string[];
  readonly unsupported: UnsupportedEntry[];
  /** Whether a signature decides which symlinks are followed. */
  readonly isSigned: boolean;
  readonly walked: WalkedDirectories;
  readonly outside: OutsideLinks;
}

/** An entry of a directory, as the directory describes it. */
type Entry = Pick<Deno.DirEntry, "name" | "isDirectory">;

interface Directory {
  name: string;
  path: string;
  depth: number;
  links: Links | undefined;
}

/** Deno shows bytes that are not UTF-8 as this character. Two such names can look the same, which no two names really are. */
const REPLACEMENT = "\ufffd";

/** Number of entries between two yields to the event loop, for signals and the progress display. */
const ENTRIES_PER_TURN = 1_000;

/**
 * Walks a model and lists its files and directories.
 *
 * @param path The model, a file or a directory.
 * @param name The name for a model that is one file.
 * @param options What to leave out and how to treat symlinks.
 * @returns What the model holds.
 * @throws {RefusedError} If it holds a symlink that may not be followed (`SYMLINK`), something that is neither file nor
 * directory (`SPECIAL_FILE`), a name that is not UTF-8 (`NAME_NOT_UTF8`), is too deep (`TOO_DEEP`), or holds too many
 * files (`TOO_MANY_FILES`).
 * @throws {UnavailableError} If a file or directory cannot be read.
 */
export async function walkModel(path: string, name: string, options: ListOptions = {}): Promise<Listing> {
  const { allowSymlinks = false, onWarning, signal, skip = (): boolean => false } = options;
  const { info, followsLinks } = lookAtModel(path, allowSymlinks);
  if (info.isFile) return oneFile(singleFile(name, path, followsLinks, stampOf(info)));

  const links = openLinks(path, allowSymlinks);
  const files = new FileList(path, links !== undefined);
  const walked = new WalkedDirectories(path, links !== undefined);
  const outside = new OutsideLinks();
  const isSigned = options.collectUnsupported ?? false;
  const found: Found = { files, directories: [], linkedDirectories: [], unsupported: [], isSigned, walked, outside };
  await walkDirectories({ name: "", path, depth: 0, links }, found, options);
  if (onWarning !== undefined) outside.warn(onWarning);
  const { directories, linkedDirectories, unsupported } = found;
  const list = function* (directory: string): Generator<string> {
    for (const entry of readDirectory(directory)) yield entry.name;
  };
  const others = function* (): Generator<string> {
    yield* directories;
    for (const { name } of unsupported) yield name;
  };
  return {
    kind: "directory",
    files,
    directories,
    linkedDirectories,
    unsupported,
    countFiles: (name, budget, signal) => countFiles(`${path}/${name}`, budget, signal),
    checkUnchanged: () => walked.check({ files, others, list, skip }, signal),
  };
}

/** Walks a directory and everything below it. */
async function walkDirectories(
  top: Directory,
  found: Found,
  { skip, collectUnsupported, signal }: ListOptions,
): Promise<void> {
  const waiting = [top];
  for (let directory = waiting.pop(), seen = 0; directory !== undefined; directory = waiting.pop()) {
    const doubtful = new Set<string>();
    found.walked.add(directory.name);
    for (const entry of readDirectory(directory.path)) {
      if (++seen % ENTRIES_PER_TURN === 0) {
        await yieldToEventLoop();
        signal?.throwIfAborted();
      }
      const entryName = joinName(directory.name, entry.name);
      if (skip?.(entryName, `${directory.path}/${entry.name}`)) continue;
      const isTwin = doubtful.has(entry.name);
      if (entry.name.includes(REPLACEMENT)) doubtful.add(entry.name);
      const inside = collectUnsupported
        ? visitOrCollect(directory, entry, entryName, isTwin, found)
        : visit(directory, entry, entryName, isTwin, found);
      if (inside !== undefined) waiting.push(inside);
      refuseTooMany(found);
    }
  }
  signal?.throwIfAborted();
}

function oneFile(file: DiskFile): Listing {
  return {
    kind: "file",
    files: [file],
    directories: [],
    linkedDirectories: [],
    unsupported: [],
    countFiles: () => Promise.resolve({ files: 0, isDirectory: false }),
    checkUnchanged: () => Promise.resolve(),
  };
}

/** Looks at the model itself. A link in a snapshot of the Hugging Face cache counts as the file it points to. */
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

function visitOrCollect(...entry: Parameters<typeof visit>): Directory | undefined {
  try {
    return visit(...entry);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code === "TOO_DEEP") throw error;
    const [, , name, , found] = entry;
    found.unsupported.push({ name, error });
    return undefined;
  }
}

/** Adds an entry to what was found. Returns it if it is a directory to walk. */
function visit(
  directory: Directory,
  entry: Entry,
  name: string,
  isTwin: boolean,
  found: Found,
): Directory | undefined {
  const path = `${directory.path}/${entry.name}`;
  if (isTwin) throw notUtf8Error(directory.path, entry.name);
  let links = directory.links;
  // The entry says whether it is a directory, so only the others need a `stat`: a file for its size.
  let info = entry.isDirectory && !entry.name.includes(REPLACEMENT) ? undefined : look(path, entry.name);
  if (info?.isSymlink) {
    if (links === undefined) throw symlinkError(path, found.isSigned);
    const target = links.follow(path);
    ({ info, links } = target);
    if (target.outside !== undefined) found.outside.add(name, target.outside);
    if (info.isDirectory) found.linkedDirectories.push(name);
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
    found.directories.push(name);
    return { name, path, depth: directory.depth + 1, links };
  }
  if (!info.isFile) throw specialFileError(path, info);
  found.files.push(name, stampOf(info));
  return undefined;
}

/** Also bounds the work where links to directories multiply: each can lead to more of them. */
function refuseTooMany({ files, directories, unsupported }: Found): void {
  if (Math.max(files.length, directories.length, unsupported.length) <= LIMITS.resources) return;
  throw new RefusedError(
    "TOO_MANY_FILES",
    `Cannot take more than ${LIMITS.resources} files or directories: the model has more`,
  );
}

/** The entries of a directory. They are packed, since the garbage collector would copy thousands of objects around. */
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
    // A name may hold this very character. If there is no such name, it stands for bytes that are not UTF-8.
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

/** Names the type of a special file, for messages. */
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
