import { SigningConfig, TrustedRoot } from "@sigstore/protobuf-specs";
import type { Content } from "../../src/sign/signer.ts";
import { openSigstoreSigner, type SigstoreSignerOptions } from "../../src/sign/sigstore.ts";
import type { RequestPolicy } from "../../src/io/http.ts";
import { readIdentityToken } from "../../src/sigstore/tokens/identity_token.ts";
import { selectServices } from "../../src/sigstore/trust/select_services.ts";
import type { TestSigstore } from "../_sigstore/test_sigstore.ts";
import type { TokenOptions } from "../_sigstore/tokens.ts";
import { PAYLOAD_TYPE, toBytes } from "../oms/_forge.ts";

/** Tries again at once. */
export const IMPATIENT: RequestPolicy = { tryMs: 30_000, tries: 3, pauseMs: 1, maxPauseMs: 10 };

export const ENVELOPE: Content = { kind: "envelope", payloadType: PAYLOAD_TYPE, payload: toBytes('{"a": "\u00e9"}') };
export const MESSAGE: Content = { kind: "message", message: new Uint8Array(32).map((_, i) => i) };

/** How to sign with a Sigstore for tests. */
export interface TestSigning extends Partial<SigstoreSignerOptions> {
  rekor?: 1 | 2;
  token?: TokenOptions;
}

/** Signs as the program does, and gives back the text of the signature file. */
export async function signWith(sigstore: TestSigstore, content: Content, options: TestSigning = {}): Promise<string> {
  const { rekor = 1, token, ...rest } = options;
  const signer = openSigstoreSigner({
    services: selectServices(SigningConfig.fromJSON(sigstore.signingConfig({ rekor })), { now: new Date() }),
    trustedRoot: TrustedRoot.fromJSON(sigstore.trustedRoot()),
    logIn: async () => readIdentityToken(await sigstore.token(token), { source: "the test" }),
    confirm: () => true,
    retryPolicy: IMPATIENT,
    ...rest,
  });
  return [...(await signer.sign(content)).text].join("");
}
