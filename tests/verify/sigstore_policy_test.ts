/** Whom a signature is accepted from: compared exactly, or by a pattern for the whole, and never by less. */
import { assertEquals } from "@std/assert";
import { UsageError, VerificationError } from "../../src/errors.ts";
import { type IdentityPolicy, readPolicy } from "../../src/verify/sigstore_policy.ts";
import { assertFails } from "../_assert_fails.ts";
import type { BundleOptions } from "../_sigstore/make_bundle.ts";
import { makeBundle } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { der } from "../_certificates.ts";
import { verifyText } from "./_sigstore.ts";
import { signerOf } from "./_verify_whole.ts";

const GITHUB = "https://token.actions.githubusercontent.com";
const WORKFLOW = "https://github.com/acme/model/.github/workflows/release.yml@refs/heads/main";

/** A bundle that is good, and a function that verifies it with different policies. */
async function signedBy(
  sigstore: TestSigstore,
  options: BundleOptions,
): Promise<(policy: IdentityPolicy) => ReturnType<typeof verifyText>> {
  const text = JSON.stringify((await makeBundle(sigstore, { statement: { a: 1 }, ...options })).bundle);
  return (policy) => verifyText(sigstore, text, { policy });
}

Deno.test("an identity that merely contains, extends or matches the expected one is another", async (t) => {
  await using sigstore = await TestSigstore.start();
  const identityProvider = sigstore.issuer.url;
  const others = [
    "jane@example.com.evil.org",
    "ajane@example.com",
    "jane@example.comm",
    "janeXexample.com@example.com",
    "jane@exampleXcom",
    "JANE@example.com",
    "jane@example.com ",
  ];
  for (const name of others) {
    const verify = await signedBy(sigstore, { identity: { name } });
    await t.step(name, async () => {
      for (const policy of [{ identity: "jane@example.com" }, { identityRegexp: "jane@example\\.com" }]) {
        await assertFails(() => verify({ ...policy, identityProvider }), VerificationError, "OTHER_IDENTITY");
      }
    });
  }
  const verify = await signedBy(sigstore, {});
  const patterns = ["jane", "jane@example.co", "example.com", "x|jane", "jane|", "(?:)", "^jane", "com$", "", "["];
  for (const identityRegexp of patterns) {
    await t.step(`the pattern ${identityRegexp}`, async () => {
      const isMalformed = identityRegexp === "" || identityRegexp === "[";
      const code = identityRegexp === "" ? "EMPTY_POLICY" : isMalformed ? "BAD_PATTERN" : "OTHER_IDENTITY";
      const expected = isMalformed ? UsageError : VerificationError;
      await assertFails(() => verify({ identityRegexp, identityProvider }), expected, code);
    });
  }
  for (const identityRegexp of ["jane@example\\.com", ".*@example\\.com", "joe|jane@example\\.com", "^jane.*$"]) {
    await t.step(`the pattern ${identityRegexp} for the whole`, async () => {
      assertEquals((await verify({ identityRegexp, identityProvider })).kind, "envelope");
    });
  }
});

Deno.test("a pattern cannot close its group", async () => {
  await using sigstore = await TestSigstore.start();
  const verify = await signedBy(sigstore, {});
  const policy = { identityRegexp: ")|(?:", identityProvider: sigstore.issuer.url };
  await assertFails(() => verify(policy), UsageError, "BAD_PATTERN");
});

Deno.test("a malformed pattern is refused with the reason", async (t) => {
  const identityProvider = "https://accounts.example.com";
  const reasons = { "a(b": "Unterminated group", "[a: b": "Unterminated character class", "*a": "Nothing to repeat" };
  for (const [pattern, reason] of Object.entries(reasons)) {
    await t.step(pattern, async () => {
      for (
        const policy of [{ identityRegexp: pattern, identityProvider }, {
          identity: "jane",
          identityProviderRegexp: pattern,
        }]
      ) await assertFails(() => readPolicy(policy), UsageError, "BAD_PATTERN", `"${pattern}"`, reason);
    });
  }
});

Deno.test("an issuer is compared like an identity", async (t) => {
  await using sigstore = await TestSigstore.start();
  const { url } = sigstore.issuer;
  const verify = await signedBy(sigstore, {});
  const identity = "jane@example.com";
  for (const identityProvider of [`${url}/`, url.slice(0, -1), url.toUpperCase(), "https://accounts.google.com"]) {
    await t.step(identityProvider, async () => {
      await assertFails(() => verify({ identity, identityProvider }), VerificationError, "OTHER_IDENTITY");
    });
  }
  await t.step("a pattern", async () => {
    assertEquals((await verify({ identity, identityProviderRegexp: "http://127\\.0\\.0\\.1:\\d+" })).kind, "envelope");
    const part = { identity, identityProviderRegexp: "http://127" };
    await assertFails(() => verify(part), VerificationError, "OTHER_IDENTITY");
  });
});

Deno.test("a policy that says nothing, or says it twice, verifies nothing", async (t) => {
  await using sigstore = await TestSigstore.start();
  const verify = await signedBy(sigstore, {});
  const identityProvider = sigstore.issuer.url;
  const policies: [policy: IdentityPolicy, code: string][] = [
    [{}, "IDENTITY"],
    [{ identityProvider }, "IDENTITY"],
    [{ identity: "jane@example.com" }, "IDENTITY_PROVIDER"],
    [{ identity: "", identityProvider }, "EMPTY_POLICY"],
    [{ identity: "jane@example.com", identityProvider: "" }, "EMPTY_POLICY"],
    [{ identity: "jane@example.com", identityRegexp: ".*", identityProvider }, "IDENTITY"],
    [{ identity: "jane@example.com", identityProvider, certificateOids: ["1.2.3"] }, "BAD_OID"],
    [{ identity: "jane@example.com", identityProvider, certificateOids: ["1.2.3="] }, "BAD_OID"],
    [{ identity: "jane@example.com", identityProvider, githubRef: "" }, "EMPTY_POLICY"],
  ];
  for (const [policy, code] of policies) {
    await t.step(JSON.stringify(policy).replace(/:\d+/, ""), async () => {
      await assertFails(() => verify(policy), UsageError, code);
    });
  }
});

Deno.test("a certificate must name exactly one identity", async (t) => {
  await using sigstore = await TestSigstore.start();
  const email = (name: string): Uint8Array => der(0x81, new TextEncoder().encode(name));
  const cases: [what: string, subjectAltName: Uint8Array][] = [
    ["two", der(0x30, email("jane@example.com"), email("joe@example.com"))],
    ["the same twice", der(0x30, email("jane@example.com"), email("jane@example.com"))],
    ["none", der(0x30)],
    ["a host", der(0x30, der(0x82, new TextEncoder().encode("jane@example.com")))],
  ];
  for (const [what, subjectAltName] of cases) {
    const verify = await signedBy(sigstore, { certificate: { subjectAltName } });
    await t.step(what, async () => {
      const policy = { identity: "jane@example.com", identityProvider: sigstore.issuer.url };
      await assertFails(() => verify(policy), VerificationError, "IDENTITY_UNCLEAR");
    });
  }
  await t.step("a user name, as private instances have it", async () => {
    const oid = Uint8Array.fromHex("060a2b0601040183bf300107");
    const text = new TextEncoder().encode("jane!example.com");
    const subjectAltName = der(0x30, der(0xa0, oid, der(0xa0, der(0x0c, text))));
    const verify = await signedBy(sigstore, { certificate: { subjectAltName } });
    const identityProvider = sigstore.issuer.url;
    assertEquals((await verify({ identity: "jane!example.com", identityProvider })).kind, "envelope");
    await assertFails(() => verify({ identity: "jane", identityProvider }), VerificationError, "OTHER_IDENTITY");
  });
});

Deno.test("what a workflow ran for is reported, and can be demanded", async (t) => {
  await using sigstore = await TestSigstore.start();
  const verify = await signedBy(sigstore, {
    identity: {
      name: WORKFLOW,
      issuer: GITHUB,
      extensions: {
        3: "0123abc",
        5: "acme/model",
        6: "refs/heads/main",
        12: "https://github.com/acme/model",
        13: "0123abc",
        14: "refs/heads/main",
        18: WORKFLOW,
        20: "push",
        21: "https://github.com/acme/model/actions/runs/1/attempts/1",
      },
    },
  });
  const base = { identity: WORKFLOW, identityProvider: GITHUB };
  await t.step("the report", async () => {
    const signer = signerOf(await verify(base));
    assertEquals(signer.method === "sigstore" && signer.workflow, {
      workflow: WORKFLOW,
      repository: "https://github.com/acme/model",
      ref: "refs/heads/main",
      commit: "0123abc",
      trigger: "push",
      run: "https://github.com/acme/model/actions/runs/1/attempts/1",
    });
  });
  const good: IdentityPolicy[] = [
    { githubRepository: "acme/model" },
    { githubRepository: "https://github.com/acme/model" },
    { githubRef: "refs/heads/main", githubSha: "0123abc" },
    { certificateOids: ["1.3.6.1.4.1.57264.1.20=push", "1.3.6.1.4.1.57264.1.5=acme/model"] },
  ];
  const bad: IdentityPolicy[] = [
    { githubRepository: "acme/model2" },
    { githubRepository: "acme" },
    { githubRepository: "https://github.com/acme/mode" },
    { githubRef: "main" },
    { githubRef: "refs/heads/main2" },
    { githubSha: "0123" },
    { certificateOids: ["1.3.6.1.4.1.57264.1.20=pus"] },
    { certificateOids: ["1.3.6.1.4.1.57264.1.20=push", "1.3.6.1.4.1.57264.1.5=other/model"] },
    { certificateOids: ["1.3.6.1.4.1.57264.1.99=push"] },
  ];
  for (const policy of good) {
    await t.step(`${JSON.stringify(policy)} is met`, async () => {
      assertEquals((await verify({ ...base, ...policy })).kind, "envelope");
    });
  }
  for (const policy of bad) {
    await t.step(`${JSON.stringify(policy)} is not met`, async () => {
      await assertFails(() => verify({ ...base, ...policy }), VerificationError, "OTHER_IDENTITY");
    });
  }
});

Deno.test("a person's certificate meets no demand on a workflow", async () => {
  await using sigstore = await TestSigstore.start();
  const verify = await signedBy(sigstore, {});
  const base = { identity: "jane@example.com", identityProvider: sigstore.issuer.url };
  for (const demand of [{ githubRepository: "acme/model" }, { githubRef: "main" }, { githubSha: "0" }]) {
    await assertFails(() => verify({ ...base, ...demand }), VerificationError, "OTHER_IDENTITY");
  }
});

Deno.test("claims of a workflow that contradict each other meet no demand", async () => {
  await using sigstore = await TestSigstore.start();
  const extensions = { 5: "acme/model", 12: "https://github.com/evil/model" };
  const verify = await signedBy(sigstore, { identity: { name: WORKFLOW, issuer: GITHUB, extensions } });
  const policy = { identity: WORKFLOW, identityProvider: GITHUB, githubRepository: "acme/model" };
  await assertFails(() => verify(policy), VerificationError, "OTHER_IDENTITY");
});
