import { assertEquals } from "@std/assert";
import { PackedTasks, packTasks } from "../../../src/hash/tasks/packed_tasks.ts";
import type { HashTask } from "../../../src/hash/tasks/hash_task.ts";
import { imaginaryFile } from "../_plan.ts";

const a = { ...imaginaryFile("/a", 9e15), modified: 0.5, inode: 2 ** 60, followsLinks: true };
const b = { ...imaginaryFile("/\ufeff\u00e9\u{1f600}", 0), modified: null, changed: null, inode: null };

Deno.test("PackedTasks returns the tasks that were packed, also after they were sent", () => {
  const tasks: HashTask[] = [
    { file: a, start: 0, end: 1 },
    { file: a, start: 1, end: 9e15, toEnd: true, prefix: "file.YQ==." },
    { file: b, start: 0, end: 0, part: 0 },
    { file: b, start: 5, end: 6, part: 16_384, prefix: "" },
    { file: a, start: 3, end: 4 },
  ];
  const columns = structuredClone(packTasks(tasks));
  assertEquals(columns.paths.buffer.byteLength, columns.paths.length, "nothing else is sent");
  const packed = new PackedTasks(columns);
  assertEquals(Array.from(tasks, (_, i) => packed.at(i)), tasks);
  assertEquals([packed.length, packed.at(5)], [5, undefined]);
});

Deno.test("PackedTasks can be empty", () => {
  const packed = new PackedTasks(packTasks([]));
  assertEquals([packed.length, packed.at(0)], [0, undefined]);
});
