import { assert, assertFalse } from "@std/assert";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { verifyOverDigest } from "./ecdsa_over_digest.ts";

for (const namedCurve of ["P-256", "P-384"]) {
  Deno.test(`verifyOverDigest() agrees with node:crypto on ${namedCurve}`, async (t) => {
    for (const hash of ["sha256", "sha384"]) {
      await t.step(hash, () => {
        for (let i = 0; i < 3; i++) {
          const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
          const message = crypto.getRandomValues(new Uint8Array(40));
          const signature = new Uint8Array(sign(hash, message, privateKey));
          const digest = new Uint8Array(createHash(hash).update(message).digest());
          assert(verifyOverDigest(digest, publicKey, signature));
          const otherKey = generateKeyPairSync("ec", { namedCurve }).publicKey;
          assertFalse(verifyOverDigest(digest, otherKey, signature));
          digest[5]! ^= 1;
          assertFalse(verifyOverDigest(digest, publicKey, signature));
          digest[5]! ^= 1;
          signature[signature.length - 1]! ^= 1;
          assertFalse(verifyOverDigest(digest, publicKey, signature));
        }
      });
    }
  });
}

Deno.test("verifyOverDigest() refuses what is no signature", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const digest = new Uint8Array(32);
  for (const hex of ["", "00", "3006020100020100", "30060201010201", "300602010102010100"]) {
    assertFalse(verifyOverDigest(digest, publicKey, Uint8Array.fromHex(hex)));
  }
});
