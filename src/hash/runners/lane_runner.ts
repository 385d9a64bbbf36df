/** Hashes several tasks side by side, one in each lane of an engine. */
import type { Lanes } from "../engines/lanes.ts";
import type { Runner, RunnerContext } from "./runner.ts";
import { type StartedTask, TaskQueue } from "./task_queue.ts";
import { TaskReader } from "./task_reader.ts";

/** A task in a lane. */
interface LaneTask {
  readonly started: StartedTask;
  readonly reader: TaskReader;
  /** What remains to be hashed before the bytes of the file. */
  prefix: Uint8Array;
  ended: boolean;
}

/** Hashes as many tasks side by side as there are lanes. */
export class LaneRunner implements Runner {
  readonly #queue: TaskQueue;
  readonly #lanes: Lanes;
  readonly #onBytes: (count: number) => void;
  /** The task of each lane; `undefined` in an empty lane. */
  readonly #tasks: (LaneTask | undefined)[];

  constructor(lanes: Lanes, { algorithm, onBytes }: RunnerContext) {
    this.#queue = new TaskQueue(algorithm);
    this.#lanes = lanes;
    this.#onBytes = onBytes;
    this.#tasks = new Array(lanes.count).fill(undefined);
  }

  get idle(): boolean {
    return this.#queue.empty && this.#tasks.includes(undefined);
  }

  get hasWork(): boolean {
    return !this.#queue.empty || this.#tasks.some((task) => task !== undefined);
  }

  add(...batch: Parameters<Runner["add"]>): void {
    this.#queue.add(...batch);
  }

  step(): Promise<void> {
    for (let lane = 0; lane < this.#tasks.length; lane++) {
      this.#tasks[lane] ??= this.#begin(lane);
      this.#fill(lane);
    }
    this.#lanes.run();
    for (let lane = 0; lane < this.#tasks.length; lane++) this.#end(lane);
    return Promise.resolve();
  }

  /** Starts the next task in an empty lane. */
  #begin(lane: number): LaneTask | undefined {
    const started = this.#queue.take();
    if (started === undefined) return undefined;
    const reader = new TaskReader(started.task);
    this.#lanes.begin(lane, started.task.part);
    return { started, reader, prefix: reader.prefix ?? new Uint8Array(), ended: false };
  }

  /** Reads from the file straight into the buffer of a lane until it is full. */
  #fill(lane: number): void {
    const task = this.#tasks[lane];
    if (task === undefined || task.ended) return;
    const { reader } = task;
    for (;;) {
      const room = this.#lanes.room(lane);
      if (task.prefix.length > 0 && room.length > 0) {
        const piece = task.prefix.subarray(0, room.length);
        room.set(piece);
        task.prefix = task.prefix.subarray(piece.length);
        this.#lanes.filled(lane, piece.length);
      } else if (reader.hasMore && room.length > 0) {
        const count = reader.read(room);
        this.#lanes.filled(lane, count);
        if (count > 0) this.#onBytes(count);
      } else break;
    }
    if (task.prefix.length > 0 || reader.hasMore) return;
    reader.finish(); // all bytes are read: later changes of the file do not matter
    this.#lanes.end(lane);
    task.ended = true;
  }

  /** Takes the digest of a lane that has finished. */
  #end(lane: number): void {
    const task = this.#tasks[lane];
    const digest = task?.ended ? this.#lanes.digest(lane) : undefined;
    if (task === undefined || digest === undefined) return;
    task.reader[Symbol.dispose]();
    this.#tasks[lane] = undefined;
    task.started.finish(digest);
  }

  /** Closes open files after an error. */
  [Symbol.dispose](): void {
    for (const task of this.#tasks) task?.reader[Symbol.dispose]();
    this.#tasks.fill(undefined);
  }
}
