/** Paths that are left out of a model (OMS v1.0 §6.2). */
import { UsageError } from "../../errors.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { invalidNameReason } from "../names.ts";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";

/** The paths that OMS v1.0 §6.2 leaves out by default. They are ignored only at the top of a model. */
export const GIT_PATHS: readonly string[] = [".git", ".gitattributes", ".github", ".gitignore"];

/** The paths that `h1` and `h2` leave out by default, as first published. */
export const GIT_DIRECTORY: readonly string[] = [".git"];

/**
 * Converts a path to leave out into a name relative to the model. It is a path, not a pattern: `[`, `*` and `?` have no
 * special meaning. A relative path is resolved against the current directory if it is then inside the model, and against
 * the model otherwise.
 *
 * @param modelPath The model, which must be a directory.
 * @param path The path, as the caller gave it.
 * @returns The canonical name relative to the model.
 * @throws {UsageError} If the path leaves the model, or is the model itself.
 */
export function resolveIgnorePath(modelPath: string, path: string): string {
  if (path === "") throw new UsageError("IGNORE_PATH", `Cannot use ${option("ignorePaths")} with an empty path`);
  const name = insideModel(modelPath, path) ??
    (isAbsolute(path) ? undefined : insideDirectory(modelPath, join(modelPath, path)));
  const reason = name === undefined ? "leaves the model" : name === "" ? "is the whole model" : invalidNameReason(name);
  if (name === undefined || reason !== undefined) {
    throw new UsageError("IGNORE_PATH", `Cannot use ${option("ignorePaths")} ${quote(path)}: it ${reason}`);
  }
  return name;
}

/**
 * The name of a path relative to a model, if it is inside.
 *
 * @param modelPath The model, a directory.
 * @param path A path, absolute or relative to the current directory. It need not exist.
 * @returns The name, "" for the model itself, or `undefined` if the path is outside.
 */
export function insideModel(modelPath: string, path: string): string | undefined {
  const direct = insideDirectory(modelPath, path);
  if (direct !== undefined) return direct;
  // If the model or a directory above it is a symlink, the same file has several paths.
  const [model, parent] = [realPath(modelPath), realPath(join(path, ".."))];
  if (model === undefined || parent === undefined) return undefined;
  return insideDirectory(model, join(parent, basename(resolve(path))));
}

function insideDirectory(directory: string, path: string): string | undefined {
  const name = relative(resolve(directory), resolve(path));
  if (name === ".." || name.startsWith(`..${sep}`) || isAbsolute(name)) return undefined;
  return Deno.build.os === "windows" ? name.replaceAll("\\", "/") : name;
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}
