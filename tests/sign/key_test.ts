import { assertEquals } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import { PasswordNeededError } from "../../src/keys/ec_key.ts";
import { openKeySigner } from "../../src/sign/key.ts";
import { createKeyVerifier } from "../../src/verify/key.ts";
import { assertFails } from "../_assert_fails.ts";
import * as files from "../keys/_pem.ts";
import { CURVES, type Json, makeKey, PAYLOAD_TYPE, toBytes } from "../oms/_forge.ts";
import { verifyBytes, verifyWhole } from "../verify/_verify_whole.ts";

const content = { kind: "envelope", payloadType: PAYLOAD_TYPE, payload: toBytes("{}") } as const;

for (const curve of CURVES) {
  const { privatePem, publicPem, hint } = makeKey(curve);

  Deno.test(`a signer with a key on ${curve} names the key by its hint`, async () => {
    const signer = openKeySigner({ kind: "key", privateKey: privatePem });
    const signed = await signer.sign(content);
    assertEquals(signed.signer, { method: "key", curve, keyHint: hint });
    const { verificationMaterial }: Json = JSON.parse([...signed.text].join(""));
    assertEquals(verificationMaterial, { publicKey: { hint }, tlogEntries: [] });
  });

  Deno.test(`the public key verifies a signature by a key on ${curve}`, async () => {
    const signer = openKeySigner({ kind: "key", privateKey: privatePem });
    const verifier = createKeyVerifier({ kind: "key", publicKey: publicPem });
    const { text, signer: by } = await signer.sign(content);
    const opened = await verifyWhole(verifier, toBytes([...text].join("")));
    assertEquals(opened, { kind: "envelope", signer: by, payload: content.payload });
    const message = new Uint8Array(32);
    const signed = await verifyBytes(
      verifier,
      toBytes([...(await signer.sign({ kind: "message", message })).text].join("")),
    );
    assertEquals(signed.kind === "message" && signed.claimsDigestOf(message), true);
    if (signed.kind === "message") signed.verify(message);
  });
}

Deno.test("an encrypted key signs with its password", async () => {
  const options = { kind: "key", privateKey: files.PKCS8_ENCRYPTED, keyName: "my.pem" } as const;
  const signer = openKeySigner({ ...options, password: files.PASSWORD });
  const { signer: by } = await signer.sign(content);
  assertEquals(by, { method: "key", curve: "P-256", keyHint: files.HINT });
  await assertFails(() => openKeySigner(options), PasswordNeededError, "PASSWORD_NEEDED", '"my.pem"');
  await assertFails(() => openKeySigner({ ...options, password: "no" }), RefusedError, "PASSWORD_WRONG", '"my.pem"');
});

Deno.test("a file without a private key is refused", async () => {
  for (const [privateKey, code] of [["", "NOT_PEM"], [files.PUBLIC, "KEY_KIND"]] as const) {
    const options = { kind: "key", privateKey, keyName: "my.pem" } as const;
    await assertFails(() => openKeySigner(options), RefusedError, code, '"my.pem"');
  }
});
