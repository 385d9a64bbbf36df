/** SHA-256 of four messages at once with the WebAssembly core. */
import { type Core, instantiateCore } from "../../../wasm/mod.ts";
import { BUFFERS, LANE_BYTES, LANE_ROOM, SHA256_DIGEST } from "../../../wasm/layout.ts";
import { DIGEST_BYTES } from "./engine.ts";
import type { Lanes } from "./lanes.ts";

const LANES = 4;
const BLOCK = 64;

/** A lane's message. */
interface Message {
  lane: number;
  /** Address of the lane's buffer. */
  buffer: number;
  /** Start and end address of the bytes that are not hashed yet. */
  from: number;
  to: number;
  /** Length of the message so far, in bytes. */
  length: number;
  ended: boolean;
}

/** Creates the lanes. */
export async function sha256Lanes(): Promise<Lanes> {
  return new Sha256Lanes(await instantiateCore());
}

class Sha256Lanes implements Lanes {
  readonly count = LANES;
  readonly #core: Core;
  readonly #memory: ArrayBuffer;
  readonly #messages: (Message | undefined)[] = new Array(LANES).fill(undefined);

  constructor(core: Core) {
    this.#core = core;
    this.#memory = core.memory.buffer;
  }

  begin(lane: number): void {
    const buffer = BUFFERS + lane * (LANE_BYTES + LANE_ROOM);
    this.#messages[lane] = { lane, buffer, from: buffer, to: buffer, length: 0, ended: false };
    this.#core.sha256_begin(lane);
  }

  room(lane: number): Uint8Array<ArrayBuffer> {
    const message = this.#messages[lane]!;
    if (blocks(message) === 0) this.#moveToFront(message);
    return new Uint8Array(this.#memory, message.to, message.ended ? 0 : message.buffer + LANE_BYTES - message.to);
  }

  /** Moves the rest, less than a block, to the front of the buffer. */
  #moveToFront(message: Message): void {
    if (message.from === message.buffer) return;
    new Uint8Array(this.#memory).copyWithin(message.buffer, message.from, message.to);
    message.to -= message.from - message.buffer;
    message.from = message.buffer;
  }

  filled(lane: number, bytes: number): void {
    const message = this.#messages[lane]!;
    message.to += bytes;
    message.length += bytes;
  }

  end(lane: number): void {
    const message = this.#messages[lane]!;
    const used = (message.to - message.from) % BLOCK;
    const last = message.to - used;
    message.to = last + BLOCK * this.#core.sha256_pad(last, used, message.length);
    message.ended = true;
  }

  run(): void {
    const live = this.#messages.filter((message) => message !== undefined);
    const count = live.length === 0 ? 0 : Math.min(...live.map(blocks));
    if (count === 0) return;
    this.#compress(live, count);
    for (const message of live) message.from += count * BLOCK;
  }

  #compress(live: Message[], count: number): void {
    const [one, other] = live as [Message, Message?];
    if (other === undefined) this.#core.sha256_one(one.lane, one.from, count);
    else if (live.length === 2) this.#core.sha256_two(one.lane, one.from, other.lane, other.from, count);
    else {
      // A lane without a message hashes the bytes of another lane; its result is ignored.
      const [p0, p1, p2, p3] = this.#messages.map((message) => (message ?? one).from) as Pointers;
      this.#core.sha256_four(p0, p1, p2, p3, count);
    }
  }

  digest(lane: number): Uint8Array | undefined {
    const message = this.#messages[lane];
    if (message === undefined || !message.ended || message.from < message.to) return undefined;
    this.#messages[lane] = undefined;
    this.#core.sha256_end(lane);
    return new Uint8Array(this.#memory, SHA256_DIGEST, DIGEST_BYTES.sha256).slice();
  }
}

type Pointers = [number, number, number, number];

/** Complete blocks that a message has buffered. */
function blocks(message: Message): number {
  return Math.floor((message.to - message.from) / BLOCK);
}
