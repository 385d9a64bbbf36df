/** Loads engines, and chooses one by name and algorithm. */
import type { Engine, EngineName, HashAlgorithm } from "./engine.ts";

/** An engine by name, or `auto` for the fastest. */
export type EngineChoice = "auto" | EngineName;

/** All choices, in the order in which help lists them. */
export const ENGINE_CHOICES: readonly EngineChoice[] = ["auto", "native", "wasm", "hash-wasm"];

/** Loads each engine on demand. The fastest is first. */
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
 * Chooses the engine for an algorithm. `auto` is the first of `native`, `wasm` and `hash-wasm` that has the algorithm. An
 * engine without the requested algorithm falls back to the same.
 *
 * @param choice The requested engine.
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
