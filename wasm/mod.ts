/** The door to the WebAssembly core: only this module knows how it is embedded. */
import { CORE_BYTES } from "./core_bytes.ts";

/** What the core exports; `sha256.ts` and `blake3.ts` say what each function does. */
export interface Core {
  /** Not shared, and never grown, so the views of its buffer stay good. */
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
 * Makes an instance of the core, with a memory of its own.
 *
 * @returns Its exports.
 * @throws {WebAssembly.CompileError} If the runtime has no WebAssembly SIMD.
 */
export async function instantiateCore(): Promise<Core> {
  compiled ??= WebAssembly.compile(Uint8Array.fromBase64(CORE_BYTES));
  return (await WebAssembly.instantiate(await compiled)).exports as unknown as Core;
}
