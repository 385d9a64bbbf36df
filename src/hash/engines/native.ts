/** The engine of the runtime: `node:crypto`, which uses SHA instructions if the processor has them. */
import { createHash, type Hash } from "node:crypto";
import { collectNow, collectSoon } from "../../lists/collect_garbage.ts";
import type { Engine, HashAlgorithm, Hasher } from "./engine.ts";

const NODE_NAMES: Partial<Record<HashAlgorithm, string>> = { sha256: "sha256", blake2b: "blake2b512" };

/** The engine `native`: `node:crypto`. It has no BLAKE3. */
export const nativeEngine: Engine = {
  name: "native",
  algorithms: ["sha256", "blake2b"],
  hasher(algorithm: HashAlgorithm): Promise<Hasher> {
    const nodeName = NODE_NAMES[algorithm];
    if (nodeName === undefined) return Promise.reject(new TypeError(`native has no ${algorithm}`));
    return Promise.resolve(new NativeHasher(nodeName));
  },
};

/** This many hash objects hold some 7 MB outside the heap, which are freed only with the objects. */
const BETWEEN_COLLECTIONS = 32_768;

/** After this many messages the heap has grown by some 10 MB. */
const BETWEEN_FULL_COLLECTIONS = 4 * BETWEEN_COLLECTIONS;

class NativeHasher implements Hasher {
  readonly #name: string;
  #hash: Hash;
  #begun = 0;

  constructor(name: string) {
    this.#name = name;
    this.#hash = createHash(name);
  }

  begin(): void {
    if (++this.#begun % BETWEEN_FULL_COLLECTIONS === 0) collectNow();
    else if (this.#begun % BETWEEN_COLLECTIONS === 0) collectSoon();
    this.#hash = createHash(this.#name);
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  end(): Uint8Array {
    // Hexadecimal text takes two thirds of the time of a buffer, which needs an allocation outside the heap.
    return Uint8Array.fromHex(this.#hash.digest("hex"));
  }
}
