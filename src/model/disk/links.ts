/** Symlinks in a model: which ones are followed (OMS v1.0 §6.1.1), and the warning about those that leave it. */
import { RefusedError } from "../../errors.ts";
import { ioError } from "../../io/io_error.ts";
import { quote } from "../../text/quote.ts";
import { blobBehind, blobsFor } from "./hugging_face_cache.ts";

/** The target of a symlink, and the rule for symlinks below it. */
export interface LinkTarget {
  info: Deno.FileInfo;
  links: Links;
  /** Path of the target, if it is outside the model and the user should know. */
  outside?: string;
}

/** The rule for symlinks in one directory of a model. */
export interface Links {
  /** The rule in a subdirectory that is not a symlink. */
  enter(path: string): Links;
  /**
   * Follows a symlink.
   *
   * @throws {RefusedError} If it is dangling, part of a cycle, or its target is not allowed.
   */
  follow(path: string): LinkTarget;
}

/**
 * The rule for the symlinks of a model.
 *
 * @param modelPath The model, a directory.
 * @param allowSymlinks Whether all symlinks are followed.
 * @returns The rule for the model's own entries, or `undefined` if no symlink is followed.
 * @throws {UnavailableError} If all symlinks are followed and the model cannot be read.
 */
export function openLinks(modelPath: string, allowSymlinks: boolean): Links | undefined {
  const followed = allowSymlinks ? new RealDirectory(realPath(modelPath), undefined) : undefined;
  const blobs = blobsFor(modelPath);
  return blobs === undefined ? followed : new SnapshotDirectory(blobs, followed);
}

/** A directory in a snapshot of the Hugging Face cache: its symlinks point to blobs, or follow the other rule if there is one. */
class SnapshotDirectory implements Links {
  readonly #blobs: string;
  readonly #others: Links | undefined;

  constructor(blobs: string, others: Links | undefined) {
    this.#blobs = blobs;
    this.#others = others;
  }

  enter(path: string): Links {
    return new SnapshotDirectory(this.#blobs, this.#others?.enter(path));
  }

  follow(path: string): LinkTarget {
    const info = blobBehind(path, this.#blobs);
    if (info !== undefined) return { info, links: this };
    if (this.#others !== undefined) return this.#others.follow(path);
    throw new RefusedError(
      "SYMLINK",
      `Cannot use ${quote(path)}: it is a symbolic link that does not lead to a file in ${
        quote(this.#blobs)
      }, as links ` +
        "in a snapshot of the Hugging Face cache do; download the model again",
    );
  }
}

class RealDirectory implements Links {
  readonly #real: string;
  readonly #above: RealDirectory | undefined;

  constructor(real: string, above: RealDirectory | undefined) {
    this.#real = real;
    this.#above = above;
  }

  enter(path: string): Links {
    return new RealDirectory(this.#real + path.slice(path.lastIndexOf("/")), this);
  }

  follow(path: string): LinkTarget {
    const real = targetOf(path);
    const info = lookAt(real, path);
    if (info.isDirectory && this.#isBelow(real)) {
      throw new RefusedError("SYMLINK_CYCLE", `Cannot follow ${quote(path)}: it leads back to a directory above it`);
    }
    const isInside = isWithin(real, this.#model());
    return { info, links: new RealDirectory(real, this), ...(isInside ? {} : { outside: real }) };
  }

  /** Whether the target is one of the directories on the way here, or contains one. */
  #isBelow(target: string): boolean {
    return isWithin(this.#real, target) || (this.#above !== undefined && this.#above.#isBelow(target));
  }

  #model(): string {
    return this.#above === undefined ? this.#real : this.#above.#model();
  }
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}

function targetOf(link: string): string {
  try {
    return realPath(link);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : error;
    if (cause instanceof Deno.errors.NotFound) {
      throw new RefusedError("SYMLINK_DANGLING", `Cannot follow ${quote(link)}: it leads nowhere`);
    }
    if (cause instanceof Deno.errors.InvalidData) {
      throw new RefusedError(
        "NAME_NOT_UTF8",
        `Cannot follow ${quote(link)}: the name of what it leads to is not valid UTF-8`,
      );
    }
    if (cause instanceof Deno.errors.FilesystemLoop) {
      throw new RefusedError("SYMLINK_CYCLE", `Cannot follow ${quote(link)}: it leads to itself`);
    }
    throw error;
  }
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    throw ioError("follow", path, error);
  }
}

function lookAt(real: string, link: string): Deno.FileInfo {
  try {
    return Deno.lstatSync(real);
  } catch (error) {
    throw ioError("follow", link, error);
  }
}

/** Number of links that a warning names. */
const NAMED = 3;

/** Collects the links that lead outside a model, for one warning about all of them. */
export class OutsideLinks {
  #count = 0;
  readonly #first: { name: string; target: string }[] = [];

  /** Adds a link: its name in the model, and the path of its target. */
  add(name: string, target: string): void {
    if (this.#count++ < NAMED) this.#first.push({ name, target });
  }

  /** Warns about the collected links, if there are any. */
  warn(onWarning: (message: string) => void): void {
    if (this.#count === 0) return;
    const [{ name, target }] = this.#first as [{ name: string; target: string }];
    if (this.#count === 1) {
      return onWarning(`The symbolic link ${quote(name)} leads outside the model, to ${quote(target)}`);
    }
    const named = this.#first.map((link) => `${quote(link.name)} to ${quote(link.target)}`).join(", ");
    const more = this.#count > NAMED ? ` and ${this.#count - NAMED} more` : "";
    onWarning(`${this.#count} symbolic links lead outside the model: ${named}${more}`);
  }
}
