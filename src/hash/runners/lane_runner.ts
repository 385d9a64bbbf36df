/** Runs tasks side by side. */
import type { Lanes } from "../engines/lanes.ts";
import { type Place, put, Queue } from "./queue.ts";
import type { Runner, RunnerWork } from "./runner.ts";
import { TaskReader } from "../task.ts";

/** A task in a lane. */
interface Running {
  place: Place;
  reader: TaskReader;
  /** What is still to be hashed before the file's bytes. */
  prefix: Uint8Array;
  ended: boolean;
}

/** Runs as many tasks side by side as there are lanes. */
export class LaneRunner implements Runner {
  readonly #queue: Queue;
  readonly #lanes: Lanes;
  readonly #onBytes: (count: number) => void;
  readonly #running: (Running | undefined)[];

  constructor(lanes: Lanes, { algorithm, onBytes }: RunnerWork) {
    this.#queue = new Queue(algorithm);
    this.#lanes = lanes;
    this.#onBytes = onBytes;
    this.#running = new Array(lanes.count).fill(undefined);
  }

  get idle(): boolean {
    return this.#queue.empty && this.#running.includes(undefined);
  }

  get hasWork(): boolean {
    return !this.#queue.empty || this.#running.some((running) => running !== undefined);
  }

  add(...batch: Parameters<Runner["add"]>): void {
    this.#queue.add(...batch);
  }

  step(): Promise<void> {
    for (let lane = 0; lane < this.#running.length; lane++) {
      this.#running[lane] ??= this.#begin(lane);
      this.#feed(lane);
    }
    this.#lanes.run();
    for (let lane = 0; lane < this.#running.length; lane++) this.#end(lane);
    return Promise.resolve();
  }

  /** Begins the next task in an empty lane. */
  #begin(lane: number): Running | undefined {
    const place = this.#queue.take();
    if (place === undefined) return undefined;
    const reader = new TaskReader(place.task);
    this.#lanes.begin(lane, place.task.part);
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
      } else if (reader.hasMore && room.length > 0) {
        const count = reader.read(room);
        this.#lanes.filled(lane, count);
        if (count > 0) this.#onBytes(count);
      } else break;
    }
    if (running.prefix.length > 0 || reader.hasMore) return;
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
