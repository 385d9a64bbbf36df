/**
 * BLAKE3 with the WebAssembly core. One message fills all lanes, as its chunks are independent of each other; and a part of
 * a message can be hashed by itself, to be joined with the others later.
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

/** Makes the lanes; all of them work for the one message at a time that this takes. */
export async function blake3Lanes(): Promise<Blake3Lanes> {
  return new Blake3Lanes(await instantiateCore());
}

/** Hashes messages, and parts of messages. */
export class Blake3Lanes implements Lanes {
  readonly count = 1;
  readonly #core: Core;
  readonly #memory: ArrayBuffer;
  /** Number of the message's first chunk, or `undefined` if this is a whole message. */
  #part: number | undefined;
  /** Chunks whose chaining values went into the stack. */
  #chunks = 0;
  /** Chaining values on the stack: of subtrees from the largest, the first, to the smallest. */
  #values = 0;
  /** Bytes in the buffer. */
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
   * Joins the values of parts to the digest of the message.
   *
   * @param parts Their digests; all parts but the last are of the same size, a power of two of chunks.
   * @returns The digest.
   */
  joinParts(parts: readonly Uint8Array[]): Uint8Array {
    this.begin(0);
    for (const part of parts) {
      this.#makeReady();
      new Uint8Array(this.#memory).set(part, this.#top());
      this.#values++;
      this.#chunks++; // the subtrees of parts lie as those of chunks do
    }
    this.#ended = true;
    return this.digest()!;
  }

  /** What is in the buffer at the end: subtrees as large as can be, and the last chunk, which may not be whole. */
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

  /** A power of two of whole chunks, the first of which is chunk `at` of the buffer. */
  #subtree(at: number, chunks: number): void {
    this.#makeReady();
    this.#core.blake3_subtree(BUFFERS + at * CHUNK, chunks, this.#counter, this.#top());
    // The topmost node waits for what comes after it: it may be the root, which is made in another way.
    this.#values += Math.min(chunks, 2);
    this.#chunks += chunks;
  }

  #lastChunk(bytes: number, p: number): void {
    this.#makeReady();
    const blocks = Math.max(1, Math.ceil(bytes / BLOCK));
    new Uint8Array(this.#memory, p + bytes, blocks * BLOCK - bytes).fill(0);
    const last = CHUNK_END | (this.#values === 0 ? this.#root : 0);
    this.#core.blake3_four(p, 0, blocks, bytes - (blocks - 1) * BLOCK, this.#counter, CHUNK_START, last, this.#top());
    this.#values++;
    this.#chunks++;
  }

  /** Joins what stands on the stack as far as the next chunks, which are there, allow (BLAKE3 §5.1.2). */
  #makeReady(): void {
    const values = countOnes(this.#chunks);
    while (this.#values > values) this.#join(0);
  }

  /** Makes one of the two topmost values. The other three lanes write above the stack. */
  #join(flags: number): void {
    const p = this.#top() - 2 * VALUE;
    this.#core.blake3_four(p, 0, 1, BLOCK, 0, PARENT, flags, p);
    this.#values--;
  }

  /** Address above the topmost value. */
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

/** Ones in a number of up to 53 bits. */
function countOnes(number: number): number {
  let ones = 0;
  for (let left = number; left > 0; left = Math.floor(left / 2)) ones += left % 2;
  return ones;
}
