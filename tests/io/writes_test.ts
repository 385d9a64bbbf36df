/** One way to write files: what src writes goes through `src/io`. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../src", import.meta.url));

/** Calls that write, or make something that is written to. */
const WRITES =
  /\bDeno\.(?:write\w*|create\w*|truncate\w*|rename\w*|copyFile\w*|link\w*|symlink\w*|makeTempFile\w*)\(|\bDeno\.open(?:Sync)?\([^;]*\b(?:write|create|createNew|append): true|node:fs/;

/** The examples in doc comments are programs of others. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*\*[\s\S]*?\*\//g, "");
}

function sources(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    if (isDirectory) return sources(path);
    return path.endsWith(".ts") && name !== "worker_source.ts" ? [path] : [];
  });
}

Deno.test("only the modules for it write files", () => {
  const writing = sources(SOURCE).filter((path) => WRITES.test(withoutComments(Deno.readTextFileSync(path))));
  assertEquals(writing.map((path) => path.slice(SOURCE.length + 1)).sort(), [
    "io/atomic_write.ts",
    "io/lock_file.ts",
    "io/planned_file.ts", // opens with O_RDONLY alone
  ]);
});

Deno.test("what writes is found", () => {
  for (
    const text of [
      "Deno.writeTextFileSync(path, text)",
      "await Deno.rename(a, b)",
      "Deno.openSync(path, { read: true, write: true })",
      "Deno.openSync(path, {\n  create: true,\n})",
      'import { writeFileSync } from "node:fs"',
    ]
  ) assert(WRITES.test(text), text);
  assert(!WRITES.test("Deno.openSync(path, { read: true })"));
});
