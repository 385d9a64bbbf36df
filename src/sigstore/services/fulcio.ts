/** Fulcio client: requests a short-lived certificate for the subject of an identity token (Fulcio API v2). */
import * as pkijs from "pkijs";
import type { KeyObject } from "node:crypto";
import { askForJson, directory, failure, type RequestPolicy, type ServiceRequest } from "../../io/http.ts";

/** What a certificate is asked with. */
export interface CertificateRequest {
  /** Address of the certificate authority. */
  readonly url: URL;
  /** The identity token. It is sent to this address and nowhere else. */
  readonly token: string;
  /** A P-256 key. */
  readonly keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly signal?: AbortSignal | undefined;
  readonly retryPolicy?: RequestPolicy | undefined;
}

/**
 * Asks for a signing certificate. That the key is the asker's is proven by a certificate signing request, so that it need
 * not be known what an instance takes for the subject of a token.
 *
 * @param request The request.
 * @returns The chain in PEM, the signing certificate first.
 * @throws {UnavailableError} If the authority does not issue one.
 */
export async function requestCertificate(request: CertificateRequest): Promise<string[]> {
  const { url, token, keys, ...options } = request;
  const asked: ServiceRequest = {
    service: "the certificate authority",
    url: new URL("api/v2/signingCert", directory(url)),
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      credentials: { oidcIdentityToken: token },
      certificateSigningRequest: (await signingRequest(keys)).toBase64(),
    }),
    maxBytes: 200_000,
    secrets: [token],
    ...options,
  };
  const certificates = chainIn(await askForJson(asked));
  if (certificates === undefined) throw failure(asked, "its answer holds no certificate");
  return certificates;
}

/** PKCS#10 in PEM, which names nobody: the token does. */
async function signingRequest(keys: CertificateRequest["keys"]): Promise<Uint8Array> {
  const engine = new pkijs.CryptoEngine({ name: "WebCrypto", crypto });
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const publicKey = await crypto.subtle.importKey("spki", exported(keys.publicKey, "spki"), algorithm, true, [
    "verify",
  ]);
  const privateKey = await crypto.subtle.importKey("pkcs8", exported(keys.privateKey, "pkcs8"), algorithm, false, [
    "sign",
  ]);
  const request = new pkijs.CertificationRequest();
  request.attributes = []; // Not optional (RFC 2986 §4.1); pkijs leaves out what is not there, and Fulcio refuses that.
  await request.subjectPublicKeyInfo.importKey(publicKey, engine);
  await request.sign(privateKey, "SHA-256", engine);
  const base64 = new Uint8Array(request.toSchema().toBER()).toBase64().replace(/.{64}(?!$)/g, "$&\n");
  return new TextEncoder().encode(
    `-----BEGIN CERTIFICATE REQUEST-----\n${base64}\n-----END CERTIFICATE REQUEST-----\n`,
  );
}

function exported(key: KeyObject, type: "spki" | "pkcs8"): Uint8Array<ArrayBuffer> {
  return new Uint8Array(key.export({ format: "der", type: type as "spki" }));
}

/**
 * A Fulcio without a CT log, or with one that cannot embed, answers in another member. What SCT there is, is told by the
 * certificate itself; a detached one has no place in a bundle.
 */
function chainIn(answer: unknown): string[] | undefined {
  const { signedCertificateEmbeddedSct, signedCertificateDetachedSct } = (answer ?? {}) as Record<string, unknown>;
  const { chain } = (signedCertificateEmbeddedSct ?? signedCertificateDetachedSct ?? {}) as { chain?: unknown };
  const { certificates } = (chain ?? {}) as { certificates?: unknown };
  const isChain = Array.isArray(certificates) && certificates.length > 0 &&
    certificates.every((one) => typeof one === "string");
  return isChain ? certificates : undefined;
}
