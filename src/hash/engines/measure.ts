/** Finds the fastest engine for SHA-256 on this processor: with SHA instructions it is `native`, without most often `wasm`. */
import { digestOf, type Engine, type EngineName, type HashAlgorithm } from "./engine.ts";
import type { Lanes } from "./lanes.ts";
import { nativeEngine } from "./native.ts";

/** What was found. */
export interface Measured {
  engine: Engine;
  /** Rates of one worker in bytes a second, of the engines that were tried. */
  rates: Partial<Record<EngineName, number>>;
}

/** From this many bytes on, in all, measuring pays: it takes at most some 20 ms, while hashing them takes 130 ms and more. */
export const MEASURE_FROM = 256 * 1024 * 1024;

/**
 * No processor without SHA instructions hashes a stream at as many bytes a second, and none with them is slower than its
 * own vectors. So where `native` does, the others need not be tried.
 */
const SURELY_FASTEST = 1.2e9;

const SAMPLE_BYTES = 256 * 1024;
const NATIVE_ROUNDS = 4;

/** The core is at its full speed after some ten rounds, as soon as the runtime has compiled it a second time. */
const WASM_ROUNDS = 60;

/** What the lanes of the core take. */
const MOST_MESSAGES = 4;

const found = new Map<number, Promise<Measured>>();

/**
 * Tries the engines, once for each number of messages in a run of the program.
 *
 * @param algorithm The hash algorithm.
 * @param messages How many messages a worker has to hash side by side.
 * @returns The fastest, or `undefined` for an algorithm with which one engine is the fastest everywhere.
 */
export function measureEngines(algorithm: HashAlgorithm, messages: number): Promise<Measured> | undefined {
  if (algorithm !== "sha256") return undefined;
  const used = Math.max(1, Math.min(messages, MOST_MESSAGES));
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

/** Hands the lanes as much as they take; what it is does not matter. */
function fill(lanes: Lanes, used: number): number {
  let bytes = 0;
  for (let lane = 0; lane < used; lane++) {
    const { length } = lanes.room(lane);
    lanes.filled(lane, length);
    bytes += length;
  }
  return bytes;
}

/** Bytes a second, in the best of some rounds: others may use the processor meanwhile. */
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
