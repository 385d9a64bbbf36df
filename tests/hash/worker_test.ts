import { assertEquals } from "@std/assert";
import type { HashTask } from "../../src/hash/task.ts";
import type { WorkerAnswer, WorkerBatch, WorkerSetup } from "../../src/hash/pool.ts";
import { makeSharedState } from "../../src/hash/work.ts";
import { WORKER_SOURCE } from "../../src/hash/worker_source.ts";
import { countingBytes } from "../_counting_bytes.ts";
import { TempFolder } from "../_temp_folder.ts";
import { wholeFile } from "./_plan.ts";

const ROUNDS = 20;
const BATCHES = 2;

/** Sends batches to a worker at once, and again when all are answered. Gives the ids in the order of the answers. */
async function sendInRounds(setup: Omit<WorkerSetup, "threads">, tasks: HashTask[]): Promise<number[]> {
  const worker = new Worker(URL.createObjectURL(new Blob([WORKER_SOURCE])), { type: "module" });
  const ids: number[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sendRound = (): void => {
    for (let i = 0; i < BATCHES; i++) worker.postMessage({ id: ids.length + i, tasks } satisfies WorkerBatch);
  };
  worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>): void => {
    if ("code" in data) return reject(new Error(data.message));
    if ("id" in data) ids.push(data.id);
    if (ids.length === ROUNDS * BATCHES) return resolve();
    if ("ready" in data || ("id" in data && ids.length % BATCHES === 0)) sendRound();
  };
  const timer = setTimeout(() => reject(new Error(`only ${ids.length} batches were answered`)), 10_000);
  try {
    worker.postMessage({ ...setup, threads: makeSharedState() } satisfies WorkerSetup);
    await promise;
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
  return ids;
}

for (const engine of ["native", "wasm"] as const) {
  Deno.test(`the worker leaves no batch lying that comes while it ends another, with ${engine}`, async () => {
    using folder = new TempFolder();
    const task = wholeFile(folder.write("weights.bin", countingBytes(1_000)));
    // From one step's worth of tasks to many: which number meets the end of a step hangs on how Deno takes messages.
    for (let steps = 0; steps < 8; steps++) {
      const tasks = new Array<HashTask>(32 * steps + 1).fill(task);
      const ids = await sendInRounds({ engine, algorithm: "sha256" }, tasks);
      assertEquals(ids, Array.from({ length: ROUNDS * BATCHES }, (_, id) => id), `${tasks.length} tasks`);
    }
  });
}
