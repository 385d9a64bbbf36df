import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { cpuUsage } from "node:process";
import { VerificationError } from "../../src/errors.ts";
import { type Certificate, parseCertificate } from "../../src/x509/certificate.ts";
import { checkLeafUsage, MAX_CERTIFICATES, verifyChain } from "../../src/x509/path.ts";
import {
  AT,
  bitString,
  type CertificateOptions,
  CODE_SIGNING,
  concat,
  der,
  type KeyKind,
  makeAuthority,
  makeCertificate,
  makeKeys,
  makeLeaf,
  NOT_AFTER,
  NOT_BEFORE,
  objectIdentifier,
  pssParameters,
  SERVER_AUTH,
  type SignatureKind,
  type TestCertificate,
  unsigned,
  utf8,
} from "../_certificates.ts";

const FIXTURE = new URL("../fixtures/oms/signatures/certificate-v1.1/", import.meta.url);

const root = await makeAuthority("CN=Root,O=Acme");
const middle = await makeAuthority("CN=Middle,O=Acme", { issuer: root });
const leaf = await makeLeaf(middle);
const otherRoot = await makeAuthority("CN=Other,O=Elsewhere");

/** A case: the leaf, what the signature carries besides, what the user trusts. */
type Chain = [leaf: TestCertificate, intermediates: TestCertificate[], roots: TestCertificate[]];

function read(certificate: TestCertificate): Certificate {
  return parseCertificate(certificate.der, "a certificate of the test");
}

function verify([leaf, intermediates, roots]: Chain, at: Date = AT): Promise<Certificate[]> {
  return verifyChain(read(leaf), intermediates.map(read), roots.map(read), at);
}

/** Asserts which certificates are on the path. */
async function assertPath(chain: Chain, expected: TestCertificate[], at: Date = AT): Promise<void> {
  const path = await verify(chain, at);
  assertEquals(path.map((certificate) => certificate.subject), expected.map((certificate) => certificate.subject));
  assertEquals(path.map((certificate) => certificate.der), expected.map((certificate) => certificate.der));
}

async function assertRefused(chain: Chain, code: string, ...messages: string[]): Promise<void> {
  await assertRefusedAt(AT, chain, code, ...messages);
}

async function assertRefusedAt(at: Date, chain: Chain, code: string, ...messages: string[]): Promise<void> {
  const error = await assertRejects(() => verify(chain, at), VerificationError);
  assertEquals(`${error.code}: ${error.message}`, `${code}: ${error.message}`);
  for (const message of messages) assertStringIncludes(error.message, message);
  assert(!error.message.endsWith("."));
}

function critical(oid: string, value: Uint8Array = der(0x30)): Partial<CertificateOptions> {
  return { extensions: [{ oid, critical: true, value }] };
}

/** The same certificate with other bytes, which nobody has signed. */
function changed(certificate: TestCertificate, from: Uint8Array, to: Uint8Array): TestCertificate {
  const hex = certificate.der.toHex().replaceAll(from.toHex(), to.toHex());
  return { ...certificate, der: Uint8Array.fromHex(hex) };
}

Deno.test("verifyChain() returns the path from the leaf to the root", async (t) => {
  const direct = await makeLeaf(root);
  await t.step("without intermediates", () => assertPath([direct, [], [root]], [direct, root]));
  await t.step("with one", () => assertPath([leaf, [middle], [root]], [leaf, middle, root]));
  await t.step("with the root in the signature too", () => {
    return assertPath([leaf, [middle, root], [root]], [leaf, middle, root]);
  });
  await t.step("with the leaf and all others twice", () => {
    return assertPath([leaf, [leaf, middle, root, middle], [root, root]], [leaf, middle, root]);
  });
  await t.step("among other roots", () => assertPath([leaf, [middle], [otherRoot, root]], [leaf, middle, root]));

  const low = await makeAuthority("CN=Low", { issuer: middle });
  const deep = await makeLeaf(low);
  await t.step("with two, in any order", async () => {
    await assertPath([deep, [low, middle], [root]], [deep, low, middle, root]);
    await assertPath([deep, [middle, low], [root]], [deep, low, middle, root]);
  });
  await t.step("with an intermediate that the user gave as root", async () => {
    await assertPath([deep, [low, middle], [middle]], [deep, low, middle]);
    await assertPath([deep, [low], [middle]], [deep, low, middle]);
    await assertPath([deep, [low, middle, root], [root, low]], [deep, low]);
  });
});

Deno.test("verifyChain() knows a leaf that is itself trusted", async (t) => {
  const selfSigned = await makeLeaf(undefined);
  await t.step("signed by itself", () => assertPath([selfSigned, [], [selfSigned]], [selfSigned]));
  await t.step("signed by itself, its own copy in the signature", () => {
    return assertPath([selfSigned, [selfSigned], [otherRoot, selfSigned]], [selfSigned]);
  });
  await t.step("signed by another", () => assertPath([leaf, [], [leaf]], [leaf]));
  await t.step("CA:TRUE", async () => {
    const authority = await makeLeaf(undefined, { ca: true });
    await assertPath([authority, [], [authority]], [authority]);
  });
  await t.step("but signed by itself and not trusted", () => {
    return assertRefused(
      [selfSigned, [selfSigned], [root]],
      "CHAIN_UNTRUSTED",
      'Cannot trust the certificate "CN=leaf,O=Acme": it is signed by itself and is not among the trusted roots',
      'the roots given are "CN=Root,O=Acme"',
    );
  });
  await t.step("but its own signature is wrong", async () => {
    const wrong = await makeLeaf({ ...otherRoot, subject: "CN=leaf,O=Acme" });
    await assertRefused([wrong, [], [wrong]], "CHAIN_UNTRUSTED", '"CN=leaf,O=Acme" is neither in the signature nor');
  });
  await t.step("but it has expired", async () => {
    const old = await makeLeaf(undefined, { notAfter: new Date("2026-01-02T03:04:05Z") });
    await assertRefused([old, [], [old]], "CERTIFICATE_EXPIRED", "it expired on 2026-01-02T03:04:05Z");
  });
  await t.step("but it may not sign", async () => {
    const authority = await makeAuthority("CN=Authority");
    await assertRefused([authority, [], [authority]], "KEY_USAGE", "digitalSignature is needed to sign models");
  });
});

Deno.test("verifyChain() verifies signatures of each algorithm", async (t) => {
  const rows: [KeyKind, SignatureKind][] = [
    ["P-256", "SHA-256"],
    ["P-256", "SHA-384"],
    ["P-384", "SHA-256"],
    ["P-384", "SHA-384"],
    ["P-521", "SHA-256"],
    ["P-521", "SHA-512"],
    ["RSA-2048", "SHA-256"],
    ["RSA-2048", "SHA-384"],
    ["RSA-2048", "SHA-512"],
    ["RSA-2048", "PSS"],
    ["Ed25519", "SHA-256"],
  ];
  for (const [key, signature] of rows) {
    await t.step(`${key} with ${signature}`, async () => {
      const authority = await makeAuthority("CN=Authority", { key, signature });
      const leaf = await makeLeaf(authority, { key: "P-521", signature });
      await assertPath([leaf, [], [authority]], [leaf, authority]);
      const namesake = await makeAuthority("CN=Authority", { keys: await makeKeys("P-256") });
      await assertRefused(
        [leaf, [], [namesake]],
        "CHAIN_UNTRUSTED",
        'it was not signed by its issuer "CN=Authority" that is here, or it was changed since',
      );
    });
  }
});

Deno.test("verifyChain() says which signatures are not supported", async (t) => {
  const needed = "ECDSA on P-256, P-384 or P-521, Ed25519, or RSA with 2048 to 8192 bits is needed";
  await t.step("an authority with an Ed25519 key and a namesake that did sign", async () => {
    const namesake = await makeAuthority("CN=Root,O=Acme", { key: "Ed25519" });
    await assertPath([leaf, [middle], [namesake, root]], [leaf, middle, root]);
  });
  await t.step("an RSA key of 8448 bits", async () => {
    const modulus = concat([Uint8Array.of(0x80), new Uint8Array(1054), Uint8Array.of(1)]);
    const rsa = der(0x30, objectIdentifier("1.2.840.113549.1.1.1"), der(0x05));
    const publicKey = der(0x30, rsa, bitString(der(0x30, unsigned(modulus), unsigned(Uint8Array.of(1, 0, 1)))));
    const authority = await makeAuthority("CN=Large", { publicKey });
    const message = 'its issuer "CN=Large" has a key of RSA with 8448 bits, which is not supported';
    const leaf = await makeLeaf(authority, { issuer: authority });
    await assertRefused([leaf, [], [authority]], "CERTIFICATE_UNSUPPORTED", message, needed);
  });
  await t.step("another elliptic curve", async () => {
    const curve = der(0x30, objectIdentifier("1.2.840.10045.2.1"), objectIdentifier("1.3.132.0.10"));
    const authority = await makeAuthority("CN=Koblitz", { publicKey: der(0x30, curve, bitString(new Uint8Array(65))) });
    const message = "has a key of the elliptic curve 1.3.132.0.10, which is not supported";
    await assertRefused([await makeLeaf(authority), [], [authority]], "CERTIFICATE_UNSUPPORTED", message);
  });
  await t.step("an elliptic curve by its parameters", async () => {
    const curve = der(0x30, objectIdentifier("1.2.840.10045.2.1"), der(0x30));
    const authority = await makeAuthority("CN=Any", { publicKey: der(0x30, curve, bitString(new Uint8Array(65))) });
    const message = "has a key of an elliptic curve without a name";
    await assertRefused([await makeLeaf(authority), [], [authority]], "CERTIFICATE_UNSUPPORTED", message);
  });
  await t.step("RSA-PSS with malformed parameters", async () => {
    const authority = await makeAuthority("CN=Authority", { key: "RSA-2048" });
    const algorithm = objectIdentifier("1.2.840.113549.1.1.10");
    const wrong = der(0x30, algorithm, utf8("none"));
    const leaf = await makeLeaf(authority, { alterTbs: (fields) => fields.toSpliced(2, 1, wrong), signature: "PSS" });
    const odd = withOuterAlgorithm(leaf, der(0x30, algorithm, pssParameters()), wrong);
    await assertRefused([odd, [], [authority]], "CERTIFICATE_UNSUPPORTED", "RSA-PSS with unusual parameters");
  });
  await t.step("an algorithm that nobody knows", async () => {
    const unknown = changed(leaf, objectIdentifier("1.2.840.10045.4.3.2"), objectIdentifier("1.2.840.10045.4.3.9"));
    await assertRefused([unknown, [middle], [root]], "CERTIFICATE_UNSUPPORTED", "the algorithm 1.2.840.10045.4.3.9");
  });
});

Deno.test("verifyChain() does not take a signature for one of another algorithm", async () => {
  // It claims to be signed with RSA, but its signature is a good one of ECDSA with the same hash.
  const authority = await makeAuthority("CN=Authority", { key: "P-256" });
  const rsa = der(0x30, objectIdentifier("1.2.840.113549.1.1.11"), der(0x05));
  const ecdsa = der(0x30, objectIdentifier("1.2.840.10045.4.3.2"));
  const leaf = await makeLeaf(authority, { alterTbs: (fields) => fields.toSpliced(2, 1, rsa) });
  const claimed = withOuterAlgorithm(leaf, ecdsa, rsa);
  await assertRefused([claimed, [], [authority]], "CHAIN_UNTRUSTED", 'it was not signed by its issuer "CN=Authority"');
});

/** Replaces the algorithm that nobody signs, the one before the signature. */
function withOuterAlgorithm(certificate: TestCertificate, from: Uint8Array, to: Uint8Array): TestCertificate {
  const signature = Uint8Array.of(0x03); // A bit string follows the outer algorithm alone.
  const { der: bytes } = changed(certificate, concat([from, signature]), concat([to, signature]));
  return { ...certificate, der: der(0x30, bytes.subarray(4)) };
}

Deno.test("verifyChain() refuses a chain to an unknown root", async (t) => {
  await t.step("an unrelated root", () => {
    return assertRefused(
      [leaf, [middle], [otherRoot]],
      "CHAIN_UNTRUSTED",
      'Cannot trust the certificate "CN=Middle,O=Acme": its issuer "CN=Root,O=Acme" is neither in the signature nor',
      'a root that leads to it is needed: the roots given are "CN=Other,O=Elsewhere"',
    );
  });
  await t.step("the root in the signature alone", () => {
    const message = 'certificate "CN=Root,O=Acme": it is signed by itself and is not among the trusted roots';
    return assertRefused([leaf, [middle, root], [otherRoot]], "CHAIN_UNTRUSTED", message, '"CN=Other,O=Elsewhere"');
  });
  await t.step("a missing intermediate", () => {
    const message = 'its issuer "CN=Middle,O=Acme" is neither in the signature nor among the trusted roots';
    return assertRefused([leaf, [], [root]], "CHAIN_UNTRUSTED", message);
  });
  await t.step("no roots", () => {
    return assertRefused([leaf, [middle], []], "CHAIN_UNTRUSTED", "the roots given are none");
  });
  await t.step("many roots", async () => {
    const roots = Array.from({ length: 7 }, (_, i) => makeAuthority(`CN=Root ${i}`));
    const message = '"CN=Root 0", "CN=Root 1", "CN=Root 2", "CN=Root 3", "CN=Root 4" and 2 more';
    await assertRefused([leaf, [middle], await Promise.all(roots)], "CHAIN_UNTRUSTED", message);
  });
  await t.step("a root of the same name with another key", async () => {
    const namesake = await makeAuthority("CN=Root,O=Acme");
    const message = 'it was not signed by its issuer "CN=Root,O=Acme" that is here, or it was changed since';
    await assertRefused([leaf, [middle], [namesake]], "CHAIN_UNTRUSTED", message);
  });
  await t.step("a root of the same key with another name", async () => {
    const renamed = await makeAuthority("CN=Renamed", { keys: root.keys });
    await assertRefused([leaf, [middle], [renamed]], "CHAIN_UNTRUSTED", '"CN=Root,O=Acme" is neither');
  });
  await t.step("names that no person would read to their end, or that steer a terminal", async () => {
    const long = await makeLeaf(undefined, { subject: `CN=\u001b[2J${"x".repeat(30_000)}` });
    const error = await assertRejects(() => verify([long, [], [root]]), VerificationError);
    assertEquals(error.code, "CHAIN_UNTRUSTED");
    assertStringIncludes(error.message, '"CN=\\1b[2Jxxx');
    assert(error.message.length < 2_000);
  });
});

Deno.test("verifyChain() takes the path that is right among several", async (t) => {
  await t.step("roots of the same name", async () => {
    const namesakes = await Promise.all([1, 2, 3].map(() => makeAuthority("CN=Root,O=Acme")));
    await assertPath([leaf, [middle], [...namesakes, root]], [leaf, middle, root]);
    await assertPath([leaf, [middle], [root, ...namesakes]], [leaf, middle, root]);
  });
  await t.step("roots of the same key, one expired", async () => {
    const expired = await makeAuthority("CN=Root,O=Acme", {
      keys: root.keys,
      notAfter: new Date("2026-01-01T00:00:00Z"),
    });
    await assertPath([leaf, [middle], [expired, root]], [leaf, middle, root]);
  });
  await t.step("intermediates of the same name, the others strays that check", async () => {
    const namesake = await makeAuthority("CN=Middle,O=Acme", { issuer: root });
    await assertPath([leaf, [namesake, middle], [root]], [leaf, middle, root]);
  });
  await t.step("an authority signed by two others", async () => {
    const cross = await makeAuthority("CN=Middle,O=Acme", { issuer: otherRoot, keys: middle.keys });
    await assertPath([leaf, [cross, middle, otherRoot], [root]], [leaf, middle, root]);
    await assertPath([leaf, [cross, middle, root], [otherRoot]], [leaf, cross, otherRoot]);
  });
  await t.step("an authority signed by two others, one too long ago", async () => {
    const notAfter = new Date("2026-01-01T00:00:00Z");
    const expired = await makeAuthority("CN=Middle,O=Acme", { issuer: otherRoot, keys: middle.keys, notAfter });
    await assertPath([leaf, [expired, middle], [otherRoot, root]], [leaf, middle, root]);
  });
  await t.step("a longer path where the shorter is too long for its root", async () => {
    // The short one breaks the path length of its root, the long one leads to a root without one.
    const strict = await makeAuthority("CN=Strict", { pathLen: 0 });
    const underStrict = await makeAuthority("CN=Middle,O=Acme", { issuer: strict, keys: middle.keys });
    const top = await makeAuthority("CN=Top", { issuer: root });
    const underTop = await makeAuthority("CN=Middle,O=Acme", { issuer: top, keys: middle.keys });
    await assertPath([leaf, [underStrict, underTop, top], [strict, root]], [leaf, underTop, top, root]);
  });
  await t.step("where an authority is reached by a long way first", async () => {
    // Long: leaf, A1, B, root. Short: leaf, A2, root. The root allows one intermediate.
    const root = await makeAuthority("CN=R", { pathLen: 1 });
    const b = await makeAuthority("CN=B", { issuer: root });
    const a1 = await makeAuthority("CN=A", { issuer: b });
    const a2 = await makeAuthority("CN=A", { issuer: root, keys: a1.keys });
    const leaf = await makeLeaf(a1);
    await assertPath([leaf, [a1, b, a2], [root]], [leaf, a2, root]);
  });
});

Deno.test("verifyChain() terminates if certificates sign each other", async (t) => {
  const a = await makeAuthority("CN=A");
  const b = await makeAuthority("CN=B");
  const aByB = await makeAuthority("CN=A", { issuer: b, keys: a.keys });
  const bByA = await makeAuthority("CN=B", { issuer: a, keys: b.keys });
  const leaf = await makeLeaf(a);
  await t.step("to no root", () => assertRefused([leaf, [aByB, bByA], [root]], "CHAIN_UNTRUSTED", '"CN=A"'));
  await t.step("to a root", () => assertPath([leaf, [aByB, bByA], [b]], [leaf, aByB, b]));

  await t.step("in each possible way", async () => {
    const keys = await makeKeys("P-256");
    const all = await Promise.all(
      Array.from({ length: MAX_CERTIFICATES - 1 }, (_, i) => makeAuthority("CN=All", { keys, serialNumber: i + 1 })),
    );
    const leaf = await makeLeaf(all[0]!);
    const start = cpuUsage();
    await assertRefused([leaf, all, [root]], "CHAIN_UNTRUSTED", '"CN=All": it is signed by itself');
    const { user } = cpuUsage(start);
    assert(user < 3_000_000, "the search through 15 certificates that all sign each other must not be factorial");
  });
});

Deno.test("verifyChain() limits the number of certificates", async (t) => {
  const fill = (count: number): TestCertificate[] => Array.from({ length: count }, () => middle);
  await t.step(
    "the maximum",
    () => assertPath([leaf, fill(MAX_CERTIFICATES - 1), [root]], [leaf, middle, root]),
  );
  await t.step("one more", () => {
    const message = "Cannot check the certificates in the signature: there are 17, at most 16 are allowed";
    return assertRefused([leaf, fill(MAX_CERTIFICATES), [root]], "CHAIN_TOO_LONG", message);
  });
});

Deno.test("verifyChain() checks the validity of each certificate", async (t) => {
  const notAfter = new Date("2026-05-31T23:59:59Z");
  const notBefore = new Date("2026-06-01T00:00:01Z");
  const needed = "a certificate that is valid at 2026-06-01T00:00:00Z is needed";
  const late = `it is not valid before 2026-06-01T00:00:01Z, ${needed}; is the clock right?`;
  const past = `it expired on 2026-05-31T23:59:59Z, ${needed}`;
  for (
    const [code, validity, message] of [
      ["CERTIFICATE_EXPIRED", { notAfter }, past],
      ["CERTIFICATE_NOT_YET_VALID", { notBefore }, late],
    ] as const
  ) {
    await t.step(`${code} leaf`, async () => {
      const chain: Chain = [await makeLeaf(middle, validity), [middle], [root]];
      await assertRefused(chain, code, `Cannot accept the signing certificate "CN=leaf,O=Acme": ${message}`);
    });
    await t.step(`${code} intermediate`, async () => {
      const middle = await makeAuthority("CN=Middle", { issuer: root, ...validity });
      const chain: Chain = [await makeLeaf(middle), [middle], [root]];
      await assertRefused(chain, code, `Cannot accept the certificate "CN=Middle": ${message}`);
    });
    await t.step(`${code} root`, async () => {
      const root = await makeAuthority("CN=Root", validity);
      await assertRefused([await makeLeaf(root), [], [root]], code, `the certificate "CN=Root": ${message}`);
    });
  }
  await t.step("the first and the last moment count", async () => {
    await assertPath([leaf, [middle], [root]], [leaf, middle, root], NOT_BEFORE);
    await assertPath([leaf, [middle], [root]], [leaf, middle, root], NOT_AFTER);
    await assertRefusedAt(new Date(NOT_BEFORE.getTime() - 1), [leaf, [middle], [root]], "CERTIFICATE_NOT_YET_VALID");
    await assertRefusedAt(new Date(NOT_AFTER.getTime() + 1), [leaf, [middle], [root]], "CERTIFICATE_EXPIRED");
  });
  await t.step("an invalid date", async () => {
    await assertRejects(() => verify([leaf, [middle], [root]], new Date(NaN)), RangeError, "the time is not a date");
  });
});

Deno.test("verifyChain() reports an expired intermediate rather than an unknown root", async () => {
  const notAfter = new Date("2026-01-01T00:00:00Z");
  const expired = await makeAuthority("CN=Middle,O=Acme", { issuer: root, keys: middle.keys, notAfter });
  const elsewhere = await makeAuthority("CN=Middle,O=Acme", { issuer: otherRoot, keys: middle.keys });
  for (const intermediates of [[expired, elsewhere, otherRoot], [otherRoot, elsewhere, expired]]) {
    await assertRefused(
      [leaf, intermediates, [root]],
      "CERTIFICATE_EXPIRED",
      '"CN=Middle,O=Acme": it expired on 2026-01-01',
    );
  }
});

Deno.test("verifyChain() requires issuers to be CAs", async (t) => {
  const under = async (issuer: TestCertificate): Promise<Chain> => [await makeLeaf(issuer), [issuer], [root]];
  const noAuthority =
    'it issued "CN=leaf,O=Acme" but is no certificate authority, basicConstraints with CA:TRUE is needed';
  await t.step("an intermediate without basic constraints", async () => {
    const issuer = await makeCertificate({ subject: "CN=No", issuer: root });
    await assertRefused(await under(issuer), "CERTIFICATE_NOT_CA", `the certificate "CN=No": ${noAuthority}`);
  });
  await t.step("an intermediate with CA:FALSE", async () => {
    const issuer = await makeCertificate({ subject: "CN=No", issuer: root, ca: false });
    await assertRefused(await under(issuer), "CERTIFICATE_NOT_CA", noAuthority);
  });
  await t.step("a leaf that issues another", async () => {
    const issuer = await makeLeaf(root, { subject: "CN=No" });
    await assertRefused(await under(issuer), "CERTIFICATE_NOT_CA", noAuthority);
  });
  await t.step("a root of version 1", async () => {
    const root = await makeCertificate({ subject: "CN=Old", version: 1 });
    await assertRefused([await makeLeaf(root), [], [root]], "CERTIFICATE_NOT_CA", noAuthority);
  });
  await t.step("an intermediate without keyCertSign", async () => {
    const issuer = await makeAuthority("CN=No", { issuer: root, keyUsage: ["digitalSignature", "cRLSign"] });
    const message = "its key usage is digitalSignature, cRLSign, keyCertSign is needed to issue certificates";
    await assertRefused(await under(issuer), "KEY_USAGE", `the certificate "CN=No": ${message}`);
  });
  await t.step("a root without keyCertSign", async () => {
    const root = await makeAuthority("CN=Root", { keyUsage: ["cRLSign"] });
    await assertRefused([await makeLeaf(root), [], [root]], "KEY_USAGE", "keyCertSign is needed");
  });
  await t.step("one without key usage may", async () => {
    const issuer = await makeCertificate({ subject: "CN=Yes", issuer: root, ca: true });
    const [leaf] = await under(issuer);
    await assertPath([leaf, [issuer], [root]], [leaf, issuer, root]);
  });
});

Deno.test("verifyChain() enforces path lengths", async (t) => {
  const strict = await makeAuthority("CN=Strict", { pathLen: 0 });
  const one = await makeAuthority("CN=One", { pathLen: 1 });
  await t.step("0 allows a leaf", async () => {
    const leaf = await makeLeaf(strict);
    await assertPath([leaf, [], [strict]], [leaf, strict]);
  });
  await t.step("0 allows a leaf with CA:TRUE, which is no intermediate", async () => {
    const leaf = await makeLeaf(strict, { ca: true });
    await assertPath([leaf, [], [strict]], [leaf, strict]);
  });
  await t.step("0 allows no intermediate", async () => {
    const middle = await makeAuthority("CN=Middle", { issuer: strict });
    const message =
      'certificate "CN=Strict": the intermediate certificates below it number 1, its path length allows at most 0';
    await assertRefused([await makeLeaf(middle), [middle], [strict]], "PATH_LENGTH", message);
  });
  await t.step("1 allows one and no two", async () => {
    const middle = await makeAuthority("CN=Middle", { issuer: one });
    const low = await makeAuthority("CN=Low", { issuer: middle });
    const [leaf, deep] = [await makeLeaf(middle), await makeLeaf(low)];
    await assertPath([leaf, [middle], [one]], [leaf, middle, one]);
    await assertRefused(
      [deep, [low, middle], [one]],
      "PATH_LENGTH",
      "number 2, its path length allows at most 1",
    );
  });
  await t.step("an intermediate has its own", async () => {
    const middle = await makeAuthority("CN=Middle", { issuer: root, pathLen: 0 });
    const low = await makeAuthority("CN=Low", { issuer: middle });
    await assertRefused([await makeLeaf(low), [low, middle], [root]], "PATH_LENGTH", 'certificate "CN=Middle"');
  });
  await t.step("the self-issued are not counted", async () => {
    const renewed = await makeAuthority("CN=Strict", { issuer: strict, pathLen: 0 });
    const leaf = await makeLeaf(renewed);
    await assertPath([leaf, [renewed], [strict]], [leaf, renewed, strict]);
  });
});

Deno.test("verifyChain() checks the key usages of the leaf", async (t) => {
  const rows: [string, Partial<CertificateOptions>, string, string][] = [
    [
      "key usage without signing",
      { keyUsage: ["keyEncipherment", "keyAgreement"] },
      "KEY_USAGE",
      "its key usage is keyEncipherment, keyAgreement, digitalSignature is needed to sign models",
    ],
    ["key usage of an authority", { keyUsage: ["keyCertSign"], ca: true }, "KEY_USAGE", "digitalSignature is needed"],
    ["no key usage at all", { keyUsage: [] }, "KEY_USAGE", "its key usage is empty"],
    [
      "another purpose",
      { extendedKeyUsage: [SERVER_AUTH] },
      "EXTENDED_KEY_USAGE",
      `its extended key usage is ${SERVER_AUTH}, code signing (${CODE_SIGNING}) is needed`,
    ],
  ];
  for (const [what, options, code, message] of rows) {
    await t.step(what, async () => {
      const leaf = await makeLeaf(middle, options);
      const expected = `Cannot accept the signing certificate "CN=leaf,O=Acme": `;
      await assertRefused([leaf, [middle], [root]], code, expected, message);
      const error = assertThrows(() => checkLeafUsage(read(leaf), AT), VerificationError, message);
      assertEquals(error.code, code);
    });
  }
  const fine: [string, Partial<CertificateOptions>][] = [
    ["more usages than needed", { keyUsage: ["digitalSignature", "nonRepudiation"] }],
    ["any purpose", { extendedKeyUsage: ["2.5.29.37.0"] }],
    ["code signing among others", { extendedKeyUsage: [SERVER_AUTH, CODE_SIGNING] }],
    ["CA:TRUE", { ca: true }],
  ];
  for (const [what, options] of fine) {
    await t.step(what, async () => {
      const leaf = await makeLeaf(middle, options);
      await assertPath([leaf, [middle], [root]], [leaf, middle, root]);
      checkLeafUsage(read(leaf), AT);
    });
  }
  await t.step("no usages", async () => {
    const leaf = await makeCertificate({ subject: "CN=leaf", issuer: middle });
    await assertPath([leaf, [middle], [root]], [leaf, middle, root]);
    checkLeafUsage(read(leaf), AT);
  });
});

Deno.test("checkLeafUsage() checks the validity", () => {
  const certificate = read(leaf);
  const late = assertThrows(() => checkLeafUsage(certificate, new Date("2035-01-01T00:00:01Z")), VerificationError);
  assertEquals(late.code, "CERTIFICATE_EXPIRED");
  assertStringIncludes(late.message, '"CN=leaf,O=Acme": it expired on 2035-01-01T00:00:00Z');
  const early = assertThrows(() => checkLeafUsage(certificate, new Date("2024-12-31T23:59:59Z")), VerificationError);
  assertEquals(early.code, "CERTIFICATE_NOT_YET_VALID");
  assertStringIncludes(early.message, "it is not valid before 2025-01-01T00:00:00Z");
  assertThrows(() => checkLeafUsage(certificate, new Date(NaN)), RangeError, "the time is not a date");
});

Deno.test("verifyChain() requires CAs that limit purposes to allow code signing", async (t) => {
  const tried = async (extendedKeyUsage: string[]): Promise<Chain> => {
    const issuer = await makeAuthority("CN=Issuer", { issuer: root, extendedKeyUsage });
    return [await makeLeaf(issuer), [issuer], [root]];
  };
  await t.step("another purpose", async () => {
    const message = `the certificate "CN=Issuer": its extended key usage is ${SERVER_AUTH}, code signing`;
    await assertRefused(await tried([SERVER_AUTH]), "EXTENDED_KEY_USAGE", message);
  });
  await t.step("code signing", async () => assertEquals((await verify(await tried([CODE_SIGNING]))).length, 3));
  await t.step("any", async () => assertEquals((await verify(await tried(["2.5.29.37.0"]))).length, 3));
  await t.step("a root with another purpose", async () => {
    const root = await makeAuthority("CN=Web", { extendedKeyUsage: [SERVER_AUTH] });
    await assertRefused([await makeLeaf(root), [], [root]], "EXTENDED_KEY_USAGE", 'the certificate "CN=Web"');
  });
});

Deno.test("verifyChain() refuses critical extensions that it does not process", async (t) => {
  const unknown = critical("1.2.3.4");
  const message = "its critical extension 1.2.3.4 is not supported, a certificate without it is needed";
  await t.step("in the leaf", async () => {
    const leaf = await makeLeaf(middle, unknown);
    await assertRefused([leaf, [middle], [root]], "CRITICAL_EXTENSION", `"CN=leaf,O=Acme": ${message}`);
  });
  await t.step("in an intermediate", async () => {
    const middle = await makeAuthority("CN=Middle", { issuer: root, ...unknown });
    await assertRefused([await makeLeaf(middle), [middle], [root]], "CRITICAL_EXTENSION", `"CN=Middle": ${message}`);
  });
  await t.step("in a root", async () => {
    const root = await makeAuthority("CN=Root", unknown);
    await assertRefused([await makeLeaf(root), [], [root]], "CRITICAL_EXTENSION", `"CN=Root": ${message}`);
  });
  await t.step("unknown but not critical", async () => {
    const leaf = await makeLeaf(middle, { extensions: [{ oid: "1.2.3.4", value: utf8("x") }] });
    await assertPath([leaf, [middle], [root]], [leaf, middle, root]);
  });
  await t.step("known and critical", async () => {
    const identifier = der(0x04, new Uint8Array(20));
    const email = der(0x30, der(0x81, new TextEncoder().encode("a@example.com")));
    const policies = der(0x30, der(0x30, objectIdentifier("2.5.29.32.0")));
    const purposes = der(0x30, objectIdentifier(CODE_SIGNING));
    const leaf = await makeCertificate({
      subject: "CN=leaf",
      issuer: middle,
      ca: false,
      keyUsage: ["digitalSignature"],
      extensions: [
        ["2.5.29.14", identifier] as const,
        ["2.5.29.17", email] as const,
        ["2.5.29.32", policies] as const,
        ["2.5.29.35", der(0x30, der(0x80, new Uint8Array(20)))] as const,
        ["2.5.29.37", purposes] as const,
      ].map(([oid, value]) => ({ oid, value, critical: true })),
    });
    await assertPath([leaf, [middle], [root]], [leaf, middle, root]);
  });
});

Deno.test("verifyChain() refuses signatures that are easy to forge, and short keys", async (t) => {
  const rsaRoot = await makeAuthority("CN=Root", { key: "RSA-2048" });
  const sha1 = "SHA-1, which can be forged, a certificate signed with SHA-256 is needed";
  await t.step("a leaf signed with RSA and SHA-1", async () => {
    const leaf = await makeLeaf(rsaRoot, { signature: "SHA-1" });
    await assertRefused([leaf, [], [rsaRoot]], "WEAK_CERTIFICATE", `"CN=leaf,O=Acme": it is signed with ${sha1}`);
  });
  await t.step("a leaf signed with ECDSA and SHA-1", async () => {
    const leaf = await makeLeaf(root, { signature: "SHA-1" });
    await assertRefused([leaf, [], [root]], "WEAK_CERTIFICATE", `it is signed with ${sha1}`);
  });
  await t.step("a leaf that claims ECDSA with SHA-1 on P-384, which cannot be checked", async () => {
    const authority = await makeAuthority("CN=Root", { key: "P-384" });
    const ecdsa = der(0x30, objectIdentifier("1.2.840.10045.4.3.2"));
    const old = der(0x30, objectIdentifier("1.2.840.10045.4.1"));
    const leaf = await makeLeaf(authority, { alterTbs: (fields) => fields.toSpliced(2, 1, old) });
    const weak = withOuterAlgorithm(leaf, ecdsa, old);
    await assertRefused([weak, [], [authority]], "WEAK_CERTIFICATE", `its issuer "CN=Root" signed with ${sha1}`);
  });
  await t.step("an intermediate signed with SHA-1", async () => {
    const middle = await makeAuthority("CN=Middle", { issuer: rsaRoot, signature: "SHA-1" });
    await assertRefused([await makeLeaf(middle), [middle], [rsaRoot]], "WEAK_CERTIFICATE", `"CN=Middle": it is signed`);
  });
  await t.step("a leaf signed with MD5", async () => {
    const leaf = await makeLeaf(rsaRoot, { signature: "MD5" });
    await assertRefused([leaf, [], [rsaRoot]], "WEAK_CERTIFICATE", 'its issuer "CN=Root" signed with MD5');
  });
  await t.step("RSA-PSS without parameters, which means SHA-1", async () => {
    const algorithm = objectIdentifier("1.2.840.113549.1.1.10");
    const bare = der(0x30, algorithm, der(0x30));
    const leaf = await makeLeaf(rsaRoot, { alterTbs: (fields) => fields.toSpliced(2, 1, bare), signature: "PSS" });
    const weak = withOuterAlgorithm(leaf, der(0x30, algorithm, pssParameters()), bare);
    await assertRefused([weak, [], [rsaRoot]], "WEAK_CERTIFICATE", `its issuer "CN=Root" signed with ${sha1}`);
  });
  await t.step("a short RSA key", async () => {
    const bits = "its RSA key has 1024 bits, at least 2048 are needed";
    const short = await makeAuthority("CN=Short", { key: "RSA-1024" });
    await assertRefused([await makeLeaf(short), [], [short]], "WEAK_CERTIFICATE", `"CN=Short": ${bits}`);
    const leaf = await makeLeaf(root, { key: "RSA-1024" });
    await assertRefused([leaf, [], [root]], "WEAK_CERTIFICATE", `"CN=leaf,O=Acme": ${bits}`);
    await assertRefused([leaf, [], [leaf]], "WEAK_CERTIFICATE", bits);
  });
  await t.step("but a root may have signed itself with SHA-1", async () => {
    const old = await makeAuthority("CN=Root", { key: "RSA-2048", signature: "SHA-1" });
    const leaf = await makeLeaf(old);
    await assertPath([leaf, [old], [old]], [leaf, old]);
    const selfSigned = await makeLeaf(undefined, { key: "RSA-2048", signature: "SHA-1" });
    await assertPath([selfSigned, [], [selfSigned]], [selfSigned]);
  });
});

Deno.test("verifyChain() leaves no certificate of the signature unchecked", async (t) => {
  const stray = await makeAuthority("CN=Stray", { issuer: otherRoot });
  const message = 'Cannot accept the certificate "CN=Stray" in the signature: no certificate here has signed it';
  await t.step("one whose issuer is not here", () => {
    return assertRefused([leaf, [middle, stray], [root]], "CHAIN_UNRELATED", message);
  });
  await t.step("one whose issuer is trusted", async () => {
    await assertPath([leaf, [middle, stray], [root, otherRoot]], [leaf, middle, root]);
  });
  await t.step("one whose issuer is in the signature", async () => {
    await assertPath([leaf, [middle, stray, otherRoot], [root]], [leaf, middle, root]);
  });
  await t.step(
    "one that is signed by itself",
    () => assertPath([leaf, [middle, otherRoot], [root]], [leaf, middle, root]),
  );
  await t.step("one that is signed by the leaf", async () => {
    const below = await makeCertificate({ subject: "CN=below", issuer: leaf });
    await assertPath([leaf, [middle, below], [root]], [leaf, middle, root]);
  });
  await t.step("one that is trusted and signed by another", () => {
    return assertPath([leaf, [middle, stray], [root, stray]], [leaf, middle, root]);
  });
  await t.step("one that names a key which is here, and which did not sign it", async () => {
    const id = der(0x04, new Uint8Array(20).fill(7));
    const own = { oid: "2.5.29.14", value: id };
    const above = { oid: "2.5.29.35", value: der(0x30, der(0x80, new Uint8Array(20).fill(7))) };
    const root = await makeAuthority("CN=Root", { extensions: [own, above] });
    const leaf = await makeLeaf(root);
    const changed = root.der.slice();
    changed[changed.length - 1]! ^= 1;
    const message = '"CN=Root" in the signature: no certificate here has signed it';
    await assertRefused([leaf, [{ ...root, der: changed }], [root]], "CHAIN_UNRELATED", message);
  });
});

Deno.test("verifyChain() accepts cross-signed certificates, whose other issuer is not here", async (t) => {
  const oldRoot = await makeAuthority("CN=Old");
  const newRoot = await makeAuthority("CN=New");
  const cross = await makeAuthority("CN=New", { issuer: oldRoot, keys: newRoot.keys });
  const middle = await makeAuthority("CN=Middle", { issuer: newRoot });
  const middleCross = await makeAuthority("CN=Middle", { issuer: oldRoot, keys: middle.keys });
  const leaf = await makeLeaf(middle);
  await t.step("the new root signed by the old one, to the new one", () => {
    return assertPath([leaf, [middle, cross], [newRoot]], [leaf, middle, newRoot]);
  });
  await t.step("the new root signed by the old one, to the old one", () => {
    return assertPath([leaf, [middle, cross], [oldRoot]], [leaf, middle, cross, oldRoot]);
  });
  await t.step("an intermediate that two have certified", async () => {
    await assertPath([leaf, [middle, middleCross], [newRoot]], [leaf, middle, newRoot]);
    await assertPath([leaf, [middleCross, middle], [newRoot]], [leaf, middle, newRoot]);
    await assertPath([leaf, [middle, middleCross], [oldRoot]], [leaf, middleCross, oldRoot]);
  });
  await t.step("a root above the one that is trusted", () => {
    return assertPath([leaf, [middle, oldRoot, cross], [newRoot]], [leaf, middle, newRoot]);
  });
  await t.step("a root that has changed its key and kept its name", async () => {
    const before = await makeAuthority("CN=Root");
    const after = await makeAuthority("CN=Root");
    const newWithOld = await makeAuthority("CN=Root", { issuer: before, keys: after.keys });
    const leaf = await makeLeaf(after);
    await assertPath([leaf, [newWithOld], [after]], [leaf, after]);
    await assertPath([leaf, [newWithOld], [before]], [leaf, newWithOld, before]);
  });
  await t.step("the path that is not expired, constrained or too long is taken", async () => {
    const expired = await makeAuthority("CN=Middle", {
      issuer: newRoot,
      keys: middle.keys,
      notAfter: new Date("2026-01-01T00:00:00Z"),
    });
    const constrained = await makeAuthority("CN=Middle", {
      issuer: newRoot,
      keys: middle.keys,
      extensions: [{ oid: "2.5.29.30", value: der(0x30, der(0xa0, der(0x30, der(0x82, new Uint8Array([120]))))) }],
    });
    const other = await makeLeaf(middle, {
      extensions: [{ oid: "2.5.29.17", value: der(0x30, der(0x82, new Uint8Array([121]))) }],
    });
    await assertPath([other, [expired, constrained, middle], [newRoot]], [other, middle, newRoot]);
    await assertPath([other, [expired, constrained, middleCross], [newRoot, oldRoot]], [other, middleCross, oldRoot]);
  });
});

Deno.test("verifyChain() ends a search among certificates that sign each other", async (t) => {
  const keys = await Promise.all(Array.from({ length: 4 }, () => makeKeys("P-256")));
  const names = keys.map((_, i) => `CN=Mesh ${i}`);
  const mesh: TestCertificate[] = [];
  for (const [i, subject] of names.entries()) {
    for (const [j, issuerName] of names.entries()) {
      if (i === j) continue;
      const issuer = { ...root, keys: keys[j]!, subject: issuerName };
      mesh.push(await makeAuthority(subject, { issuer, keys: keys[i]! }));
    }
  }
  const leaf = await makeLeaf({ ...root, keys: keys[0]!, subject: names[0]! });
  const top = await makeAuthority("CN=Top");
  const bridge = await makeAuthority(names[3]!, { issuer: top, keys: keys[3]! });
  await t.step("to a root", () => assertPathLength([leaf, [...mesh, bridge], [top]], 4));
  await t.step("to none", () => assertRefused([leaf, mesh, [top]], "CHAIN_UNTRUSTED"));
  const constraint = { oid: "2.5.29.30", value: der(0x30, der(0xa1, der(0x30, der(0x82, new Uint8Array([120]))))) };
  await t.step("to a root with constraints", async () => {
    const constrained = await makeAuthority("CN=Top", { keys: top.keys, extensions: [constraint] });
    await assertPathLength([leaf, [...mesh, bridge], [constrained]], 4);
  });
  await t.step("to none, where what is below counts", async () => {
    const far = await makeAuthority("CN=Far", { extensions: [constraint] });
    await assertRefused([leaf, mesh, [far]], "CHAIN_UNTRUSTED");
  });
});

async function assertPathLength(chain: Chain, length: number): Promise<void> {
  assertEquals((await verify(chain)).length, length);
}

Deno.test("verifyChain() detects a change of any byte", async () => {
  const good = [leaf, middle, otherRoot].map((certificate) => certificate.der);
  for (const [i, certificate] of good.entries()) {
    // Of what is signed some will do; of what is around it and of the signature, each byte.
    const isAround = (at: number): boolean => at < 10 || at > certificate.length - 90;
    for (let at = 0; at < certificate.length; at += isAround(at) ? 1 : 11) {
      const bytes = good.map((der) => der.slice());
      bytes[i]![at]! ^= 1 << at % 8;
      const error = await assertRejects(() => verifyBytes(bytes));
      assertInstanceOf(error, VerificationError);
    }
  }
  assertEquals((await verifyBytes(good)).length, 3);
});

async function verifyBytes(chain: Uint8Array[]): Promise<Certificate[]> {
  const [leaf, ...intermediates] = chain.map((der) => parseCertificate(der, "it"));
  return await verifyChain(leaf!, intermediates, [read(root)], AT);
}

Deno.test("verifyChain() describes a certificate without a subject", async (t) => {
  await t.step("an alternative name", async () => {
    const value = der(0x30, der(0x81, new TextEncoder().encode("a@example.com")));
    const leaf = await makeLeaf(middle, { subject: "", extensions: [{ oid: "2.5.29.17", critical: true, value }] });
    await assertPath([leaf, [middle], [root]], [leaf, middle, root]);
    await assertRefused([leaf, [middle], []], "CHAIN_UNTRUSTED", '"CN=Root,O=Acme"');
    await assertRefused([leaf, [], [root]], "CHAIN_UNTRUSTED", 'Cannot trust the certificate "a@example.com"');
  });
  await t.step("a serial number", async () => {
    const leaf = await makeLeaf(middle, { subject: "", serialNumber: 0xbeef });
    await assertRefused([leaf, [], [root]], "CHAIN_UNTRUSTED", "the certificate with serial number beef");
  });
});

Deno.test("verifyChain() chains names whatever string types, letter case and spaces they have", async (t) => {
  const oneName = (tag: number, content: Uint8Array): Uint8Array =>
    der(0x30, der(0x31, der(0x30, objectIdentifier("2.5.4.3"), der(tag, content))));
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const authority = await makeAuthority("CN=Root Authority");
  const bmp = concat([..."Root Authority"].map((letter) => Uint8Array.of(0, letter.charCodeAt(0))));
  const rows: [string, number, Uint8Array][] = [
    ["PrintableString", 0x13, text("Root Authority")],
    ["TeletexString", 0x14, text("Root Authority")],
    ["IA5String", 0x16, text("Root Authority")],
    ["BMPString", 0x1e, bmp],
    ["another case", 0x0c, text("ROOT authority")],
    ["more spaces", 0x13, text(" Root   Authority ")],
  ];
  for (const [title, tag, content] of rows) {
    await t.step(title, async () => {
      const issuer = oneName(tag, content);
      const leaf = await makeLeaf(authority, { alterTbs: (fields) => fields.toSpliced(3, 1, issuer) });
      await assertPath([leaf, [], [authority]], [leaf, authority]);
    });
  }
  await t.step("but not another name", async () => {
    const issuer = oneName(0x13, text("Root Authorit"));
    const leaf = await makeLeaf(authority, { alterTbs: (fields) => fields.toSpliced(3, 1, issuer) });
    await assertRefused(
      [leaf, [], [authority]],
      "CHAIN_UNTRUSTED",
      '"CN=Root Authorit" is neither in the signature nor',
    );
  });
});

Deno.test("verifyChain() verifies the chain of a real signature, whose leaf bears the name of its issuer", async (t) => {
  const bundle = JSON.parse(await Deno.readTextFile(new URL("model.sig", FIXTURE)));
  const chain: { rawBytes: string }[] = bundle.verificationMaterial.x509CertificateChain.certificates;
  const [leaf, ...intermediates] = chain.map(({ rawBytes }) => parseCertificate(Uint8Array.fromBase64(rawBytes), "it"));
  const pemText = await Deno.readTextFile(new URL("ca-cert.pem", FIXTURE));
  const base64 = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(pemText)?.[1] ?? "";
  const root = parseCertificate(Uint8Array.fromBase64(base64), "it");

  assert(leaf!.isSelfIssued);
  const path = await verifyChain(leaf!, intermediates, [root], AT);
  assertEquals(path, [leaf!, intermediates[0]!, root]);
  checkLeafUsage(leaf!, AT);

  await t.step("at a later time it has expired", async () => {
    const late = new Date("2036-01-01T00:00:00Z");
    const error = await assertRejects(() => verifyChain(leaf!, intermediates, [root], late), VerificationError);
    assertEquals(error.code, "CERTIFICATE_EXPIRED");
    assertStringIncludes(error.message, "it expired on 2035-04-30T23:36:28Z");
  });
  await t.step("without its intermediate it is not signed by itself", async () => {
    const error = await assertRejects(() => verifyChain(leaf!, [], [root], AT), VerificationError);
    assertEquals(error.code, "CHAIN_UNTRUSTED");
    assertStringIncludes(error.message, '"CN=intermediate-ca" is neither in the signature nor among the trusted roots');
  });
});
