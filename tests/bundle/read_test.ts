import { assertEquals } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import type { Bundle, BundleMethod, NewBundle } from "../../src/bundle/bundle.ts";
import { looksLikeBundle, readOutline } from "../../src/bundle/outline.ts";
import { readBundle } from "../../src/bundle/read.ts";
import { serializeBundle } from "../../src/bundle/write.ts";
import { assertFails } from "../_assert_fails.ts";
import { edit, type Json, REMOVED, toBytes, withProto } from "../oms/_forge.ts";
import { wholeContent } from "../verify/_verify_whole.ts";

const MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const DIGEST = new Uint8Array(32).toBase64();

/** A well-formed bundle of each kind. Their signatures do not verify: only the form counts here. */
const envelope = {
  mediaType: MEDIA_TYPE,
  verificationMaterial: { publicKey: { hint: "ab" }, tlogEntries: [] },
  dsseEnvelope: { payload: "e30=", payloadType: "text/plain", signatures: [{ sig: "AA==", keyid: "" }] },
};
const chain = edit(envelope, "verificationMaterial", {
  x509CertificateChain: { certificates: [{ rawBytes: "AA==" }, { rawBytes: "AQ==" }] },
});
const message = {
  mediaType: MEDIA_TYPE,
  verificationMaterial: { publicKey: { hint: "ab" } },
  messageSignature: { messageDigest: { algorithm: "SHA2_256", digest: DIGEST }, signature: "AA==" },
};

type BadCase = readonly [what: string, bundle: Json, text: string];

const KEY = "verificationMaterial.publicKey";
const CHAIN = "verificationMaterial.x509CertificateChain";
const ENTRIES = "verificationMaterial.tlogEntries";
const TIMES = "verificationMaterial.timestampVerificationData";
const EXACTLY_ONE = "verificationMaterial must hold exactly one of publicKey, certificate and x509CertificateChain";

/** A log entry of good form. */
const entry = {
  logIndex: "7",
  logId: { keyId: "AA==" },
  kindVersion: { kind: "dsse", version: "0.0.1" },
  integratedTime: "1760062340",
  inclusionPromise: { signedEntryTimestamp: "AA==" },
  inclusionProof: {
    logIndex: "7",
    rootHash: DIGEST,
    treeSize: "8",
    hashes: [DIGEST],
    checkpoint: { envelope: "a note" },
  },
  canonicalizedBody: "e30=",
};
const logged = edit(envelope, ENTRIES, [entry]);
const ENTRY = `${ENTRIES}.0`;
const stamped = edit(envelope, TIMES, { rfc3161Timestamps: [{ signedTimestamp: "MAA=" }] });
const single = edit(envelope, "verificationMaterial", { certificate: { rawBytes: "AA==" } });

const TOP: readonly BadCase[] = [
  ["nothing", "", "it is empty"],
  ["a byte order mark", "\ufeff" + JSON.stringify(envelope), "it is not JSON"],
  ["garbage behind it", JSON.stringify(envelope) + "\n}", "it is not JSON"],
  ["two bundles", JSON.stringify(envelope) + "\n" + JSON.stringify(envelope), "it is not JSON"],
  ["the first half of it", JSON.stringify(envelope).slice(0, 100), "it is not JSON"],
  ["null", null, "it is missing"],
  ["a list", [envelope], "it is not an object"],
  ["a text", '"bundle"', "it is not an object"],
  ["a member more", edit(envelope, "extra", null), 'it has an unknown member: "extra"'],
  ["a member in snake case", edit(envelope, "dsse_envelope", null), 'unknown member: "dsse_envelope"'],
  ["a member __proto__", withProto(envelope, {}), 'unknown member: "__proto__"'],
  ["everything in __proto__", withProto({}, envelope), 'unknown member: "__proto__"'],
  ["a member constructor", edit(envelope, "constructor", null), 'unknown member: "constructor"'],
];

const MEDIA_TYPES: readonly BadCase[] = [
  ["no mediaType", edit(envelope, "mediaType", REMOVED), "mediaType is missing"],
  ["a null mediaType", edit(envelope, "mediaType", null), "mediaType is missing"],
  ["an empty mediaType", edit(envelope, "mediaType", ""), "mediaType is empty"],
  ["a number as mediaType", edit(envelope, "mediaType", 3), "mediaType is not a string"],
  ["a list as mediaType", edit(envelope, "mediaType", [MEDIA_TYPE]), "mediaType is not a string"],
  ...[
    "application/json",
    "application/vnd.dev.sigstore.bundle+json;version=0.4",
    "application/vnd.dev.sigstore.bundle.v0.2+json",
    "application/vnd.dev.sigstore.bundle.v0.4+json",
    "application/vnd.dev.sigstore.bundle.v0.3+json ",
    "application/vnd.dev.sigstore.bundle.v0.3+json;x=y",
    MEDIA_TYPE.toUpperCase(),
  ].map((type): BadCase => [`the mediaType ${type}`, edit(envelope, "mediaType", type), `mediaType is "${type}"`]),
];

const CONTENT: readonly BadCase[] = [
  ["no content", edit(envelope, "dsseEnvelope", REMOVED), "it must hold either a dsseEnvelope or a messageSignature"],
  ["a null envelope", edit(envelope, "dsseEnvelope", null), "it must hold either a dsseEnvelope or a messageSignature"],
  [
    "an envelope and a message",
    edit(envelope, "messageSignature", message.messageSignature),
    "it must hold either a dsseEnvelope or a messageSignature",
  ],
  ["a text as envelope", edit(envelope, "dsseEnvelope", "e30="), "dsseEnvelope is not an object"],
  ["two signatures", edit(envelope, "dsseEnvelope.signatures.1", { sig: "AA==" }), "dsseEnvelope.signatures holds 2"],
];

const MATERIAL: readonly BadCase[] = [
  ["no material", edit(envelope, "verificationMaterial", REMOVED), "verificationMaterial is missing"],
  ["null as material", edit(envelope, "verificationMaterial", null), "verificationMaterial is missing"],
  ["a list as material", edit(envelope, "verificationMaterial", []), "verificationMaterial is not an object"],
  ["empty material", edit(envelope, "verificationMaterial", {}), EXACTLY_ONE],
  ["a member more", edit(envelope, "verificationMaterial.extra", null), 'unknown member: "extra"'],
  [
    "a key and certificates",
    edit(chain, "verificationMaterial.publicKey", { hint: "ab" }),
    EXACTLY_ONE,
  ],
  ["a key and a certificate", edit(single, "verificationMaterial.publicKey", { hint: "ab" }), EXACTLY_ONE],
  ["certificates of both kinds", edit(chain, "verificationMaterial.certificate", { rawBytes: "AA==" }), EXACTLY_ONE],
  ...[0.1, 0.2].map((version): BadCase => [
    `a single certificate in version ${version}`,
    edit(single, "mediaType", `application/vnd.dev.sigstore.bundle+json;version=${version}`),
    `verificationMaterial.certificate is not allowed in version ${version}`,
  ]),
  ["a null key", edit(envelope, KEY, null), EXACTLY_ONE],
  ["a key that is a text", edit(envelope, KEY, "ab"), `${KEY} is not an object`],
  ["a key of which nothing is said", edit(envelope, KEY, {}), `${KEY} names no key: it has no hint`],
  ["a key with null members", edit(envelope, KEY, { hint: null, rawBytes: null }), `${KEY} names no key`],
  ["a key with keyDetails alone", edit(envelope, KEY, { keyDetails: "X" }), `${KEY} names no key`],
  ["a key with a member more", edit(envelope, `${KEY}.extra`, 1), 'unknown member: "extra"'],
  ["an empty hint", edit(envelope, `${KEY}.hint`, ""), `${KEY}.hint is empty`],
  ["a number as hint", edit(envelope, `${KEY}.hint`, 1), `${KEY}.hint is not a string`],
  ["rawBytes that are not base64", edit(envelope, `${KEY}.rawBytes`, "-----"), `${KEY}.rawBytes is not base64`],
  ["empty rawBytes", edit(envelope, `${KEY}.rawBytes`, ""), `${KEY}.rawBytes is empty`],
  ["a number as keyDetails", edit(envelope, `${KEY}.keyDetails`, 5), `${KEY}.keyDetails is not a string`],
  ["a chain that is a list", edit(chain, CHAIN, []), `${CHAIN} is not an object`],
  ["a chain without certificates", edit(chain, CHAIN, {}), `${CHAIN}.certificates is missing`],
  ["an empty chain", edit(chain, `${CHAIN}.certificates`, []), `${CHAIN}.certificates is empty`],
  ["a chain with a member more", edit(chain, `${CHAIN}.extra`, 1), 'unknown member: "extra"'],
  [
    "certificates as texts",
    edit(chain, `${CHAIN}.certificates.1`, "AA=="),
    `${CHAIN}.certificates[1] is not an object`,
  ],
  ["a null certificate", edit(chain, `${CHAIN}.certificates.0`, null), `${CHAIN}.certificates[0] is missing`],
  [
    "a certificate without bytes",
    edit(chain, `${CHAIN}.certificates.1`, {}),
    `${CHAIN}.certificates[1].rawBytes is mis`,
  ],
  ["an empty certificate", edit(chain, `${CHAIN}.certificates.1.rawBytes`, ""), "certificates[1].rawBytes is empty"],
  ["a certificate with more", edit(chain, `${CHAIN}.certificates.0.x`, 1), 'unknown member: "x"'],
  [
    "more certificates than any chain has",
    edit(chain, `${CHAIN}.certificates`, new Array(17).fill({ rawBytes: "AA==" })),
    `${CHAIN}.certificates holds 17 items: at most 16 are allowed`,
  ],
];

const EVIDENCE: readonly BadCase[] = [
  ["log entries that are no list", edit(envelope, ENTRIES, {}), "tlogEntries is not a list"],
  ["an empty log entry", edit(envelope, ENTRIES, [{}]), "tlogEntries[0].kindVersion is missing"],
  ["a null log entry", edit(envelope, ENTRIES, [entry, null]), "tlogEntries[1] is missing"],
  ["a log entry beside certificates", edit(chain, ENTRIES, [{}]), "tlogEntries[0].kindVersion is missing"],
  ["a log entry of a message", edit(message, ENTRIES, [[]]), "tlogEntries[0] is not an object"],
  [
    "too many log entries",
    edit(envelope, ENTRIES, new Array(17).fill(entry)),
    "tlogEntries holds 17 items: at most 16",
  ],
  ["a log entry with a member more", edit(logged, `${ENTRY}.extra`, 1), 'unknown member: "extra"'],
  ["a log entry without a kind", edit(logged, `${ENTRY}.kindVersion.kind`, ""), "kindVersion.kind is empty"],
  ["a log entry without a proof", edit(logged, `${ENTRY}.inclusionProof`, REMOVED), "inclusionProof is missing"],
  ["a log entry without a log", edit(logged, `${ENTRY}.logId`, REMOVED), "logId is missing"],
  ["a log entry without a body", edit(logged, `${ENTRY}.canonicalizedBody`, REMOVED), "canonicalizedBody is missing"],
  ["a body that is not base64", edit(logged, `${ENTRY}.canonicalizedBody`, "{}"), "canonicalizedBody is not base64"],
  ["a negative index", edit(logged, `${ENTRY}.logIndex`, "-1"), "logIndex is not a whole number"],
  ["an index beyond 64 bits", edit(logged, `${ENTRY}.logIndex`, "9".repeat(20)), "logIndex is not a number of 64 bits"],
  [
    "a time after the year 9999",
    edit(logged, `${ENTRY}.integratedTime`, "253402300800"),
    "integratedTime is not a time",
  ],
  ["an empty promise", edit(logged, `${ENTRY}.inclusionPromise`, {}), "signedEntryTimestamp is missing"],
  [
    "a proof of more levels than a tree has",
    edit(logged, `${ENTRY}.inclusionProof.hashes`, new Array(65).fill(DIGEST)),
    "hashes holds 65 items: at most 64 are allowed",
  ],
  ["an empty timestamp", edit(stamped, `${TIMES}.rfc3161Timestamps.0`, {}), "signedTimestamp is missing"],
  ["a timestamp in hex", edit(stamped, `${TIMES}.rfc3161Timestamps.0.signedTimestamp`, "0g"), "is not base64"],
  ["a timestamp with a member more", edit(stamped, `${TIMES}.rfc3161Timestamps.0.x`, 1), 'unknown member: "x"'],
  [
    "too many timestamps",
    edit(stamped, `${TIMES}.rfc3161Timestamps`, new Array(33).fill({ signedTimestamp: "MAA=" })),
    "rfc3161Timestamps holds 33 items: at most 16 are allowed",
  ],
  [
    "a timestamp that is too large",
    edit(stamped, `${TIMES}.rfc3161Timestamps.0.signedTimestamp`, new Uint8Array(100_001).toBase64()),
    "has 100001 bytes: at most 100000 are allowed",
  ],
  ["timestamps that are no list", edit(envelope, TIMES, { rfc3161Timestamps: {} }), "rfc3161Timestamps is not a list"],
  ["timestamps of another kind", edit(chain, TIMES, { x: [] }), 'unknown member: "x"'],
  ["timestamps in a list", edit(chain, TIMES, []), "timestampVerificationData is not an object"],
];

const MESSAGE: readonly BadCase[] = [
  ["a list as message", edit(message, "messageSignature", []), "messageSignature is not an object"],
  ["a message with more", edit(message, "messageSignature.extra", 1), 'unknown member: "extra"'],
  ["no signature", edit(message, "messageSignature.signature", REMOVED), "messageSignature.signature is missing"],
  ["an empty signature", edit(message, "messageSignature.signature", ""), "messageSignature.signature is empty"],
  ["no digest", edit(message, "messageSignature.messageDigest", REMOVED), "messageSignature.messageDigest is missing"],
  ["a null digest", edit(message, "messageSignature.messageDigest", null), "messageSignature.messageDigest is missing"],
  ["an empty digest", edit(message, "messageSignature.messageDigest.digest", ""), "messageDigest.digest is empty"],
  [
    "a digest in hex",
    edit(message, "messageSignature.messageDigest.digest", "0g"),
    "messageDigest.digest is not base64",
  ],
  ["a digest with more", edit(message, "messageSignature.messageDigest.x", 1), 'unknown member: "x"'],
  ...[REMOVED, null, "", 1, "sha256", "SHA2_224", "SHA3_256", "SHA2_256 ", "HASH_ALGORITHM_UNSPECIFIED"].map((
    algorithm,
  ): BadCase => [
    `the algorithm ${Deno.inspect(algorithm)}`,
    edit(message, "messageSignature.messageDigest.algorithm", algorithm),
    "messageSignature.messageDigest.algorithm is ",
  ]),
];

Deno.test("readBundle() refuses what is not a bundle", async (t) => {
  for (const [what, bundle, text] of [...TOP, ...MEDIA_TYPES, ...CONTENT, ...MATERIAL, ...EVIDENCE, ...MESSAGE]) {
    await t.step(what, async () => {
      await assertFails(() => readBundle(toBytes(bundle)), VerificationError, "SIGNATURE_INVALID", text);
    });
  }
});

/** A certificate with an extension of this OID, as far as the reader looks at it. */
function withExtension(...oid: number[]): Json {
  return { rawBytes: Uint8Array.of(0x30, 0x0c, 0x06, 0x0a, 0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, ...oid).toBase64() };
}

Deno.test("readBundle() tells the method from the material", () => {
  const [fulcio, other] = [withExtension(1, 8), { rawBytes: "AA==" }];
  const v2 = "application/vnd.dev.sigstore.bundle+json;version=0.2";
  const of = (material: Json, mediaType = MEDIA_TYPE): Json => ({
    ...envelope,
    mediaType,
    verificationMaterial: material,
  });
  const chainOf = (certificate: Json): Json => ({ x509CertificateChain: { certificates: [certificate] } });
  const cases: [what: string, bundle: Json, method: BundleMethod][] = [
    ["a key", envelope, "key"],
    [
      "a key with log entries and timestamps",
      edit(logged, TIMES, stamped.verificationMaterial.timestampVerificationData),
      "key",
    ],
    ["a key in version 0.2", edit(envelope, "mediaType", v2), "key"],
    ["a chain", chain, "certificate"],
    ["a chain with log entries", edit(chain, ENTRIES, [entry]), "certificate"],
    ["a chain that names an OIDC issuer", of(chainOf(fulcio)), "certificate"],
    ["a certificate with an OIDC issuer", of({ certificate: fulcio }), "sigstore"],
    ["a certificate with an OIDC issuer in its old form", of({ certificate: withExtension(1, 1) }), "sigstore"],
    ["a certificate with another extension of Fulcio", of({ certificate: withExtension(1, 9) }), "certificate"],
    ["a certificate without either", of({ certificate: other }), "certificate"],
    [
      "a certificate without either, with a timestamp",
      edit(stamped, "verificationMaterial", { certificate: other }),
      "certificate",
    ],
    ["a certificate with a log entry", of({ certificate: other, tlogEntries: [entry] }), "sigstore"],
    [
      "a certificate in the form of 0.3 with a parameter",
      of({ certificate: other }, v2.replace("0.2", "0.3")),
      "certificate",
    ],
    ["a chain in version 0.2 with a log entry", of({ ...chainOf(other), tlogEntries: [entry] }, v2), "sigstore"],
    ["a chain in version 0.2 with an OIDC issuer", of(chainOf(fulcio), v2), "sigstore"],
    ["a chain in version 0.2", of(chainOf(other), v2), "certificate"],
  ];
  for (const [what, bundle, method] of cases) {
    assertEquals(readBundle(toBytes(bundle)).method, method, what);
    assertEquals(readOutline(toBytes(bundle), () => {}).method, method, `${what}, in an outline`);
  }
});

Deno.test("readBundle() reads log entries and timestamps of every method", () => {
  for (const bundle of [envelope, chain, message, single]) {
    const both = edit(edit(bundle, ENTRIES, [entry]), TIMES, { rfc3161Timestamps: [{ signedTimestamp: "MAA=" }] });
    const { logEntries, timestamps } = readBundle(toBytes(both));
    assertEquals(timestamps, [Uint8Array.of(0x30, 0)]);
    assertEquals(logEntries, [{
      logIndex: "7",
      logId: Uint8Array.of(0),
      kind: "dsse",
      version: "0.0.1",
      integratedTime: 1760062340,
      hasInclusionPromise: true,
      inclusionProof: { logIndex: "7", treeSize: "8", rootHash: new Uint8Array(32) },
      checkpoint: "a note",
      body: toBytes("{}"),
    }]);
  }
});

Deno.test("readBundle() reads every form of material", () => {
  const materialOf = (material: Json): Bundle["material"] =>
    readBundle(toBytes(edit(envelope, "verificationMaterial", material))).material;
  assertEquals(materialOf({ publicKey: { hint: "ab" } }), { kind: "publicKey", hint: "ab" });
  assertEquals(materialOf({ publicKey: { rawBytes: "AA==", keyDetails: "X", hint: null } }), {
    kind: "publicKey",
    rawBytes: new Uint8Array(1),
    keyDetails: "X",
  });
  assertEquals(readBundle(toBytes(chain)).material, {
    kind: "x509CertificateChain",
    certificates: [Uint8Array.of(0), Uint8Array.of(1)],
  });
});

Deno.test("readBundle() accepts empty and null members", async (t) => {
  const accepted: [what: string, bundle: Json][] = [
    ["null for the other content", edit(envelope, "messageSignature", null)],
    ["null for the other material", edit(envelope, "verificationMaterial.x509CertificateChain", null)],
    ["null for a single certificate", edit(envelope, "verificationMaterial.certificate", null)],
    ["null for log entries", edit(envelope, "verificationMaterial.tlogEntries", null)],
    ["no log entries", edit(envelope, "verificationMaterial.tlogEntries", REMOVED)],
    ["no timestamps", edit(envelope, "verificationMaterial.timestampVerificationData", {})],
    ["null timestamps", edit(envelope, "verificationMaterial.timestampVerificationData", { rfc3161Timestamps: null })],
    ["an empty list", edit(envelope, "verificationMaterial.timestampVerificationData", { rfc3161Timestamps: [] })],
    ["as many certificates as allowed", edit(chain, `${CHAIN}.certificates`, new Array(16).fill({ rawBytes: "AA==" }))],
  ];
  for (const [what, bundle] of accepted) {
    await t.step(what, () => assertEquals(readBundle(toBytes(bundle)).content.kind, "envelope"));
  }
});

function parseWhole(json: Json): NewBundle {
  const bundle = readBundle(toBytes(json));
  return { material: bundle.material, content: wholeContent(bundle) };
}

Deno.test("serializeBundle() writes what readBundle() reads", async (t) => {
  for (const [what, json] of Object.entries({ envelope, chain, message, single })) {
    await t.step(what, () => {
      const bundle = parseWhole(json);
      const text = [...serializeBundle(bundle)].join("");
      assertEquals(parseWhole(text), bundle);
      assertEquals(JSON.parse(text), edit(json, "verificationMaterial.tlogEntries", []));
      assertEquals(text.at(-1), "\n");
    });
  }
});

Deno.test("looksLikeBundle() knows signatures of any tool, and nothing else", () => {
  const bundles: Json[] = [envelope, chain, message, {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
  }];
  for (const bundle of bundles) assertEquals(looksLikeBundle(toBytes(bundle)), true);
  const others: Json[] = [
    "",
    "null",
    "[]",
    "1",
    "weights",
    { mediaType: 1 },
    { mediaType: null },
    { mediaType: "application/json" },
    { mediaType: ["application/vnd.dev.sigstore.bundle"] },
    { config: envelope },
    new Uint8Array(100),
    Uint8Array.of(0xff, 0xfe),
    "\ufeff" + "weights",
  ];
  for (const other of others) assertEquals(looksLikeBundle(toBytes(other)), false, Deno.inspect(other));
});
