/** The program of a hash worker: a Web Worker that hashes the batches it is sent. */
/// <reference lib="deno.worker" />
import { ModelSigningError } from "../../errors.ts";
import { yieldToEventLoop } from "../../io/yield_to_event_loop.ts";
import { chooseEngine, loadEngine } from "../engines/choose.ts";
import { makeRunner } from "../runners/make_runner.ts";
import type { Runner } from "../runners/runner.ts";
import { PackedTasks } from "../tasks/packed_tasks.ts";
import { claim } from "./claims.ts";
import { RunningThreads } from "./running_threads.ts";
import type { WorkerAnswer, WorkerBatch, WorkerPreload, WorkerSetup } from "./worker_messages.ts";

/** Bytes between two progress reports within a batch: some twenty reports a second. */
const REPORT_BYTES = 64 * 1024 * 1024;

/** Bytes between two checks for messages while more tasks could run side by side: some 100 checks a second. */
const YIELD_BYTES = 8 * 1024 * 1024;

/** The work of this worker for one job. */
class WorkerJob {
  readonly #setup: WorkerSetup;
  readonly #threads: RunningThreads;
  /** Rejects if the engine cannot be loaded. */
  readonly runner: Promise<Runner>;
  #unreported = 0;
  #sinceYield = 0;
  #isRunning = false;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    this.#threads = new RunningThreads(setup.threads);
    this.runner = this.#makeRunner();
  }

  async #makeRunner(): Promise<Runner> {
    const { engine, algorithm } = this.#setup;
    return await makeRunner(await chooseEngine(engine, algorithm), {
      algorithm,
      onBytes: (count) => this.#onBytes(count),
      isProcessorFree: () => this.#threads.isProcessorFree,
    });
  }

  /**
   * Hashes a batch, or leaves it to the call that is running already. That call ends in the same turn of the event loop
   * in which it sees that there is no more work, so a batch that arrives during its last step is not forgotten.
   */
  async hash({ number, tasks }: WorkerBatch): Promise<void> {
    const runner = await this.runner;
    const begin = (): boolean => {
      const isClaimed = claim(this.#setup.claims, number, this.#setup.thread);
      if (!isClaimed) answer({ bytes: this.#takeUnreported(), number });
      return isClaimed;
    };
    const done = ({ bytes: digests }: { bytes: Uint8Array }): void =>
      answer({ bytes: this.#takeUnreported(), number, digests });
    runner.add(new PackedTasks(tasks), done, begin);
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (runner.hasWork) {
      await runner.step();
      if (!runner.idle || this.#sinceYield < YIELD_BYTES) continue;
      this.#sinceYield = 0;
      await yieldToEventLoop();
    }
    this.#isRunning = false;
  }

  #onBytes(count: number): void {
    if (this.#threads.isStopped) throw new Error("stopped");
    this.#sinceYield += count;
    this.#unreported += count;
    if (this.#unreported >= REPORT_BYTES) answer({ bytes: this.#takeUnreported() });
  }

  #takeUnreported(): number {
    const bytes = this.#unreported;
    this.#unreported = 0;
    return bytes;
  }
}

let job: WorkerJob | undefined;

addEventListener(
  "message",
  async ({ data }: MessageEvent<WorkerPreload | WorkerSetup | WorkerBatch>): Promise<void> => {
    try {
      if ("tasks" in data) return await job!.hash(data);
      if ("preload" in data) return void await loadEngine(data.preload);
      job = new WorkerJob(data);
      await job.runner;
    } catch (error) {
      const code = error instanceof ModelSigningError ? error.code : "WORKER";
      answer({ code, message: error instanceof Error ? error.message : String(error) });
    }
  },
);

function answer(message: WorkerAnswer): void {
  postMessage(message);
}
