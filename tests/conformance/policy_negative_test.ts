/** `policy-negative.yaml`: what must not verify, with the reason for which it does not. */
import { createPrivateKey } from "node:crypto";
import type { TrustOptions } from "../../mod.ts";
import { RefusedError, VerificationError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { SERVER_AUTH, type TestCertificate } from "../_certificates.ts";
import { chainMaterial, edit, envelopeBundle, type Json, makeKey, REMOVED, type TestKey } from "../oms/_forge.ts";
import { assertDiffers } from "../verify/_forged_model.ts";
import { EXPIRED, lastingAuthority, lastingLeaf, NOT_YET } from "../verify/_lasting.ts";
import { KEY, MODELS, SuiteDirectory, verifyWith } from "./_suite.ts";

const FIXTURES = new URL("../fixtures/oms/signatures/", import.meta.url);
const WRONG_KEY = makeKey();
const IGNORE = { ignoreUnsignedFiles: true } as const;

// ---------------------------------------------------------------------------------------------------------------------
// The model

/** What is done to the model after signing, and what must be listed. */
const TAMPERED: readonly [id: string, attack: (directory: SuiteDirectory) => void, ignoring: boolean, listed: Json][] =
  [
    ["key-simple-extra-file_fail", (directory) => directory.write("model/injected.bin"), false, {
      extra: ["injected.bin"],
    }],
    ["key-simple-missing-file_fail", removeSecond, false, { missing: ["signme-2"] }],
    ["key-missing-file-with-ignore-unsigned_fail", removeSecond, true, { missing: ["signme-2"] }],
    ["key-simple-tampered-content_fail", tamper, false, { changed: ["signme-1"] }],
    ["key-tampered-with-ignore-unsigned_fail", tamper, true, { changed: ["signme-1"] }],
  ];

function removeSecond(directory: SuiteDirectory): void {
  Deno.removeSync(`${directory.model}/signme-2`);
}

function tamper(directory: SuiteDirectory): void {
  directory.write("model/signme-1", "TAMPERED CONTENT\n");
}

for (const [id, attack, ignoring, listed] of TAMPERED) {
  Deno.test(id, async () => {
    using directory = new SuiteDirectory(MODELS.simple);
    await directory.sign();
    attack(directory);
    await assertDiffers(() => directory.verify(verifyWith(KEY), ignoring ? IGNORE : {}), listed);
  });
}

// ---------------------------------------------------------------------------------------------------------------------
// The bundle

/** Bundles that are no bundles, made of a good one. */
const MALFORMED: readonly [id: string, mutate: (bundle: Json) => Json, text: string][] = [
  ["key-simple-corrupted-bundle_fail", () => ({ garbage: true }), 'unknown member: "garbage"'],
  ["key-simple-truncated-bundle_fail", (bundle) => JSON.stringify(bundle).slice(0, 100), "is not JSON"],
  ["malformed-empty-bundle_fail", () => "", "is empty"],
  [
    "malformed-missing-envelope_fail",
    (bundle) => edit(bundle, "dsseEnvelope", REMOVED),
    "must hold either a dsseEnvelope",
  ],
  ["key-simple-wrong-mediatype_fail", (bundle) => edit(bundle, "mediaType", "application/json"), "mediaType is"],
  ["key-simple-no-signature_fail", (bundle) => edit(bundle, "dsseEnvelope.signatures", []), "holds 0 signatures"],
];

for (const [id, mutate, text] of MALFORMED) {
  Deno.test(id, async () => {
    using directory = new SuiteDirectory(MODELS.simple);
    await directory.sign();
    directory.bundle = mutate(directory.bundle);
    for (const options of [{}, IGNORE]) {
      const verifying = (): Promise<unknown> => directory.verify(verifyWith(KEY), options);
      await assertFails(verifying, VerificationError, "SIGNATURE_INVALID", text, "bundle.sig");
    }
  });
}

/** Statements that are wrong. The suite changes them after signing; here they are refused when signed so, too. */
const STATEMENTS: readonly [id: string, mutate: (statement: Json) => Json, code: string][] = [
  ["key-simple-empty-resources_fail", (statement) => edit(statement, "predicate.resources", []), "MANIFEST_EMPTY"],
  [
    "key-simple-missing-serialization_fail",
    (statement) => edit(statement, "predicate.serialization", REMOVED),
    "SIGNATURE_INVALID",
  ],
  [
    "key-simple-wrong-statement-type_fail",
    (statement) => edit(statement, "_type", "https://in-toto.io/Statement/v0.1"),
    "SIGNATURE_INVALID",
  ],
  [
    "malformed-wrong-predicate_fail",
    (statement) => edit(statement, "predicateType", "https://example.com/wrong-predicate/v1.0"),
    "SIGNATURE_INVALID",
  ],
];

for (const [id, mutate, code] of STATEMENTS) {
  Deno.test(id, async () => {
    using directory = new SuiteDirectory(MODELS.simple);
    await directory.sign();
    const good = directory.bundle;
    const statement = mutate(directory.statement);
    directory.bundle = edit(good, "dsseEnvelope.payload", btoa(JSON.stringify(statement)));
    await assertFails(() => directory.verify(), VerificationError, "SIGNATURE_WRONG");
    directory.bundle = envelopeBundle(KEY, statement);
    await assertFails(() => directory.verify(), VerificationError, code);
    await assertFails(() => directory.verify(verifyWith(KEY), IGNORE), VerificationError, code);
  });
}

Deno.test("key-simple-wrong-payload-type_fail", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  const payloadType = "application/octet-stream";
  const { statement } = directory;
  directory.bundle = edit(directory.bundle, "dsseEnvelope.payloadType", payloadType);
  await assertFails(() => directory.verify(), VerificationError, "SIGNATURE_WRONG");
  directory.bundle = envelopeBundle(KEY, statement, { payloadType });
  await assertFails(() => directory.verify(), VerificationError, "PAYLOAD_TYPE", payloadType);
});

// ---------------------------------------------------------------------------------------------------------------------
// The key

Deno.test("key-simple-wrong-key_fail", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  await assertFails(() => directory.verify(verifyWith(WRONG_KEY)), VerificationError, "KEY_MISMATCH");
  // Also where the bundle says that it is the right one.
  directory.bundle = edit(directory.bundle, "verificationMaterial.publicKey.hint", WRONG_KEY.hint);
  await assertFails(() => directory.verify(verifyWith(WRONG_KEY)), VerificationError, "SIGNATURE_WRONG");
});

Deno.test("key-verify-as-certificate_fail", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  const { roots } = await chain();
  await assertFails(
    () => directory.verify({ kind: "certificate", roots }),
    VerificationError,
    "OTHER_METHOD",
    "a key",
  );
});

// Without a network: what is of another method needs none to be refused.
const SIGSTORE: TrustOptions = {
  kind: "sigstore",
  identity: "test@example.com",
  identityProvider: "https://accounts.example.com",
};

Deno.test("key-verify-as-sigstore_fail", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  await assertFails(() => directory.verify(SIGSTORE), VerificationError, "OTHER_METHOD", "a key");
});

Deno.test("certificate-verify-as-sigstore_fail", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  directory.bundle = signedBy(await chain(), directory.statement);
  await assertFails(() => directory.verify(SIGSTORE), VerificationError, "OTHER_METHOD", "a certificate");
});

Deno.test("sigstore-verify-as-key_fail", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  directory.bundle = Deno.readTextFileSync(new URL("sigstore-v1.1.0/model.sig", FIXTURES));
  const { roots } = await chain();
  for (const trust of [verifyWith(KEY), { kind: "certificate", roots } as const]) {
    await assertFails(() => directory.verify(trust), VerificationError, "OTHER_METHOD", "sigstore");
  }
});

// ---------------------------------------------------------------------------------------------------------------------
// The certificates

interface Chain {
  root: TestCertificate;
  middle: TestCertificate;
  leaf: TestCertificate;
  roots: string[];
}

/** A chain of three in which some certificates are not as they should be. */
async function chain(faults: { root?: Json; middle?: Json; leaf?: Json } = {}): Promise<Chain> {
  const key = "P-384";
  const root = await lastingAuthority("CN=Root,O=Conformance", { key, ...faults.root });
  const middle = await lastingAuthority("CN=Intermediate,O=Conformance", { issuer: root, key, ...faults.middle });
  const leaf = await lastingLeaf(middle, { key, ...faults.leaf });
  return { root, middle, leaf, roots: [root.pem] };
}

/** A bundle that the leaf has signed. `sign` itself would refuse an invalid one. */
function signedBy({ leaf, middle }: Chain, statement: Json): Json {
  const key: TestKey = { ...makeKey("P-384"), privateKey: createPrivateKey(leaf.privateKeyPem) };
  return envelopeBundle(key, statement, { material: chainMaterial(leaf, middle) });
}

const CERTIFICATES: readonly [id: string, faults: Parameters<typeof chain>[0], code: string][] = [
  ["certificate-expired_fail", { leaf: EXPIRED }, "CERTIFICATE_EXPIRED"],
  ["certificate-not-yet-valid_fail", { leaf: NOT_YET }, "CERTIFICATE_NOT_YET_VALID"],
  ["certificate-expired-intermediate_fail", { middle: EXPIRED }, "CERTIFICATE_EXPIRED"],
  ["certificate-expired-root_fail", { root: EXPIRED }, "CERTIFICATE_EXPIRED"],
  ["certificate-all-expired_fail", { root: EXPIRED, middle: EXPIRED, leaf: EXPIRED }, "CERTIFICATE_EXPIRED"],
  ["certificate-not-yet-valid-intermediate_fail", { middle: NOT_YET }, "CERTIFICATE_NOT_YET_VALID"],
  ["certificate-expired-intermediate-expired-leaf_fail", { middle: EXPIRED, leaf: EXPIRED }, "CERTIFICATE_EXPIRED"],
  // The suite's own case has no extended key usage at all, which this program accepts.
  ["certificate-no-code-signing-eku_fail, with another purpose", {
    leaf: { extendedKeyUsage: [SERVER_AUTH] },
  }, "EXTENDED_KEY_USAGE"],
];

for (const [id, faults, code] of CERTIFICATES) {
  Deno.test(id, async () => {
    using directory = new SuiteDirectory(MODELS.simple);
    await directory.sign();
    const invalid = await chain(faults);
    directory.bundle = signedBy(invalid, directory.statement);
    const trust = { kind: "certificate", roots: invalid.roots } as const;
    await assertFails(() => directory.verify(trust), VerificationError, code);
    await assertFails(() => directory.verify(trust, IGNORE), VerificationError, code);
    // The same with a chain that is as it should be.
    const fit = await chain();
    directory.bundle = signedBy(fit, directory.statement);
    await directory.verify({ kind: "certificate", roots: fit.roots });
  });
}

Deno.test("no one signs with a certificate that is not valid", async () => {
  for (const faults of [{ leaf: EXPIRED }, { leaf: NOT_YET }, { leaf: { extendedKeyUsage: [SERVER_AUTH] } }]) {
    const { leaf, middle } = await chain(faults);
    const [privateKey, certificate] = [leaf.privateKeyPem, leaf.pem];
    const signer = { kind: "certificate", privateKey, certificate, chain: [middle.pem] } as const;
    using directory = new SuiteDirectory(MODELS.simple);
    await assertFails(() => directory.sign(signer), RefusedError, "CERTIFICATE_NOT_ALLOWED");
  }
});

Deno.test("certificate-simple-wrong-ca_fail", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  const [right, wrong] = [await chain(), await chain()];
  directory.bundle = signedBy(right, directory.statement);
  const trust = { kind: "certificate", roots: wrong.roots } as const;
  await assertFails(() => directory.verify(trust), VerificationError, "CHAIN_UNTRUSTED");
});

Deno.test("certificate-verify-as-key_fail", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  directory.bundle = signedBy(await chain(), directory.statement);
  await assertFails(() => directory.verify(), VerificationError, "OTHER_METHOD", "a certificate");
});
