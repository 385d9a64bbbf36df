/** The engines side by side, by algorithm and size of the message. */
import { chooseEngine, type EngineChoice } from "../src/hash/choose.ts";
import { digestOf, HASH_ALGORITHMS } from "../src/hash/engine.ts";

const SIZES = [["64 B", 64], ["16 KiB", 16 * 1024], ["8 MiB", 8 * 1024 * 1024]] as const;

for (const algorithm of HASH_ALGORITHMS) {
  for (const [label, size] of SIZES) {
    const message = Uint8Array.from({ length: size }, (_, i) => i % 251);
    for (const choice of ["hash-wasm", "wasm", "native"] satisfies EngineChoice[]) {
      const engine = await chooseEngine(choice, algorithm);
      // An engine without the algorithm gives way to another, which stands here under its own name already.
      if (engine.name !== choice) continue;
      const hasher = await engine.hasher(algorithm);
      Deno.bench({
        name: `${choice}, ${label}`,
        group: `${algorithm}, ${label}`,
        baseline: choice === "hash-wasm",
        fn: () => void digestOf(hasher, message),
      });
    }
  }
}
