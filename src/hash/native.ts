/** The engine of the runtime itself, with the processor's SHA instructions where it has some. */
import { createHash, type Hash } from "node:crypto";
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

/** So many messages leave behind some 4 MB. */
const BETWEEN_COLLECTIONS = 32_768;

/** The runtime collects garbage once so much memory is in use that it did not know of. */
const UNEXPECTED_BYTES = 64 * 1024 * 1024;

/**
 * Has the garbage collector look at everything before long. Each message leaves memory of the system's behind that only
 * then is given back, and that does not count until then: a million messages would leave 80 MB more. What is made here
 * takes no memory, as nobody writes to it.
 */
function collectSoon(): void {
  new ArrayBuffer(UNEXPECTED_BYTES);
}

class NativeHasher implements Hasher {
  readonly #name: string;
  #hash: Hash;
  #begun = 0;

  constructor(name: string) {
    this.#name = name;
    this.#hash = createHash(name);
  }

  begin(): void {
    if (++this.#begun % BETWEEN_COLLECTIONS === 0) collectSoon();
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
