/** The engines side by side: by algorithm and size of the message, and with four messages at once. */
import { chooseEngine, ENGINE_CHOICES, type EngineChoice } from "../src/hash/engines/choose.ts";
import { digestOf, type Engine, HASH_ALGORITHMS, type HashAlgorithm } from "../src/hash/engines/engine.ts";

const SIZES = [["64 B", 64], ["16 KiB", 16 * 1024], ["8 MiB", 8 * 1024 * 1024]] as const;
const NAMES = ENGINE_CHOICES.filter((choice) => choice !== "auto");
const MiB = 1024 * 1024;

function messageOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => i % 251);
}

/** The engine, if it has the algorithm: the one it would fall back to is listed under its own name. */
async function engineFor(choice: EngineChoice, algorithm: HashAlgorithm): Promise<Engine | undefined> {
  const engine = await chooseEngine(choice, algorithm);
  return engine.name === choice ? engine : undefined;
}

for (const algorithm of HASH_ALGORITHMS) {
  for (const [label, size] of SIZES) {
    const message = messageOf(size);
    for (const choice of NAMES) {
      const hasher = await (await engineFor(choice, algorithm))?.hasher(algorithm);
      if (hasher === undefined) continue;
      Deno.bench({
        name: `${choice}, ${label}`,
        group: `${algorithm}, ${label}`,
        baseline: choice === "hash-wasm",
        fn: () => void digestOf(hasher, message),
      });
    }
  }
}

// What large files come to on one worker: each lane gets the next bytes of its message as a file would give them.
const quarter = messageOf(2 * MiB);
for (const choice of NAMES) {
  const engine = (await engineFor(choice, "sha256"))!;
  const hasher = await engine.hasher("sha256");
  const lanes = await engine.lanes?.("sha256");
  Deno.bench({
    name: `${choice}, 4 × 2 MiB`,
    group: "sha256, 4 messages of 2 MiB",
    baseline: choice === "hash-wasm",
    fn: () => {
      if (lanes === undefined) { for (let i = 0; i < 4; i++) digestOf(hasher, quarter); }
      else {
        for (let lane = 0; lane < 4; lane++) lanes.begin(lane);
        for (let at = 0; at < quarter.length;) {
          const step = lanes.room(0).length;
          for (let lane = 0; lane < 4; lane++) {
            lanes.room(lane).set(quarter.subarray(at, at + step));
            lanes.filled(lane, Math.min(step, quarter.length - at));
          }
          lanes.run();
          at += step;
        }
        for (let lane = 0; lane < 4; lane++) lanes.end(lane);
        lanes.run();
        for (let lane = 0; lane < 4; lane++) lanes.digest(lane);
      }
    },
  });
}
