/** CircleCI: its program gets a token for the job. */
import type { AmbientProvider } from "./provider.ts";

/** CircleCI. Fulcio knows its one issuer for all organizations, the root issuer. */
export const CIRCLECI: AmbientProvider = {
  name: "CircleCI",
  detect: ({ env }) => env("CIRCLECI") !== undefined,
  prepare: ({ environment }) => void environment.checkProgram?.("circleci"),
  token: ({ audience, environment, signal }) => {
    const claims = JSON.stringify({ aud: audience });
    return environment.run("circleci", ["run", "oidc", "get", "--claims", claims, "--root-issuer"], signal);
  },
  acceptsIssuer: (issuer) => issuer === "https://oidc.circleci.com",
};
