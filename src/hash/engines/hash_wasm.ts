/** The portable engine: the npm package `hash-wasm`. */
import { createBLAKE2b, createBLAKE3, createSHA256, type IHasher } from "hash-wasm";
import { DIGEST_BYTES, type Engine, HASH_ALGORITHMS, type HashAlgorithm, type Hasher } from "./engine.ts";

/** The engine `hash-wasm`. */
export const hashWasmEngine: Engine = {
  name: "hash-wasm",
  algorithms: HASH_ALGORITHMS,
  async hasher(algorithm: HashAlgorithm): Promise<Hasher> {
    return new WasmHasher(await create(algorithm));
  },
};

function create(algorithm: HashAlgorithm): Promise<IHasher> {
  if (algorithm === "sha256") return createSHA256();
  const bits = 8 * DIGEST_BYTES[algorithm];
  return algorithm === "blake2b" ? createBLAKE2b(bits) : createBLAKE3(bits);
}

class WasmHasher implements Hasher {
  readonly #hasher: IHasher;

  constructor(hasher: IHasher) {
    this.#hasher = hasher;
  }

  begin(): void {
    this.#hasher.init();
  }

  update(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
  }

  end(): Uint8Array {
    return this.#hasher.digest("binary");
  }
}
