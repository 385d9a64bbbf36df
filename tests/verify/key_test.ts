import { assertEquals } from "@std/assert";
import { RefusedError, VerificationError } from "../../src/errors.ts";
import { createKeyVerifier } from "../../src/verify/key.ts";
import { assertFails } from "../_assert_fails.ts";
import {
  chainMaterial,
  CURVES,
  edit,
  envelopeBundle,
  type Json,
  makeKey,
  messageBundle,
  PAYLOAD_TYPE,
  type TestKey,
  toBytes,
} from "../oms/_forge.ts";
import { signerOf, type VerifiedWhole, verifyWhole } from "./_verify_whole.ts";

/** The beginning of a certificate that names its OIDC issuer, as far as the method is told from it. */
const FULCIO = Uint8Array.fromHex("300c060a2b0601040183bf300108").toBase64();

const PAYLOAD = '{"b\'": "\\"\\\\\u00e9\\n"}\n';
const KEYS = CURVES.map((curve) => makeKey(curve));

/** Hashes that Deno signs with on a curve, but that are not the curve's. */
const OTHER_HASHES = { "P-256": ["sha1", "sha384", "sha512"], "P-384": ["sha256", "sha512"], "P-521": ["sha384"] };

function open(bundle: Json, key: TestKey): Promise<VerifiedWhole> {
  return verifyWhole(createKeyVerifier({ kind: "key", publicKey: key.publicPem }), toBytes(bundle));
}

async function assertRefused(bundle: Json, key: TestKey, code: string, ...texts: string[]): Promise<void> {
  await assertFails(() => open(bundle, key), VerificationError, code, ...texts);
}

/** What the Python tool signed before version 1.0. The literal is written out: its own test is in envelope_test.ts. */
function faultyPae(): Uint8Array {
  const literal = `b'{"b\\'": "\\\\"\\\\\\\\\\xc3\\xa9\\\\n"}\\n'`;
  return toBytes(`DSSEV1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${toBytes(PAYLOAD).length} ${literal}`);
}

for (const key of KEYS) {
  const good = envelopeBundle(key, PAYLOAD);
  const other = makeKey(key.curve);

  Deno.test(`a key on ${key.curve} verifies its own envelope`, async () => {
    const opened = await open(good, key);
    assertEquals(signerOf(opened), { method: "key", curve: key.curve, keyHint: key.hint });
    assertEquals(opened.kind === "envelope" && opened.payload, toBytes(PAYLOAD));
  });

  Deno.test(`a key on ${key.curve} verifies what older tools signed`, async (t) => {
    const rawBytes = toBytes(key.publicPem).toBase64();
    const keyDetails = `PKIX_ECDSA_${key.curve.replace("-", "")}_${key.hash.replace("sha", "SHA_")}`;
    const bundles: [what: string, bundle: Json][] = [
      ["the key itself", edit(good, "verificationMaterial", { publicKey: { rawBytes } })],
      ["with its details", edit(good, "verificationMaterial", { publicKey: { rawBytes, keyDetails } })],
      ["the key and its hint", edit(good, "verificationMaterial.publicKey.rawBytes", rawBytes)],
      ["no list of log entries", edit(good, "verificationMaterial", { publicKey: { hint: key.hint } })],
      ["a faulty encoding", envelopeBundle(key, PAYLOAD, { signed: faultyPae() })],
    ];
    // Nobody has signed so with P-521, which Deno cannot verify with SHA-256.
    if (key.curve !== "P-521") {
      bundles.push([
        "a faulty encoding and hash",
        envelopeBundle(key, PAYLOAD, { signed: faultyPae(), hash: "sha256" }),
      ]);
    }
    for (const [what, bundle] of bundles) {
      await t.step(what, async () => assertEquals((await open(bundle, key)).kind, "envelope"));
    }
  });

  Deno.test(`a key on ${key.curve} refuses a bundle of another method`, async (t) => {
    const certificate = { der: Uint8Array.of(0x30, 0) };
    const sigstore = { certificate: { rawBytes: FULCIO } };
    for (const bundle of [good, messageBundle(key, new Uint8Array(32))]) {
      await t.step("certificate", async () => {
        const chain = edit(bundle, "verificationMaterial", chainMaterial(certificate));
        await assertRefused(chain, key, "OTHER_METHOD", "made with a certificate");
      });
      await t.step("sigstore", async () => {
        await assertRefused(edit(bundle, "verificationMaterial", sigstore), key, "OTHER_METHOD", "method sigstore");
      });
    }
  });

  Deno.test(`a key on ${key.curve} refuses a bundle of version 0.1 or 0.2`, async () => {
    for (const version of ["0.1", "0.2"]) {
      const old = edit(good, "mediaType", `application/vnd.dev.sigstore.bundle+json;version=${version}`);
      await assertRefused(old, key, "SIGNATURE_INVALID", `version=${version}": it must be`);
    }
  });

  Deno.test(`a key on ${key.curve} is known by the hint of cosign and sigstore-go too`, async () => {
    const spki = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, "");
    const hint = (pem: string): Promise<string> =>
      crypto.subtle.digest("SHA-256", Uint8Array.fromBase64(spki(pem))).then((hash) => new Uint8Array(hash).toBase64());
    const named = edit(good, "verificationMaterial.publicKey.hint", await hint(key.publicPem));
    assertEquals((await open(named, key)).kind, "envelope");
    const another = edit(good, "verificationMaterial.publicKey.hint", await hint(other.publicPem));
    await assertRefused(another, key, "KEY_MISMATCH", "it names key");
  });

  Deno.test(`a key on ${key.curve} refuses a bundle that names another key`, async (t) => {
    const rawBytes = toBytes(key.publicPem).toBase64();
    const bundles: [what: string, path: string, value: Json, message: string][] = [
      ["the hint of another key", "publicKey.hint", other.hint, `it names key "${other.hint}"`],
      ["the hint in capitals", "publicKey.hint", key.hint.toUpperCase(), "it names key"],
      ["the beginning of the hint", "publicKey.hint", key.hint.slice(0, 32), "it names key"],
      ["another key", "publicKey", { rawBytes: toBytes(other.publicPem).toBase64() }, "the key that it holds is not"],
      ["a hint and another key", "publicKey.rawBytes", toBytes(other.publicPem).toBase64(), "the key that it holds is"],
      ["a key and another hint", "publicKey", { rawBytes, hint: other.hint }, "it names key"],
      [
        "a key with more behind it",
        "publicKey",
        { rawBytes: toBytes(key.publicPem + "\n").toBase64() },
        "the key that",
      ],
      ["a key that is no text", "publicKey", { rawBytes: "/////w==" }, "the key that it holds is not the one given"],
      ["other details", "publicKey.keyDetails", "PKIX_RSA_PKCS1V15_2048_SHA256", "it names a key of"],
      ["empty details", "publicKey.keyDetails", "PUBLIC_KEY_DETAILS_UNSPECIFIED", "it names a key of"],
    ];
    for (const { curve, hash } of KEYS.filter((each) => each.curve !== key.curve)) {
      const details = `PKIX_ECDSA_${curve.replace("-", "")}_${hash.replace("sha", "SHA_")}`;
      bundles.push([
        `details of ${curve}`,
        "publicKey",
        { rawBytes, keyDetails: details },
        `it names a key of "${details}"`,
      ]);
    }
    for (const [what, path, value, message] of bundles) {
      await t.step(
        what,
        () => assertRefused(edit(good, `verificationMaterial.${path}`, value), key, "KEY_MISMATCH", message),
      );
    }
  });

  Deno.test(`a key on ${key.curve} refuses a signature that is not its own`, async (t) => {
    const material = good.verificationMaterial;
    const payload = toBytes(PAYLOAD);
    const literal = faultyPae();
    const signature = "dsseEnvelope.signatures.0.sig";
    const bundles: [what: string, bundle: Json][] = [
      ["of another key", envelopeBundle(other, PAYLOAD, { material })],
      [
        "of a key on another curve",
        envelopeBundle(makeKey(key.curve === "P-256" ? "P-384" : "P-256"), PAYLOAD, { material }),
      ],
      ["of another payload", edit(good, "dsseEnvelope.payload", toBytes(PAYLOAD + " ").toBase64())],
      ["of another type", edit(good, "dsseEnvelope.payloadType", "text/plain")],
      ["of the type in capitals", edit(good, "dsseEnvelope.payloadType", PAYLOAD_TYPE.toUpperCase())],
      ["of the bare payload", envelopeBundle(key, PAYLOAD, { signed: payload })],
      ["of the payload in base64", envelopeBundle(key, PAYLOAD, { signed: toBytes(payload.toBase64()) })],
      ["of the faulty encoding of another payload", envelopeBundle(key, PAYLOAD + " ", { signed: literal })],
      ["of zeros", edit(good, signature, new Uint8Array(70).toBase64())],
      ["of one byte", edit(good, signature, "AA==")],
      ["of a million bytes", edit(good, signature, new Uint8Array(1_000_000).fill(0x30).toBase64())],
    ];
    for (const hash of OTHER_HASHES[key.curve]) {
      bundles.push([`by ${hash}`, envelopeBundle(key, PAYLOAD, { hash })]);
      if (hash === "sha256") continue; // Which older tools took with the faulty encoding, whatever the curve.
      bundles.push([`of the faulty encoding by ${hash}`, envelopeBundle(key, PAYLOAD, { signed: literal, hash })]);
    }
    for (const [what, bundle] of bundles) await t.step(what, () => assertRefused(bundle, key, "SIGNATURE_WRONG"));
  });

  Deno.test(`a key on ${key.curve} refuses what it signed as something else`, async (t) => {
    const types = [
      PAYLOAD_TYPE.toUpperCase(),
      `${PAYLOAD_TYPE} `,
      `${PAYLOAD_TYPE};x=y`,
      "text/plain",
      "\u00e9",
      "\u001b[",
    ];
    for (const payloadType of types) {
      await t.step(payloadType, async () => {
        await assertRefused(envelopeBundle(key, PAYLOAD, { payloadType }), key, "PAYLOAD_TYPE", `not ${PAYLOAD_TYPE}`);
      });
    }
  });
}

Deno.test("what is not a public key makes no verifier", async (t) => {
  const key = makeKey();
  const cases: [what: string, pem: string, code: string][] = [
    ["nothing", "", "NOT_PEM"],
    ["a private key", key.privatePem, "KEY_KIND"],
    ["two keys", key.publicPem + makeKey().publicPem, "KEY_KIND"],
    ["a key in pieces", key.publicPem.replace("MFkw", "MFkx"), "KEY_INVALID"],
  ];
  for (const [what, publicKey, code] of cases) {
    await t.step(what, async () => {
      const options = { kind: "key" as const, publicKey, keyName: "my.pem" };
      await assertFails(() => createKeyVerifier(options), RefusedError, code, '"my.pem"');
    });
  }
});
