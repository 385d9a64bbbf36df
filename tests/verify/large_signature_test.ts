/** The cost of verifying a forged signature file of the largest allowed size. */
import { assert, assertEquals } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import { LIMITS } from "../../src/limits.ts";
import { inspect } from "../../mod.ts";
import { StatementReader } from "../../src/oms/statement.ts";
import { createKeyVerifier } from "../../src/verify/key.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { edit, envelopeBundle, keyMaterial, makeKey, PAYLOAD_TYPE, toBytes } from "../oms/_forge.ts";
import { verifyBytes } from "./_verify_whole.ts";

const key = makeKey();
const verifier = createKeyVerifier({ kind: "key", publicKey: key.publicPem });

Deno.test("a large payload that nobody signed is refused like a small one", async () => {
  // Above the size up to which the encoding of old tools is tried, which once ended the whole process here.
  const payload = new Uint8Array(LIMITS.oldPayloadBytes + 1).fill(0xff);
  const bundle = toBytes(envelopeBundle(makeKey(), payload, { material: keyMaterial(key) }));
  await assertFails(() => verifyBytes(verifier, bundle), VerificationError, "SIGNATURE_WRONG");
});

Deno.test("an old payload of the largest size is verified in its own encoding", async () => {
  const payload = new Uint8Array(LIMITS.oldPayloadBytes).fill(0x7f);
  const head = toBytes(`DSSEV1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} b'`);
  const signed = new Uint8Array(head.length + 4 * payload.length + 1);
  signed.set(head);
  for (let at = head.length; at < signed.length - 1; at += 4) signed.set([0x5c, 0x78, 0x37, 0x66], at);
  signed[signed.length - 1] = 0x27;
  assertEquals((await verifyBytes(verifier, toBytes(envelopeBundle(key, payload, { signed })))).kind, "envelope");
});

Deno.test({
  name: "a message does not repeat a large text of a signature",
  fn: async (t) => {
    const good = envelopeBundle(key, "{}");
    const large = "\u007f".repeat(1_000_000);
    const cases: [path: string, code: string][] = [
      ["mediaType", "SIGNATURE_INVALID"],
      ["verificationMaterial.publicKey.hint", "KEY_MISMATCH"],
      ["verificationMaterial.publicKey.keyDetails", "KEY_MISMATCH"],
      [large, "SIGNATURE_INVALID"],
    ];
    for (const [path, code] of cases) {
      await t.step(path.slice(0, 50), async () => {
        const { message } = await assertFails(
          () => verifyBytes(verifier, toBytes(edit(good, path, large))),
          VerificationError,
          code,
        );
        assert(message.length < 50_000, `the message has ${message.length} characters`);
      });
    }
  },
});

Deno.test("a signature of the largest depth and width is refused", async () => {
  const bundles = {
    depth: "[".repeat(1_000_000) + "]".repeat(1_000_000),
    width: `{"a":[${"0,".repeat(1_000_000)}0]}`,
    members: `{${Array.from({ length: 200_000 }, (_, i) => `"${i}":0`).join()}}`,
    strings: `[${'"",'.repeat(1_000_000)}""]`,
  };
  for (const bundle of Object.values(bundles)) {
    const error = await assertFails(
      () => verifyBytes(verifier, toBytes(bundle)),
      VerificationError,
      "SIGNATURE_INVALID",
    );
    assertEquals(error.message.length < 200, true);
  }
});

Deno.test("what a large payload holds is bounded before it is parsed", async (t) => {
  const payloads = {
    "one huge item": `{"subject":[[${"0,".repeat(500_000)}0]]}`,
    "an item of many members": `{"subject":[{${Array.from({ length: 100_000 }, (_, i) => `"${i}":0`).join()}}]}`,
    "many members beside the lists": `{"predicate":{${Array.from({ length: 200_001 }, (_, i) => `"${i}":0`).join()}}}`,
    "a long text beside the lists": `{"_type":"${"x".repeat(8_000_000)}"}`,
  };
  for (const [what, payload] of Object.entries(payloads)) {
    await t.step(what, async () => {
      const statement = new StatementReader();
      assertEquals((await verifyBytes(verifier, toBytes(envelopeBundle(key, payload)), statement)).kind, "envelope");
      await assertFails(() => statement.finish(), VerificationError, "SIGNATURE_INVALID", "the payload holds");
      using directory = new TempDirectory();
      const path = directory.write("model.sig", toBytes(envelopeBundle(key, payload)));
      await assertFails(() => inspect(path), VerificationError, "SIGNATURE_INVALID", "the payload holds");
    });
  }
});
