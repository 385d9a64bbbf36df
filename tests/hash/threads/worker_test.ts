import { assertEquals } from "@std/assert";
import type { HashTask } from "../../../src/hash/tasks/hash_task.ts";
import type { Claims } from "../../../src/hash/threads/claims.ts";
import { packTasks } from "../../../src/hash/tasks/packed_tasks.ts";
import type { WorkerAnswer, WorkerBatch, WorkerSetup } from "../../../src/hash/threads/worker_messages.ts";
import { RunningThreads } from "../../../src/hash/threads/running_threads.ts";
import { WORKER_SOURCE } from "../../../src/hash/threads/worker_source.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { HANG_MS } from "../../_until.ts";
import { wholeFile } from "../_plan.ts";

const ROUNDS = 20;
const BATCHES = 2;

/**
 * Sends batches to a worker at once, and again when all are answered. Gives their numbers in the order of the answers,
 * with a minus before those that the worker left to the thread that had claimed them.
 */
async function sendInRounds(
  setup: Pick<WorkerSetup, "engine">,
  tasks: HashTask[],
  claims: Claims = new Int32Array(new SharedArrayBuffer(4 * ROUNDS * BATCHES)),
): Promise<number[]> {
  const worker = new Worker(URL.createObjectURL(new Blob([WORKER_SOURCE])), { type: "module" });
  const numbers: number[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sendRound = (): void => {
    for (let i = 0; i < BATCHES; i++) {
      worker.postMessage({ number: numbers.length + i, tasks: packTasks(tasks) } satisfies WorkerBatch);
    }
  };
  worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>): void => {
    if ("code" in data) return reject(new Error(data.message));
    if (data.number !== undefined) numbers.push(data.digests ? data.number : -data.number);
    if (numbers.length === ROUNDS * BATCHES) return resolve();
    if (data.number !== undefined && numbers.length % BATCHES === 0) sendRound();
  };
  const timer = setTimeout(() => reject(new Error(`only ${numbers.length} batches were answered`)), HANG_MS);
  try {
    worker.postMessage(
      { ...setup, algorithm: "sha256", threads: new RunningThreads().memory, claims, thread: 2 } satisfies WorkerSetup,
    );
    sendRound();
    await promise;
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
  return numbers;
}

for (const engine of ["native", "wasm"] as const) {
  Deno.test(`the worker hashes a batch that arrives while it ends another, with ${engine}`, async () => {
    using directory = new TempDirectory();
    const task = wholeFile(directory.write("weights.bin", countingBytes(1_000)));
    // From one step's worth of tasks to many: which number meets the end of a step hangs on how Deno takes messages.
    for (let steps = 0; steps < 8; steps++) {
      const tasks = new Array<HashTask>(32 * steps + 1).fill(task);
      const numbers = await sendInRounds({ engine }, tasks);
      assertEquals(numbers, Array.from({ length: ROUNDS * BATCHES }, (_, number) => number), `${tasks.length} tasks`);
    }
  });

  Deno.test(`the worker drops a batch that another thread has claimed, with ${engine}`, async () => {
    using directory = new TempDirectory();
    const task = wholeFile(directory.write("weights.bin", countingBytes(1_000)));
    const claims = new Int32Array(new SharedArrayBuffer(4 * ROUNDS * BATCHES));
    for (const number of [3, 4, 5, 8]) claims[number] = 1;
    const numbers = await sendInRounds({ engine }, [task], claims);
    const inOrder = numbers.toSorted((a, b) => Math.abs(a) - Math.abs(b));
    const expected = Array.from({ length: ROUNDS * BATCHES }, (_, n) => [3, 4, 5, 8].includes(n) ? -n : n);
    assertEquals(inOrder, expected);
    assertEquals([...claims], expected.map((n) => n < 0 ? 1 : 2), "it claims what it hashes");
  });
}
