/** The shape of what runs tasks: one after another or, with an engine that has lanes, side by side. */
import type { Digests } from "../../lists/digests.ts";
import type { Engine, HashAlgorithm } from "../engines/engine.ts";
import type { Tasks } from "../task.ts";

/** Takes batches of tasks and runs them step by step. */
export interface Runner extends Disposable {
  /**
   * Puts tasks into the queue; `done` is called with their digests once all are there. Just before the first is begun,
   * `begin` is asked whether they are still to be done; if not, they are forgotten.
   */
  add(tasks: Tasks, done: (digests: Digests) => void, begin?: () => boolean): void;
  /**
   * Does the next piece of work: a large task, some small ones, or a buffer of each of those that run side by side.
   *
   * @throws {UnavailableError} If a file cannot be read or is not what it was.
   */
  step(): Promise<void>;
  /** Whether there is more to do. To be asked when it counts: tasks may be added while a step is waited for. */
  readonly hasWork: boolean;
  /** Whether it could run more tasks at once than it has. */
  readonly idle: boolean;
}

/** What a runner is told. */
export interface RunnerWork {
  readonly algorithm: HashAlgorithm;
  /** Called with the number of bytes just hashed; what it throws ends the work. */
  readonly onBytes: (count: number) => void;
  /** Whether fewer threads hash than there are processors, so that the system's reading takes time from none. */
  readonly isProcessorFree: () => boolean;
  /** Called in the midst of large tasks, and waited for. */
  readonly turn?: () => Promise<void>;
}

/** Makes a runner. */
export async function makeRunner(engine: Engine, work: RunnerWork): Promise<Runner> {
  if (engine.lanes !== undefined) {
    const { LaneRunner } = await import("./lane_runner.ts");
    return new LaneRunner(await engine.lanes(work.algorithm), work);
  }
  const { SerialRunner } = await import("./serial_runner.ts");
  return new SerialRunner(await engine.hasher(work.algorithm), work);
}
