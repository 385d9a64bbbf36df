import { p256, p384, p521 } from "@noble/curves/nist.js";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { RefusedError, UnavailableError } from "../../src/errors.ts";
import { bytesOf, type Source } from "../../src/io/byte_source.ts";
import { keySigner } from "../../src/sign/key.ts";
import { ephemeralSigningKey, pemSigningKey } from "../../src/sign/memory_key.ts";
import { digestSigningKey, signAndVerify, type SigningKey } from "../../src/sign/signing_key.ts";
import { assertFails } from "../_assert_fails.ts";
import { CURVES, makeKey, toBytes } from "../oms/_forge.ts";

const DATA: Source = { chunks: () => [toBytes("first "), toBytes("second")] };
const NOBLE = { "P-256": p256, "P-384": p384, "P-521": p521 };

/** A key that signs digests, as tokens and services have it. */
function makeDigestKey(curve: keyof typeof NOBLE, pem: string): SigningKey {
  const secret = Uint8Array.fromBase64(createPrivateKey(pem).export({ format: "jwk" }).d!, { alphabet: "base64url" });
  const spki = new Uint8Array(createPublicKey(pem).export({ format: "der", type: "spki" }));
  const signDigest = (digest: Uint8Array): Promise<Uint8Array> =>
    Promise.resolve(NOBLE[curve].sign(digest, secret, { prehash: false, format: "der", lowS: false }));
  return digestSigningKey({ spki, signDigest }, "pkcs11:token=test");
}

for (const curve of CURVES) {
  const { privatePem, publicPem, hash } = makeKey(curve);
  const keys: Record<string, SigningKey> = {
    "in a PEM file": pemSigningKey({ privateKey: privatePem, keyName: "my.pem" }),
    "that signs digests": makeDigestKey(curve, privatePem),
  };
  for (const [what, key] of Object.entries(keys)) {
    Deno.test(`a key on ${curve} ${what} signs with the hash of its curve`, async () => {
      assertEquals(key.publicKey.curve.name, curve);
      for (const data of [DATA, toBytes("first second"), new Uint8Array()]) {
        const signature = await signAndVerify(key, data);
        assert(verify(hash, bytesOf(data), publicPem, signature));
      }
    });
  }
}

Deno.test("an ephemeral key is on P-256 and never the same", async () => {
  const [a, b] = [ephemeralSigningKey(), ephemeralSigningKey()];
  assertEquals([a.publicKey.curve.name, a.pair.publicKey], ["P-256", a.publicKey]);
  assert(!a.publicKey.key.equals(b.publicKey.key));
  assert(verify("sha256", bytesOf(DATA), a.publicKey.key, await signAndVerify(a, DATA)));
});

Deno.test("a signature that does not match the public key is not written", async (t) => {
  const key = pemSigningKey({ privateKey: makeKey("P-256").privatePem });
  const other = pemSigningKey({ privateKey: makeKey("P-256").privatePem });
  const answers: Record<string, SigningKey["sign"]> = {
    "of another key": (data) => other.sign(data),
    "over other data": () => key.sign(toBytes("other")),
    "over the first part of the data": (data) => {
      const [first] = data instanceof Uint8Array ? [data] : data.chunks();
      return key.sign(first!);
    },
    "that is not DER": () => Promise.resolve(new Uint8Array(64)),
    "that is empty": () => Promise.resolve(new Uint8Array()),
    "that does not end": async (data) => (await key.sign(data)).subarray(0, -1),
  };
  for (const [what, sign] of Object.entries(answers)) {
    await t.step(what, async () => {
      const faulty = { ...key, name: "awskms:///alias/x", sign };
      await assertFails(() => signAndVerify(faulty, DATA), UnavailableError, "KEY_FAILED", '"awskms:///alias/x"');
      const signer = keySigner(faulty);
      const message = toBytes("a message");
      await assertFails(() => signer.sign({ kind: "message", message }), UnavailableError, "KEY_FAILED");
    });
  }
});

Deno.test("a key that cannot be used in a signature is refused before anything is signed", async () => {
  const signDigest = (): never => {
    throw new Error("nothing should be signed");
  };
  for (const { publicKey } of [generateKeyPairSync("rsa", { modulusLength: 2048 }), generateKeyPairSync("ed25519")]) {
    const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
    await assertFails(() => digestSigningKey({ spki, signDigest }, "the key"), RefusedError, "KEY_KIND", '"the key"');
  }
  const spki = new Uint8Array(20);
  await assertFails(() => digestSigningKey({ spki, signDigest }, "the key"), RefusedError, "KEY_INVALID", '"the key"');
});

Deno.test("an aborted request to a key service gives no signature", async () => {
  const key = pemSigningKey({ privateKey: makeKey("P-256").privatePem });
  const controller = new AbortController();
  const slow: SigningKey = {
    ...key,
    sign: async (data, signal) => {
      assertEquals(signal, controller.signal);
      controller.abort(new Error("aborted"));
      return await key.sign(data);
    },
  };
  await assertRejects(() => signAndVerify(slow, DATA, controller.signal), Error, "aborted");
});
