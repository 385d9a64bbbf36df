/** The certificate authority of Sigstore: a short-lived certificate for whoever a token names (Fulcio API v2). */
import { sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { askForJson, failure, folder, type Patience, type ServiceRequest } from "./http.ts";

/** What a certificate is asked with. */
export interface CertificateRequest {
  /** Address of the certificate authority. */
  readonly url: URL;
  /** The identity token. It is sent to this address and nowhere else. */
  readonly token: string;
  /** What the token is about: the authority wants it signed, as proof that the key is the asker's. */
  readonly challenge: string;
  /** A P-256 key. */
  readonly keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Patience | undefined;
}

/**
 * Asks for a signing certificate.
 *
 * @param request The request.
 * @returns The chain in PEM, the signing certificate first.
 * @throws {UnavailableError} If the authority does not issue one.
 */
export async function requestCertificate(request: CertificateRequest): Promise<string[]> {
  const asked: ServiceRequest = {
    service: "the certificate authority",
    url: new URL("api/v2/signingCert", folder(request.url)),
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      credentials: { oidcIdentityToken: request.token },
      publicKeyRequest: {
        publicKey: { algorithm: "ECDSA", content: request.keys.publicKey.export({ format: "pem", type: "spki" }) },
        proofOfPossession: sign("sha256", new TextEncoder().encode(request.challenge), request.keys.privateKey)
          .toString("base64"),
      },
    }),
    maxBytes: 200_000,
    signal: request.signal,
    patience: request.patience,
  };
  const certificates = chainIn(await askForJson(asked));
  if (certificates === undefined) throw failure(asked, "its answer holds no certificate");
  return certificates;
}

function chainIn(answer: unknown): string[] | undefined {
  const { signedCertificateEmbeddedSct } = (answer ?? {}) as { signedCertificateEmbeddedSct?: unknown };
  const { chain } = (signedCertificateEmbeddedSct ?? {}) as { chain?: unknown };
  const { certificates } = (chain ?? {}) as { certificates?: unknown };
  const isChain = Array.isArray(certificates) && certificates.length > 0 &&
    certificates.every((one) => typeof one === "string");
  return isChain ? certificates : undefined;
}
