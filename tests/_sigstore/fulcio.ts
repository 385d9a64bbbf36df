import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { createLocalJWKSet, type JWK, jwtVerify } from "jose";
import { CertificationRequest } from "pkijs";
import {
  CertificateAuthority,
  type CertificateIdentity,
  certificatePem,
  type LeafForgery,
  pemBytes,
  type Period,
} from "./certificate_authority.ts";
import { CtLog } from "./ct_log.ts";
import { type FaultOptions, Faults, type WireFault } from "./faults.ts";
import { principalOf } from "./fulcio_identity.ts";
import { makeServiceKey } from "./keys.ts";
import { jsonResponse, Server } from "./server.ts";
import { AUDIENCE } from "./tokens.ts";

/** What Fulcio may do wrong of its own. */
export type FulcioFault =
  /** A certificate for a key that was not sent. */
  | "otherKey"
  /** A certificate for someone else. */
  | "otherIdentity"
  /** A certificate of an issuer who did not issue the token. */
  | "otherIssuer"
  /** No SCT. */
  | "noSct"
  /** An SCT of a log that nobody trusts. */
  | "otherCtLog"
  /** A certificate by an authority of the same name that nobody trusts. */
  | "otherAuthority"
  /** A certificate that has expired. */
  | "expired"
  /** An answer without certificates. */
  | "noCertificates";

/** Who may vouch for identities, and with which key. */
export interface TrustedIssuers {
  readonly names: readonly string[];
  readonly key: JWK;
}

/** The certificate authority as a service: `POST /api/v2/signingCert`, `GET /api/v2/trustBundle`. */
export class Fulcio implements AsyncDisposable {
  readonly faults: Faults<FulcioFault> = new Faults();
  readonly server: Server;
  readonly authority: CertificateAuthority;
  readonly #ctLog: CtLog;
  readonly #issuers: TrustedIssuers;
  readonly #now: () => Date;
  /** All leaves so far, in DER. */
  readonly issued: Uint8Array<ArrayBuffer>[] = [];

  private constructor(authority: CertificateAuthority, ctLog: CtLog, issuers: TrustedIssuers, now: () => Date) {
    this.authority = authority;
    this.#ctLog = ctLog;
    this.#issuers = issuers;
    this.#now = now;
    this.server = new Server((request, url) => this.#answer(request, url), this.faults);
  }

  /**
   * Starts one.
   *
   * @param period When root and intermediate are valid.
   * @param intermediatePeriod When the intermediate is.
   */
  static async start(
    period: Period,
    intermediatePeriod: Period,
    ctLog: CtLog,
    issuers: TrustedIssuers,
    now: () => Date,
  ): Promise<Fulcio> {
    return new Fulcio(await CertificateAuthority.create(period, intermediatePeriod), ctLog, issuers, now);
  }

  /** Where it is. */
  get url(): string {
    return this.server.url;
  }

  /** Makes it misbehave. */
  misbehave(fault: FulcioFault | WireFault, options?: FaultOptions): void {
    this.faults.add(fault, options);
  }

  /** Issues a certificate without asking for a token. */
  async issue(
    publicKey: Uint8Array,
    identity: CertificateIdentity,
    forgery: LeafForgery = {},
    at: Date = this.#now(),
  ): Promise<Uint8Array<ArrayBuffer>> {
    const leaf = await this.authority.issue(publicKey, identity, this.#ctLog, at, forgery);
    this.issued.push(leaf);
    return leaf;
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  async #answer(request: Request, url: URL): Promise<Response> {
    const route = `${request.method} ${url.pathname}`;
    if (route === "GET /api/v2/trustBundle") {
      const certificates = this.authority.chain.map(({ pem }) => pem);
      return jsonResponse({ chains: [{ certificates }] });
    }
    if (route !== "POST /api/v2/signingCert") return gatewayError(404, 5, "Not Found");
    const body = await request.json().catch(() => undefined);
    if (typeof body !== "object" || body === null) return gatewayError(400, 3, "The request is not a JSON object");
    // Some clients name the token as other services have it.
    const bearer = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    return await this.#sign(body as SigningRequest, bearer);
  }

  async #sign(request: SigningRequest, bearer: string | undefined): Promise<Response> {
    let principal;
    try {
      principal = principalOf(await this.#claimsOf(request.credentials?.oidcIdentityToken ?? bearer));
    } catch {
      return gatewayError(401, 16, "There was an error processing the identity token");
    }
    let publicKey: Uint8Array;
    try {
      publicKey = await provenKey(request, principal.challenge);
    } catch (error) {
      return gatewayError(
        400,
        3,
        error instanceof Error ? error.message : "The public key supplied could not be parsed",
      );
    }
    return await this.#respond(publicKey, principal.identity);
  }

  /** As Fulcio does: signature, issuer, audience and time. */
  async #claimsOf(token: unknown): Promise<Record<string, unknown>> {
    const { names, key } = this.#issuers;
    const { payload } = await jwtVerify(String(token), createLocalJWKSet({ keys: [key] }), {
      issuer: [...names],
      audience: AUDIENCE,
      currentDate: this.#now(),
      requiredClaims: ["exp", "sub"],
    });
    return payload;
  }

  async #respond(publicKey: Uint8Array, identity: CertificateIdentity): Promise<Response> {
    const { faults } = this;
    const now = this.#now();
    if (faults.take("noCertificates")) return jsonResponse({ signedCertificateEmbeddedSct: { chain: {} } }, 201);
    const key = faults.take("otherKey") ? makeServiceKey().spki : publicKey;
    const other = faults.take("otherIdentity") ? { name: "mallory@example.com" } : {};
    const otherIssuer = faults.take("otherIssuer") ? { issuer: "https://issuer.example" } : {};
    const anHourAgo = new Date(now.getTime() - 3_600_000);
    const forgery: LeafForgery = {
      ...(faults.take("noSct") ? { ctLogs: [] } : {}),
      ...(faults.take("otherCtLog") ? { ctLogs: [new CtLog(this.#now)] } : {}),
      ...(faults.take("expired") ? { notBefore: anHourAgo } : {}),
    };
    const whose = { ...identity, ...other, ...otherIssuer };
    const authority = faults.take("otherAuthority")
      ? await CertificateAuthority.create(this.authority.period)
      : this.authority;
    const leaf = await authority.issue(key, whose, this.#ctLog, now, forgery);
    this.issued.push(leaf);
    const certificates = [certificatePem(leaf), ...authority.chain.map(({ pem }) => pem)];
    return jsonResponse({ signedCertificateEmbeddedSct: { chain: { certificates } } }, 201);
  }
}

interface SigningRequest {
  readonly credentials?: { readonly oidcIdentityToken?: unknown };
  readonly publicKeyRequest?: {
    readonly publicKey?: { readonly algorithm?: unknown; readonly content?: unknown };
    readonly proofOfPossession?: unknown;
  };
  /** PEM, in base64 as all bytes are in protobuf's JSON. */
  readonly certificateSigningRequest?: unknown;
}

/** The key for which a certificate is asked, once the client has proven possession of the private key. */
async function provenKey(request: SigningRequest, challenge: string): Promise<Uint8Array> {
  if (typeof request.certificateSigningRequest === "string") {
    return await keyOfSigningRequest(request.certificateSigningRequest);
  }
  const { publicKey, proofOfPossession } = request.publicKeyRequest ?? {};
  const key = createPublicKey(String(publicKey?.content));
  const proof = Buffer.from(String(proofOfPossession), "base64");
  if (!verify(digestOf(key), Buffer.from(challenge), key, proof)) {
    throw new Error("The signature supplied in the request could not be verified");
  }
  return key.export({ type: "spki", format: "der" });
}

async function keyOfSigningRequest(base64: string): Promise<Uint8Array> {
  const csr = CertificationRequest.fromBER(pemBytes(Buffer.from(base64, "base64").toString()));
  if (!await csr.verify()) throw new Error("The certificate signing request could not be verified");
  return new Uint8Array(csr.subjectPublicKeyInfo.toSchema().toBER());
}

function digestOf(key: KeyObject): string | null {
  if (key.asymmetricKeyType !== "ec") return key.asymmetricKeyType === "rsa" ? "sha256" : null;
  return key.asymmetricKeyDetails?.namedCurve === "secp384r1" ? "sha384" : "sha256";
}

/** An error as the gateway before gRPC writes it. */
function gatewayError(status: number, code: number, message: string): Response {
  return jsonResponse({ code, message, details: [] }, status);
}
