import type { ModelFile } from "../../src/model/file_list.ts";
import type { Model } from "../../src/model/disk/walk.ts";
import { imaginaryFile } from "../hash/_plan.ts";

/** A model that is on no disk, with files of given sizes. Directories are those that the files lie in, and some more. */
export function modelOf(sizes: Record<string, number>, emptyDirectories: string[] = []): Model {
  const names = Object.keys(sizes);
  const directories = new Set(emptyDirectories);
  for (const name of [...names, ...emptyDirectories]) {
    for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) directories.add(name.slice(0, at));
  }
  const files = names.map((name): ModelFile => ({ name, ...imaginaryFile(`/${name}`, sizes[name]!) }));
  return { isFile: false, files, directories: [...directories], unfit: [], checkUnchanged: () => Promise.resolve() };
}
