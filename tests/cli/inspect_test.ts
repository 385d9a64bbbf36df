/** `inspect` says what a signature holds, and that nothing of it is verified. */
import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { inspect } from "../../mod.ts";
import { envelopeBundle, makeKey } from "../oms/_forge.ts";
import { assertHas, FIXTURES, parseDocument, runForJson, runToFail, runWell, Workplace } from "../_program.ts";

const SIGNATURES = `${FIXTURES}/oms/signatures`;
const BUNDLES = `${FIXTURES}/oms/bundles-v1.0`;
const DIGEST = "92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4";
const HINT = "e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e";

/** What stands in each of the genuine signatures, as far as a reader cares. */
const GENUINE: readonly [path: string, expected: Readonly<Record<string, unknown>>][] = [
  ["signatures/key-v0.3.1/model.sig", {
    method: "key",
    signer: {},
    subjects: [{
      name: "signme-1",
      digest: { sha256: "afa48c8674afe334b8a7dea34f7b46ab256e9255edf8da2132792341b667a45b" },
    }],
    files: 1,
    ignorePaths: null,
  }],
  ["signatures/certificate-v0.2.0/model.sig", {
    method: "certificate",
    predicateType: "https://model_signing/Digests/v0.1",
    subjects: [
      {
        name: "signme-1",
        digest: { sha256: "f6310066c7320497ea554260c32c43660bff648cb2a61194832cc086077085e1" },
      },
      {
        name: "signme-2",
        digest: { sha256: "32dcb1f8e1ae52d5963e56a6ba06ab58b424c15ed2a6b70d2feca1d089370028" },
      },
    ],
    files: 2,
  }],
  ["signatures/key-go-v1.1/model.sig", {
    method: "key",
    signer: { keyHint: HINT },
    subjects: [{ name: "simple", digest: { sha256: DIGEST } }],
    files: 2,
  }],
  ["signatures/certificate-v1.1/model.sig", {
    method: "certificate",
    signer: {
      subject: "CN=intermediate-ca",
      issuer: "CN=intermediate-ca",
      identities: [],
      notBefore: "2025-05-02T23:36:28.000Z",
      notAfter: "2035-04-30T23:36:28.000Z",
    },
    ignorePaths: [".git", ".gitignore", ".github", "ignore-me", ".gitattributes"],
    files: 2,
  }],
  ["signatures/sigstore-v1.1.0/model.sig", {
    method: "sigstore",
    signer: {
      subject: "",
      issuer: "CN=sigstore-intermediate,O=sigstore.dev",
      identities: ["stefanb@us.ibm.com"],
      identityProvider: "https://sigstore.verify.ibm.com/oauth2",
      notBefore: "2025-10-10T02:12:19.000Z",
      notAfter: "2025-10-10T02:22:19.000Z",
    },
    logEntries: [{
      logIndex: "598151086",
      logId: "wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0=",
      integratedTime: "2025-10-10T02:12:20.000Z",
    }],
    files: 2,
  }],
  ["bundles-v1.0/valid/key.bundle.json", { method: "key", signer: { keyHint: HINT }, files: 2 }],
  ["bundles-v1.0/valid/certificate.bundle.json", { method: "certificate", files: 2 }],
  ["bundles-v1.0/valid/sigstore.bundle.json", { method: "sigstore", files: 2 }],
];

for (const [path, expected] of GENUINE) {
  Deno.test(`inspect tells what ${path} holds`, async () => {
    const document = await inspect(`${FIXTURES}/oms/${path}`);
    assertHas({ ...document }, expected);
    assertEquals([document.verified, document.hashAlgorithm], [false, "sha256"]);
    assertEquals(document.mediaType, "application/vnd.dev.sigstore.bundle.v0.3+json");
    assertEquals(document.payloadType, "application/vnd.in-toto+json");

    const text = await runWell(["inspect", `${FIXTURES}/oms/${path}`]);
    assertStringIncludes(text, "\nNothing of this is verified: use verify to know who signed\n");
    assertStringIncludes(text, `\n  method      ${expected.method}\n`);
    for (const { name, digest } of document.subjects) {
      assertStringIncludes(text, `\n  signed      ${name} sha256:${digest.sha256}\n`);
    }
  });
}

Deno.test("inspect --json is what the library says", async () => {
  const path = `${SIGNATURES}/sigstore-v1.1.0/model.sig`;
  assertEquals(await runForJson(["inspect", path]), { ...await inspect(path), error: null });
});

Deno.test("inspect tells in words of an identity, a log entry and what was left out", async () => {
  const text = await runWell(["inspect", `${SIGNATURES}/sigstore-v1.1.0/model.sig`]);
  for (
    const line of [
      "identity    stefanb@us.ibm.com",
      "provider    https://sigstore.verify.ibm.com/oauth2",
      "valid       from 2025-10-10T02:12:19.000Z to 2025-10-10T02:22:19.000Z",
      "contents    2 files, as files with sha256",
      "left out    .gitignore, .gitattributes, .git, .github, ignore-me, model.sig",
      "log entry   index 598151086, 2025-10-10T02:12:20.000Z",
    ]
  ) assertStringIncludes(text, `\n  ${line}\n`);
});

Deno.test("inspect tells what our own signatures hold", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  const signArgs = ["sign", "key", "bert", "--private-key", "key.pem", "--signature", "a.sig", "--serialization"];
  const shards = await runForJson(
    [...signArgs, "shards", "--shard-size", "100", "--hash-algorithm", "blake3"],
    options,
  );
  const inspected = await runForJson(["inspect", "a.sig"], options);
  assertEquals(inspected.subjects, [{ name: "bert", digest: { sha256: shards.digest.slice("sha256:".length) } }]);
  assertEquals([inspected.serialization, inspected.hashAlgorithm, inspected.files, inspected.bytes], [
    "shards",
    "blake3",
    2,
    1015,
  ]);
  assertEquals(inspected.signer, { keyHint: shards.signer.keyHint });
  // Absent where the signature lies outside, and sorted: what was left out of this model.
  assertEquals(inspected.ignorePaths, [".git", ".gitattributes", ".github", ".gitignore"]);

  // One digest alone does not tell how it was made, nor of what.
  await runWell([...signArgs, "h1"], options);
  const h1 = await runForJson(["inspect", "a.sig"], options);
  assertEquals([h1.method, h1.serialization, h1.files, h1.payloadType], ["key", null, null, null]);
  assertEquals(/^SHA2_256:[0-9a-f]{64}$/.test(h1.messageDigest), true);
});

// What the schemas refuse is either refused, or shown for as much as it holds.
Deno.test("inspect of bundles that are not as they should be", async () => {
  const inspectInvalid = (name: string): string[] => ["inspect", `${BUNDLES}/invalid/${name}.bundle.json`];
  await runToFail(inspectInvalid("empty"), 1, ["empty.bundle.json", "is empty"]);
  assertEquals((await runForJson(inspectInvalid("missing-envelope"))).payloadType, null);
  assertEquals((await runForJson(inspectInvalid("missing-verification-material"))).method, null);
  const other = await runForJson(["inspect", `${BUNDLES}/invalid-payload/wrong-predicate.bundle.json`]);
  assertEquals([other.files, other.serialization], [null, null]);
});

Deno.test("inspect of what is no signature", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  place.write("other.json", '{"mediaType": "application/json"}');
  const failed = await runToFail(["inspect", "other.json", "--json"], 1, ["Sigstore bundle"], options);
  const { error, verified } = parseDocument(failed.stdout);
  assertEquals([failed.stderr, verified], [`error: ${error}\n`, false]);
  await runToFail(["inspect", "key.pub"], 1, ["not JSON"], options);
  await runToFail(["inspect", "bert"], 3, ['"bert"', "directory"], options);
  await runToFail(["inspect", "nothing.sig"], 3, ['"nothing.sig"', "no such file"], options);
  await runToFail(["inspect"], 2, ["signature"], options);
  await runToFail(["inspect", "key.pub", "other.json"], 2, ["exactly one"], options);
  await runToFail(["inspect", "key.pub", "--public-key", "key.pub"], 2, ["--public-key"], options);
});

// Whatever a signature says of itself may be made up to puzzle: it must not steer the terminal.
Deno.test("inspect shows control characters as escapes", async () => {
  using place = new Workplace();
  const statement = {
    predicateType: "\x1b[2J",
    subject: [{ name: "a\nVerified", digest: { "\x07": "\u202e" } }],
  };
  const bundle = envelopeBundle(makeKey(), statement);
  bundle.verificationMaterial.publicKey.hint = "\x1b]0;hint\x07";
  const text = await runWell(["inspect", place.write("made-up.sig", JSON.stringify(bundle))]);
  // deno-lint-ignore no-control-regex -- these are just what must not be there
  assertFalse(/[\x00-\x09\x0b-\x1f\x7f\u202e]/.test(text), text);
  assertStringIncludes(text, "\n  signed      a\\u{a}Verified \\u{7}:\\u{202e}\n");
});

Deno.test("inspect tells a made-up value from a failure of the environment", async () => {
  using place = new Workplace();
  const subject = (digest: string): string => `{"subject": [{"name": "m", "digest": {"sha256": ${digest}}}]}`;
  const madeUp = [
    envelopeBundle(makeKey(), subject('{"toString": 1}')),
    envelopeBundle(makeKey(), subject("[".repeat(100_000) + "]".repeat(100_000))),
    ...["logIndex", "integratedTime"].map((member) => {
      const bundle = envelopeBundle(makeKey(), subject('"ab"'));
      bundle.verificationMaterial.tlogEntries = [{ [member]: { toString: 1, valueOf: 2 } }];
      return bundle;
    }),
  ];
  for (const bundle of madeUp) {
    await runToFail(["inspect", place.write("made-up.sig", JSON.stringify(bundle))], 1, [
      "Cannot read the signature",
    ]);
  }
});
