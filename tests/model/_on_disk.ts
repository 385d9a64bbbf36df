import { assert } from "@std/assert";
import type { ModelFile, PathContent } from "../../src/model/files.ts";

/** The content of a file that is on disk. */
export function onDisk({ content }: ModelFile): PathContent {
  assert(content.kind === "path");
  return content;
}
