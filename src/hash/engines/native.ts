/** The engine of the runtime itself, with the processor's SHA instructions where it has some. */
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

/** So many messages leave behind some 7 MB of the system's memory, which is given back only with their objects. */
const BETWEEN_COLLECTIONS = 32_768;

/** After so many messages the runtime's memory has grown by some 10 MB. */
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
    // By way of text it takes two thirds of the time of a buffer, which the system has to give memory for.
    return Uint8Array.fromHex(this.#hash.digest("hex"));
  }
}
