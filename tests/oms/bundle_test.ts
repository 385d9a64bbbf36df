import { assertEquals } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import { type Bundle, looksLikeBundle, parseBundle, serializeBundle } from "../../src/oms/bundle.ts";
import { assertFails } from "../_assert_fails.ts";
import { edit, type Json, REMOVED, toBytes, withProto } from "./_forge.ts";
import { wholeContent } from "../verify/_open_whole.ts";

const MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const DIGEST = new Uint8Array(32).toBase64();

/** A good bundle of each kind. No signature in them is right: only the form counts here. */
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
const ENTRIES = "holds entries, which this method of signing does not have and would not verify";

const TOP: readonly BadCase[] = [
  ["nothing", "", "it is empty"],
  ["a byte order mark", "\ufeff" + JSON.stringify(envelope), "it is not JSON"],
  ["garbage behind it", JSON.stringify(envelope) + "\n}", "it is not JSON"],
  ["two bundles", JSON.stringify(envelope) + "\n" + JSON.stringify(envelope), "it is not JSON"],
  ["the first half of it", JSON.stringify(envelope).slice(0, 100), "it is not JSON"],
  ["null", null, "it is missing"],
  ["a list", [envelope], "it is not an object"],
  ["a text", '"bundle"', "it is not an object"],
  ["a member more", edit(envelope, "extra", null), 'it has a member that is not known: "extra"'],
  ["a member in snake case", edit(envelope, "dsse_envelope", null), 'not known: "dsse_envelope"'],
  ["a member __proto__", withProto(envelope, {}), 'not known: "__proto__"'],
  ["everything in __proto__", withProto({}, envelope), 'not known: "__proto__"'],
  ["a member constructor", edit(envelope, "constructor", null), 'not known: "constructor"'],
];

const MEDIA_TYPES: readonly BadCase[] = [
  ["no mediaType", edit(envelope, "mediaType", REMOVED), "mediaType is missing"],
  ["a null mediaType", edit(envelope, "mediaType", null), "mediaType is missing"],
  ["an empty mediaType", edit(envelope, "mediaType", ""), "mediaType is empty"],
  ["a number as mediaType", edit(envelope, "mediaType", 3), "mediaType is not a text"],
  ["a list as mediaType", edit(envelope, "mediaType", [MEDIA_TYPE]), "mediaType is not a text"],
  ...[
    "application/json",
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
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
  ["empty material", edit(envelope, "verificationMaterial", {}), "must hold either a publicKey or an x509"],
  ["a member more", edit(envelope, "verificationMaterial.extra", null), 'not known: "extra"'],
  [
    "a key and certificates",
    edit(chain, "verificationMaterial.publicKey", { hint: "ab" }),
    "verificationMaterial must hold either a publicKey or an x509CertificateChain",
  ],
  ["a null key", edit(envelope, KEY, null), "verificationMaterial must hold either a publicKey or an x509"],
  ["a key that is a text", edit(envelope, KEY, "ab"), `${KEY} is not an object`],
  ["a key of which nothing is said", edit(envelope, KEY, {}), `${KEY} names no key: it has no hint`],
  ["a key with null members", edit(envelope, KEY, { hint: null, rawBytes: null }), `${KEY} names no key`],
  ["a key with keyDetails alone", edit(envelope, KEY, { keyDetails: "X" }), `${KEY} names no key`],
  ["a key with a member more", edit(envelope, `${KEY}.extra`, 1), 'not known: "extra"'],
  ["an empty hint", edit(envelope, `${KEY}.hint`, ""), `${KEY}.hint is empty`],
  ["a number as hint", edit(envelope, `${KEY}.hint`, 1), `${KEY}.hint is not a text`],
  ["rawBytes that are not base64", edit(envelope, `${KEY}.rawBytes`, "-----"), `${KEY}.rawBytes is not base64`],
  ["empty rawBytes", edit(envelope, `${KEY}.rawBytes`, ""), `${KEY}.rawBytes is empty`],
  ["a number as keyDetails", edit(envelope, `${KEY}.keyDetails`, 5), `${KEY}.keyDetails is not a text`],
  ["a chain that is a list", edit(chain, CHAIN, []), `${CHAIN} is not an object`],
  ["a chain without certificates", edit(chain, CHAIN, {}), `${CHAIN}.certificates is missing`],
  ["an empty chain", edit(chain, `${CHAIN}.certificates`, []), `${CHAIN}.certificates is empty`],
  ["a chain with a member more", edit(chain, `${CHAIN}.extra`, 1), 'not known: "extra"'],
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
  ["a certificate with more", edit(chain, `${CHAIN}.certificates.0.x`, 1), 'not known: "x"'],
  [
    "more certificates than any chain has",
    edit(chain, `${CHAIN}.certificates`, new Array(17).fill({ rawBytes: "AA==" })),
    `${CHAIN}.certificates holds 17 items: at most 16 are allowed`,
  ],
];

const LOG: readonly BadCase[] = [
  ["a log entry", edit(envelope, "verificationMaterial.tlogEntries", [{}]), `tlogEntries ${ENTRIES}`],
  ["a log entry beside certificates", edit(chain, "verificationMaterial.tlogEntries", [{}]), `tlogEntries ${ENTRIES}`],
  ["a null log entry", edit(envelope, "verificationMaterial.tlogEntries", [null]), `tlogEntries ${ENTRIES}`],
  ["a log entry of a message", edit(message, "verificationMaterial.tlogEntries", [{}]), `tlogEntries ${ENTRIES}`],
  ["log entries that are no list", edit(envelope, "verificationMaterial.tlogEntries", {}), "tlogEntries is not a list"],
  [
    "a timestamp",
    edit(envelope, "verificationMaterial.timestampVerificationData", { rfc3161Timestamps: [{}] }),
    `rfc3161Timestamps ${ENTRIES}`,
  ],
  [
    "timestamps that are no list",
    edit(envelope, "verificationMaterial.timestampVerificationData", { rfc3161Timestamps: {} }),
    "rfc3161Timestamps is not a list",
  ],
  [
    "timestamps of another kind",
    edit(chain, "verificationMaterial.timestampVerificationData", { x: [] }),
    'not known: "x"',
  ],
  [
    "timestamps in a list",
    edit(chain, "verificationMaterial.timestampVerificationData", []),
    "timestampVerificationData is not an object",
  ],
];

const MESSAGE: readonly BadCase[] = [
  ["a list as message", edit(message, "messageSignature", []), "messageSignature is not an object"],
  ["a message with more", edit(message, "messageSignature.extra", 1), 'not known: "extra"'],
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
  ["a digest with more", edit(message, "messageSignature.messageDigest.x", 1), 'not known: "x"'],
  ...[REMOVED, null, "", 1, "sha256", "SHA2_224", "SHA3_256", "SHA2_256 ", "HASH_ALGORITHM_UNSPECIFIED"].map((
    algorithm,
  ): BadCase => [
    `the algorithm ${Deno.inspect(algorithm)}`,
    edit(message, "messageSignature.messageDigest.algorithm", algorithm),
    "messageSignature.messageDigest.algorithm is ",
  ]),
];

Deno.test("parseBundle() refuses what is no bundle of its methods", async (t) => {
  for (const [what, bundle, text] of [...TOP, ...MEDIA_TYPES, ...CONTENT, ...MATERIAL, ...LOG, ...MESSAGE]) {
    await t.step(what, async () => {
      await assertFails(() => parseBundle(toBytes(bundle)), VerificationError, "SIGNATURE_INVALID", text);
    });
  }
});

Deno.test("parseBundle() says when a bundle is one of Sigstore", async (t) => {
  const certificate = { rawBytes: "AA==" };
  const cases: [what: string, bundle: Json][] = [
    ["a certificate", edit(envelope, "verificationMaterial", { certificate })],
    ["with log entries", edit(envelope, "verificationMaterial", { certificate, tlogEntries: [{}] })],
    ["with a key besides", edit(envelope, "verificationMaterial.certificate", certificate)],
    ["of a message", edit(message, "verificationMaterial", { certificate })],
  ];
  for (const [what, bundle] of cases) {
    await t.step(what, async () => {
      await assertFails(() => parseBundle(toBytes(bundle)), VerificationError, "OTHER_METHOD", "method sigstore");
    });
  }
});

Deno.test("parseBundle() reads every form of material", () => {
  const materialOf = (material: Json): Bundle["material"] =>
    parseBundle(toBytes(edit(envelope, "verificationMaterial", material))).material;
  assertEquals(materialOf({ publicKey: { hint: "ab" } }), { kind: "publicKey", hint: "ab" });
  assertEquals(materialOf({ publicKey: { rawBytes: "AA==", keyDetails: "X", hint: null } }), {
    kind: "publicKey",
    rawBytes: new Uint8Array(1),
    keyDetails: "X",
  });
  assertEquals(parseBundle(toBytes(chain)).material, {
    kind: "x509CertificateChain",
    certificates: [Uint8Array.of(0), Uint8Array.of(1)],
  });
});

Deno.test("parseBundle() accepts empty and null members", async (t) => {
  const accepted: [what: string, bundle: Json][] = [
    ["null for the other content", edit(envelope, "messageSignature", null)],
    ["null for the other material", edit(envelope, "verificationMaterial.x509CertificateChain", null)],
    ["null for a certificate of Sigstore", edit(envelope, "verificationMaterial.certificate", null)],
    ["null for log entries", edit(envelope, "verificationMaterial.tlogEntries", null)],
    ["no log entries", edit(envelope, "verificationMaterial.tlogEntries", REMOVED)],
    ["no timestamps", edit(envelope, "verificationMaterial.timestampVerificationData", {})],
    ["null timestamps", edit(envelope, "verificationMaterial.timestampVerificationData", { rfc3161Timestamps: null })],
    ["an empty list", edit(envelope, "verificationMaterial.timestampVerificationData", { rfc3161Timestamps: [] })],
    ["as many certificates as allowed", edit(chain, `${CHAIN}.certificates`, new Array(16).fill({ rawBytes: "AA==" }))],
  ];
  for (const [what, bundle] of accepted) {
    await t.step(what, () => assertEquals(parseBundle(toBytes(bundle)).content.kind, "envelope"));
  }
});

function parseWhole(json: Json): Bundle {
  const bundle = parseBundle(toBytes(json));
  return { ...bundle, content: wholeContent(bundle) };
}

Deno.test("serializeBundle() writes what parseBundle() reads", async (t) => {
  for (const [what, json] of Object.entries({ envelope, chain, message })) {
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
