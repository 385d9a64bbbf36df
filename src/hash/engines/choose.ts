/** Chooses the engine. */
import type { Engine, EngineName, HashAlgorithm } from "./engine.ts";

/** What a user can ask for. */
export type EngineChoice = "auto" | EngineName;

/** What a user can ask for, in the order in which help lists it. */
export const ENGINE_CHOICES: readonly EngineChoice[] = ["auto", "native", "wasm", "hash-wasm"];

/** Loads the engines, the fastest first. An engine that is not used is not loaded. */
const LOAD: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  native: async () => (await import("./native.ts")).nativeEngine,
  wasm: async () => (await import("./wasm.ts")).wasmEngine,
  "hash-wasm": async () => (await import("./hash_wasm.ts")).hashWasmEngine,
};

/** Loads an engine. */
export function loadEngine(name: EngineName): Promise<Engine> {
  return LOAD[name]();
}

/**
 * The engine for an algorithm. `auto` takes the first of `native`, `wasm` and `hash-wasm` that has the algorithm, and so
 * does an engine that was asked for but does not have it; what was taken can be read off the result.
 *
 * @param choice What the user asked for.
 * @param algorithm The hash algorithm.
 * @returns The engine, loaded.
 */
export async function chooseEngine(choice: EngineChoice, algorithm: HashAlgorithm): Promise<Engine> {
  const inOrder = Object.keys(LOAD) as EngineName[];
  for (const name of choice === "auto" ? inOrder : [choice, ...inOrder]) {
    const engine = await loadEngine(name);
    if (engine.algorithms.includes(algorithm)) return engine;
  }
  throw new TypeError(`No engine has ${algorithm}`);
}
