/** GitLab CI: a job that asks for it finds a token in its environment. */
import { UnavailableError } from "../../../errors.ts";
import type { AmbientProvider, TokenRequest } from "./provider.ts";

/** Where GitLab puts the token that the job's `id_tokens` names so. */
const VARIABLE = "SIGSTORE_ID_TOKEN";

/** GitLab CI, of gitlab.com or of a server of one's own. */
export const GITLAB: AmbientProvider = {
  name: "GitLab CI",
  detect: ({ env }) => env("GITLAB_CI") !== undefined,
  prepare: readVariable,
  token: (request) => Promise.resolve(readVariable(request)),
  acceptsIssuer: (issuer, { env }) => issuer === (env("CI_SERVER_URL") ?? "https://gitlab.com"),
};

function readVariable({ environment, audience }: TokenRequest): string {
  const token = environment.env(VARIABLE);
  if (token !== undefined) return token.trim();
  const message = `Cannot get an identity token from GitLab CI: give the job \`id_tokens: ${VARIABLE}: ` +
    `aud: ${audience}\` in .gitlab-ci.yml`;
  throw new UnavailableError("NO_TOKEN", message);
}
