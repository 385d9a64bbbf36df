/** The engine of our own WebAssembly core, which uses SIMD. */
import type { Engine, HashAlgorithm, Hasher } from "./engine.ts";
import type { Lanes } from "./lanes.ts";

/** The engine `wasm`. It has no BLAKE2b. */
export const wasmEngine: Engine = {
  name: "wasm",
  algorithms: ["sha256", "blake3"],
  async hasher(algorithm: HashAlgorithm): Promise<Hasher> {
    return new LaneHasher(await lanes(algorithm));
  },
  sideBySide: { sha256: 4 },
  lanes,
};

async function lanes(algorithm: HashAlgorithm): Promise<Lanes> {
  if (algorithm === "sha256") return await (await import("./sha256_lanes.ts")).sha256Lanes();
  if (algorithm === "blake3") return await (await import("./blake3_lanes.ts")).blake3Lanes();
  throw new TypeError(`wasm has no ${algorithm}`);
}

/** Hashes one message after another in the first lane. */
class LaneHasher implements Hasher {
  readonly #lanes: Lanes;

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
  }

  begin(): void {
    this.#lanes.begin(0);
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const room = this.#lanes.room(0);
      const piece = bytes.subarray(at, at + room.length);
      room.set(piece);
      this.#lanes.filled(0, piece.length);
      at += piece.length;
      if (piece.length === room.length) this.#lanes.run();
    }
  }

  end(): Uint8Array {
    this.#lanes.end(0);
    this.#lanes.run();
    return this.#lanes.digest(0)!;
  }
}
