import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import { VerificationError } from "../../../src/errors.ts";
import { parseTrustedRoot } from "../../../src/sigstore/trust/trusted_root.ts";
import { shippedPublic, shippedStaging } from "../../../src/sigstore/trust/shipped.ts";
import { TRUST_LIMITS } from "../../../src/sigstore/documents/limits.ts";
import { assertFails } from "../../_assert_fails.ts";

const FIXTURES = new URL("../../fixtures/sigstore/", import.meta.url);
const GENUINE = Deno.readTextFileSync(new URL("trusted_root.public-good.json", FIXTURES));

// deno-lint-ignore no-explicit-any -- the tests spoil any member
type Json = any;

/** The genuine root with something changed. */
function spoiled(spoil: (root: Json) => unknown): string {
  const root = JSON.parse(GENUINE);
  spoil(root);
  return JSON.stringify(root);
}

Deno.test("parseTrustedRoot() reads the genuine root of the public instance", () => {
  const root = parseTrustedRoot(GENUINE, "it");
  assertEquals(root.tlogs.map((log) => log.baseUrl), [
    "https://rekor.sigstore.dev",
    "https://log2025-1.rekor.sigstore.dev",
  ]);
  assertEquals(root.tlogs[0]!.publicKey!.validFor!.start, new Date("2021-01-12T11:53:27.000Z"));
  assertEquals(root.certificateAuthorities.map((authority) => authority.certChain!.certificates.length), [1, 2]);
  assertEquals(root.ctlogs.length, 2);
});

Deno.test("parseTrustedRoot() reads what ships: v2 logs with the id of signed notes, and RSA keys", () => {
  assertEquals(parseTrustedRoot(shippedPublic().trustedRoot, "it").tlogs.length, 2);
  const staging = parseTrustedRoot(shippedStaging().trustedRoot, "it");
  assertEquals([staging.tlogs.length, staging.ctlogs.length, staging.timestampAuthorities.length], [4, 4, 1]);
});

/** What `@sigstore/verify` does with a root, to see that it takes what the reader gives it. */
async function asTrustMaterial(text: string): Promise<Json> {
  const { toTrustMaterial } = await import("@sigstore/verify");
  return toTrustMaterial(parseTrustedRoot(text, "it"));
}

Deno.test("@sigstore/verify takes RSA keys in either form", async () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { createHash } = await import("node:crypto");
  const spki = publicKey.export({ type: "spki", format: "der" });
  for (const [type, kind] of [["spki", "PKIX_RSA_PKCS1V15_2048_SHA256"], ["pkcs1", "PKCS1_RSA_PKCS1V5"]] as const) {
    const material = await asTrustMaterial(spoiled((root) => {
      root.ctlogs[0].publicKey.rawBytes = publicKey.export({ type, format: "der" }).toString("base64");
      root.ctlogs[0].publicKey.keyDetails = kind;
      root.ctlogs[0].logId.keyId = createHash("sha256").update(spki).digest("base64");
    }));
    assertEquals(material.ctlogs[0].publicKey.asymmetricKeyType, "rsa");
  }
});

Deno.test("parseTrustedRoot() takes members as protobuf allows to write them: log_id for logId", () => {
  const text = spoiled((root) => {
    root.tlogs[0].log_id = root.tlogs[0].logId;
    delete root.tlogs[0].logId;
  });
  assertEquals(parseTrustedRoot(text, "it"), parseTrustedRoot(GENUINE, "it"));
});

Deno.test("parseTrustedRoot() leaves out a log whose kind of key is not known, and members that are not known", () => {
  const root = parseTrustedRoot(
    spoiled((root) => {
      root.ctlogs[0].publicKey.keyDetails = "ML_DSA_65";
      root.ctlogs[1].next = 1;
      root.tlogs.push({ ...root.tlogs[0], hashAlgorithm: "SHA3_384" });
    }),
    "it",
  );
  assertEquals([root.tlogs.length, root.ctlogs.length], [2, 1]);
});

const P384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ type: "spki", format: "der" });
const WEAK = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "pkcs1", format: "der" });

const REFUSED: Record<string, [(root: Json) => unknown, string]> = {
  "a subject that is no text": [
    (root) => root.certificateAuthorities[0].subject = { organization: { toString: 1 } },
    "certificateAuthorities[0].subject.organization",
  ],
  "an address of an authority that is no text": [
    (root) => root.certificateAuthorities[0].uri = ["https://fulcio.example.com"],
    "certificateAuthorities[0].uri",
  ],
  "an operator that is no text": [(root) => root.tlogs[0].operator = { toString: null }, "tlogs[0].operator"],
  "a log key without a start of validity": [(root) => delete root.tlogs[0].publicKey.validFor.start, "has no start"],
  "a log key without validity": [(root) => delete root.tlogs[0].publicKey.validFor, "validFor is missing"],
  "a log key that starts at Go's zero time": [
    (root) => root.tlogs[0].publicKey.validFor.start = "0001-01-01T00:00:00Z",
    "has no start",
  ],
  "a log key whose start is null": [(root) => root.tlogs[0].publicKey.validFor.start = null, "has no start"],
  "a CT log key without a start": [(root) => delete root.ctlogs[1].publicKey.validFor.start, "ctlogs[1]"],
  "a log key that ends before it starts": [
    (root) => root.tlogs[0].publicKey.validFor.end = "2020-01-01T00:00:00Z",
    "ends before it starts",
  ],
  "a start that is not a time": [(root) => root.tlogs[0].publicKey.validFor.start = "yesterday", "is not a time"],
  "a start that is a number": [(root) => root.tlogs[0].publicKey.validFor.start = 5, "is not a string"],
  "a log without a key": [(root) => delete root.tlogs[0].publicKey, "publicKey is missing"],
  "a log whose key is empty": [(root) => root.tlogs[0].publicKey.rawBytes = "", "rawBytes is empty"],
  "a log whose key is no key": [(root) => root.tlogs[0].publicKey.rawBytes = "AAAA", "is not a public key"],
  "a log whose key is not base64": [(root) => root.tlogs[0].publicKey.rawBytes = "A A A", "is not base64"],
  "bytes behind a key": [
    (root) => root.tlogs[0].publicKey.rawBytes = withByte(root.tlogs[0].publicKey.rawBytes),
    "is not a public key",
  ],
  "another curve than the kind says": [
    (root) => root.tlogs[0].publicKey.rawBytes = P384.toString("base64"),
    "another kind of key",
  ],
  "an RSA key that is too short": [
    (root) =>
      Object.assign(root.ctlogs[0].publicKey, { rawBytes: WEAK.toString("base64"), keyDetails: "PKCS1_RSA_PKCS1V5" }),
    "less than 2048 bits",
  ],
  "an id that is another key's": [(root) => root.tlogs[0].logId = root.ctlogs[0].logId, "is not the id of its key"],
  "a log without an id": [(root) => delete root.tlogs[0].logId, "logId is missing"],
  "a checkpoint id of an odd size": [(root) => root.tlogs[0].checkpointKeyId = { keyId: "AAAA" }, "3 bytes"],
  "two logs with one id": [(root) => root.ctlogs.push(root.ctlogs[0]), "two logs with the id"],
  "one member in two ways": [(root) => root.tlogs[0].log_id = root.tlogs[0].logId, '"logId" twice'],
  "a log without an address": [(root) => delete root.tlogs[0].baseUrl, "baseUrl is missing"],
  "no certificate authority": [(root) => root.certificateAuthorities = [], "names no certificate authority"],
  "an authority without certificates": [
    (root) => root.certificateAuthorities[0].certChain.certificates = [],
    "is empty",
  ],
  "an invalid certificate": [
    (root) => root.certificateAuthorities[0].certChain.certificates[0].rawBytes = "AAAA",
    "is not a certificate",
  ],
  "a certificate whose name is not UTF-8": [
    (root) => {
      const [certificate] = root.certificateAuthorities[1].certChain.certificates;
      const der = Uint8Array.fromBase64(certificate.rawBytes);
      // The first letter of an organization, behind its object identifier.
      der[Buffer.from(der).indexOf("060355040a", "hex") + 7] = 0xff;
      certificate.rawBytes = der.toBase64();
    },
    "is not a certificate",
  ],
  "bytes behind a certificate": [
    (root) => {
      const [certificate] = root.certificateAuthorities[0].certChain.certificates;
      certificate.rawBytes = withByte(certificate.rawBytes);
    },
    "is not a certificate",
  ],
  "a chain in the wrong order": [
    (root) => root.certificateAuthorities[1].certChain.certificates.reverse(),
    "is not the issuer",
  ],
  "an authority that ends before it starts": [
    (root) => root.certificateAuthorities[0].validFor = { start: "2022-01-01T00:00:00Z", end: "2021-01-01T00:00:00Z" },
    "ends before it starts",
  ],
  "a version that is not known": [
    (root) => root.mediaType = "application/vnd.dev.sigstore.trustedroot.v9+json",
    "trustedroot.v9",
  ],
  "no version": [(root) => delete root.mediaType, "mediaType is missing"],
  "logs that are no list": [(root) => root.tlogs = {}, "is not a list"],
  "a log that is no object": [(root) => root.tlogs = [1], "is not an object"],
  "too many logs": [(root) => root.tlogs = Array(TRUST_LIMITS.listed + 1).fill(root.tlogs[0]), "at most 100"],
  "too long a chain": [
    (root) => {
      const { certChain } = root.certificateAuthorities[0];
      certChain.certificates = Array(TRUST_LIMITS.chain + 1).fill(certChain.certificates[0]);
    },
    "at most 10",
  ],
  "too much text": [(root) => root.tlogs[0].next = "x".repeat(TRUST_LIMITS.documentBytes), "exceeds the limit"],
};

function withByte(base64: string): string {
  return new Uint8Array([...Uint8Array.fromBase64(base64), 0]).toBase64();
}

for (const [what, [spoil, words]] of Object.entries(REFUSED)) {
  Deno.test(`parseTrustedRoot() refuses ${what}`, async () => {
    const text = spoiled(spoil);
    await assertFails(() => parseTrustedRoot(text, "the root"), VerificationError, "TRUST_INVALID", "the root", words);
  });
}

Deno.test("parseTrustedRoot() refuses what is not a JSON object", async () => {
  const deep = `${"[".repeat(100)}${"]".repeat(100)}`;
  for (const text of ["", "{", "null", "[]", "7", "\u{feff}{}", `{"mediaType": ${deep}}`, "[".repeat(500_000)]) {
    await assertFails(() => parseTrustedRoot(text, "the root"), VerificationError, "TRUST_INVALID", "the root");
  }
});
