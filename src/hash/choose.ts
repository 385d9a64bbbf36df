/** Chooses the engine. */
import type { Engine, EngineName, HashAlgorithm } from "./engine.ts";

/** What a user can ask for. */
export type EngineChoice = "auto" | EngineName;

/** What a user can ask for, in the order in which help lists it. */
export const ENGINE_CHOICES: readonly EngineChoice[] = ["auto", "native", "hash-wasm"];

/**
 * The engine for an algorithm. `auto` takes `native` where that has the algorithm. An engine that was asked for but does
 * not have the algorithm gives way to `hash-wasm`, which has them all; what was taken can be read off the result.
 *
 * @param choice What the user asked for.
 * @param algorithm The hash algorithm.
 * @returns The engine, loaded: an engine that is not used is not loaded.
 */
export async function chooseEngine(choice: EngineChoice, algorithm: HashAlgorithm): Promise<Engine> {
  if (choice !== "hash-wasm") {
    const { nativeEngine } = await import("./native.ts");
    if (nativeEngine.algorithms.includes(algorithm)) return nativeEngine;
  }
  return (await import("./hash_wasm.ts")).hashWasmEngine;
}
