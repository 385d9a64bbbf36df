import type { ModelFile, PathContent } from "../../src/model/files.ts";
import type { Listing } from "../../src/model/source.ts";
import { imaginaryFile } from "../hash/_plan.ts";

/** A model that is on no disk, with files of given sizes. Directories are those that the files lie in, and some more. */
export function modelOf(sizes: Record<string, number>, emptyDirectories: string[] = []): Listing {
  const names = Object.keys(sizes);
  const directories = new Set(emptyDirectories);
  for (const name of [...names, ...emptyDirectories]) {
    for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) directories.add(name.slice(0, at));
  }
  return {
    kind: "directory",
    files: names.map((name) => fileOf(name, sizes[name]!)),
    directories: [...directories],
    linkedDirectories: [],
    unsupported: [],
    countFiles: () => Promise.resolve({ files: 0, isDirectory: false }),
    checkUnchanged: () => Promise.resolve(),
  };
}

/** A file that is on no disk. */
export function fileOf(name: string, size: number): ModelFile & { content: PathContent } {
  return { name, size, content: { kind: "path", ...imaginaryFile(`/${name}`, size) } };
}
