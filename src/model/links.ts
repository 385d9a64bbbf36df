/** Symbolic links in a model, where following them is allowed (OMS v1.0 §6.1.1). */
import { RefusedError } from "../errors.ts";
import { ioError } from "../io_error.ts";
import { quote } from "../quote.ts";

/** What a link leads to, and how to go on from there. */
export interface LinkTarget {
  info: Deno.FileInfo;
  links: Links;
}

/** Where a walk stands in terms of real paths, so that it can tell a cycle and a way out of the model. */
export interface Links {
  /** Goes into a folder that is no link. */
  enter(path: string): Links;
  /** Follows a link and says where that leads. Throws if it leads nowhere or into a cycle. */
  follow(path: string, name: string, onWarning?: (message: string) => void): LinkTarget;
}

/**
 * Starts at a model.
 *
 * @param modelPath The model, a folder.
 * @returns The state for the model's own entries.
 * @throws {UnavailableError} If the model cannot be read.
 */
export function openLinks(modelPath: string): Links {
  return new RealFolder(realPath(modelPath), undefined);
}

class RealFolder implements Links {
  readonly #real: string;
  readonly #above: RealFolder | undefined;

  constructor(real: string, above: RealFolder | undefined) {
    this.#real = real;
    this.#above = above;
  }

  enter(path: string): Links {
    return new RealFolder(this.#real + path.slice(path.lastIndexOf("/")), this);
  }

  follow(path: string, name: string, onWarning?: (message: string) => void): LinkTarget {
    const real = targetOf(path);
    const info = lookAt(real, path);
    if (info.isDirectory && this.#isBelow(real)) {
      throw new RefusedError("SYMLINK_CYCLE", `Cannot follow ${quote(path)}: it leads back to a folder above it`);
    }
    if (!isWithin(real, this.#model())) {
      onWarning?.(`The symbolic link ${quote(name)} leads outside the model, to ${quote(real)}`);
    }
    return { info, links: new RealFolder(real, this) };
  }

  /** Whether one of the folders that were entered to come here is the target or lies in it. */
  #isBelow(target: string): boolean {
    return isWithin(this.#real, target) || (this.#above !== undefined && this.#above.#isBelow(target));
  }

  #model(): string {
    return this.#above === undefined ? this.#real : this.#above.#model();
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
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
