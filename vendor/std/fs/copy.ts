import { join, resolve, sep } from "node:path";
import { toPath } from "./_to_path.ts";
import { ensureDir } from "./ensure_dir.ts";

/** Options for {@linkcode copy}. */
export interface CopyOptions {
  /**
   * Whether to overwrite what is at the destination.
   *
   * @default {false}
   */
  overwrite?: boolean;
}

/**
 * Copies a file, or a directory with its contents, like `cp -r`. Links are copied as links, but never over what exists.
 * Into a directory that exists, which needs `overwrite`, it copies what the source holds and leaves the rest. What is
 * neither file, directory nor link is left out.
 *
 * @param src The path to copy from, as a string or URL.
 * @param dest The path to copy to, as a string or URL: the new name of the copy, not the directory to put it in.
 * @param options Whether to overwrite.
 * @returns A promise that resolves once all is copied.
 * @throws {Deno.errors.NotFound} If the source does not exist.
 * @throws {Deno.errors.AlreadyExists} If the destination exists and `overwrite` is not set.
 * @throws {Error} If both are the same path, if a directory would be copied below itself or over a file.
 */
export async function copy(src: string | URL, dest: string | URL, options?: CopyOptions): Promise<void> {
  const from = resolve(toPath(src));
  const to = resolve(toPath(dest));
  if (from === to) throw new Error("Source and destination cannot be the same");
  const { isDirectory } = await Deno.lstat(from);
  if (isDirectory && to.startsWith(from + sep)) {
    throw new Error(`Cannot copy '${from}' to a subdirectory of itself: '${to}'`);
  }
  await copyEntry(from, to, options?.overwrite ?? false);
}

async function copyEntry(src: string, dest: string, overwrite: boolean): Promise<void> {
  const { isDirectory, isFile, isSymlink } = await Deno.lstat(src);
  if (!isDirectory && !isFile && !isSymlink) return;
  await checkDestination(src, dest, isDirectory, overwrite);
  if (isDirectory) await copyDirectory(src, dest, overwrite);
  else if (isSymlink) await copyLink(src, dest);
  else await Deno.copyFile(src, dest);
}

async function copyDirectory(src: string, dest: string, overwrite: boolean): Promise<void> {
  await ensureDir(dest);
  for await (const { name } of Deno.readDir(src)) {
    await copyEntry(join(src, name), join(dest, name), overwrite);
  }
}

async function copyLink(src: string, dest: string): Promise<void> {
  const target = await Deno.readLink(src);
  if (Deno.build.os !== "windows") return await Deno.symlink(target, dest);
  const isDirectory = await Deno.stat(src).then((info) => info.isDirectory, () => false);
  await Deno.symlink(target, dest, { type: isDirectory ? "dir" : "file" });
}

/** Throws if something is at the destination that may not be overwritten. */
async function checkDestination(src: string, dest: string, isDirectory: boolean, overwrite: boolean): Promise<void> {
  let existing: Deno.FileInfo;
  try {
    existing = await Deno.lstat(dest);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (isDirectory && !existing.isDirectory) {
    throw new Error(`Cannot overwrite non-directory '${dest}' with directory '${src}'`);
  }
  if (!overwrite) throw new Deno.errors.AlreadyExists(`'${dest}' already exists.`);
}
