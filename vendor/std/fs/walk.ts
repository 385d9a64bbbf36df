import { basename, join, normalize } from "node:path";
import { toPath } from "./_to_path.ts";

/** Options for {@linkcode walk}. */
export interface WalkOptions {
  /**
   * How many levels below the root to enter; 0 yields the root alone.
   *
   * @default {Infinity}
   */
  maxDepth?: number;
  /**
   * Whether to yield files.
   *
   * @default {true}
   */
  includeFiles?: boolean;
  /**
   * Whether to yield directories, the root among them.
   *
   * @default {true}
   */
  includeDirs?: boolean;
}

/** What {@linkcode walk} yields. */
export interface WalkEntry extends Deno.DirEntry {
  /** The path of the entry, which begins with that of the root. */
  path: string;
}

/**
 * Walks through a directory and yields it and everything below it, a directory before its contents, those in no
 * particular order. Links are yielded as links, whatever the options, and not followed.
 *
 * @param root The directory to start from, as a string or URL.
 * @param options What to yield and how deep to go.
 * @returns The entries.
 * @throws {Deno.errors.NotFound} If the root does not exist.
 */
export async function* walk(root: string | URL, options?: WalkOptions): AsyncIterableIterator<WalkEntry> {
  const { maxDepth = Infinity, includeFiles = true, includeDirs = true } = options ?? {};
  if (maxDepth < 0) return;
  const rootPath = toPath(root);
  if (includeDirs) yield await rootEntry(rootPath);
  if (maxDepth < 1) return;
  for await (const entry of Deno.readDir(rootPath)) {
    const path = join(rootPath, entry.name);
    if (entry.isDirectory) yield* walk(path, { maxDepth: maxDepth - 1, includeFiles, includeDirs });
    else if (entry.isSymlink || includeFiles) yield { path, ...entry };
  }
}

async function rootEntry(root: string): Promise<WalkEntry> {
  const path = normalize(root);
  const { isFile, isDirectory, isSymlink } = await Deno.stat(path);
  return { path, name: basename(path), isFile, isDirectory, isSymlink };
}
