/** How many threads are running, and the order to stop, in memory that all threads share. */

/** The shared memory: two numbers. */
export type ThreadMemory = Int32Array<SharedArrayBuffer>;

/** Index of the order to stop. */
const STOP = 0;
/** Index of the number of threads that have something to hash. */
const RUNNING = 1;

/** Counts the threads of one job and stops them. */
export class RunningThreads {
  /** To be sent to workers. */
  readonly memory: ThreadMemory;
  #processors: number | undefined;

  /**
   * Starts with no running thread, or joins other threads.
   *
   * @param memory The memory that the other threads use.
   */
  constructor(memory?: ThreadMemory) {
    this.memory = memory ?? new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Counts a thread that has something to hash. */
  begin(): void {
    Atomics.add(this.memory, RUNNING, 1);
  }

  /** Counts a thread that has finished. */
  end(): void {
    Atomics.sub(this.memory, RUNNING, 1);
  }

  /** Whether fewer threads are running than there are processors. The system counts processors on each request. */
  get isProcessorFree(): boolean {
    this.#processors ??= navigator.hardwareConcurrency;
    return Atomics.load(this.memory, RUNNING) < this.#processors;
  }

  /** Tells workers to stop. `terminate()` does not reach a worker that is hashing, perhaps for minutes. */
  stop(): void {
    Atomics.store(this.memory, STOP, 1);
  }

  /** Whether workers are to stop. */
  get isStopped(): boolean {
    return Atomics.load(this.memory, STOP) !== 0;
  }
}
