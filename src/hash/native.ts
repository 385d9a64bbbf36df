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

class NativeHasher implements Hasher {
  readonly #name: string;
  #hash: Hash;

  constructor(name: string) {
    this.#name = name;
    this.#hash = createHash(name);
  }

  begin(): void {
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
