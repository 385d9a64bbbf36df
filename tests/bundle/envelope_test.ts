import { assert, assertEquals } from "@std/assert";
import { createPublicKey, verify } from "node:crypto";
import { VerificationError } from "../../src/errors.ts";
import { legacyPythonPae, pae, parseEnvelopeHead } from "../../src/bundle/envelope.ts";
import { LIMITS } from "../../src/limits.ts";
import { assertFails } from "../_assert_fails.ts";
import { dssePae, edit, type Json, REMOVED, toBytes } from "../oms/_forge.ts";

const good = { payload: "aGVsbG8gd29ybGQ=", payloadType: "text/plain", signatures: [{ sig: "AA==" }] };

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("pae() follows the DSSE protocol", () => {
  const cases: [payloadType: string, payload: string, encoding: string][] = [
    // The example of the protocol.
    ["http://example.com/HelloWorld", "hello world", "DSSEv1 29 http://example.com/HelloWorld 11 hello world"],
    ["", "", "DSSEv1 0  0 "],
    ["a b", "3 c", "DSSEv1 3 a b 3 3 c"],
    // Lengths count bytes.
    ["\u00e9", "\u{1f600}", "DSSEv1 2 \u00e9 4 \u{1f600}"],
  ];
  for (const [payloadType, payload, encoding] of cases) {
    assertEquals(text(pae(payloadType, toBytes(payload))), encoding);
  }
});

Deno.test("pae() takes all bytes as they are", () => {
  const payload = Uint8Array.from({ length: 256 }, (_, i) => i);
  assertEquals(Uint8Array.from(pae("t", payload)), dssePae("t", payload));
  // Also those of a part of a larger buffer.
  assertEquals(Uint8Array.from(pae("t", payload.subarray(5, 9))), dssePae("t", Uint8Array.of(5, 6, 7, 8)));
});

Deno.test("pae() is what the signature in the DSSE protocol is over", () => {
  const coordinate = (decimal: string): string =>
    Uint8Array.fromHex(BigInt(decimal).toString(16).padStart(64, "0")).toBase64({ alphabet: "base64url" })
      .replace("=", "");
  const key = createPublicKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      x: coordinate("46950820868899156662930047687818585632848591499744589407958293238635476079160"),
      y: coordinate("5640078356564379163099075877009565129882514886557779369047442380624545832820"),
    },
  });
  const sig = "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==";
  const signed = pae("http://example.com/HelloWorld", toBytes("hello world"));
  assert(verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, Uint8Array.fromBase64(sig)));
});

/** What `repr()` of Python 3.13 gives for `bytes(range(256))`. */
const ALL_BYTES_IN_PYTHON = "b'\\x00\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08\\t\\n\\x0b\\x0c\\r\\x0e\\x0f" +
  "\\x10\\x11\\x12\\x13\\x14\\x15\\x16\\x17\\x18\\x19\\x1a\\x1b\\x1c\\x1d\\x1e\\x1f" +
  " !\"#$%&\\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\\x7f" +
  "\\x80\\x81\\x82\\x83\\x84\\x85\\x86\\x87\\x88\\x89\\x8a\\x8b\\x8c\\x8d\\x8e\\x8f" +
  "\\x90\\x91\\x92\\x93\\x94\\x95\\x96\\x97\\x98\\x99\\x9a\\x9b\\x9c\\x9d\\x9e\\x9f" +
  "\\xa0\\xa1\\xa2\\xa3\\xa4\\xa5\\xa6\\xa7\\xa8\\xa9\\xaa\\xab\\xac\\xad\\xae\\xaf" +
  "\\xb0\\xb1\\xb2\\xb3\\xb4\\xb5\\xb6\\xb7\\xb8\\xb9\\xba\\xbb\\xbc\\xbd\\xbe\\xbf" +
  "\\xc0\\xc1\\xc2\\xc3\\xc4\\xc5\\xc6\\xc7\\xc8\\xc9\\xca\\xcb\\xcc\\xcd\\xce\\xcf" +
  "\\xd0\\xd1\\xd2\\xd3\\xd4\\xd5\\xd6\\xd7\\xd8\\xd9\\xda\\xdb\\xdc\\xdd\\xde\\xdf" +
  "\\xe0\\xe1\\xe2\\xe3\\xe4\\xe5\\xe6\\xe7\\xe8\\xe9\\xea\\xeb\\xec\\xed\\xee\\xef" +
  "\\xf0\\xf1\\xf2\\xf3\\xf4\\xf5\\xf6\\xf7\\xf8\\xf9\\xfa\\xfb\\xfc\\xfd\\xfe\\xff'";

/** Bytes in hex, and what `repr()` of Python gives for them. */
const PYTHON_LITERALS: readonly [hex: string, literal: string][] = [
  ["", "b''"],
  ["27", `b"'"`],
  ["22", `b'"'`],
  ["2722", `b'\\'"'`],
  ["5c", "b'\\\\'"],
  ["5c27", `b"\\\\'"`],
  ["5c2227", `b'\\\\"\\''`],
  ["2727", `b"''"`],
  ["2222", `b'""'`],
  ["61276222635c640a65", `b'a\\'b"c\\\\d\\ne'`],
  ["001f207e7f80ff", "b'\\x00\\x1f ~\\x7f\\x80\\xff'"],
  ["c3a9f09f9880", "b'\\xc3\\xa9\\xf0\\x9f\\x98\\x80'"],
  ["090a0d0b0c07081b", "b'\\t\\n\\r\\x0b\\x0c\\x07\\x08\\x1b'"],
];

function faulty(payload: Uint8Array): string {
  return text(legacyPythonPae("a/b", payload)!);
}

Deno.test("legacyPythonPae() holds the payload as Python prints it", () => {
  for (const [hex, literal] of PYTHON_LITERALS) {
    const payload = Uint8Array.fromHex(hex);
    assertEquals(faulty(payload), `DSSEV1 3 a/b ${payload.length} ${literal}`);
  }
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assertEquals(faulty(all), `DSSEV1 3 a/b 256 ${ALL_BYTES_IN_PYTHON}`);
  assertEquals(faulty(all.subarray(0x41, 0x44)), "DSSEV1 3 a/b 3 b'ABC'");
});

Deno.test("legacyPythonPae() is for payloads of a size that there was then", () => {
  const largest = new Uint8Array(LIMITS.oldPayloadBytes).fill(0x41);
  assertEquals(legacyPythonPae("t", largest)?.length, largest.length + "DSSEV1 1 t 16000000 b''".length);
  assertEquals(legacyPythonPae("t", new Uint8Array(LIMITS.oldPayloadBytes + 1)), undefined);
});

Deno.test("parseEnvelopeHead() takes keyid in all of its forms", async (t) => {
  for (const keyid of [REMOVED, null, "", "ab"]) {
    await t.step(Deno.inspect(keyid), () => {
      const { payloadType, payload, signature } = parseEnvelopeHead(edit(good, "signatures.0.keyid", keyid), "it");
      assertEquals([payloadType, payload, signature], ["text/plain", good.payload, new Uint8Array(1)]);
    });
  }
});

Deno.test("parseEnvelopeHead() refuses what is no envelope with one signature", async (t) => {
  const cases: [what: string, envelope: Json, message: string][] = [
    ["null", null, "it is missing"],
    ["a list", [good], "it is not an object"],
    ["a member more", edit(good, "extra", 1), 'it has an unknown member: "extra"'],
    ["no payloadType", edit(good, "payloadType", REMOVED), "it.payloadType is missing"],
    ["an empty payloadType", edit(good, "payloadType", ""), "it.payloadType is empty"],
    ["a number as payloadType", edit(good, "payloadType", 1), "it.payloadType is not a string"],
    ["no signatures", edit(good, "signatures", REMOVED), "it.signatures is missing"],
    ["null signatures", edit(good, "signatures", null), "it.signatures is missing"],
    ["signatures outside a list", edit(good, "signatures", good.signatures[0]), "it.signatures is not a list"],
    ["an empty list of signatures", edit(good, "signatures", []), "it.signatures holds 0 signatures: exactly one"],
    ["two signatures", edit(good, "signatures.1", good.signatures[0]), "it.signatures holds 2 signatures: exactly one"],
    ["a null signature", edit(good, "signatures.0", null), "it.signatures[0] is missing"],
    ["a text as signature", edit(good, "signatures.0", "AA=="), "it.signatures[0] is not an object"],
    ["a signature with a member more", edit(good, "signatures.0.cert", ""), 'unknown member: "cert"'],
    ["no sig", edit(good, "signatures.0.sig", REMOVED), "it.signatures[0].sig is missing"],
    ["an empty sig", edit(good, "signatures.0.sig", ""), "it.signatures[0].sig is empty"],
    ["a null sig", edit(good, "signatures.0.sig", null), "it.signatures[0].sig is missing"],
    ["a sig in the URL-safe alphabet", edit(good, "signatures.0.sig", "_-8="), "it.signatures[0].sig is not base64"],
    ["a number as keyid", edit(good, "signatures.0.keyid", 0), "it.signatures[0].keyid is not a string"],
    ["an object as keyid", edit(good, "signatures.0.keyid", {}), "it.signatures[0].keyid is not a string"],
  ];
  for (const [what, envelope, message] of cases) {
    await t.step(what, async () => {
      await assertFails(() => parseEnvelopeHead(envelope, "it"), VerificationError, "SIGNATURE_INVALID", message);
    });
  }
});
