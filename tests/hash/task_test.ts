import { assert, assertEquals } from "@std/assert";
import { UnavailableError } from "../../src/errors.ts";
import type { Hasher } from "../../src/hash/engine.ts";
import { nativeEngine } from "../../src/hash/native.ts";
import { BUFFER_BYTES, type HashTask, runTask } from "../../src/hash/task.ts";
import { assertFails } from "../_assert_fails.ts";
import { countingBytes } from "../_counting_bytes.ts";
import { sha256 } from "../_reference.ts";
import { TempFolder } from "../_temp_folder.ts";
import { FILE_CHANGES, rewrite } from "./_file_changes.ts";
import { lookAt, wholeFile } from "./_plan.ts";

function run(task: HashTask, onBytes: (count: number) => void = () => {}): Uint8Array {
  return runTask(task, sha256Hasher, new Uint8Array(BUFFER_BYTES), onBytes);
}

const sha256Hasher: Hasher = await nativeEngine.hasher("sha256");

Deno.test("runTask() hashes files of every size around its buffer, and counts their bytes", () => {
  using folder = new TempFolder();
  for (const length of [0, 1, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1, 2 * BUFFER_BYTES + 1]) {
    const content = countingBytes(length);
    const path = folder.write("weights.bin", content);
    const counts: number[] = [];

    const digest = run(wholeFile(path), (count) => counts.push(count));

    assertEquals(digest, sha256(content), `${length} bytes`);
    assertEquals(counts.reduce((sum, count) => sum + count, 0), length);
    assert(counts.every((count) => count > 0 && count <= BUFFER_BYTES));
  }
});

Deno.test("runTask() works with a buffer of any size", () => {
  using folder = new TempFolder();
  const content = countingBytes(1_000);
  const task = wholeFile(folder.write("a", content));
  for (const size of [1, 7, 999, 1_000, 1_001]) {
    assertEquals(runTask(task, sha256Hasher, new Uint8Array(size), () => {}), sha256(content), `buffer of ${size}`);
  }
});

Deno.test("runTask() hashes just the range it is given", () => {
  using folder = new TempFolder();
  const size = 2 * BUFFER_BYTES + 100;
  const content = countingBytes(size);
  const file = lookAt(folder.write("weights.bin", content));
  const edges = [0, 1, 99, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1, size - 1, size];
  for (const start of edges) {
    for (const end of edges.filter((edge) => edge >= start)) {
      assertEquals(run({ file, start, end }), sha256(content.subarray(start, end)), `${start} to ${end}`);
    }
  }
});

Deno.test("runTask() hashes a prefix before the bytes, as UTF-8", () => {
  using folder = new TempFolder();
  const content = countingBytes(300);
  const file = lookAt(folder.write("a", content));
  for (const prefix of ["", "file.YQ==.", "名前 😀"]) {
    for (const [start, end] of [[0, 300], [100, 200], [0, 0]] as const) {
      const bytes = [...new TextEncoder().encode(prefix), ...content.subarray(start, end)];
      assertEquals(run({ file, start, end, prefix }), sha256(Uint8Array.from(bytes)), `${prefix} ${start}`);
    }
  }
});

Deno.test("runTask() reads names that shells and URLs would take for something else", () => {
  using folder = new TempFolder();
  for (const name of ["a b", "a%20b", "?x#y", "-n", "*", "\\", "new\nline", "名前", "e\u0301", "\u{1f600}", "~"]) {
    assertEquals(run(wholeFile(folder.write(name, "text"))), sha256(new TextEncoder().encode("text")), name);
  }
});

for (const { title, change, code, reason } of FILE_CHANGES) {
  Deno.test(`runTask() names a file that ${title} after the plan was made`, async () => {
    using folder = new TempFolder();
    const path = folder.write("weights.bin", countingBytes(100));
    const task = wholeFile(path);
    change(path);
    await assertFails(() => run(task), UnavailableError, code, `"${path}"`, reason);
    // It is the file that counts, not the range: other shards were read from what it was before.
    await assertFails(() => run({ ...task, start: 2, end: 4 }), UnavailableError, code, `"${path}"`);
  });
}

Deno.test("runTask() notices what happens to a file while it is read", async (t) => {
  const changes: [title: string, change: (path: string) => void, reason: string][] = [
    ["it grows", (path): void => Deno.writeTextFileSync(path, "more", { append: true }), "its size was"],
    ["its end is cut off unread", (path): void => Deno.truncateSync(path, BUFFER_BYTES), "it ended early"],
    ["it is rewritten with as many bytes", rewrite, "it was written to"],
  ];
  for (const [title, change, reason] of changes) {
    await t.step(title, async () => {
      using folder = new TempFolder();
      const path = folder.write("weights.bin", countingBytes(3 * BUFFER_BYTES));
      const task = wholeFile(path);
      let turns = 0;
      const onFirstBytes = (): void => {
        if (turns++ === 0) change(path);
      };
      await assertFails(() => run(task, onFirstBytes), UnavailableError, "FILE_CHANGED", `"${path}"`, reason);
    });
  }
});

Deno.test("runTask() shows control characters in a file's name as escapes", async () => {
  using folder = new TempFolder();
  const path = folder.write("red\u001b[31m\nline", "x");
  const task = wholeFile(path);
  Deno.removeSync(path);
  await assertFails(() => run(task), UnavailableError, "NOT_FOUND", "red\\u{1b}[31m\\u{a}line");
});

Deno.test({
  name: "runTask() says that it may not read a file",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0, // root may read anything
  fn: async () => {
    using folder = new TempFolder();
    const task = wholeFile(folder.write("secret", "x"));
    Deno.chmodSync(task.file.path, 0o000);
    await assertFails(() => run(task), UnavailableError, "PERMISSION", `"${task.file.path}"`);
  },
});

Deno.test({
  name: "runTask() does not wait for a FIFO that took the file's place",
  fn: async () => {
    using folder = new TempFolder();
    const path = folder.write("weights.bin");
    const task = wholeFile(path);
    Deno.removeSync(path);
    new Deno.Command("mkfifo", { args: [path] }).outputSync();
    await assertFails(() => run(task), UnavailableError, "FILE_CHANGED", `"${path}"`, "no longer a file");
  },
});
