/** Creates instances of the WebAssembly core. Only this module knows how the core is embedded. */
import { CORE_BYTES } from "./core_bytes.ts";

/** The exports of the core. `sha256.ts` and `blake3.ts` document the functions. */
export interface Core {
  /** Not shared and never grown, so views of its buffer stay valid. */
  readonly memory: WebAssembly.Memory & { readonly buffer: ArrayBuffer };
  sha256_begin(lane: number): void;
  sha256_four(p0: number, p1: number, p2: number, p3: number, blocks: number): void;
  sha256_two(lane0: number, p0: number, lane1: number, p1: number, blocks: number): void;
  sha256_one(lane: number, p: number, blocks: number): void;
  sha256_pad(p: number, used: number, length: number): number;
  sha256_end(lane: number): void;
  blake3_four(
    p: number,
    stride: number,
    blocks: number,
    size: number,
    counter: number,
    first: number,
    last: number,
    out: number,
  ): void;
  blake3_subtree(p: number, chunks: number, counter: number, out: number): void;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Creates an instance of the core with its own memory.
 *
 * @returns Its exports.
 * @throws {WebAssembly.CompileError} If the runtime has no WebAssembly SIMD.
 */
export async function instantiateCore(): Promise<Core> {
  compiled ??= WebAssembly.compile(Uint8Array.fromBase64(CORE_BYTES));
  return (await WebAssembly.instantiate(await compiled)).exports as unknown as Core;
}
