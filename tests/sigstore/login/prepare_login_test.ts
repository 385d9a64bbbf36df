/** What is known of a login before hours of hashing, without the network. */
import { assertEquals, assertFalse, assertRejects } from "@std/assert";
import { RefusedError, UnavailableError, UsageError } from "../../../src/errors.ts";
import { TOKEN_FILE } from "../../../src/sigstore/login/ambient/token_file.ts";
import { type LoginOptions, prepareLogin } from "../../../src/sigstore/login/log_in.ts";
import type { Host } from "../../../src/sigstore/tokens/host.ts";
import { assertFails } from "../../_assert_fails.ts";
import { type Machine, machine } from "./_host.ts";
import { token } from "./_tokens.ts";

const ISSUER = "https://issuer.example/auth";
const person = { tell: (): void => {} };
const CI = { iss: "https://gitlab.com", ci_config_ref_uri: "gitlab.com/g/m//.gitlab-ci.yml@refs/heads/main" };
const GITHUB = {
  GITHUB_ACTIONS: "true",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-bearer-token",
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://pipelines.actions.githubusercontent.com/id",
};

/** A machine that fails the test if anything is asked over the network, or run. */
function offline(on: Machine = {}): Host {
  const refuse = (): never => {
    throw new Error("nothing may be asked or run yet");
  };
  return {
    ...machine(on),
    ask: refuse,
    run: refuse,
    checkProgram: (program) => {
      throw new UnavailableError("RUN", `there is no ${program}`);
    },
  };
}

Deno.test("prepareLogin() finds what is wrong with a token that is there already", async (t) => {
  const bad: Record<string, [claims: Record<string, unknown>, text: string]> = {
    "expired": [{ exp: 1 }, "it expired at"],
    "from the future": [{ iat: 8e9, exp: 9e9 }, "from the future"],
    "for another audience": [{ aud: "https://other" }, '"https://other"'],
    "of an issuer without TLS": [{ iss: "http://issuer.example" }, "https address"],
  };
  for (const [what, [claims, text]] of Object.entries(bad)) {
    const places: [name: string, on: Machine, options?: LoginOptions][] = [
      ["a string", {}, { identityToken: token(claims) }],
      ["a function", {}, { identityToken: () => token(claims) }],
      ["SIGSTORE_ID_TOKEN", { env: { SIGSTORE_ID_TOKEN: token(claims) } }],
      ["GitLab CI", { env: { GITLAB_CI: "true", SIGSTORE_ID_TOKEN: token({ ...CI, ...claims }) } }],
      [TOKEN_FILE, { files: { [TOKEN_FILE]: token(claims) } }],
    ];
    for (const [name, on, options = {}] of places) {
      await t.step(`${what}: ${name}`, async () => {
        await assertFails(
          () => prepareLogin({ issuer: ISSUER, person, ...options }, offline(on)),
          RefusedError,
          "TOKEN",
          text,
        );
      });
    }
  }
});

Deno.test("prepareLogin() finds what a CI job lacks", async (t) => {
  const cases: [name: string, on: Machine, code: string, text: string][] = [
    ["GitHub, no permission", { env: { GITHUB_ACTIONS: "true" } }, "NO_TOKEN", "id-token: write"],
    ["GitHub, no https", { env: { ...GITHUB, ACTIONS_ID_TOKEN_REQUEST_URL: "http://x" } }, "NO_TOKEN", "must be https"],
    [
      "GitHub, a token with a line feed",
      {
        env: { ...GITHUB, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-bearer\n-token" },
      },
      "SERVICE_FAILED",
      "cannot be sent",
    ],
    ["GitLab", { env: { GITLAB_CI: "true" } }, "NO_TOKEN", "id_tokens"],
    ["Buildkite", { env: { BUILDKITE: "true" } }, "RUN", "buildkite-agent"],
    ["CircleCI", { env: { CIRCLECI: "true" } }, "RUN", "circleci"],
    ["Google", { env: { GOOGLE_SERVICE_ACCOUNT_NAME: "../x" } }, "NO_TOKEN", "GOOGLE_SERVICE_ACCOUNT_NAME"],
    ["an empty file", { files: { [TOKEN_FILE]: "\n" } }, "NO_TOKEN", "is empty"],
  ];
  for (const [name, on, code, text] of cases) {
    await t.step(name, async () => {
      const prepare = (): unknown => prepareLogin({ issuer: ISSUER, person }, offline(on));
      const error = await assertFails(prepare, UnavailableError, code, text);
      assertFalse(Deno.inspect(error, { depth: 9 }).includes("the-bearer"), error.message);
    });
  }
});

Deno.test("prepareLogin() finds that nobody can log in, and options that exclude each other", async () => {
  await assertFails(() => prepareLogin({ issuer: ISSUER }, offline()), UnavailableError, "NO_TOKEN", "Cannot log in");
  await assertFails(() => prepareLogin({ person }, offline()), UnavailableError, "NO_TOKEN", "Cannot log in");
  await assertFails(
    () => prepareLogin({ person, issuer: ISSUER, useAmbientCredentials: true }, offline()),
    UnavailableError,
    "NO_TOKEN",
  );
  const both = { useAmbientCredentials: true, forceOutOfBand: true };
  await assertFails(() => prepareLogin(both, offline()), UsageError, "OPTION");
});

Deno.test("prepareLogin() asks and runs nothing where a token is fetched when it is needed", async () => {
  const ready = { ...offline(), checkProgram: (): void => {} };
  const env = (name: string): Host["env"] => (one) => one === name ? "true" : undefined;
  await prepareLogin({ issuer: ISSUER, person }, ready);
  await prepareLogin({ issuer: ISSUER, person }, { ...ready, env: env("BUILDKITE") });
  await prepareLogin({ issuer: ISSUER, person }, { ...ready, env: env("CIRCLECI") });
  await prepareLogin({ issuer: ISSUER, person }, offline({ env: GITHUB }));
});

Deno.test("a token that expires while the model is hashed is replaced by a fresh one where there is one", async (t) => {
  const start = Date.now();
  const short = token({ exp: Math.floor(start / 1000) + 60, email: "old@example.com" });
  const fresh = token({ exp: Math.floor(start / 1000) + 36_000, email: "fresh@example.com" });
  let time = new Date(start);
  const now = (): Date => time;
  const later = (): void => {
    time = new Date(start + 3_600_000);
  };
  await t.step("the function returns a fresh one", async () => {
    let current = short;
    time = new Date(start);
    const logIn = await prepareLogin({ identityToken: () => Promise.resolve(current), now }, machine());
    current = fresh;
    later();
    assertEquals((await logIn()).identity, "fresh@example.com");
  });
  await t.step("the environment has another", async () => {
    time = new Date(start);
    const on = { env: { SIGSTORE_ID_TOKEN: short }, files: { [TOKEN_FILE]: fresh } };
    const logIn = await prepareLogin({ now }, machine(on));
    later();
    assertEquals((await logIn()).identity, "fresh@example.com");
  });
  for (const on of [{}, { files: { [TOKEN_FILE]: "" } }, { env: { GITHUB_ACTIONS: "true" } }]) {
    await t.step(`there is none: ${JSON.stringify(on)}`, async () => {
      time = new Date(start);
      const logIn = await prepareLogin({ now }, machine({ ...on, env: { ...on.env, SIGSTORE_ID_TOKEN: short } }));
      later();
      await assertRejects(logIn, RefusedError, "while the model was hashed");
    });
  }
  await t.step("a token that is given is not replaced by that of the machine", async () => {
    time = new Date(start);
    const logIn = await prepareLogin({ identityToken: short, now }, machine({ files: { [TOKEN_FILE]: fresh } }));
    later();
    await assertRejects(logIn, RefusedError, "while the model was hashed");
  });
});
