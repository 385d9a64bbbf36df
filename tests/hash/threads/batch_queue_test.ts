import { assert, assertEquals } from "@std/assert";
import { BatchQueue } from "../../../src/hash/threads/batch_queue.ts";
import { claim } from "../../../src/hash/threads/claims.ts";
import type { Batch } from "../../../src/hash/threads/cut_batches.ts";
import type { HashTask } from "../../../src/hash/tasks/hash_task.ts";
import { imaginaryFile } from "../_plan.ts";

const MiB = 1024 * 1024;
const NONE: ReadonlyMap<number, unknown> = new Map();

function tasksOf(...sizes: number[]): HashTask[] {
  return sizes.map((size, i) => ({ file: imaginaryFile(`/${i}`, size), start: 0, end: size }));
}

function takeAll(batches: BatchQueue): Batch[] {
  const taken: Batch[] = [];
  for (let batch = batches.take(0); batch !== undefined; batch = batches.take(0)) taken.push(batch);
  return taken;
}

Deno.test("BatchQueue has each task once: large ones alone and the largest first, small ones together in their order", () => {
  const tasks = tasksOf(1, 9 * MiB, 2, 3, 20 * MiB, 0, ...new Array(600).fill(10));
  const taken = takeAll(new BatchQueue(tasks, 2, 1));
  assertEquals(taken.slice(0, 2).map(({ from, to }) => [from, to]), [[4, 5], [1, 2]]);
  const small = taken.slice(2);
  assertEquals(small.map(({ from }) => from), small.map(({ from }) => from).toSorted((a, b) => a - b));
  const indices = taken.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
  assertEquals(indices.toSorted((a, b) => a - b), tasks.map((_, i) => i));
  assertEquals(taken.reduce((sum, { bytes }) => sum + bytes, 0), 29 * MiB + 6_006);
});

/** Assigns batches to a worker until it has enough. */
function assignAll(batches: BatchQueue, has: Map<number, Batch>): number[] {
  const given: number[] = [];
  for (let batch = batches.assign(2, has); batch !== undefined; batch = batches.assign(2, has)) {
    has.set(batch.number, batch);
    given.push(batch.number);
  }
  return given;
}

Deno.test("BatchQueue lets an idle thread steal batches that are queued at a worker, once none are waiting", () => {
  const batches = new BatchQueue(tasksOf(...new Array(9).fill(10 * MiB)), 2, 1);
  assertEquals(assignAll(batches, new Map()), [0, 1, 2, 3], "a worker does not get all");
  assert(claim(batches.claims, 0, 2), "it starts one");
  assertEquals(takeAll(batches).map(({ number }) => number), [4, 5, 6, 7, 8, 1, 2, 3]);
  assertEquals([1, 2].map((number) => claim(batches.claims, number, 2)), [false, false], "it starts no other");
  assertEquals(batches.assign(3, NONE), undefined);
});

Deno.test("BatchQueue lets the main thread steal larger batches first, and assigns others to the worker at once", () => {
  const batches = new BatchQueue(tasksOf(...[60, 50, 40, 30, 20, 10, 9].map((size) => size * MiB)), 2, 1);
  const has = new Map<number, Batch>();
  assertEquals(assignAll(batches, has), [0, 1, 2, 3]);
  assert(claim(batches.claims, 0, 2));
  const later: number[][] = [];
  batches.onStolen(() => void later.push(assignAll(batches, has)));
  assertEquals(batches.take(0)?.number, 1);
  assertEquals(later, [[4]]);
});

Deno.test("BatchQueue assigns batches that are queued at one worker to another, and one of them starts each", () => {
  const batches = new BatchQueue(tasksOf(10 * MiB, 10 * MiB), 3, 1);
  const first = batches.assign(2, NONE)!;
  const second = batches.assign(2, new Map([[first.number, first]]))!;
  assert(claim(batches.claims, first.number, 2));
  assertEquals(batches.assign(3, NONE)?.number, second.number, "a batch that no thread has started");
  assert(claim(batches.claims, second.number, 3));
  assertEquals(batches.assign(3, NONE), undefined);
  assertEquals(batches.take(0), undefined);
  assertEquals([1, 2, 3].map((thread) => batches.hasStarted(thread, [0, 1])), [false, true, true]);
  assertEquals(batches.hasStarted(3, [0]), false);
});

Deno.test("BatchQueue shares batches that run side by side evenly", () => {
  const batches = new BatchQueue(tasksOf(...new Array(4).fill(10 * MiB)), 2, 4);
  assertEquals([0, 1, 2].map((has) => batches.take(has)?.number), [0, 1, undefined]);
  const has = new Map<number, Batch>();
  for (let batch = batches.assign(2, has); batch !== undefined; batch = batches.assign(2, has)) {
    has.set(batch.number, batch);
  }
  assertEquals([...has.keys()], [2, 3]);
});
