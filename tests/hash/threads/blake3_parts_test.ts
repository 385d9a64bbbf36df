import { assertEquals, assertStrictEquals } from "@std/assert";
import { splitTasks } from "../../../src/hash/threads/blake3_parts.ts";
import type { HashTask } from "../../../src/hash/tasks/hash_task.ts";
import { imaginaryFile } from "../_plan.ts";

const KiB = 1024;
const file = imaginaryFile("/weights.bin", 100 * KiB);

function split(...tasks: HashTask[]): { tasks: HashTask[]; first: number[] } {
  const parts = splitTasks(tasks, 4 * KiB);
  return {
    tasks: Array.from({ length: parts.tasks.length }, (_, i) => parts.tasks.at(i)!),
    first: [...parts.first],
  };
}

function ranges(tasks: readonly HashTask[]): [start: number, end: number, part: number | undefined][] {
  return tasks.map(({ start, end, part }) => [start, end, part]);
}

Deno.test("splitTasks() cuts tasks that are larger than a part, and numbers chunks from the start of the task", () => {
  const { tasks, first } = split({ file, start: 5, end: 5 + 9 * KiB });
  assertEquals(first, [0, 3]);
  assertEquals(ranges(tasks), [[5, 5 + 4 * KiB, 0], [5 + 4 * KiB, 5 + 8 * KiB, 4], [5 + 8 * KiB, 5 + 9 * KiB, 8]]);
});

Deno.test("splitTasks() makes no empty part", () => {
  const { tasks, first } = split({ file, start: 0, end: 8 * KiB });
  assertEquals(first, [0, 2]);
  assertEquals(ranges(tasks), [[0, 4 * KiB, 0], [4 * KiB, 8 * KiB, 4]]);
});

Deno.test("splitTasks() keeps tasks that are not larger than a part", () => {
  for (const size of [0, 1, 4 * KiB]) {
    const task = { file, start: 3, end: 3 + size };
    const { tasks, first } = split(task);
    assertEquals(first, [0, 1]);
    assertStrictEquals(tasks[0], task);
  }
});

Deno.test("splitTasks() keeps tasks with a prefix, which would shift the chunks", () => {
  const task = { file, start: 0, end: 9 * KiB, prefix: "" };
  assertEquals(split(task), { tasks: [task], first: [0, 1] });
});

Deno.test("splitTasks() keeps large and small tasks in their order", () => {
  const sizes = [0, 9, 0, 4, 5, 1, 0];
  const { tasks, first } = split(...sizes.map((size) => ({ file, start: size, end: size + size * KiB })));
  assertEquals(first, [0, 1, 4, 5, 6, 8, 9, 10]);
  assertEquals(tasks.map(({ start, end }) => (end - start) / KiB), [0, 4, 4, 1, 0, 4, 4, 1, 1, 0]);
});

Deno.test("splitTasks() returns no parts for no tasks", () => {
  assertEquals(split(), { tasks: [], first: [0] });
});
