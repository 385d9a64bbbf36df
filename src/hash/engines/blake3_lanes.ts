/**
 * BLAKE3 with the WebAssembly core. The chunks of a message are independent of each other, so one message fills all
 * lanes, and parts of a message can be hashed separately and joined later.
 */
import { type Core, instantiateCore } from "../../../wasm/mod.ts";
import { BLAKE3_CHUNKS, BLAKE3_STACK, BUFFERS } from "../../../wasm/layout.ts";
import { DIGEST_BYTES } from "./engine.ts";
import type { Lanes } from "./lanes.ts";

/** Flags of a compression (BLAKE3 §2.1, table 3). */
const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;
const ROOT = 8;

const BLOCK = 64;
const CHUNK = 1024;
const VALUE = DIGEST_BYTES.blake3;
const BUFFER = BLAKE3_CHUNKS * CHUNK;

/** Creates the lanes. They hash one message at a time, with all lanes. */
export async function blake3Lanes(): Promise<Blake3Lanes> {
  return new Blake3Lanes(await instantiateCore());
}

/** Hashes messages, and parts of messages. */
export class Blake3Lanes implements Lanes {
  readonly count = 1;
  readonly #core: Core;
  readonly #memory: ArrayBuffer;
  /** Number of the first chunk of this part, or `undefined` for a whole message. */
  #part: number | undefined;
  /** Number of chunks whose chaining values are in the stack. */
  #chunks = 0;
  /** Number of chaining values on the stack: those of subtrees, the largest subtree first. */
  #values = 0;
  /** Number of bytes in the buffer. */
  #bytes = 0;
  #ended = false;

  constructor(core: Core) {
    this.#core = core;
    this.#memory = core.memory.buffer;
  }

  begin(_lane: number, part?: number): void {
    this.#part = part;
    this.#chunks = this.#values = this.#bytes = 0;
    this.#ended = false;
  }

  room(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory, BUFFERS + this.#bytes, this.#ended ? 0 : BUFFER - this.#bytes);
  }

  filled(_lane: number, bytes: number): void {
    this.#bytes += bytes;
  }

  end(): void {
    this.#ended = true;
  }

  run(): void {
    if (this.#bytes < BUFFER) return;
    this.#subtree(0, BLAKE3_CHUNKS);
    this.#bytes = 0;
  }

  digest(): Uint8Array | undefined {
    if (!this.#ended) return undefined;
    if (this.#bytes > 0 || this.#chunks === 0) this.#rest();
    while (this.#values > 1) this.#join(this.#values === 2 ? this.#root : 0);
    this.#ended = false;
    return new Uint8Array(this.#memory, BLAKE3_STACK, VALUE).slice();
  }

  /**
   * Joins the chaining values of parts to the digest of the message.
   *
   * @param parts The values of the parts. All parts but the last have the same size, a power of two of chunks.
   * @returns The digest.
   */
  joinParts(parts: readonly Uint8Array[]): Uint8Array {
    this.begin(0);
    for (const part of parts) {
      this.#joinComplete();
      new Uint8Array(this.#memory).set(part, this.#top());
      this.#values++;
      this.#chunks++; // parts form the same tree as chunks
    }
    this.#ended = true;
    return this.digest()!;
  }

  /** Hashes the rest of the buffer: the largest possible subtrees, and the last chunk, which may be incomplete. */
  #rest(): void {
    const whole = Math.max(0, Math.ceil(this.#bytes / CHUNK) - 1);
    for (let at = 0; at < whole;) {
      const chunks = 2 ** Math.floor(Math.log2(whole - at));
      this.#subtree(at, chunks);
      at += chunks;
    }
    this.#lastChunk(this.#bytes - whole * CHUNK, BUFFERS + whole * CHUNK);
    this.#bytes = 0;
  }

  /** Hashes a subtree: a power of two of complete chunks, starting at chunk `at` of the buffer. */
  #subtree(at: number, chunks: number): void {
    this.#joinComplete();
    this.#core.blake3_subtree(BUFFERS + at * CHUNK, chunks, this.#counter, this.#top());
    // The topmost node is not computed yet: it may be the root, which needs another flag.
    this.#values += Math.min(chunks, 2);
    this.#chunks += chunks;
  }

  #lastChunk(bytes: number, p: number): void {
    this.#joinComplete();
    const blocks = Math.max(1, Math.ceil(bytes / BLOCK));
    new Uint8Array(this.#memory, p + bytes, blocks * BLOCK - bytes).fill(0);
    const last = CHUNK_END | (this.#values === 0 ? this.#root : 0);
    this.#core.blake3_four(p, 0, blocks, bytes - (blocks - 1) * BLOCK, this.#counter, CHUNK_START, last, this.#top());
    this.#values++;
    this.#chunks++;
  }

  /** Joins values on the stack before the next chunks are added: none of them can be the root (BLAKE3 §5.1.2). */
  #joinComplete(): void {
    const values = countOnes(this.#chunks);
    while (this.#values > values) this.#join(0);
  }

  /** Replaces the two topmost values by their parent node. The other three lanes write above the stack. */
  #join(flags: number): void {
    const p = this.#top() - 2 * VALUE;
    this.#core.blake3_four(p, 0, 1, BLOCK, 0, PARENT, flags, p);
    this.#values--;
  }

  /** Address after the topmost value. */
  #top(): number {
    return BLAKE3_STACK + this.#values * VALUE;
  }

  get #counter(): number {
    return (this.#part ?? 0) + this.#chunks;
  }

  get #root(): number {
    return this.#part === undefined ? ROOT : 0;
  }
}

/** Number of one bits in a number of up to 53 bits. */
function countOnes(number: number): number {
  let ones = 0;
  for (let left = number; left > 0; left = Math.floor(left / 2)) ones += left % 2;
  return ones;
}
