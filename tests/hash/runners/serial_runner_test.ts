import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { UnavailableError } from "../../../src/errors.ts";
import type { Hasher } from "../../../src/hash/engines/engine.ts";
import { nativeEngine } from "../../../src/hash/engines/native.ts";
import { BUFFER_BYTES, PIECE_BYTES, SerialRunner } from "../../../src/hash/runners/serial_runner.ts";
import type { HashTask } from "../../../src/hash/tasks/hash_task.ts";
import { assertFails } from "../../_assert_fails.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import { sha256 } from "../../_reference.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { FILE_CHANGES, rewrite } from "../_file_changes.ts";
import { lookAt, wholeFile } from "../_plan.ts";

/** Runs one task; `isProcessorFree` decides whether a large one is read ahead. */
async function run(
  task: HashTask,
  onBytes: (count: number) => void = () => {},
  isProcessorFree: () => boolean = () => false,
): Promise<Uint8Array> {
  using runner = new SerialRunner(sha256Hasher, { algorithm: "sha256", onBytes, isProcessorFree });
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  runner.add([task], (digests) => resolve(digests.at(0)));
  await runner.step();
  assert(!runner.hasWork);
  return await promise;
}

const sha256Hasher: Hasher = await nativeEngine.hasher("sha256");

Deno.test("SerialRunner hashes files of every size around its buffer, and counts their bytes", async () => {
  using directory = new TempDirectory();
  for (const length of [0, 1, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1, 2 * BUFFER_BYTES + 1]) {
    const content = countingBytes(length);
    const path = directory.write("weights.bin", content);
    const counts: number[] = [];

    const digest = await run(wholeFile(path), (count) => counts.push(count));

    assertEquals(digest, sha256(content), `${length} bytes`);
    assertEquals(counts.reduce((sum, count) => sum + count, 0), length);
    assert(counts.every((count) => count > 0 && count <= BUFFER_BYTES));
  }
});

for (const isProcessorFree of [false, true]) {
  const how = isProcessorFree ? "reads ahead" : "blocks";
  Deno.test(`SerialRunner ${how} in large files`, async () => {
    using directory = new TempDirectory();
    for (const length of [PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES + 300_001]) {
      const content = countingBytes(length);
      const task = { ...wholeFile(directory.write("weights.bin", content)), prefix: "file." };
      let counted = 0;
      const digest = await run(task, (count) => counted += count, () => isProcessorFree);
      assertEquals(digest.toHex(), sha256(Uint8Array.from([...new TextEncoder().encode("file."), ...content])).toHex());
      assertEquals(counted, length);
    }
  });

  Deno.test(`SerialRunner ${how}, and detects a change of a large file`, async () => {
    using directory = new TempDirectory();
    const path = directory.write("weights.bin", countingBytes(2 * PIECE_BYTES));
    const task = wholeFile(path);
    const cutOff = (): void => Deno.truncateSync(path, 1);
    await assertFails(() => run(task, cutOff, () => isProcessorFree), UnavailableError, "FILE_CHANGED", `"${path}"`);
  });

  Deno.test(`SerialRunner ${how}, and throws what ends the work within a large file`, async () => {
    using directory = new TempDirectory();
    const task = wholeFile(directory.writeSparse("weights.bin", 2 * PIECE_BYTES));
    const reason = new Error("enough");
    const stop = (): void => {
      throw reason;
    };
    assertStrictEquals(await assertRejects(() => run(task, stop, () => isProcessorFree)), reason);
  });
}

Deno.test("SerialRunner hashes ranges of one file in any order", async () => {
  using directory = new TempDirectory();
  const content = countingBytes(1_000);
  const file = lookAt(directory.write("weights.bin", content));
  const other = lookAt(directory.write("other.bin", content.subarray(500)));
  const ranges = [[0, 10], [10, 20], [500, 700], [5, 6], [0, 1_000], [990, 1_000], [20, 20]] as const;
  const tasks: HashTask[] = ranges.map(([start, end]) => ({ file, start, end }));
  tasks.splice(3, 0, { file: other, start: 0, end: 500 });
  using runner = new SerialRunner(sha256Hasher, {
    algorithm: "sha256",
    onBytes: () => {},
    isProcessorFree: () => false,
  });
  const { promise, resolve } = Promise.withResolvers<string[]>();
  runner.add(tasks, (digests) => resolve(Array.from(digests, (digest) => digest.toHex())));
  await runner.step();
  const expected = ranges.map(([start, end]) => sha256(content.subarray(start, end)).toHex());
  expected.splice(3, 0, sha256(content.subarray(500)).toHex());
  assertEquals(await promise, expected);
});

Deno.test("SerialRunner hashes exactly the range of a task", async () => {
  using directory = new TempDirectory();
  const size = 2 * BUFFER_BYTES + 100;
  const content = countingBytes(size);
  const file = lookAt(directory.write("weights.bin", content));
  const edges = [0, 1, 99, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1, size - 1, size];
  for (const start of edges) {
    for (const end of edges.filter((edge) => edge >= start)) {
      assertEquals(await run({ file, start, end }), sha256(content.subarray(start, end)), `${start} to ${end}`);
    }
  }
});

Deno.test("SerialRunner hashes a prefix before the bytes, as UTF-8", async () => {
  using directory = new TempDirectory();
  const content = countingBytes(300);
  const file = lookAt(directory.write("a", content));
  for (const prefix of ["", "file.YQ==.", "名前 😀"]) {
    for (const [start, end] of [[0, 300], [100, 200], [0, 0]] as const) {
      const bytes = [...new TextEncoder().encode(prefix), ...content.subarray(start, end)];
      assertEquals(await run({ file, start, end, prefix }), sha256(Uint8Array.from(bytes)), `${prefix} ${start}`);
    }
  }
});

Deno.test("SerialRunner reads names that are special to shells and URLs", async () => {
  using directory = new TempDirectory();
  for (const name of ["a b", "a%20b", "?x#y", "-n", "*", "\\", "new\nline", "名前", "e\u0301", "\u{1f600}", "~"]) {
    assertEquals(await run(wholeFile(directory.write(name, "text"))), sha256(new TextEncoder().encode("text")), name);
  }
});

for (const { title, change, code, reason } of FILE_CHANGES) {
  Deno.test(`SerialRunner names a file that ${title} after it was listed`, async () => {
    using directory = new TempDirectory();
    const path = directory.write("weights.bin", countingBytes(100));
    const task = wholeFile(path);
    change(path);
    await assertFails(() => run(task), UnavailableError, code, `"${path}"`, reason);
    // It is the file that counts, not the range: other shards were read from what it was before.
    await assertFails(() => run({ ...task, start: 2, end: 4 }), UnavailableError, code, `"${path}"`);
  });
}

Deno.test("SerialRunner detects a file that changes while it is read", async (t) => {
  const changes: [title: string, change: (path: string) => void, reason: string][] = [
    ["it grows", (path): void => Deno.writeTextFileSync(path, "more", { append: true }), "its size was"],
    ["its end is cut off unread", (path): void => Deno.truncateSync(path, BUFFER_BYTES), "its size was"],
    ["it is rewritten with as many bytes", rewrite, "it was written to"],
  ];
  for (const [title, change, reason] of changes) {
    await t.step(title, async () => {
      using directory = new TempDirectory();
      const path = directory.write("weights.bin", countingBytes(3 * BUFFER_BYTES));
      const task = wholeFile(path);
      let turns = 0;
      const onFirstBytes = (): void => {
        if (turns++ === 0) change(path);
      };
      await assertFails(() => run(task, onFirstBytes), UnavailableError, "FILE_CHANGED", `"${path}"`, reason);
    });
  }
});

Deno.test("SerialRunner shows control characters in a file's name as escapes", async () => {
  using directory = new TempDirectory();
  const path = directory.write("red\u001b[31m\nline", "x");
  const task = wholeFile(path);
  Deno.removeSync(path);
  await assertFails(() => run(task), UnavailableError, "NOT_FOUND", "red\\u{1b}[31m\\u{a}line");
});

Deno.test({
  name: "SerialRunner reports a file that it may not read",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0, // root may read anything
  fn: async () => {
    using directory = new TempDirectory();
    const task = wholeFile(directory.write("secret", "x"));
    Deno.chmodSync(task.file.path, 0o000);
    await assertFails(() => run(task), UnavailableError, "PERMISSION", `"${task.file.path}"`);
  },
});

Deno.test({
  name: "SerialRunner does not block on a FIFO that replaced the file",
  fn: async () => {
    using directory = new TempDirectory();
    const path = directory.write("weights.bin");
    const task = wholeFile(path);
    Deno.removeSync(path);
    new Deno.Command("mkfifo", { args: [path] }).outputSync();
    await assertFails(() => run(task), UnavailableError, "FILE_CHANGED", `"${path}"`, "no longer a file");
  },
});
