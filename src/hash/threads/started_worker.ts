/** A worker that is started before there is anything to hash. */
import type { EngineChoice } from "../engines/choose.ts";
import type { WorkerPreload } from "./worker_messages.ts";

/** A running worker, for the first job that needs one. */
export class StartedWorker implements Disposable {
  #worker: Worker | undefined;

  /** Holds a worker. */
  constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Hands the worker over: it is returned once. */
  take(): Worker | undefined {
    const worker = this.#worker;
    this.#worker = undefined;
    return worker;
  }

  /** Ends the worker if no job has taken it. */
  [Symbol.dispose](): void {
    this.take()?.terminate();
  }
}

/**
 * Starts a worker before there is anything to hash. Starting takes some 35 ms, during which the program can load other
 * modules and check a signature.
 *
 * @param engine The engine that the worker loads meanwhile.
 * @returns The worker, to be handed to the job in its options.
 */
export async function startWorker(engine: EngineChoice): Promise<StartedWorker> {
  const { newWorker } = await import("./new_worker.ts");
  const worker = newWorker();
  worker.postMessage({ preload: engine === "auto" ? "native" : engine } satisfies WorkerPreload);
  return new StartedWorker(worker);
}
