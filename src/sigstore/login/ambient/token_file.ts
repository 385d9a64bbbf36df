/** A token in a file, kept fresh by something outside, such as a projected volume of Kubernetes or a SPIFFE helper. */
import { UnavailableError } from "../../../errors.ts";
import { quote } from "../../../text/quote.ts";
import type { AmbientProvider, TokenRequest } from "./provider.ts";

/** Where cosign looks for it, and so where it already lies on machines that are set up for Sigstore. */
export const TOKEN_FILE = "/var/run/sigstore/cosign/oidc-token";

/** The file that Sigstore's clients share. */
export const FILE: AmbientProvider = {
  name: TOKEN_FILE,
  detect: ({ readText }) => readText(TOKEN_FILE) !== undefined,
  prepare: readFile,
  // Read again: the file may have been replaced by a fresh token.
  token: (request) => Promise.resolve(readFile(request)),
  acceptsIssuer: () => true,
};

function readFile({ environment }: TokenRequest): string {
  const token = environment.readText(TOKEN_FILE)?.trim() ?? "";
  if (token !== "") return token;
  throw new UnavailableError("NO_TOKEN", `Cannot get an identity token from ${quote(TOKEN_FILE)}: it is empty`);
}
