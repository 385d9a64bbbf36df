/** An ECDSA signature has one encoding in DER; every other way to write it is refused, whatever it says. */
import { assert, assertEquals } from "@std/assert";
import { sign } from "node:crypto";
import { VerificationError } from "../../src/errors.ts";
import { createKeyVerifier } from "../../src/verify/key.ts";
import { assertFails } from "../_assert_fails.ts";
import { concat, der, unsigned } from "../_certificates.ts";
import {
  type CurveName,
  CURVES,
  dssePae,
  edit,
  envelopeBundle,
  makeKey,
  PAYLOAD_TYPE,
  toBytes,
} from "../oms/_forge.ts";
import { verifyBytes } from "./_verify_whole.ts";

/** The orders of the curves (FIPS 186-4, D.1.2). */
const ORDERS: Readonly<Record<CurveName, bigint>> = {
  "P-256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  "P-384": 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  "P-521":
    0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
};

/** The two numbers of a signature, as bytes. */
interface Numbers {
  r: Uint8Array;
  s: Uint8Array;
}

function fromBytes(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

function toNumberBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

/** An integer with this content, minimal or not. */
function rawInteger(...content: readonly Uint8Array[]): Uint8Array {
  return der(0x02, ...content);
}

/** An element whose length is written with more bytes than needed. */
function longForm(tag: number, bytes: number, content: Uint8Array): Uint8Array {
  const length = Array.from({ length: bytes }, (_, i) => Math.floor(content.length / 256 ** (bytes - 1 - i)) & 0xff);
  return concat([Uint8Array.of(tag, 0x80 | bytes, ...length), content]);
}

const ZERO = Uint8Array.of(0);
const ONE = Uint8Array.of(1);

/** Wrong ways to write the signature. */
function wrongEncodings({ r, s }: Numbers, order: bigint): [what: string, signature: Uint8Array][] {
  const [R, S] = [unsigned(r), unsigned(s)];
  const content = concat([R, S]);
  const good = der(0x30, content);
  const minus = (bytes: Uint8Array): Uint8Array => {
    const value = (1n << BigInt(8 * bytes.length + 8)) - fromBytes(bytes);
    return rawInteger(toNumberBytes(value));
  };
  return [
    ["a byte behind it", concat([good, ZERO])],
    ["another signature behind it", concat([good, good])],
    ["a number too many", der(0x30, content, rawInteger(ONE))],
    ["an element too many", der(0x30, content, der(0x05))],
    ["a number too few", der(0x30, R)],
    ["no number", der(0x30)],
    ["the two raw numbers", concat([r, s])],
    ["a set", der(0x31, content)],
    ["a list of other numbers", der(0x30, der(0x0a, r), S)],
    ["a list in a list", der(0x30, good)],
    ["one byte too few", good.subarray(0, -1)],
    ["a length that is too long", concat([Uint8Array.of(0x30, 0x84, 0, 0, 1, 0), content])],
    ["a length that wraps around 32 bits", concat([Uint8Array.of(0x30, 0x85, 1, 0, 0, 0, content.length), content])],
    ["a long length of the list", longForm(0x30, good[1]! < 0x80 ? 1 : 2, content)],
    ["four bytes of length", longForm(0x30, 4, content)],
    ["a long length of a number", der(0x30, longForm(0x02, 1, R.subarray(2)), S)],
    ["an indefinite length", concat([Uint8Array.of(0x30, 0x80), content, ZERO, ZERO])],
    ["zeros before r", der(0x30, rawInteger(ZERO, R.subarray(2)), S)],
    ["zeros before s", der(0x30, R, rawInteger(ZERO, S.subarray(2)))],
    ["r without bytes", der(0x30, rawInteger(), S)],
    ["s without bytes", der(0x30, R, rawInteger())],
    ["a negative r", der(0x30, minus(r), S)],
    ["a negative s", der(0x30, R, minus(s))],
    ["r = 0", der(0x30, rawInteger(ZERO), S)],
    ["s = 0", der(0x30, R, rawInteger(ZERO))],
    ["r = s = 0", der(0x30, rawInteger(ZERO), rawInteger(ZERO))],
    ["r = s = 1", der(0x30, rawInteger(ONE), rawInteger(ONE))],
    ["r = s = the order", der(0x30, unsigned(toNumberBytes(order)), unsigned(toNumberBytes(order)))],
    ["r + the order", der(0x30, unsigned(toNumberBytes(fromBytes(r) + order)), S)],
    ["s + the order", der(0x30, R, unsigned(toNumberBytes(fromBytes(s) + order)))],
    ["r and s swapped", der(0x30, S, R)],
  ];
}

for (const curve of CURVES) {
  const key = makeKey(curve);
  const verifier = createKeyVerifier({ kind: "key", publicKey: key.publicPem });
  const bundle = envelopeBundle(key, "{}");
  const signed = dssePae(PAYLOAD_TYPE, toBytes("{}"));
  const open = (signature: Uint8Array): Promise<{ kind: string }> =>
    verifyBytes(verifier, toBytes(edit(bundle, "dsseEnvelope.signatures.0.sig", signature.toBase64())));

  Deno.test(`a signature on ${curve} in another encoding is refused`, async (t) => {
    const raw = new Uint8Array(sign(key.hash, signed, { key: key.privateKey, dsaEncoding: "ieee-p1363" }));
    const numbers = { r: raw.subarray(0, raw.length / 2), s: raw.subarray(raw.length / 2) };
    // The encoder of this test is right: what it makes of the numbers is a good signature.
    assertEquals((await open(der(0x30, unsigned(numbers.r), unsigned(numbers.s)))).kind, "envelope");
    for (const [what, signature] of wrongEncodings(numbers, ORDERS[curve])) {
      await t.step(what, async () => {
        await assertFails(() => open(signature), VerificationError, "SIGNATURE_WRONG");
      });
    }
  });

  Deno.test(`a signature on ${curve} with one bit changed is refused`, async () => {
    const signature = new Uint8Array(sign(key.hash, signed, key.privateKey));
    assert(signature.length > 60);
    for (let i = 0; i < signature.length; i++) {
      const changed = signature.with(i, signature[i]! ^ (1 << (i % 8)));
      await assertFails(() => open(changed), VerificationError, "SIGNATURE_WRONG");
    }
  });
}
