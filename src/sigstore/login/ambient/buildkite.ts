/** Buildkite: the agent gets a token for the job. */
import type { AmbientProvider } from "./provider.ts";

/** Buildkite. */
export const BUILDKITE: AmbientProvider = {
  name: "Buildkite",
  detect: ({ env }) => env("BUILDKITE") !== undefined,
  prepare: ({ environment }) => void environment.checkProgram?.("buildkite-agent"),
  token: ({ audience, environment, signal }) =>
    environment.run("buildkite-agent", ["oidc", "request-token", "--audience", audience], signal),
  acceptsIssuer: (issuer) => issuer === "https://agent.buildkite.com",
};
