/** A Web Worker that hashes the batches of tasks it is sent. */
/// <reference lib="deno.worker" />
import { ModelSigningError } from "../errors.ts";
import { chooseEngine } from "./choose.ts";
import type { Hasher } from "./engine.ts";
import type { WorkerAnswer, WorkerSetup } from "./pool.ts";
import { BUFFER_BYTES, type HashTask, runTask } from "./task.ts";

/** How often progress is told within a batch, in bytes: some twenty times a second. */
const REPORT_BYTES = 64 * 1024 * 1024;

const buffer = new Uint8Array(BUFFER_BYTES);
let hasher: Promise<Hasher> | undefined;
let stop: WorkerSetup["stop"] | undefined;
let unreported = 0;

addEventListener("message", async ({ data }: MessageEvent<WorkerSetup | HashTask[]>): Promise<void> => {
  try {
    if (!Array.isArray(data)) {
      stop = data.stop;
      hasher = chooseEngine(data.engine, data.algorithm).then((engine) => engine.hasher(data.algorithm));
      return;
    }
    answer({ digests: hashBatch(data, await hasher!), bytes: takeUnreported() });
  } catch (error) {
    const code = error instanceof ModelSigningError ? error.code : "WORKER";
    answer({ code, message: error instanceof Error ? error.message : String(error) });
  }
});

function hashBatch(batch: HashTask[], hasher: Hasher): Uint8Array[] {
  return batch.map((task) => runTask(task, hasher, buffer, count));
}

function count(bytes: number): void {
  if (stop !== undefined && Atomics.load(stop, 0) !== 0) throw new Error("stopped");
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
