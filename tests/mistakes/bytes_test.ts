/** Mistakes that others made with bytes: what is verified must be what was received, read in the one way there is. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { DerReader } from "../../src/asn1/der.ts";
import { pae } from "../../src/bundle/envelope.ts";
import { concat, der } from "../_certificates.ts";
import * as reference from "../_reference.ts";
import { makeBundle } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import {
  dssePae,
  edit,
  envelopeBundle,
  type Json,
  makeKey,
  messageBundle,
  PAYLOAD_TYPE,
  REMOVED,
  toBytes,
} from "../oms/_forge.ts";
import { filesStatement, resource, statementOf } from "../oms/_statements.ts";
import { ForgedModel } from "../verify/_forged_model.ts";
import { type Forging, verifyForged, verifyText } from "../verify/_sigstore.ts";
import { changeTimestamp, editDer, SIGNED_CONTENT, SIGNERS } from "./_der.ts";
import { refused } from "./_refused.ts";

const NULL = der(0x05);

/** The same JSON in other bytes. */
function reserialized(base64: string): string {
  const text = new TextDecoder().decode(Uint8Array.fromBase64(base64));
  return toBytes(JSON.stringify(JSON.parse(text), null, 1)).toBase64();
}

Deno.test("mistake: what was verified is not what was received (re-serialized)", async (t) => {
  await using sigstore = await TestSigstore.start();
  await t.step("a payload stays as it came, however it is written", async () => {
    // Spaces, an escape that nobody needs, a number in another form, a member twice: all lost when written again.
    const statement = toBytes('{ "a" :1.0,\t"b":"\\u0061","b": "\u00e9" }\n');
    const opened = await verifyForged(sigstore, { options: { statement } });
    assert(opened.kind === "envelope");
    assertEquals(opened.payload, statement);
  });
  await t.step("a payload of the same meaning", async () => {
    const change = ({ dsseEnvelope }: Json): unknown => (dsseEnvelope.payload = reserialized(dsseEnvelope.payload));
    await refused(() => verifyForged(sigstore, { change }), "SIGNATURE_WRONG");
  });
  await t.step("a log entry of the same meaning", async () => {
    for (const rekor of [1, 2] as const) {
      const change = ({ verificationMaterial: { tlogEntries: [entry] } }: Json): void => {
        entry.canonicalizedBody = reserialized(entry.canonicalizedBody);
      };
      await refused(() => verifyForged(sigstore, { options: { rekor }, change }), "SIGNATURE_WRONG");
    }
  });
  await t.step("a member of the bundle twice", async () => {
    const { bundle } = await makeBundle(sigstore, { statement: { a: 1 } });
    const twice = JSON.stringify(bundle).replace(
      '"dsseEnvelope":',
      '"dsseEnvelope":{"payload":"e30="},"dsseEnvelope":',
    );
    await refused(() => verifyText(sigstore, twice), "SIGNATURE_INVALID");
  });
  await t.step("what stands behind the signed content of a timestamp", async () => {
    const change = changeTimestamp((der) => editDer(der, SIGNED_CONTENT, (content) => concat([content, NULL])));
    await refused(() => verifyForged(sigstore, { options: { rekor: 2 }, change }), "TIMESTAMP_INVALID");
  });
});

Deno.test("mistake: PAE lengths in characters, not UTF-8 bytes", async () => {
  const payload = toBytes('{"a": "\u00e9\u{1f600}"}');
  const type = "text/pl\u00e4in";
  assertEquals(new Uint8Array(pae(type, payload)), dssePae(type, payload));
  const key = makeKey();
  using model = new ForgedModel("\u00e9");
  const statement = filesStatement("\u00e9");
  await model.verify(envelopeBundle(key, statement), key);
  const text = JSON.stringify(statement);
  const signed = toBytes(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${text.length} ${text}`);
  assert(text.length < toBytes(text).length);
  await refused(() => model.verify(envelopeBundle(key, statement, { signed }), key), "SIGNATURE_WRONG");
});

/** What an element holds. */
function contentOf(bytes: Uint8Array): Uint8Array {
  return new DerReader(bytes).next().content;
}

/** The element with its length in so many digits, of which those above 32 bits may be anything. */
function longLength(bytes: Uint8Array, digits: number, high = 0): Uint8Array {
  const content = contentOf(bytes);
  const length = Array.from({ length: digits }, (_, i) => {
    const place = digits - 1 - i;
    return place > 3 ? high : (content.length >>> (8 * place)) & 0xff;
  });
  return Uint8Array.of(bytes[0]!, 0x80 | digits, ...length, ...content);
}

Deno.test("mistake: lax DER (long lengths, trailing bytes, 32-bit wraps, unbounded recursion)", async (t) => {
  await using sigstore = await TestSigstore.start();
  const nested = (depth: number): Uint8Array => {
    const lengths = Array.from({ length: depth }, (_, i) => 4 * (depth - 1 - i));
    return Uint8Array.from(lengths.flatMap((length) => [0x30, 0x82, length >> 8, length & 0xff]));
  };
  const spoil: [what: string, spoil: (der: Uint8Array) => Uint8Array][] = [
    ["a length with a digit too many", (der) => longLength(der, 3)],
    ["a length that is right modulo 2^32", (der) => longLength(der, 5, 1)],
    ["a length of 126 digits", (der) => longLength(der, 126)],
    ["an indefinite length", (der) => Uint8Array.of(der[0]!, 0x80, ...contentOf(der), 0, 0)],
    ["trailing bytes", (der) => concat([der, Uint8Array.of(0)])],
    ["trailing elements", (der) => concat([der, NULL])],
    ["an element more at the end", (der) => editDer(der, [], (content) => concat([content, NULL]))],
    ["half of it", (der) => der.subarray(0, der.length >> 1)],
    ["nothing but depth", () => nested(10_000)],
  ];
  const places: [where: string, codes: string[], forging: (spoil: (der: Uint8Array) => Uint8Array) => Forging][] = [
    ["a certificate", ["CERTIFICATE_INVALID"], (spoil) => ({
      change: ({ verificationMaterial: { certificate } }) => {
        certificate.rawBytes = spoil(Uint8Array.fromBase64(certificate.rawBytes)).toBase64();
      },
    })],
    ["a timestamp", ["TIMESTAMP_INVALID"], (spoil) => ({ options: { rekor: 2 }, change: changeTimestamp(spoil) })],
    ["a signature", ["SIGNATURE_WRONG"], (spoil) => ({
      change: ({ dsseEnvelope: { signatures: [signature] } }) => {
        signature.sig = spoil(Uint8Array.fromBase64(signature.sig)).toBase64();
      },
    })],
  ];
  for (const [where, codes, forging] of places) {
    for (const [what, spoiled] of spoil) {
      await t.step(`${where}: ${what}`, () => refused(() => verifyForged(sigstore, forging(spoiled)), ...codes));
    }
  }
  await t.step("a timestamp with two signers", async () => {
    const change = changeTimestamp((der) => editDer(der, SIGNERS, (content) => concat([content, content])));
    await refused(() => verifyForged(sigstore, { options: { rekor: 2 }, change }), "TIMESTAMP_INVALID");
  });
  await t.step("a certificate of nothing", () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(0x30), Uint8Array.of(0x30, 0), new Uint8Array(100_000)]) {
      assertThrows(() => parseCertificate(bytes, "it"), VerificationError);
    }
  });
});

Deno.test("mistake: an empty digest that skips the check", async (t) => {
  const key = makeKey();
  const good = filesStatement("a");
  using model = new ForgedModel("a");
  await model.verify(envelopeBundle(key, good), key);
  // Its root digest is over the empty digest, as a verifier would compute it that does not mind.
  const empty = statementOf([{ ...resource("a"), digest: "" }]);
  const statements: [what: string, statement: Json][] = [
    ["of a file", empty],
    ["of a file, left out", edit(empty, "predicate.resources.0.digest", REMOVED)],
    ["of a file, null", edit(empty, "predicate.resources.0.digest", null)],
    ["of the model", edit(good, "subject.0.digest.sha256", "")],
    ["of the model, left out", edit(good, "subject.0.digest", {})],
  ];
  for (const [what, statement] of statements) {
    await t.step(what, () => refused(() => model.verify(envelopeBundle(key, statement), key)));
  }
  const message = messageBundle(key, new Uint8Array(32));
  for (const digest of ["", null]) {
    await t.step(`of a message, ${JSON.stringify(digest)}`, async () => {
      const bundle = edit(message, "messageSignature.messageDigest.digest", digest);
      await refused(() => model.verify(bundle, key), "SIGNATURE_INVALID");
    });
  }
  await using sigstore = await TestSigstore.start();
  for (const path of ["rootHash", "checkpoint.envelope"]) {
    await t.step(`of a tree: ${path}`, async () => {
      const change = (bundle: Json): void => {
        const { inclusionProof } = bundle.verificationMaterial.tlogEntries[0];
        Object.assign(inclusionProof, edit(inclusionProof, path, ""));
      };
      await refused(() => verifyForged(sigstore, { change }), "SIGNATURE_INVALID");
    });
  }
});

Deno.test("mistake: the digest recorded in the bundle not compared", async (t) => {
  const message = new Uint8Array(32).fill(7);
  const other = toBytes("another message");
  const key = makeKey();
  await t.step("with a key", async () => {
    using model = new ForgedModel("a");
    // The signature is right, for the very model.
    const good = messageBundle(key, reference.h2(model.model));
    const options = { serialization: "h2" } as const;
    await model.verify(good, key, options);
    const digest = messageBundle(key, other).messageSignature.messageDigest.digest;
    await refused(
      () => model.verify(edit(good, "messageSignature.messageDigest.digest", digest), key, options),
      "MODEL_DIFFERS",
    );
  });
  await t.step("with an identity", async () => {
    await using sigstore = await TestSigstore.start();
    for (const rekor of [1, 2] as const) {
      const opened = await verifyForged(sigstore, { options: { message, rekor } });
      assert(opened.kind === "message" && opened.claimsDigestOf(message) && !opened.claimsDigestOf(other));
      opened.verify(message);
      assertThrows(() => opened.verify(other), VerificationError);
      const { messageSignature: { messageDigest: { digest } } } = messageBundle(key, other);
      const change = (bundle: Json): unknown => (bundle.messageSignature.messageDigest.digest = digest);
      // The log entry is about what was signed.
      await refused(() => verifyForged(sigstore, { options: { message, rekor }, change }), "SIGNATURE_WRONG");
    }
  });
});
