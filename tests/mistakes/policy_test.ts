/**
 * Mistakes that others made with policies, each behind an advisory or a fix. A test is named by the mistake's own words;
 * what it is about is tested in depth elsewhere.
 */
import { assertEquals, assertFalse } from "@std/assert";
import { createHash } from "node:crypto";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { exitStatus } from "../../src/cli/exit.ts";
import { sigstoreVerification } from "../../src/cli/sigstore.ts";
import { UsageError } from "../../src/errors.ts";
import type { IdentityPolicy } from "../../src/verify/sigstore_policy.ts";
import { assertFails } from "../_assert_fails.ts";
import { parseDocument, runProgram, runToFail, Workplace } from "../_program.ts";
import { makeBundle } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { edit, envelopeBundle, type Json, makeKey } from "../oms/_forge.ts";
import { filesStatement, statementOf } from "../oms/_statements.ts";
import { assertDiffers, ForgedModel } from "../verify/_forged_model.ts";
import { jane, verifyForged, verifyText } from "../verify/_sigstore.ts";
import { refused } from "./_refused.ts";

const GITHUB = "https://token.actions.githubusercontent.com";
const WORKFLOW = "https://github.com/acme/model/.github/workflows/release.yml@refs/heads/main";
const EXTENSIONS = { 12: "https://github.com/acme/model", 13: "0123abc", 14: "refs/heads/main", 20: "push" };
const TRIGGER = "1.3.6.1.4.1.57264.1.20";

/** A signature by a workflow, and a function that verifies it with a policy. */
async function byWorkflow(sigstore: TestSigstore): Promise<(policy: IdentityPolicy) => Promise<unknown>> {
  const identity = { name: WORKFLOW, issuer: GITHUB, extensions: EXTENSIONS };
  const text = JSON.stringify((await makeBundle(sigstore, { statement: { a: 1 }, identity })).bundle);
  return (policy) => verifyText(sigstore, text, { policy });
}

/** What the options of a command line come to. */
function policyOf(options: readonly string[]): IdentityPolicy {
  const request = parseCommandLine(["verify", "MODEL", "--trusted-root", "FILE", ...options]);
  return sigstoreVerification(request.options);
}

Deno.test("mistake: a documented policy option silently ignored", async (t) => {
  await using sigstore = await TestSigstore.start();
  const verify = await byWorkflow(sigstore);
  const [identity, provider] = [["--identity", WORKFLOW], ["--identity-provider", GITHUB]];
  const options: [name: string, good: string, bad: string, beside: string[]][] = [
    ["--identity", WORKFLOW, `${WORKFLOW}2`, provider!],
    ["--identity-regexp", "https://github\\.com/acme/.*", "https://github\\.com/evil/.*", provider!],
    ["--identity-provider", GITHUB, `${GITHUB}2`, identity!],
    ["--identity-provider-regexp", "https://token\\..*", "https://other\\..*", identity!],
    ["--certificate-oid", `${TRIGGER}=push`, `${TRIGGER}=pull_request`, [...identity!, ...provider!]],
    ["--github-repository", "acme/model", "acme/other", [...identity!, ...provider!]],
    ["--github-ref", "refs/heads/main", "refs/heads/dev", [...identity!, ...provider!]],
    ["--github-sha", "0123abc", "0123abd", [...identity!, ...provider!]],
  ];
  for (const [name, good, bad, beside] of options) {
    await t.step(name, async () => {
      await verify(policyOf([...beside, name, good]));
      await refused(() => verify(policyOf([...beside, name, bad])), "OTHER_IDENTITY");
      // The second of two that may be given as often as one likes counts as the first does.
      if (name !== "--certificate-oid") return;
      const twice = policyOf([...beside, name, good, name, bad]);
      await refused(() => verify(twice), "OTHER_IDENTITY");
    });
  }
});

Deno.test("mistake: an empty set of matches that passes", async (t) => {
  await using sigstore = await TestSigstore.start();
  const empty: [what: string, code: string, change: (bundle: Json) => void][] = [
    ["signatures", "SIGNATURE_INVALID", ({ dsseEnvelope }) => (dsseEnvelope.signatures = [])],
    ["log entries", "SIGNATURE_INVALID", ({ verificationMaterial }) => (verificationMaterial.tlogEntries = [])],
    ["certificates", "SIGNATURE_INVALID", (bundle) => {
      const { certificate: _, ...rest } = bundle.verificationMaterial;
      bundle.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.2";
      bundle.verificationMaterial = { ...rest, x509CertificateChain: { certificates: [] } };
    }],
  ];
  for (const [what, code, change] of empty) {
    await t.step(what, () => refused(() => verifyForged(sigstore, { change }), code));
  }
  for (const list of ["tlogs", "ctlogs", "certificateAuthorities"]) {
    await t.step(`trusted ${list}`, async () => {
      await refused(() => verifyForged(sigstore, { trust: (root) => (root[list] = []) }));
    });
  }
  await t.step("SCTs", async () => {
    const options = { certificate: { ctLogs: [] } };
    await refused(() => verifyForged(sigstore, { options }), "SIGNATURE_WRONG");
  });
  await t.step("claims of a workflow", async () => {
    const policy = { ...jane(sigstore), githubRepository: "acme/model" };
    await refused(() => verifyForged(sigstore, { policy }), "OTHER_IDENTITY");
  });
  await t.step("names", async () => {
    const policy = { identityProvider: sigstore.issuer.url };
    await assertFails(() => verifyForged(sigstore, { policy }), UsageError, "IDENTITY");
    const pattern = { ...policy, identityRegexp: "" };
    await assertFails(() => verifyForged(sigstore, { policy: pattern }), UsageError, "EMPTY_POLICY");
  });
  await t.step("signed files", async () => {
    using model = new ForgedModel();
    const key = makeKey();
    await refused(() => model.verify(envelopeBundle(key, statementOf([])), key));
  });
});

Deno.test("mistake: a parse error or wrong predicate type that counts as success", async (t) => {
  const key = makeKey();
  const good = filesStatement("a");
  const payloads: [what: string, payload: Json][] = [
    ["no JSON", "{"],
    ["nothing", ""],
    ["null", "null"],
    ["no statement", "{}"],
    ["no UTF-8", Uint8Array.of(0xff)],
    ["a wrong predicate type", edit(good, "predicateType", "https://slsa.dev/provenance/v1")],
    ["a predicate type of a version to come", edit(good, "predicateType", `${good.predicateType}1`)],
    ["a wrong type of statement", edit(good, "_type", "https://in-toto.io/Statement/v0.1")],
    ["no predicate", edit(good, "predicate", null)],
  ];
  using model = new ForgedModel("a");
  await model.verify(envelopeBundle(key, good), key);
  for (const [what, payload] of payloads) {
    await t.step(what, async () => {
      await refused(() => model.verify(envelopeBundle(key, payload), key));
    });
  }
  for (const text of ["", "{", "null", "[]", "0", "<html>", "\ufeff{}"]) {
    await t.step(`a signature file of ${JSON.stringify(text)}`, async () => {
      await refused(() => model.verify(text, key), "SIGNATURE_INVALID");
    });
  }
});

Deno.test("mistake: a crash or panic that exits 0", async (t) => {
  await t.step("whatever is thrown is a failure", () => {
    const thrown = [new TypeError("x"), new RangeError("x"), new Deno.errors.BadResource("x"), "x", undefined, null, 0];
    for (const error of thrown) assertEquals(exitStatus(error), 3);
  });
  await t.step("a program that runs out of the stack, or of what it is made of", async () => {
    using place = new Workplace();
    const { publicKey } = place.makeKeys();
    place.write("bert/model.sig", "[".repeat(1_000_000));
    const line = ["verify", "key", place.model, "--public-key", publicKey];
    await runToFail(line, 1, ["nested"]);
    // Before the program starts, something that it needs is taken away.
    const broken = "--preload=data:text/javascript,Object.fromEntries = Uint8Array.fromBase64 = JSON.parse = undefined";
    const { code, stdout } = await runProgram(line, { allow: [broken, "--allow-read"] });
    assertEquals([code !== 0, stdout], [true, ""]);
  });
});

Deno.test("mistake: success printed after a failed verification", async (t) => {
  using place = new Workplace();
  const { publicKey, key } = place.makeKeys();
  const signing = { ...makeKey(), privateKey: key };
  const statement = filesStatement("config.json", "weights/part-1.bin"); // Of files that hold their names.
  const line = ["verify", "key", place.model, "--public-key", publicKey];
  const cases: [what: string, signature: string][] = [
    ["another model", JSON.stringify(envelopeBundle(signing, statement, { material: hintOf(publicKey) }))],
    ["another signature", JSON.stringify(envelopeBundle(makeKey(), statement))],
  ];
  for (const [what, signature] of cases) {
    await t.step(what, async () => {
      place.write("bert/model.sig", signature);
      const plain = await runProgram(line);
      assertEquals(plain.code, 1);
      assertFalse(/verified/i.test(plain.stdout), plain.stdout);
      assertFalse(/^verified/im.test(plain.stderr), plain.stderr);
      const { code, stdout } = await runProgram(["--json", ...line]);
      const document = parseDocument(stdout);
      assertEquals([code, document.verified, typeof document.error], [1, false, "string"]);
    });
  }
});

/** What names the key in a file. */
function hintOf(publicKey: string): Json {
  const digest = new Uint8Array(createHash("sha256").update(Deno.readTextFileSync(publicKey)).digest());
  return { publicKey: { hint: digest.toHex() }, tlogEntries: [] };
}

Deno.test("mistake: a command-line flag that overrides the signed symlink policy", async () => {
  using model = new ForgedModel("a", "b");
  const key = makeKey();
  Deno.removeSync(`${model.model}/b`);
  model.link("model/b", model.write("outside", "b"));
  const bundle = envelopeBundle(key, filesStatement("a", "b"));
  await assertDiffers(() => model.verify(bundle, key, { allowSymlinks: true }), { changed: ["b"] });
  // That the link leads to the very bytes that were signed is what a policy that allows it is for.
  const allowed = statementOf(filesStatement("a", "b").predicate.resources, { allow_symlinks: true });
  assertEquals((await model.verify(envelopeBundle(key, allowed), key)).verified, true);
});

Deno.test("mistake: an identity as an unanchored pattern", async (t) => {
  await using sigstore = await TestSigstore.start();
  const identityProvider = sigstore.issuer.url;
  for (const name of ["jane@example.com.evil.org", "evil+jane@example.com", "jane@exampleXcom"]) {
    await t.step(name, async () => {
      const options = { identity: { name } };
      for (const identity of [{ identity: "jane@example.com" }, { identityRegexp: "jane@example\\.com" }]) {
        const policy = { ...identity, identityProvider };
        await refused(() => verifyForged(sigstore, { options, policy }), "OTHER_IDENTITY");
      }
    });
  }
  await t.step("an identity that is a pattern is no pattern", async () => {
    const policy = { identity: ".*", identityProvider };
    await refused(() => verifyForged(sigstore, { policy }), "OTHER_IDENTITY");
  });
});

Deno.test("mistake: one identity check's result thrown away", async (t) => {
  await using sigstore = await TestSigstore.start();
  const verify = await byWorkflow(sigstore);
  const right: IdentityPolicy = {
    identity: WORKFLOW,
    identityProvider: GITHUB,
    certificateOids: [`${TRIGGER}=push`],
    githubRepository: "acme/model",
    githubRef: "refs/heads/main",
    githubSha: "0123abc",
  };
  await verify(right);
  const wrong: IdentityPolicy = {
    identity: "jane@example.com",
    identityProvider: "https://accounts.google.com",
    certificateOids: [`${TRIGGER}=release`],
    githubRepository: "acme/other",
    githubRef: "refs/heads/dev",
    githubSha: "0123abd",
  };
  // Each alone is wrong, and all others are right: whichever is thrown away, one of these would pass.
  for (const [name, value] of Object.entries(wrong)) {
    await t.step(
      name,
      () => refused(() => verify({ ...right, [name]: value }), "OTHER_IDENTITY"),
    );
  }
});
