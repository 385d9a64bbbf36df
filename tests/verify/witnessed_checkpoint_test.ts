/** Bundles whose checkpoint carries the cosignatures of many witnesses, also of post-quantum algorithms. */
import { assertEquals } from "@std/assert";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import type { Json } from "../oms/_forge.ts";
import { verifyForged } from "./_sigstore.ts";
import { signerOf } from "./_verify_whole.ts";

/** Appends cosignatures of so many bytes, of keys that nobody here knows. */
function addWitnesses(bundle: Json, count: number, bytes: number): void {
  const { checkpoint } = bundle.verificationMaterial.tlogEntries[0].inclusionProof;
  for (let i = 0; i < count; i++) {
    const signature = new Uint8Array(4 + 8 + bytes).map((_, at) => (at * 7 + i) % 253);
    checkpoint.envelope += `\u2014 witness${i}.example/key ${signature.toBase64()}\n`;
  }
}

Deno.test("a checkpoint with many and large cosignatures verifies", async (t) => {
  await using sigstore = await TestSigstore.start();
  const witnesses: [algorithm: string, count: number, bytes: number][] = [
    ["Ed25519", 99, 64],
    ["ML-DSA-65", 99, 3_309],
    ["SLH-DSA-128f", 50, 17_088],
    ["SLH-DSA-256f", 40, 49_856],
  ];
  for (const rekor of [1, 2] as const) {
    for (const [algorithm, count, bytes] of witnesses) {
      await t.step(`v${rekor}: ${count} of ${algorithm}`, async () => {
        const change = (bundle: Json): void => addWitnesses(bundle, count, bytes);
        const signer = signerOf(await verifyForged(sigstore, { options: { rekor }, change }));
        assertEquals(signer.method, "sigstore");
      });
    }
  }
});
