import { assertEquals } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../../src/errors.ts";
import { ambientToken, PROVIDERS } from "../../../../src/sigstore/login/ambient/find.ts";
import { TOKEN_FILE } from "../../../../src/sigstore/login/ambient/token_file.ts";
import type { IdentityToken } from "../../../../src/sigstore/tokens/identity_token.ts";
import { assertFails } from "../../../_assert_fails.ts";
import { type Machine, machine } from "../_host.ts";
import { token } from "../_tokens.ts";

const BUILDKITE_CLAIMS = { iss: "https://agent.buildkite.com", organization_slug: "acme", pipeline_slug: "models" };
const GITLAB_CLAIMS = { iss: "https://gitlab.com", ci_config_ref_uri: "gitlab.com/acme/models//.gitlab-ci.yml@main" };
const CIRCLECI_CLAIMS = {
  iss: "https://oidc.circleci.com",
  "oidc.circleci.com/project-id": "p",
  "oidc.circleci.com/pipeline-definition-id": "d",
};
const BUILDKITE_COMMAND = "buildkite-agent oidc request-token --audience sigstore";
const CIRCLECI_COMMAND = 'circleci run oidc get --claims {"aud":"sigstore"} --root-issuer';

function ask(on: Machine): Promise<IdentityToken | undefined> {
  return ambientToken({ audience: "sigstore", environment: machine(on) });
}

Deno.test("a machine that offers no token has none", async () => {
  assertEquals(await ask({}), undefined);
});

Deno.test("the places are tried in the order of the Python client", () => {
  const names = PROVIDERS.map(({ name }) => name);
  assertEquals(names, ["GitHub Actions", "Google Cloud", "Buildkite", "GitLab CI", "CircleCI", TOKEN_FILE]);
});

Deno.test("Buildkite's agent is asked", async () => {
  const on = { env: { BUILDKITE: "true" }, programs: { [BUILDKITE_COMMAND]: token(BUILDKITE_CLAIMS) } };
  assertEquals((await ask(on))?.identity, "https://buildkite.com/acme/models");
});

Deno.test("CircleCI's program is asked for a token of the root issuer", async () => {
  const on = { env: { CIRCLECI: "true" }, programs: { [CIRCLECI_COMMAND]: token(CIRCLECI_CLAIMS) } };
  assertEquals((await ask(on))?.issuer, "https://oidc.circleci.com");
});

Deno.test("GitLab puts a token into the environment", async () => {
  const env = { GITLAB_CI: "true", SIGSTORE_ID_TOKEN: token(GITLAB_CLAIMS) };
  assertEquals((await ask({ env }))?.identity, "https://gitlab.com/acme/models//.gitlab-ci.yml@main");
});

Deno.test("GitLab: a job without the token is told how to ask for it", async () => {
  const env = { GITLAB_CI: "true" };
  await assertFails(() => ask({ env }), UnavailableError, "NO_TOKEN", "id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore");
});

Deno.test("GitLab: a server of one's own is its own issuer", async () => {
  const claims = { iss: "https://gitlab.example.com", email: undefined, sub: "project_path:a/b" };
  const env = { GITLAB_CI: "true", CI_SERVER_URL: "https://gitlab.example.com", SIGSTORE_ID_TOKEN: token(claims) };
  assertEquals((await ask({ env }))?.issuer, "https://gitlab.example.com");
});

Deno.test("a file holds a token", async () => {
  const found = await ask({ files: { [TOKEN_FILE]: `${token()}\n` } });
  assertEquals(found?.source, TOKEN_FILE);
  await assertFails(() => ask({ files: { [TOKEN_FILE]: " \n" } }), UnavailableError, "NO_TOKEN", TOKEN_FILE, "empty");
});

Deno.test("a token of another issuer than the place's is refused", async (t) => {
  const programs = {
    [BUILDKITE_COMMAND]: token(),
    [CIRCLECI_COMMAND]: token({ ...CIRCLECI_CLAIMS, iss: "https://x.example" }),
  };
  for (const env of [{ BUILDKITE: "1" }, { CIRCLECI: "1" }, { GITLAB_CI: "1", SIGSTORE_ID_TOKEN: token() }]) {
    await t.step(
      Object.keys(env)[0]!,
      () => assertFails(() => ask({ env, programs }), RefusedError, "TOKEN").then(() => {}),
    );
  }
});

Deno.test("a place that fails is not passed over for the next one", async () => {
  const files = { [TOKEN_FILE]: token() };
  await assertFails(() => ask({ env: { GITHUB_ACTIONS: "true" }, files }), UnavailableError, "NO_TOKEN", "GitHub");
});
