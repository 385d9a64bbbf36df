import type { KeyObject } from "node:crypto";
import {
  concat,
  der,
  integer,
  makeCertificate,
  name,
  objectIdentifier,
  type TestCertificate,
  time,
  TRUE,
  unsigned,
} from "../_certificates.ts";
import { DerReader } from "../../src/asn1/der.ts";
import { keyIdentifier, type Period, spkiOf, wholeSecond } from "./certificate_authority.ts";
import { type FaultOptions, Faults, type WireFault } from "./faults.ts";
import { makeServiceKey, type ServiceKey, sha256 } from "./keys.ts";
import { errorResponse, Server } from "./server.ts";

/** What a timestamp authority may do wrong of its own. */
export type TimestampFault =
  /** A timestamp over something else than was sent. */
  | "otherSignature"
  /** A nonce that was not sent. */
  | "wrongNonce"
  /** A timestamp by an authority that nobody trusts. */
  | "otherAuthority"
  /** A timestamp whose signature is wrong. */
  | "wrongSignature"
  /** "Rejected", and no timestamp. */
  | "rejected";

/** What is to be timestamped. */
export interface TimestampRequest {
  /** OID of the hash. */
  readonly hashOid: string;
  readonly imprint: Uint8Array;
  /** DER of an integer. */
  readonly nonce?: Uint8Array | undefined;
  readonly wantsCertificates: boolean;
}

const SHA256_OID = "2.16.840.1.101.3.4.2.1";
const HASH_OIDS: Readonly<Record<string, string>> = {
  sha256: SHA256_OID,
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};
const ECDSA_SHA256_OID = "1.2.840.10045.4.3.2";
const TST_INFO_OID = "1.2.840.113549.1.9.16.1.4";
const POLICY_OID = "1.3.6.1.4.1.57264.2";
const SUBJECT = "CN=sigstore-tsa,O=sigstore.test";

/**
 * A timestamp authority (RFC 3161), served as Sigstore's is: `POST /api/v1/timestamp` takes a query in DER or JSON.
 */
export class TimestampAuthority implements AsyncDisposable {
  readonly faults: Faults<TimestampFault> = new Faults();
  readonly server: Server;
  readonly root: TestCertificate;
  readonly leaf: TestCertificate;
  readonly period: Period;
  readonly #key: ServiceKey;
  readonly #now: () => Date;

  private constructor(root: TestCertificate, leaf: TestCertificate, key: ServiceKey, period: Period, now: () => Date) {
    this.root = root;
    this.leaf = leaf;
    this.#key = key;
    this.period = period;
    this.#now = now;
    this.server = new Server((request, url) => this.#answer(request, url), this.faults);
  }

  /**
   * Starts one.
   *
   * @param period When its root is valid.
   * @param leafPeriod When its signing certificate is.
   * @param now What its clock says.
   */
  static async start(period: Period, leafPeriod: Period, now: () => Date): Promise<TimestampAuthority> {
    const key = makeServiceKey();
    const root = await makeRoot(period);
    const leaf = await makeLeaf(root, key, leafPeriod);
    return new TimestampAuthority(root, leaf, key, period, now);
  }

  /** Where to post. */
  get url(): string {
    return `${this.server.url}/api/v1/timestamp`;
  }

  /** The signing certificate and the root. */
  get chain(): readonly TestCertificate[] {
    return [this.leaf, this.root];
  }

  /** The public half of its key. */
  get signingKey(): KeyObject {
    return this.#key.publicKey;
  }

  /** Makes it misbehave. */
  misbehave(fault: TimestampFault | WireFault, options?: FaultOptions): void {
    this.faults.add(fault, options);
  }

  /**
   * Timestamps a signature.
   *
   * @param signature Any bytes.
   * @param at When; now if not given.
   * @returns `TimeStampResp` in DER.
   */
  timestamp(signature: Uint8Array, at = this.#now()): Uint8Array<ArrayBuffer> {
    return this.answer({ hashOid: SHA256_OID, imprint: sha256(signature), wantsCertificates: true }, at);
  }

  /** Answers a query. */
  answer(request: TimestampRequest, at = this.#now(), signer: ServiceKey = this.#key): Uint8Array<ArrayBuffer> {
    const info = tstInfo(request, at);
    const attributes = signedAttributes(info, this.leaf.der, at);
    const signature = signer.sign(der(0x31, ...attributes));
    if (this.faults.take("wrongSignature")) signature[signature.length - 1]! ^= 1;
    const signerInfo = der(
      0x30,
      integer(1),
      der(0x30, name(this.root.subject), serialOf(this.leaf.der)),
      der(0x30, objectIdentifier(SHA256_OID)),
      der(0xa0, ...attributes),
      der(0x30, objectIdentifier(ECDSA_SHA256_OID)),
      der(0x04, signature),
    );
    const signedData = der(
      0x30,
      integer(3),
      der(0x31, der(0x30, objectIdentifier(SHA256_OID))),
      der(0x30, objectIdentifier(TST_INFO_OID), der(0xa0, der(0x04, info))),
      ...(request.wantsCertificates ? [der(0xa0, this.leaf.der)] : []),
      der(0x31, signerInfo),
    );
    const token = der(0x30, objectIdentifier("1.2.840.113549.1.7.2"), der(0xa0, signedData));
    return der(0x30, der(0x30, integer(0)), token);
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  async #answer(request: Request, url: URL): Promise<Response> {
    if (url.pathname === "/api/v1/timestamp/certchain") {
      const body = this.chain.map((certificate) => certificate.pem).join("");
      return new Response(body, { headers: { "content-type": "application/pem-certificate-chain" } });
    }
    if (url.pathname !== "/api/v1/timestamp") return errorResponse(404, "path not found");
    if (request.method !== "POST") return errorResponse(405, "method not allowed");
    const query = await readQuery(request);
    if (query === undefined) return errorResponse(400, "Error parsing timestamp request");
    return new Response(this.#respond(query), {
      status: 201,
      headers: { "content-type": "application/timestamp-reply" },
    });
  }

  #respond(query: TimestampRequest): Uint8Array<ArrayBuffer> {
    if (this.faults.take("rejected")) return der(0x30, der(0x30, integer(2)));
    const { faults } = this;
    const imprint = faults.take("otherSignature") ? sha256("another signature") : query.imprint;
    const nonce = faults.take("wrongNonce") ? integer(4711) : query.nonce;
    const signer = faults.take("otherAuthority") ? makeServiceKey() : this.#key;
    return this.answer({ ...query, imprint, nonce }, this.#now(), signer);
  }
}

async function readQuery(request: Request): Promise<TimestampRequest | undefined> {
  const type = request.headers.get("content-type");
  try {
    if (type === "application/json") return readJsonQuery(await request.json());
    if (type === "application/timestamp-query") return readDerQuery(new Uint8Array(await request.arrayBuffer()));
  } catch {
    // It is told by status 400, as of any other type.
  }
  return undefined;
}

function readJsonQuery(query: Record<string, unknown>): TimestampRequest | undefined {
  const hashOid = HASH_OIDS[String(query.hashAlgorithm)];
  if (hashOid === undefined) return undefined;
  const nonce = query.nonce === undefined ? undefined : unsigned(bigIntBytes(BigInt(query.nonce as number)));
  const imprint = Uint8Array.fromBase64(String(query.artifactHash));
  return { hashOid, imprint, nonce, wantsCertificates: query.certificates === true };
}

/** `TimeStampReq` (RFC 3161 §2.4.1). */
function readDerQuery(bytes: Uint8Array): TimestampRequest {
  const fields = new DerReader(new DerReader(bytes).take(0x30).content);
  fields.take(0x02);
  const messageImprint = new DerReader(fields.take(0x30).content);
  const algorithm = new DerReader(messageImprint.take(0x30).content).take(0x06).bytes;
  const imprint = messageImprint.take(0x04).content;
  const hashOid = Object.values(HASH_OIDS).find((oid) => objectIdentifier(oid).toHex() === algorithm.toHex());
  if (hashOid === undefined) throw new Error("unknown hash");
  fields.takeOptional(0x06);
  const nonce = fields.takeOptional(0x02)?.bytes;
  const wantsCertificates = fields.takeOptional(0x01)?.content[0] === 0xff;
  return { hashOid, imprint, nonce, wantsCertificates };
}

/** `TSTInfo` (RFC 3161 §2.4.2). */
function tstInfo(request: TimestampRequest, at: Date): Uint8Array {
  return der(
    0x30,
    integer(1),
    objectIdentifier(POLICY_OID),
    der(0x30, der(0x30, objectIdentifier(request.hashOid)), der(0x04, request.imprint)),
    unsigned(crypto.getRandomValues(new Uint8Array(16))),
    generalizedTime(at),
    der(0x30, integer(1)),
    ...(request.nonce === undefined ? [] : [request.nonce]),
  );
}

/** Content type, time, digest, and which certificate (RFC 5035), in the order that DER asks of a set. */
function signedAttributes(info: Uint8Array, certificate: Uint8Array, at: Date): Uint8Array[] {
  const attribute = (oid: string, value: Uint8Array): Uint8Array => der(0x30, objectIdentifier(oid), der(0x31, value));
  const certificateId = der(0x30, der(0x04, sha256(certificate)));
  return [
    attribute("1.2.840.113549.1.9.3", objectIdentifier(TST_INFO_OID)),
    attribute("1.2.840.113549.1.9.5", time(wholeSecond(at))),
    attribute("1.2.840.113549.1.9.4", der(0x04, sha256(info))),
    attribute("1.2.840.113549.1.9.16.2.47", der(0x30, der(0x30, certificateId))),
  ].sort((a, b) => a.toHex() < b.toHex() ? -1 : 1);
}

function generalizedTime(at: Date): Uint8Array {
  const digits = wholeSecond(at).toISOString().replace(/\.000Z$/, "Z").replace(/[-:T]/g, "");
  return der(0x18, new TextEncoder().encode(digits));
}

function serialOf(certificate: Uint8Array): Uint8Array {
  const tbs = new DerReader(new DerReader(new DerReader(certificate).take(0x30).content).take(0x30).content);
  tbs.take(0xa0);
  return tbs.take(0x02).bytes;
}

function bigIntBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.fromHex(hex.padStart(hex.length + hex.length % 2, "0"));
}

async function makeRoot(period: Period): Promise<TestCertificate> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]);
  const id = keyIdentifier(new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)));
  return await makeCertificate({
    subject: "CN=sigstore-tsa-root,O=sigstore.test",
    key: "P-384",
    keys,
    signature: "SHA-384",
    notBefore: wholeSecond(period.start),
    notAfter: wholeSecond(period.end),
    keyUsage: ["keyCertSign", "cRLSign"],
    extensions: [
      { oid: "2.5.29.19", critical: true, value: der(0x30, TRUE, integer(0)) },
      { oid: "2.5.29.14", value: der(0x04, id) },
    ],
  });
}

async function makeLeaf(root: TestCertificate, key: ServiceKey, period: Period): Promise<TestCertificate> {
  return await makeCertificate({
    subject: SUBJECT,
    issuer: root,
    keys: root.keys, // not new, as they are not used
    publicKey: key.spki,
    signature: "SHA-384",
    notBefore: wholeSecond(period.start),
    notAfter: wholeSecond(period.end),
    keyUsage: ["digitalSignature"],
    extensions: [
      { oid: "2.5.29.37", critical: true, value: der(0x30, objectIdentifier("1.3.6.1.5.5.7.3.8")) },
      { oid: "2.5.29.14", value: der(0x04, keyIdentifier(key.spki)) },
      { oid: "2.5.29.35", value: der(0x30, der(0x80, keyIdentifier(await spkiOf(root)))) },
    ],
    alterTbs: ([version, _serial, ...rest]) => [
      version!,
      unsigned(concat([Uint8Array.of(1), crypto.getRandomValues(new Uint8Array(15))])),
      ...rest,
    ],
  });
}
