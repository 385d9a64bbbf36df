/** A Web Worker that hashes the batches of tasks it is sent. */
/// <reference lib="deno.worker" />
import { ModelSigningError } from "../../errors.ts";
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import { chooseEngine, loadEngine } from "../engines/choose.ts";
import type { WorkerAnswer, WorkerBatch, WorkerPreload, WorkerSetup } from "./worker_pool.ts";
import { PackedTasks } from "./packed_tasks.ts";
import { makeRunner, type Runner } from "../runners/runner.ts";
import { claim, type Claims } from "./batches.ts";
import { isProcessorFree, type SharedState, STOP } from "./shared_state.ts";

/** How often progress is told within a batch, in bytes: some twenty times a second. */
const REPORT_BYTES = 64 * 1024 * 1024;

/** How often messages are looked for while there is room for more tasks beside those that run, in bytes: some 100 times. */
const TURN_BYTES = 8 * 1024 * 1024;

let runner: Promise<Runner> | undefined;
let threads: SharedState | undefined;
let claims: Claims | undefined;
let thread = 0;
let unreported = 0;
let sinceTurn = 0;
let working = false;

addEventListener(
  "message",
  async ({ data }: MessageEvent<WorkerPreload | WorkerSetup | WorkerBatch>): Promise<void> => {
    try {
      if ("tasks" in data) return await hash(data);
      if ("preload" in data) return void await loadEngine(data.preload);
      runner = setUp(data);
      await runner;
    } catch (error) {
      const code = error instanceof ModelSigningError ? error.code : "WORKER";
      answer({ code, message: error instanceof Error ? error.message : String(error) });
    }
  },
);

async function setUp({ engine, algorithm, ...shared }: WorkerSetup): Promise<Runner> {
  ({ threads, claims, thread } = shared);
  const work = { algorithm, onBytes: count, isProcessorFree: () => isProcessorFree(shared.threads) };
  return await makeRunner(await chooseEngine(engine, algorithm), work);
}

/**
 * Hashes a batch, or leaves it to the call that is at work already. Whether that has more to do it asks in the same breath
 * in which it ends: a batch that came while it waited for its last step would lie there for ever.
 */
async function hash({ number, tasks }: WorkerBatch): Promise<void> {
  const runs = await runner!;
  const begin = (): boolean => {
    const isOurs = claim(claims!, number, thread);
    if (!isOurs) answer({ bytes: takeUnreported(), number });
    return isOurs;
  };
  runs.add(new PackedTasks(tasks), ({ bytes: digests }) => answer({ bytes: takeUnreported(), number, digests }), begin);
  if (working) return;
  working = true;
  while (runs.hasWork) {
    await runs.step();
    if (!runs.idle || sinceTurn < TURN_BYTES) continue;
    sinceTurn = 0;
    await yieldToEventLoop();
  }
  working = false;
}

function count(bytes: number): void {
  if (threads !== undefined && Atomics.load(threads, STOP) !== 0) throw new Error("stopped");
  sinceTurn += bytes;
  unreported += bytes;
  if (unreported >= REPORT_BYTES) answer({ bytes: takeUnreported() });
}

function takeUnreported(): number {
  const bytes = unreported;
  unreported = 0;
  return bytes;
}

function answer(message: WorkerAnswer): void {
  postMessage(message);
}
