/** Runs tasks one after another or, with an engine that has lanes, side by side. */
import { Digests } from "./digests.ts";
import type { Engine, HashAlgorithm } from "./engine.ts";
import type { Lanes } from "./lanes.ts";
import { BUFFER_BYTES, type HashTask, runTask, TaskReader } from "./task.ts";

/** Takes batches of tasks and runs them step by step. */
export interface Runner extends Disposable {
  /** Puts tasks into the queue; `done` is called with their digests once all are there. */
  add(tasks: readonly HashTask[], done: (digests: Digests) => void): void;
  /**
   * Does the next piece of work: a whole task, or a buffer of each of those that run side by side.
   *
   * @returns Whether there is more to do.
   * @throws {UnavailableError} If a file cannot be read or is not what it was.
   */
  step(): boolean;
  /** Whether it could run more tasks at once than it has. */
  readonly idle: boolean;
}

/** Makes a runner. `onBytes` is called with the number of bytes just read. */
export async function makeRunner(
  engine: Engine,
  algorithm: HashAlgorithm,
  onBytes: (count: number) => void,
): Promise<Runner> {
  if (engine.lanes !== undefined) return new LaneRunner(await engine.lanes(algorithm), algorithm, onBytes);
  const hasher = await engine.hasher(algorithm);
  const buffer = new Uint8Array(BUFFER_BYTES);
  return new SerialRunner(algorithm, (task) => runTask(task, hasher, buffer, onBytes));
}

/** A batch whose digests are not all there yet. */
interface Batch {
  tasks: readonly HashTask[];
  digests: Digests;
  missing: number;
  done: (digests: Digests) => void;
}

/** A task's place. */
interface Place {
  batch: Batch;
  index: number;
}

/** The batches that are not begun or not done. */
class Queue {
  readonly #algorithm: HashAlgorithm;
  readonly #batches: Batch[] = [];
  #next = 0;

  constructor(algorithm: HashAlgorithm) {
    this.#algorithm = algorithm;
  }

  add(tasks: readonly HashTask[], done: (digests: Digests) => void): void {
    const digests = new Digests(this.#algorithm, tasks.length);
    if (tasks.length === 0) return done(digests);
    this.#batches.push({ tasks, digests, missing: tasks.length, done });
  }

  get empty(): boolean {
    return this.#batches.length === 0;
  }

  /** Takes the next task out. */
  take(): Place | undefined {
    const batch = this.#batches[0];
    if (batch === undefined) return undefined;
    const index = this.#next++;
    if (this.#next === batch.tasks.length) {
      this.#batches.shift();
      this.#next = 0;
    }
    return { batch, index };
  }
}

function put({ batch, index }: Place, digest: Uint8Array): void {
  batch.digests.put(index, digest);
  if (--batch.missing === 0) batch.done(batch.digests);
}

class SerialRunner implements Runner {
  readonly #queue: Queue;
  readonly #run: (task: HashTask) => Uint8Array;
  /** Others have no use for its turns: it takes the next task only when it has done the one. */
  readonly idle = false;

  constructor(algorithm: HashAlgorithm, run: (task: HashTask) => Uint8Array) {
    this.#queue = new Queue(algorithm);
    this.#run = run;
  }

  add(tasks: readonly HashTask[], done: (digests: Digests) => void): void {
    this.#queue.add(tasks, done);
  }

  step(): boolean {
    const place = this.#queue.take();
    if (place !== undefined) put(place, this.#run(place.batch.tasks[place.index]!));
    return !this.#queue.empty;
  }

  [Symbol.dispose](): void {}
}

/** A task in a lane. */
interface Running {
  place: Place;
  reader: TaskReader;
  /** What is still to be hashed before the file's bytes. */
  prefix: Uint8Array;
  ended: boolean;
}

class LaneRunner implements Runner {
  readonly #queue: Queue;
  readonly #lanes: Lanes;
  readonly #onBytes: (count: number) => void;
  readonly #running: (Running | undefined)[];

  constructor(lanes: Lanes, algorithm: HashAlgorithm, onBytes: (count: number) => void) {
    this.#queue = new Queue(algorithm);
    this.#lanes = lanes;
    this.#onBytes = onBytes;
    this.#running = new Array(lanes.count).fill(undefined);
  }

  get idle(): boolean {
    return this.#queue.empty && this.#running.includes(undefined);
  }

  add(tasks: readonly HashTask[], done: (digests: Digests) => void): void {
    this.#queue.add(tasks, done);
  }

  step(): boolean {
    for (let lane = 0; lane < this.#running.length; lane++) {
      this.#running[lane] ??= this.#begin(lane);
      this.#feed(lane);
    }
    this.#lanes.run();
    for (let lane = 0; lane < this.#running.length; lane++) this.#end(lane);
    return !this.#queue.empty || this.#running.some((running) => running !== undefined);
  }

  /** Begins the next task in an empty lane. */
  #begin(lane: number): Running | undefined {
    const place = this.#queue.take();
    if (place === undefined) return undefined;
    const task = place.batch.tasks[place.index]!;
    const reader = new TaskReader(task);
    this.#lanes.begin(lane, task.part);
    return { place, reader, prefix: reader.prefix ?? new Uint8Array(), ended: false };
  }

  /** Fills a lane's room straight from the file. */
  #feed(lane: number): void {
    const running = this.#running[lane];
    if (running === undefined || running.ended) return;
    const { reader } = running;
    for (;;) {
      const room = this.#lanes.room(lane);
      if (running.prefix.length > 0 && room.length > 0) {
        const piece = running.prefix.subarray(0, room.length);
        room.set(piece);
        running.prefix = running.prefix.subarray(piece.length);
        this.#lanes.filled(lane, piece.length);
      } else if (reader.left > 0 && room.length > 0) {
        const count = reader.read(room);
        this.#lanes.filled(lane, count);
        this.#onBytes(count);
      } else break;
    }
    if (running.prefix.length > 0 || reader.left > 0) return;
    reader.finish(); // all is read: what happens to the file from now on is of no matter
    this.#lanes.end(lane);
    running.ended = true;
  }

  /** Takes the digest out of a lane that is through. */
  #end(lane: number): void {
    const running = this.#running[lane];
    const digest = running?.ended ? this.#lanes.digest(lane) : undefined;
    if (running === undefined || digest === undefined) return;
    running.reader[Symbol.dispose]();
    this.#running[lane] = undefined;
    put(running.place, digest);
  }

  /** Closes what is open, if something went wrong. */
  [Symbol.dispose](): void {
    for (const running of this.#running) running?.reader[Symbol.dispose]();
    this.#running.fill(undefined);
  }
}
