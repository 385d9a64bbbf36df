import { assert, assertEquals, assertInstanceOf, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash, X509Certificate } from "node:crypto";
import { VerificationError } from "../../src/errors.ts";
import { extensionValue, parseCertificate } from "../../src/x509/certificate.ts";
import {
  attribute,
  bitString,
  CODE_SIGNING,
  concat,
  der,
  integer,
  makeAuthority,
  makeCertificate,
  makeLeaf,
  name,
  objectIdentifier,
  type TestCertificate,
  type TestExtension,
  time,
  TRUE,
  utf8,
} from "../_certificates.ts";

const authority = await makeAuthority("CN=Root,O=Acme");

function assertInvalid(bytes: Uint8Array, message: string): void {
  let error: unknown;
  try {
    parseCertificate(bytes, 'the file "a.pem"');
  } catch (caught) {
    error = caught;
  }
  assertInstanceOf(error, VerificationError);
  assertEquals(error.code, "CERTIFICATE_INVALID");
  assertStringIncludes(error.message, 'Cannot read the file "a.pem": ');
  assertStringIncludes(error.message, message);
}

/** The top-level parts of a certificate, to put them together in another way. */
function split({ der }: TestCertificate): { tbs: Uint8Array; algorithm: Uint8Array; signature: Uint8Array } {
  const parts: Uint8Array[] = [];
  for (let rest = der.subarray(headerLength(der)); rest.length > 0;) {
    const end = headerLength(rest) + contentLength(rest);
    parts.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  const [tbs, algorithm, signature] = parts;
  return { tbs: tbs!, algorithm: algorithm!, signature: signature! };
}

function headerLength(bytes: Uint8Array): number {
  return bytes[1]! < 0x80 ? 2 : 2 + (bytes[1]! & 0x7f);
}

function contentLength(bytes: Uint8Array): number {
  return bytes[1]! < 0x80
    ? bytes[1]!
    : bytes.subarray(2, headerLength(bytes)).reduce((sum, byte) => sum * 256 + byte, 0);
}

async function withExtensions(...extensions: TestExtension[]): Promise<Uint8Array> {
  return (await makeCertificate({ subject: "CN=leaf", extensions })).der;
}

async function withTbs(alterTbs: (fields: Uint8Array[]) => Uint8Array[]): Promise<Uint8Array> {
  return (await makeLeaf(authority, { alterTbs })).der;
}

Deno.test("parseCertificate() reads what a certificate says, as node:crypto does", async () => {
  const leaf = await makeLeaf(authority, {
    key: "P-384",
    serialNumber: 0xab01,
    notBefore: new Date("1999-12-31T23:59:59Z"),
    notAfter: new Date("2051-02-03T04:05:06Z"),
    ca: false,
  });
  const certificate = parseCertificate(leaf.der, "it");
  const expected = new X509Certificate(leaf.pem);

  assertEquals(certificate.der, leaf.der);
  assertEquals(certificate.subject, "CN=leaf,O=Acme");
  assertEquals(certificate.issuer, "CN=Root,O=Acme");
  assertEquals(certificate.subjectDer, name("CN=leaf,O=Acme"));
  assertEquals(certificate.issuerDer, name("CN=Root,O=Acme"));
  assertEquals(certificate.serialNumber, "ab01");
  assertEquals(certificate.notBefore.toISOString(), "1999-12-31T23:59:59.000Z");
  assertEquals(certificate.notAfter.toISOString(), "2051-02-03T04:05:06.000Z");
  assertEquals(certificate.publicKey, new Uint8Array(await crypto.subtle.exportKey("spki", leaf.keys.publicKey)));
  assertEquals(certificate.fingerprint, createHash("sha256").update(leaf.der).digest("hex"));
  assertEquals(certificate.fingerprint, expected.fingerprint256.replaceAll(":", "").toLowerCase());
  assertEquals(certificate.isSelfIssued, false);
  assertEquals(certificate.basicConstraints, { isCa: false, pathLength: undefined });
  assertEquals(certificate.keyUsage, ["digitalSignature"]);
  assertEquals(certificate.extendedKeyUsage, [CODE_SIGNING]);
  assertEquals(certificate.criticalExtensions, ["2.5.29.19", "2.5.29.15"]);
});

Deno.test("parseCertificate() reads an authority", async () => {
  const certificate = parseCertificate((await makeAuthority("CN=CA", { pathLen: 3 })).der, "it");
  assertEquals(certificate.isSelfIssued, true);
  assertEquals(certificate.basicConstraints, { isCa: true, pathLength: 3 });
  assertEquals(certificate.keyUsage, ["keyCertSign", "cRLSign"]);
  assertEquals(certificate.extendedKeyUsage, undefined);
});

Deno.test("parseCertificate() reads a certificate of version 1, which has no extensions", async () => {
  const certificate = parseCertificate((await makeCertificate({ subject: "CN=old", version: 1 })).der, "it");
  assertEquals(certificate.basicConstraints, undefined);
  assertEquals(certificate.keyUsage, undefined);
  assertEquals(certificate.criticalExtensions, []);
});

Deno.test("parseCertificate() keeps a copy of the bytes", async () => {
  const bytes = await withExtensions();
  const certificate = parseCertificate(bytes, "it");
  const before = certificate.der.slice();
  bytes.fill(0);
  assertEquals(certificate.der, before);
});

Deno.test("parseCertificate() reads a certificate inside a larger buffer", async () => {
  const bytes = await withExtensions();
  const larger = concat([new Uint8Array(7), bytes, new Uint8Array(9)]);
  assertEquals(parseCertificate(larger.subarray(7, 7 + bytes.length), "it").subject, "CN=leaf");
});

Deno.test("parseCertificate() writes names such that no two look alike and none steers a terminal", async (t) => {
  const rows: [string, Uint8Array, string][] = [
    [
      "escapes of RFC 4514",
      der(0x30, der(0x31, attribute('CN=a,b+c"d\\e<f>g;h'))),
      'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h',
    ],
    [
      "spaces at the ends, hash in front",
      der(0x30, der(0x31, attribute("CN= a ")), der(0x31, attribute("O=#b"))),
      "O=\\#b,CN=\\ a\\ ",
    ],
    [
      "control characters",
      der(0x30, der(0x31, attribute("CN=a\u001b[2Jb\n\u202ec\u2028"))),
      "CN=a\\1b[2Jb\\0a\\e2\\80\\aec\\e2\\80\\a8",
    ],
    [
      "several parts on one level",
      der(0x30, der(0x31, attribute("O=b")), der(0x31, attribute("CN=a"), attribute("OU=x"))),
      "CN=a+OU=x,O=b",
    ],
    ["an unknown attribute", name("1.2.3.4=x"), "1.2.3.4=x"],
    ["a value that is no text", der(0x30, der(0x31, der(0x30, objectIdentifier("2.5.4.3"), integer(5)))), "CN=#020105"],
    ["text beyond ASCII", name("CN=Zoë 🦕"), "CN=Zoë 🦕"],
    ["no name", name(""), ""],
  ];
  for (const [what, encoded, expected] of rows) {
    await t.step(what, async () => {
      const bytes = await withTbs((fields) => fields.map((field, i) => i === 5 ? encoded : field));
      assertEquals(parseCertificate(bytes, "it").subject, expected);
    });
  }
});

Deno.test("parseCertificate() lists alternative names", async () => {
  const value = der(
    0x30,
    der(0x81, new TextEncoder().encode("a@example.com")),
    der(0x82, new TextEncoder().encode("example.com")),
    der(0x86, new TextEncoder().encode("urn:acme:model\u001b")),
    der(0x87, Uint8Array.of(192, 0, 2, 1)),
    der(0x87, Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)),
    der(0xa4, name("CN=x,O=y")),
    der(0xa0, objectIdentifier("1.2.3"), der(0xa0, utf8("other"))),
  );
  const bytes = await withExtensions({ oid: "2.5.29.17", value });
  assertEquals(parseCertificate(bytes, "it").alternativeNames, [
    "a@example.com",
    "example.com",
    "urn:acme:model\\1b",
    "192.0.2.1",
    "2001:0db8:0000:0000:0000:0000:0000:0001",
    "CN=x,O=y",
  ]);
});

Deno.test("extensionValue() gives the DER of an extension", async () => {
  const certificate = parseCertificate(await withExtensions({ oid: "1.2.3.4", value: utf8("hello") }), "it");
  assertEquals(extensionValue(certificate, "1.2.3.4"), utf8("hello"));
  assertEquals(extensionValue(certificate, "1.2.3.5"), undefined);
});

Deno.test("parseCertificate() refuses what is not one certificate in DER", async (t) => {
  const leaf = await makeLeaf(authority);
  const { tbs, algorithm, signature } = split(leaf);
  const body = leaf.der.subarray(4); // after a tag and a length of three bytes
  assertEquals(leaf.der, der(0x30, tbs, algorithm, signature));
  assertEquals(leaf.der[1], 0x82);

  const rows: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(), "it ends too early"],
    ["text", new TextEncoder().encode(leaf.pem), "it is not a certificate in DER form"],
    ["a trailing byte", concat([leaf.der, Uint8Array.of(0)]), "there is 1 byte too many after the certificate"],
    ["two certificates", concat([leaf.der, leaf.der]), `there are ${leaf.der.length} bytes too many`],
    ["the last byte missing", leaf.der.subarray(0, -1), "it ends too early"],
    ["an indefinite length", concat([Uint8Array.of(0x30, 0x80), body, new Uint8Array(2)]), "indefinite length"],
    [
      "a length with a leading zero",
      concat([Uint8Array.of(0x30, 0x83, 0), leaf.der.subarray(2)]),
      "DER would write shorter",
    ],
    [
      "a length of 32 bits and more",
      concat([Uint8Array.of(0x30, 0x85, 1), new Uint8Array(2), leaf.der.subarray(2)]),
      "it ends too early",
    ],
    [
      "a long length within",
      der(0x30, tbs, algorithm, concat([Uint8Array.of(0x03, 0x81), signature.subarray(1)])),
      "DER would write shorter",
    ],
    ["a fourth part", der(0x30, tbs, algorithm, signature, integer(1)), "too many after its signature"],
    ["no signature", der(0x30, tbs, algorithm), "it ends too early"],
    ["another tag", concat([Uint8Array.of(0x31), leaf.der.subarray(1)]), "it is not a certificate in DER form"],
    ["a tag of several bytes", concat([Uint8Array.of(0x3f), leaf.der.subarray(1)]), "an element of an unknown type"],
    [
      "another algorithm outside",
      der(0x30, tbs, der(0x30, objectIdentifier("1.2.840.10045.4.3.3")), signature),
      "two different signature algorithms",
    ],
    [
      "parameters of the algorithm outside alone",
      der(0x30, tbs, der(0x30, objectIdentifier("1.2.840.10045.4.3.2"), der(0x05)), signature),
      "two different signature algorithms",
    ],
    [
      "an ECDSA signature that is not DER",
      der(0x30, tbs, algorithm, bitString(new Uint8Array(64))),
      "62 bytes too many after an element",
    ],
    [
      "bytes after an ECDSA signature",
      der(0x30, tbs, algorithm, bitString(concat([signature.subarray(3), Uint8Array.of(0)]))),
      "1 byte too many",
    ],
    [
      "an ECDSA signature of a type like numbers", // pkijs takes ENUMERATED for INTEGER
      der(0x30, tbs, algorithm, bitString(der(0x30, der(0x0a, Uint8Array.of(1)), integer(1)))),
      "it is not a certificate in DER form",
    ],
    [
      "an ECDSA signature of three numbers",
      der(0x30, tbs, algorithm, bitString(der(0x30, integer(1), integer(1), integer(1)))),
      "too many after a pair of numbers",
    ],
    [
      "unused bits in the signature",
      der(0x30, tbs, algorithm, der(0x03, Uint8Array.of(1), der(0x30, integer(2)), Uint8Array.of(0))),
      "does not fill whole bytes",
    ],
    ["more bytes than any certificate has", der(0x30, new Uint8Array(65_536)), "at most 65536 are allowed"],
  ];
  for (const [what, bytes, message] of rows) await t.step(what, () => assertInvalid(bytes, message));
});

Deno.test("parseCertificate() refuses fields that are not as RFC 5280 has them", async (t) => {
  const replace = (at: number, ...by: Uint8Array[]) => (fields: Uint8Array[]): Uint8Array[] =>
    fields.toSpliced(at, 1, ...by);
  const text = (tag: number, value: string): Uint8Array => der(tag, new TextEncoder().encode(value));
  const end = time(new Date("2035-01-01T00:00:00Z"));
  const key = new Uint8Array(await crypto.subtle.exportKey("spki", authority.keys.publicKey));
  const rsaKey = der(0x30, der(0x30, objectIdentifier("1.2.840.113549.1.1.1"), der(0x05)), bitString(utf8("no key")));

  const rows: [string, (fields: Uint8Array[]) => Uint8Array[], string][] = [
    ["version 4", replace(0, der(0xa0, integer(3))), "its version is neither 1, 2 nor 3"],
    ["extensions in version 2", replace(0, der(0xa0, integer(1))), "extensions, which version 2 does not know"],
    ["extensions in version 1", replace(0), "extensions, which version 1 does not know"],
    ["version 1 said aloud, which DER leaves out", replace(0, der(0xa0, integer(0))), "neither 1, 2 nor 3"],
    [
      "a serial number with a leading zero",
      replace(1, der(0x02, Uint8Array.of(0, 1))),
      "not a certificate in DER form",
    ],
    ["an empty serial number", replace(1, der(0x02)), "not a certificate in DER form"],
    [
      "a null with content",
      replace(5, der(0x30, der(0x31, der(0x30, objectIdentifier("2.5.4.3"), der(0x05, utf8("a")))))),
      "not a certificate in DER form",
    ],
    ["no serial number", replace(1), "not a certificate in DER form"],
    ["30 February", replace(4, der(0x30, text(0x17, "250230000000Z"), end)), "its validity is not a date"],
    ["a 13th month", replace(4, der(0x30, text(0x17, "251301000000Z"), end)), "its validity is not a date"],
    ["a time without seconds", replace(4, der(0x30, text(0x17, "2501010000Z"), end)), "its validity is not a date"],
    ["a time zone", replace(4, der(0x30, text(0x17, "250101000000+0100"), end)), "its validity is not a date"],
    ["parts of a second", replace(4, der(0x30, text(0x18, "20250101000000.5Z"), end)), "its validity is not a date"],
    ["a time as text", replace(4, der(0x30, utf8("20250101000000Z"), end)), "its validity is not a date"],
    ["three times", replace(4, der(0x30, end, end, end)), "too many after its validity"],
    [
      "a part more in the algorithm of the key",
      replace(6, der(0x30, der(0x30, objectIdentifier("1.2.3"), der(0x05), der(0x05)), bitString(new Uint8Array(1)))),
      "after the parameters of an algorithm",
    ],
    [
      "a part more in the key",
      replace(6, concat([Uint8Array.of(0x30, key.length), key.subarray(2), der(0x05)])),
      "after its public key",
    ],
    [
      "a part more in a name",
      replace(5, der(0x30, der(0x31, der(0x30, objectIdentifier("2.5.4.3"), utf8("a"), utf8("b"))))),
      "after a part of a name",
    ],
    ["one time", replace(4, der(0x30, end)), "it ends too early"],
    [
      "a key with unused bits",
      replace(6, concat([key.subarray(0, 25), Uint8Array.of(4), key.subarray(26, -1), Uint8Array.of(0)])),
      "does not fill whole bytes",
    ],
    ["a malformed RSA key", replace(6, rsaKey), "not a certificate in DER form"],
    ["no extensions in their list", replace(7, der(0xa3, der(0x30))), "its list of extensions is empty"],
    ["a field after the extensions", (fields) => [...fields, integer(1)], "too many after its last field"],
    [
      "a part more in an extension",
      replace(7, der(0xa3, der(0x30, der(0x30, objectIdentifier("1.2.3"), der(0x04), der(0x04))))),
      "after the value of an extension",
    ],
    [
      "a boolean that is neither",
      replace(7, der(0xa3, der(0x30, der(0x30, objectIdentifier("1.2.3"), der(0x01, Uint8Array.of(1)), der(0x04))))),
      "not a certificate in DER form",
    ],
    [
      "an OID with a leading zero digit",
      replace(7, der(0xa3, der(0x30, der(0x30, der(0x06, Uint8Array.of(0x55, 0x1d, 0x80, 0x13)), der(0x04))))),
      "not a certificate in DER form",
    ],
    [
      "an OID without an end",
      replace(7, der(0xa3, der(0x30, der(0x30, der(0x06, Uint8Array.of(0x55, 0x9d)), der(0x04))))),
      "not a certificate in DER form",
    ],
    [
      "a value in pieces",
      replace(7, der(0xa3, der(0x30, der(0x30, objectIdentifier("1.2.3"), der(0x24, der(0x04)))))),
      "not a certificate in DER form",
    ],
  ];
  for (const [what, alter, message] of rows) {
    await t.step(what, async () => assertInvalid(await withTbs(alter), message));
  }
});

Deno.test("parseCertificate() refuses extensions of a wrong form", async (t) => {
  const once = { oid: "1.2.3.4", value: utf8("a") };
  const rows: [string, TestExtension[], string][] = [
    ["one twice", [once, { ...once, critical: true }], "it has the extension 1.2.3.4 twice"],
    ["basicConstraints: text", [{ oid: "2.5.29.19", value: utf8("CA") }], "not a certificate in DER form"],
    [
      "basicConstraints: trailing bytes",
      [{ oid: "2.5.29.19", value: concat([der(0x30, TRUE), TRUE]) }],
      "too many after",
    ],
    [
      "basicConstraints: a part more",
      [{ oid: "2.5.29.19", value: der(0x30, TRUE, integer(1), integer(1)) }],
      "too many after its basic constraints",
    ],
    [
      "basicConstraints: -1",
      [{ oid: "2.5.29.19", value: der(0x30, TRUE, der(0x02, Uint8Array.of(0xff))) }],
      "its path length is out of range",
    ],
    ["basicConstraints: 2^64", [{
      oid: "2.5.29.19",
      value: der(0x30, TRUE, der(0x02, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0))),
    }], "its path length is out of range"],
    ["keyUsage: a number", [{ oid: "2.5.29.15", value: integer(1) }], "not a certificate in DER form"],
    ["keyUsage: nothing", [{ oid: "2.5.29.15", value: new Uint8Array() }], "it ends too early"],
    [
      "keyUsage: a one among the unused bits",
      [{ oid: "2.5.29.15", value: der(0x03, Uint8Array.of(7, 0x81)) }],
      "not a certificate in DER form",
    ],
    ["extKeyUsage: empty", [{ oid: "2.5.29.37", value: der(0x30) }], "its extended key usage is empty"],
    [
      "extKeyUsage: text",
      [{ oid: "2.5.29.37", value: der(0x30, utf8(CODE_SIGNING)) }],
      "not a certificate in DER form",
    ],
    ["subjectAltName: text", [{ oid: "2.5.29.17", value: utf8("a@example.com") }], "not a certificate in DER form"],
    [
      "subjectAltName: 3 bytes of IP address",
      [{ oid: "2.5.29.17", value: der(0x30, der(0x87, new Uint8Array(3))) }],
      "neither 4 nor 16 bytes",
    ],
  ];
  for (const [what, extensions, message] of rows) {
    await t.step(what, async () => assertInvalid(await withExtensions(...extensions), message));
  }
});

Deno.test("parseCertificate() bounds the nesting", async (t) => {
  const nested = (depth: number, tag: number): Uint8Array => {
    let value = der(0x05);
    for (let i = 0; i < depth; i++) value = der(tag, value);
    return value;
  };
  const inName = (value: Uint8Array) =>
    withTbs((fields) => fields.toSpliced(5, 1, der(0x30, der(0x31, der(0x30, objectIdentifier("2.5.4.3"), value)))));
  // The value of an attribute is an element at depth 5 of the certificate.
  await t.step("as deep as allowed", async () => assert(parseCertificate(await inName(nested(27, 0x30)), "it")));
  await t.step("one deeper", async () => assertInvalid(await inName(nested(28, 0x30)), "nested more than 32 deep"));
  await t.step("thousands of sequences", () => assertInvalid(nested(2_000, 0x30), "it ends too early"));
  await t.step(
    "thousands in a name",
    async () => assertInvalid(await inName(nested(2_000, 0x30)), "nested more than 32 deep"),
  );
  await t.step("thousands of strings in each other", async () => {
    // Within a string of bytes nothing is read; it must not break anything that tries.
    const bytes = await withExtensions({ oid: "1.2.3.4", value: nested(2_000, 0x04) });
    try {
      parseCertificate(bytes, "it");
    } catch (error) {
      assertInstanceOf(error, VerificationError);
      assertEquals(error.code, "CERTIFICATE_INVALID");
    }
  });
});

/** A small generator of repeatable noise (mulberry32). */
function noise(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

Deno.test("parseCertificate() lets nothing but its own error escape, whatever the bytes", async () => {
  const random = noise(20_261_122);
  const alternative = der(0x30, der(0x81, new TextEncoder().encode("a@example.com")), der(0xa4, name("CN=x")));
  const extensions = [{ oid: "2.5.29.17", value: alternative }];
  const good = (await makeLeaf(authority, { ca: true, pathLen: 1, extensions })).der;
  for (let round = 0; round < 1_000; round++) {
    let bytes = good.slice();
    for (let changes = 1 + random() % 4; changes > 0; changes--) bytes[random() % bytes.length] = random();
    if (round % 5 === 0) bytes = bytes.slice(0, random() % bytes.length);
    if (round % 7 === 0) bytes = Uint8Array.from({ length: random() % 400 }, random);
    try {
      assertEquals(parseCertificate(bytes, "it").der, bytes);
    } catch (error) {
      assertInstanceOf(error, VerificationError);
      assertEquals(error.code, "CERTIFICATE_INVALID");
      assertMatch(error.message, /^Cannot read it: (it|its|there) /);
    }
  }
});
