/** Measures the engines for SHA-256: `native` is the fastest with SHA instructions, `wasm` usually without. */
import { digestOf, type Engine, type EngineName, type HashAlgorithm } from "./engine.ts";
import type { Lanes } from "./lanes.ts";
import { nativeEngine } from "./native.ts";

/** The fastest engine, and the measurements. */
export interface Measured {
  engine: Engine;
  /** Bytes per second of one thread, for each engine that was measured. */
  rates: Partial<Record<EngineName, number>>;
}

/** Total bytes from which measuring pays: it takes at most some 20 ms, and hashing them 130 ms or more. */
export const MEASURE_FROM = 256 * 1024 * 1024;

/**
 * No processor without SHA instructions reaches this many bytes per second with one stream, and with them `native` is
 * never slower than `wasm`. So if `native` reaches it, the others are not measured.
 */
const SURELY_FASTEST = 1.2e9;

const SAMPLE_BYTES = 256 * 1024;
const NATIVE_ROUNDS = 4;

/** The core reaches its full speed after some ten rounds, when V8 has optimized it. */
const WASM_ROUNDS = 60;

/** The number of lanes of the core. */
const MAX_MESSAGES = 4;

/** A cache: the result does not change while the program runs. */
const found = new Map<number, Promise<Measured>>();

/**
 * Measures the engines, once per program and number of messages.
 *
 * @param algorithm The hash algorithm.
 * @param messages How many messages a thread can hash side by side.
 * @returns The fastest engine, or `undefined` for an algorithm for which one engine is always the fastest.
 */
export function measureEngines(algorithm: HashAlgorithm, messages: number): Promise<Measured> | undefined {
  if (algorithm !== "sha256") return undefined;
  const used = Math.max(1, Math.min(messages, MAX_MESSAGES));
  const measured = found.get(used) ?? measureSha256(used);
  found.set(used, measured);
  return measured;
}

async function measureSha256(used: number): Promise<Measured> {
  const sample = new Uint8Array(SAMPLE_BYTES);
  const hasher = await nativeEngine.hasher("sha256");
  const native = rate(NATIVE_ROUNDS, SAMPLE_BYTES, () => void digestOf(hasher, sample));
  if (native >= SURELY_FASTEST) return { engine: nativeEngine, rates: { native } };

  const { wasmEngine } = await import("./wasm.ts");
  const lanes = await wasmEngine.lanes!("sha256");
  for (let lane = 0; lane < used; lane++) lanes.begin(lane);
  const bytes = fill(lanes, used); // a whole number of blocks, so that all of it is hashed at once
  const wasm = rate(WASM_ROUNDS, bytes, () => lanes.run(), () => void fill(lanes, used));
  return { engine: wasm > native ? wasmEngine : nativeEngine, rates: { native, wasm } };
}

/** Fills the lanes. The content does not matter. */
function fill(lanes: Lanes, used: number): number {
  let bytes = 0;
  for (let lane = 0; lane < used; lane++) {
    const { length } = lanes.room(lane);
    lanes.filled(lane, length);
    bytes += length;
  }
  return bytes;
}

/** Bytes per second in the best round: other programs may use the processor meanwhile. */
function rate(rounds: number, bytes: number, run: () => void, prepare: () => void = (): void => {}): number {
  let best = Infinity;
  for (let i = 0; i < rounds; i++) {
    prepare();
    const started = performance.now();
    run();
    best = Math.min(best, performance.now() - started);
  }
  return bytes / (best / 1000);
}
