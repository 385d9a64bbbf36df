import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { RefusedError } from "../../../src/errors.ts";
import { MOST_TOKEN_LENGTH } from "../../../src/sigstore/tokens/claims.ts";
import { readIdentityToken, type TokenExpectation } from "../../../src/sigstore/tokens/identity_token.ts";
import { assertFails } from "../../_assert_fails.ts";
import { claims, encode, part, token } from "../login/_tokens.ts";

const SOURCE = { source: "the test" };

async function refused(text: string, reason: string, expectation: Partial<TokenExpectation> = {}): Promise<void> {
  const read = (): unknown => readIdentityToken(text, { ...SOURCE, ...expectation });
  const error = await assertFails(read, RefusedError, "TOKEN", "Cannot use the identity token from the test", reason);
  const [, secret = text] = text.split(".");
  if (secret.length > 8) assertFalse(Deno.inspect(error).includes(secret), "the error shows the token");
}

Deno.test("readIdentityToken() reads who signs", () => {
  const now = Math.floor(Date.now() / 1000);
  const text = token({ exp: now + 60 });
  const read = readIdentityToken(text, SOURCE);
  assertEquals(read.reveal(), text);
  assertEquals(read.identity, "ada@example.com");
  assertEquals(read.subject, "ada@example.com");
  assert(read.isEmail);
  assertEquals(read.issuer, "https://accounts.google.com");
  assertEquals(read.expires, new Date((now + 60) * 1000));
  assertEquals(read.source, "the test");
});

Deno.test("an identity token is not shown by what prints", () => {
  const text = token();
  const read = readIdentityToken(text, SOURCE);
  const shown = [
    Deno.inspect(read, { depth: 9, showHidden: true }),
    JSON.stringify(read),
    String(read),
    `${Object.entries(read)}`,
    Deno.inspect(new Error("with it", { cause: read })),
    Deno.inspect(structuredClone({ ...read })),
  ];
  const [header, payload, signature] = text.split(".");
  for (const output of shown) {
    for (const secret of [header!, payload!, signature!]) assertFalse(output.includes(secret), output);
  }
  assertStringIncludes(shown[0]!, "ada@example.com");
});

Deno.test("readIdentityToken() refuses what is no token", async (t) => {
  const cases: Record<string, string> = {
    "nothing": "",
    "a word": "sigstore-password-of-ada",
    "two parts": `${part({ alg: "ES256" })}.${part(claims())}`,
    "five parts, an encrypted one": `${part({ alg: "RSA-OAEP" })}.a.b.c.d`,
    "no signature": `${part({ alg: "ES256" })}.${part(claims())}.`,
    "claims that are no JSON": `${part({ alg: "ES256" })}.${encode("claims claims claims")}.abcd`,
    "claims that are a list": `${part({ alg: "ES256" })}.${part([claims()])}.abcd`,
    "claims that are no UTF-8": `${part({ alg: "ES256" })}._____w.abcd`,
    "a header that is null": `${part(null)}.${part(claims())}.abcd`,
    "a line break within": token().replace(".", ".\n"),
    "padding": token().replace(".", "=."),
  };
  for (const [name, text] of Object.entries(cases)) {
    await t.step(name, () => refused(text, "it is not a JSON Web Token"));
  }
});

Deno.test("readIdentityToken() refuses a token without a signing algorithm", async () => {
  for (const alg of ["none", "None", undefined, 7]) await refused(token({}, { alg }), "it is not signed");
});

Deno.test("readIdentityToken() bounds the size", async () => {
  const at = (length: number): string => token({ padding: "" }) + "A".repeat(length - token({ padding: "" }).length);
  assertEquals(readIdentityToken(at(MOST_TOKEN_LENGTH), SOURCE).identity, "ada@example.com");
  await refused(at(MOST_TOKEN_LENGTH + 1), "it exceeds the limit of");
});

Deno.test("readIdentityToken() refuses a token for somebody else", async (t) => {
  for (
    const aud of ["sigstore.example.com", "Sigstore", "sigstore ", ["a", "b"], [], "", undefined, 5, ["xsigstore"]]
  ) {
    await t.step(Deno.inspect(aud), () => refused(token({ aud }), "it is made out for"));
  }
  await t.step("several", () => {
    readIdentityToken(token({ aud: ["other", "sigstore"] }), SOURCE);
  });
  await t.step("of a private instance", async () => {
    readIdentityToken(token({ aud: "ours" }), { ...SOURCE, audience: "ours" });
    await refused(token(), '"ours"', { audience: "ours" });
  });
});

Deno.test("readIdentityToken() refuses a token out of its time", async (t) => {
  const now = new Date("2026-01-01T00:00:00Z");
  const seconds = now.getTime() / 1000;
  const at = (times: Record<string, unknown>): string => token({ iat: seconds, exp: seconds + 60, ...times });
  await t.step("good to the last second", () => {
    assertEquals(
      readIdentityToken(at({ exp: seconds + 1 }), { ...SOURCE, now }).expires.getTime(),
      (seconds + 1) * 1000,
    );
  });
  await t.step("expired", () => refused(at({ exp: seconds }), "it expired at 2026-01-01T00:00:00.000Z", { now }));
  await t.step("clocks differ a little", () => {
    readIdentityToken(at({ iat: seconds + 60, nbf: seconds + 60, exp: seconds + 99 }), { ...SOURCE, now });
  });
  await t.step("issued later", () => refused(at({ iat: seconds + 61 }), "it is from the future", { now }));
  await t.step("good later", () => refused(at({ nbf: seconds + 61 }), "it is from the future", { now }));
  for (const name of ["exp", "iat", "nbf"]) {
    for (const value of ["2027", -1, 1e300, null, ...(name === "nbf" ? [] : [undefined])]) {
      await t.step(
        `${name} is ${value}`,
        () => refused(at({ [name]: value }), `its claim ${name} is missing`, { now }),
      );
    }
  }
});

Deno.test("readIdentityToken() refuses another issuer", async (t) => {
  const bad = ["http://accounts.google.com", "accounts.google.com", "", 7, undefined, "http://localhost.example.com"];
  for (const iss of [...bad, "https://ada@example.com", "https://:secret@example.com", "file:///etc/passwd"]) {
    await t.step(Deno.inspect(iss), () => refused(token({ iss }), "its issuer must be an https address"));
  }
  await t.step("on this machine", () => {
    for (const iss of ["http://localhost:5556/auth", "http://127.0.0.1:1", "http://[::1]:1"]) {
      assertEquals(readIdentityToken(token({ iss }), SOURCE).issuer, iss);
    }
  });
  await t.step("not the one of the login", async () => {
    readIdentityToken(token(), { ...SOURCE, issuer: "https://accounts.google.com" });
    await refused(token(), 'not by "https://accounts.google.com/"', { issuer: "https://accounts.google.com/" });
    await refused(token(), "not the one expected", { issuer: () => false });
  });
});

Deno.test("readIdentityToken() names whom the certificate will name", async (t) => {
  const cases: {
    name: string;
    claims: Record<string, unknown>;
    identity: string;
    subject?: string;
    issuer?: string;
  }[] = [
    {
      name: "a person behind the public instance's issuer",
      claims: {
        iss: "https://oauth2.sigstore.dev/auth",
        federated_claims: { connector_id: "https://github.com/login/oauth", user_id: "1" },
      },
      identity: "ada@example.com",
      subject: "ada@example.com",
      issuer: "https://github.com/login/oauth",
    },
    { name: "a verification in words", claims: { email_verified: "true" }, identity: "ada@example.com" },
    {
      name: "a subject without an address",
      claims: { iss: "https://issuer.example.com", email: undefined, sub: "service-7" },
      identity: "service-7",
    },
    {
      name: "a workflow on GitHub",
      claims: {
        iss: "https://token.actions.githubusercontent.com",
        sub: "repo:octo/model:ref:refs/heads/main",
        job_workflow_ref: "octo/model/.github/workflows/sign.yml@refs/heads/main",
        email: undefined,
      },
      identity: "https://github.com/octo/model/.github/workflows/sign.yml@refs/heads/main",
      subject: "repo:octo/model:ref:refs/heads/main",
    },
    {
      name: "a workflow of an enterprise on GitHub",
      claims: { iss: "https://token.actions.githubusercontent.com/acme", job_workflow_ref: "a/b/c.yml@x" },
      identity: "https://github.com/a/b/c.yml@x",
    },
    {
      name: "a pipeline on GitLab",
      claims: {
        iss: "https://gitlab.com",
        ci_config_ref_uri: "gitlab.com/group/model//.gitlab-ci.yml@refs/heads/main",
      },
      identity: "https://gitlab.com/group/model//.gitlab-ci.yml@refs/heads/main",
    },
    {
      name: "a pipeline of Buildkite",
      claims: { iss: "https://agent.buildkite.com", organization_slug: "acme", pipeline_slug: "models" },
      identity: "https://buildkite.com/acme/models",
    },
    {
      name: "a pipeline of CircleCI",
      claims: {
        iss: "https://oidc.circleci.com",
        "oidc.circleci.com/project-id": "p-1",
        "oidc.circleci.com/pipeline-definition-id": "d-2",
      },
      identity: "https://circleci.com/api/v2/projects/p-1/pipeline-definitions/d-2",
    },
    {
      name: "a pipeline of Codefresh",
      claims: {
        iss: "https://oidc.codefresh.io",
        account_name: "acme",
        pipeline_name: "models/sign",
        account_id: "a1",
        pipeline_id: "p1",
      },
      identity: "https://g.codefresh.io/acme/models/sign:a1/p1",
    },
    {
      name: "a service account of Kubernetes",
      claims: {
        iss: "https://oidc.eks.us-west-2.amazonaws.com/id/ABC",
        sub: "system:serviceaccount:ml:signer",
        "kubernetes.io": { namespace: "ml", serviceaccount: { name: "signer", uid: "1" } },
      },
      identity: "https://kubernetes.io/namespaces/ml/serviceaccounts/signer",
      subject: "system:serviceaccount:ml:signer",
    },
  ];
  for (const { name, claims, identity, subject, issuer } of cases) {
    await t.step(name, () => {
      const read = readIdentityToken(token(claims), SOURCE);
      assertEquals(read.identity, identity);
      assertEquals(read.isEmail, identity.includes("@example.com"));
      assertEquals(read.issuer, issuer ?? claims.iss ?? "https://accounts.google.com");
      if (subject !== undefined) assertEquals(read.subject, subject);
    });
  }
});

Deno.test("readIdentityToken() refuses a token that names nobody", async (t) => {
  const github = { iss: "https://token.actions.githubusercontent.com" };
  const cases: Record<string, [Record<string, unknown>, string]> = {
    "an address that nobody verified": [{ email_verified: false }, "has not verified the e-mail address"],
    "an address without a word on its verification": [{ email_verified: undefined }, "has not verified"],
    "no e-mail address": [{ email: "ada" }, "its claim email is no e-mail address"],
    "an address that is no text": [{ email: ["ada@example.com"] }, "its claim email"],
    "no subject": [{ email: undefined, sub: undefined }, "its claim sub"],
    "an empty subject": [{ email: undefined, sub: "" }, "its claim sub"],
    "a workflow without its name": [github, "its claim job_workflow_ref"],
    "a name that steers the terminal": [{ email: "ada\u001b[2J@example.com" }, "control characters"],
    "a name of two lines": [{ email: undefined, sub: "a\nb" }, "control characters"],
    "a name that is too long": [{ email: undefined, sub: "a".repeat(2049) }, "more than 2048 characters"],
    "a workflow of a name that is too long": [{ ...github, job_workflow_ref: "a".repeat(2040) }, "2048 characters"],
    "an issuer behind that is no text": [{ federated_claims: { connector_id: 5 } }, "its claim connector_id"],
  };
  for (const [name, [other, reason]] of Object.entries(cases)) {
    await t.step(name, () => refused(token(other), reason));
  }
});

Deno.test("a look-alike of an issuer is not that issuer", () => {
  const claims = { job_workflow_ref: "octo/model/sign.yml@main", email: undefined, sub: "me" };
  for (
    const host of ["https://token.actions.githubusercontent.com.example.com", "https://example.com/https://gitlab.com"]
  ) {
    assertEquals(readIdentityToken(token({ ...claims, iss: host }), SOURCE).identity, "me");
  }
});
