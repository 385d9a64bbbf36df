/** Which paths are left out of a model (OMS v1.0 §6.2). */
import { UsageError } from "../../errors.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { nameFault } from "../names.ts";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";

/** What OMS v1.0 §6.2 leaves out by default, at the model's top only. */
export const GIT_PATHS: readonly string[] = [".git", ".gitattributes", ".github", ".gitignore"];

/** What the forms `h1` and `h2` leave out by default, as they were first published. */
export const GIT_DIRECTORY: readonly string[] = [".git"];

/**
 * Turns a path that a user wants to leave out into a name relative to the model. It is a path, not a pattern: `[`, `*` and
 * `?` are letters like any other. A relative path counts from the
 * current directory if it then lies inside the model, else from the model.
 *
 * @param modelPath The model, which must be a directory.
 * @param path The path, as the user gave it.
 * @returns The name relative to the model, canonical.
 * @throws {UsageError} If the path leaves the model, or is the model itself.
 */
export function resolveIgnorePath(modelPath: string, path: string): string {
  if (path === "") throw new UsageError("IGNORE_PATH", `Cannot use ${option("ignorePaths")} with an empty path`);
  const name = insideModel(modelPath, path) ??
    (isAbsolute(path) ? undefined : insideDirectory(modelPath, join(modelPath, path)));
  const fault = name === undefined ? "leaves the model" : name === "" ? "is the whole model" : nameFault(name);
  if (name === undefined || fault !== undefined) {
    throw new UsageError("IGNORE_PATH", `Cannot use ${option("ignorePaths")} ${quote(path)}: it ${fault}`);
  }
  return name;
}

/**
 * The name of a path relative to a model, if it lies inside.
 *
 * @param modelPath The model, a directory.
 * @param path A path, absolute or relative to the current directory. It need not exist.
 * @returns The name, "" for the model itself, or `undefined` if the path lies elsewhere.
 */
export function insideModel(modelPath: string, path: string): string | undefined {
  const direct = insideDirectory(modelPath, path);
  if (direct !== undefined) return direct;
  // The same place may be written in two ways when a directory above the model, or the model, is a symbolic link.
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
