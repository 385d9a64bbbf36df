import { assert, assertEquals } from "@std/assert";
import { createHash, verify } from "node:crypto";
import { readBundle } from "../../src/bundle/read.ts";
import { publicKeyFromSpki } from "../../src/keys/ec_key.ts";
import { pemSigningKey } from "../../src/sign/memory_key.ts";
import { type Content, signWithKey } from "../../src/sign/signer.ts";
import { CURVES, dssePae, type Json, makeKey, PAYLOAD_TYPE, toBytes } from "../oms/_forge.ts";

const ENVELOPE: Content = { kind: "envelope", payloadType: PAYLOAD_TYPE, payload: toBytes('{"a": "\u00e9"}') };
const MESSAGE: Content = { kind: "message", message: new Uint8Array(32).map((_, i) => i) };
const MATERIAL = { kind: "publicKey", hint: "ab" } as const;

for (const curve of CURVES) {
  const { privatePem, publicPem, hash, bundleHash } = makeKey(curve);
  const key = pemSigningKey({ privateKey: privatePem });
  const textOf = async (content: Content): Promise<string> => [...await signWithKey(content, key, MATERIAL)].join("");
  const write = async (content: Content): Promise<Json> => JSON.parse(await textOf(content));

  Deno.test(`signWithKey() on ${curve} signs the PAE of the payload`, async () => {
    const { dsseEnvelope, ...rest } = await write(ENVELOPE);
    assertEquals(rest, {
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: { publicKey: { hint: "ab" }, tlogEntries: [] },
    });
    const { payload, payloadType, signatures } = dsseEnvelope;
    assertEquals([payloadType, signatures.length, signatures[0].keyid], [PAYLOAD_TYPE, 1, ""]);
    const bytes = Uint8Array.fromBase64(payload);
    assertEquals(bytes, toBytes('{"a": "\u00e9"}'));
    const signature = Uint8Array.fromBase64(signatures[0].sig);
    assert(verify(hash, dssePae(PAYLOAD_TYPE, bytes), publicPem, signature));
    // Never what older tools signed.
    assert(
      !verify(hash, toBytes(`DSSEV1 28 ${PAYLOAD_TYPE} ${bytes.length} b'{"a": "\\xc3\\xa9"}'`), publicPem, signature),
    );
  });

  Deno.test(`signWithKey() on ${curve} signs the bytes of a message`, async () => {
    const { messageSignature } = await write(MESSAGE);
    const message = MESSAGE.kind === "message" ? MESSAGE.message : new Uint8Array();
    const digest = createHash(hash).update(message).digest("base64");
    assertEquals(messageSignature.messageDigest, { algorithm: bundleHash, digest });
    assert(verify(hash, message, publicPem, Uint8Array.fromBase64(messageSignature.signature)));
  });

  Deno.test(`signWithKey() on ${curve} writes what readBundle() reads`, async () => {
    for (const content of [ENVELOPE, MESSAGE]) {
      const bundle = readBundle(toBytes(await textOf(content)));
      assertEquals([bundle.material, bundle.content.kind], [MATERIAL, content.kind]);
    }
  });

  Deno.test(`a private key on ${curve} has its public key`, () => {
    const spki = key.publicKey.key.export({ type: "spki", format: "der" });
    assertEquals(publicKeyFromSpki(spki, "it").key.export({ type: "spki", format: "pem" }), publicPem);
  });
}
