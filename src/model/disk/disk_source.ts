/** A model on disk: a file, a directory, or a snapshot in the Hugging Face cache. */
import { UsageError } from "../../errors.ts";
import { ioError } from "../../io/io_error.ts";
import { modelName } from "../names.ts";
import type { Listing, ListOptions, ModelKind, ModelSource } from "../source.ts";
import { refuseRepository } from "./hugging_face_cache.ts";
import { walkModel } from "./walk.ts";

/** A model on disk. */
export class DiskSource implements ModelSource {
  readonly name: string;
  /** The path, without a slash at its end. */
  readonly location: string;
  readonly kind: ModelKind;

  /**
   * Looks at the path.
   *
   * @param modelPath Path of the model.
   * @throws {UnavailableError} If there is no such model.
   * @throws {UsageError} If the path is empty, or a directory of the Hugging Face cache that is not a model (`MODEL`).
   */
  constructor(modelPath: string) {
    const path = modelPath.replace(/(?<=.)[/]+$/, "");
    if (path === "") throw new UsageError("MODEL", "Cannot use an empty path as the model");
    refuseRepository(path);
    this.location = path;
    this.name = modelName(path);
    this.kind = isDirectory(path) ? "directory" : "file";
  }

  /** Walks the model. */
  async list(options: ListOptions = {}): Promise<Listing> {
    const path = options.followsModelLink ? targetOf(this.location) : this.location;
    return await walkModel(path, options.fileName ?? this.name, options);
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    // A dangling symlink exists. The walk says what is wrong with it.
    if (error instanceof Deno.errors.NotFound && isLink(path)) return false;
    throw ioError("read the model", path, error);
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

/** The path that a symlink leads to, or the path itself if it is not a symlink. */
function targetOf(path: string): string {
  try {
    return Deno.lstatSync(path).isSymlink ? Deno.realPathSync(path) : path;
  } catch (error) {
    throw ioError("read the model", path, error);
  }
}
