import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { DerReader } from "../../src/asn1/der.ts";
import { der, unsigned } from "../_certificates.ts";
import type { SerializedBundle, SerializedTLogEntry } from "./bundle_json.ts";
import type { JsonObject } from "./canonical_json.ts";
import {
  type CertificateAuthority,
  type CertificateIdentity,
  certificatePem,
  type LeafForgery,
} from "./certificate_authority.ts";
import { bytesOf, sha256 } from "./keys.ts";
import type { LogForgery } from "./log_state.ts";
import { pae } from "./rekor_v1_entry.ts";
import type { TestSigstore } from "./test_sigstore.ts";

/** What to put into a bundle. Either `statement` or `message` is to be given. */
export interface BundleOptions {
  /** The payload of a DSSE envelope: bytes, or what becomes JSON. */
  statement?: Uint8Array | JsonObject;
  /** `application/vnd.in-toto+json` if not given. */
  payloadType?: string;
  /** What a message signature is over. */
  message?: Uint8Array;
  /** Who signs: jane@example.com of this Sigstore's issuer, if not given. */
  identity?: Partial<CertificateIdentity>;
  /** Which log. 1 if not given. */
  rekor?: 1 | 2;
  /** Of the entry for an envelope in Rekor v1. `dsse` if not given. */
  kind?: "dsse" | "intoto" | "hashedrekord";
  /** When it is signed. */
  at?: Date;
  /** How many timestamps. If not given: those needed, which is one with Rekor v2 and none with v1. */
  timestamps?: number;

  /** What is to be wrong with the certificate. */
  certificate?: LeafForgery;
  /** Another authority, such as one of the same names. */
  authority?: CertificateAuthority;
  /** What is to be wrong with the log entry. */
  entry?: LogForgery;
  /** The log entry is a good one, but of another artifact, of another signature, or of another certificate. */
  entryOf?: "otherArtifact" | "otherSignature" | "otherCertificate";
  /** How often the one entry is there. */
  entries?: number;
  /** The signature is of something else, and the log has taken it nevertheless. */
  wrongSignature?: boolean;
  /** What the timestamps are over, if not the signature. */
  timestampOver?: Uint8Array;
  /** When the timestamps are made, if not at the time of signing. */
  timestampAt?: Date;
}

/** A bundle, and what it was made with. */
export interface MadeBundle {
  readonly bundle: SerializedBundle;
  readonly privateKey: KeyObject;
  /** DER. */
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** The index of its entry over all shards of its log. */
  readonly logIndex: number;
}

/** A signed thing: what a log hears of. */
interface Signed {
  readonly content: Content;
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly certificate: Uint8Array<ArrayBuffer>;
}

/** What is signed: an envelope's payload or a message. */
type Content =
  | { readonly payload: Uint8Array<ArrayBuffer>; readonly payloadType: string }
  | { readonly message: Uint8Array<ArrayBuffer> };

/**
 * Makes a bundle with the services of a Sigstore, without asking them over HTTP, so that each part can be forged.
 *
 * @param sigstore Whose keys and logs to use.
 * @param options What to make, and what is to be wrong with it.
 */
export async function makeBundle(sigstore: TestSigstore, options: BundleOptions): Promise<MadeBundle> {
  const at = options.at ?? sigstore.now();
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const identity = { name: "jane@example.com", issuer: sigstore.issuer.url, ...options.identity };
  const authority = options.authority ?? sigstore.fulcio.authority;
  const issue = (): Promise<Uint8Array<ArrayBuffer>> =>
    authority.issue(spki, identity, sigstore.ctLog, at, options.certificate);

  const content = contentOf(options);
  const certificate = await issue();
  const signature = signContent(options.wrongSignature ? altered(content) : content, privateKey);
  const logged: Signed = {
    content: options.entryOf === "otherArtifact" ? altered(content) : content,
    signature,
    certificate: options.entryOf === "otherCertificate" ? await issue() : certificate,
  };
  const isSignedAnew = options.entryOf === "otherArtifact" || options.entryOf === "otherSignature";
  const { entry, logIndex } = logEntry(
    sigstore,
    isSignedAnew ? { ...logged, signature: otherSignature(signContent(logged.content, privateKey)) } : logged,
    options,
    at,
  );
  const tlogEntries = Array.from({ length: options.entries ?? 1 }, () => structuredClone(entry));
  const bundle = {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: {
      certificate: { rawBytes: certificate.toBase64() },
      tlogEntries,
      timestampVerificationData: { rfc3161Timestamps: timestamps(sigstore, signature, options, at) },
    },
    ...signedContent(content, signature),
  };
  return { bundle, privateKey, certificate, signature, logIndex };
}

function contentOf({ statement, message, payloadType }: BundleOptions): Content {
  if (message !== undefined) return { message: message.slice() };
  if (statement === undefined) throw new TypeError("Cannot make a bundle of nothing: give a statement or a message");
  const payload = statement instanceof Uint8Array ? statement.slice() : bytesOf(JSON.stringify(statement));
  return { payload, payloadType: payloadType ?? "application/vnd.in-toto+json" };
}

/** Something else of the same kind. */
function altered(content: Content): Content {
  return "message" in content ? { message: bytesOf("another message") } : { ...content, payload: bytesOf("{}") };
}

/** What the signature is over. */
function signedBytes(content: Content): Uint8Array<ArrayBuffer> {
  return "message" in content ? content.message : pae(content.payloadType, content.payload);
}

function signContent(content: Content, privateKey: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sign("sha256", signedBytes(content), privateKey));
}

/** The other of the two signatures that ECDSA has for the same bytes, key and random number: n − s in place of s. */
function otherSignature(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const fields = new DerReader(new DerReader(signature).take(0x30).content);
  const r = fields.take(0x02).bytes;
  const s = BigInt(`0x${fields.take(0x02).content.toHex()}`);
  const other = (P256_ORDER - s).toString(16).padStart(64, "0");
  return der(0x30, r, unsigned(Uint8Array.fromHex(other)));
}

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function signedContent(
  content: Content,
  signature: Uint8Array,
): Pick<SerializedBundle, "messageSignature" | "dsseEnvelope"> {
  if ("message" in content) {
    const messageDigest = { algorithm: "SHA2_256", digest: sha256(content.message).toBase64() };
    return { messageSignature: { messageDigest, signature: signature.toBase64() } };
  }
  return { dsseEnvelope: envelope(content, signature) };
}

function envelope(
  { payload, payloadType }: { readonly payload: Uint8Array; readonly payloadType: string },
  signature: Uint8Array,
): NonNullable<SerializedBundle["dsseEnvelope"]> {
  return { payload: payload.toBase64(), payloadType, signatures: [{ sig: signature.toBase64(), keyid: "" }] };
}

function logEntry(
  sigstore: TestSigstore,
  signed: Signed,
  options: BundleOptions,
  at: Date,
): { entry: SerializedTLogEntry; logIndex: number } {
  if (options.rekor === 2) {
    const logIndex = sigstore.rekorV2.add(hashedRekordRequest(signed), !options.wrongSignature);
    return { entry: sigstore.rekorV2.bundleEntry(logIndex, options.entry), logIndex };
  }
  const logged = sigstore.rekorV1.add(proposedEntry(signed, options.kind), at, !options.wrongSignature);
  return { entry: sigstore.rekorV1.bundleEntry(logged, options.entry), logIndex: logged.logIndex };
}

function hashedRekordRequest(
  { content, signature, certificate }: Signed,
): Parameters<TestSigstore["rekorV2"]["add"]>[0] {
  return {
    digest: sha256(signedBytes(content)).toBase64(),
    signature: {
      content: signature.toBase64(),
      verifier: {
        keyDetails: "PKIX_ECDSA_P256_SHA_256",
        x509Certificate: { rawBytes: certificate.toBase64() },
      },
    },
  };
}

/** An entry as it is proposed to Rekor v1. */
function proposedEntry(signed: Signed, kind: BundleOptions["kind"] = "dsse"): JsonObject {
  const { content, signature, certificate } = signed;
  const verifier = bytesOf(certificatePem(certificate)).toBase64();
  if ("message" in content || kind === "hashedrekord") {
    const value = sha256(signedBytes(content)).toHex();
    const spec = {
      data: { hash: { algorithm: "sha256", value } },
      signature: { content: signature.toBase64(), publicKey: { content: verifier } },
    };
    return { apiVersion: "0.0.1", kind: "hashedrekord", spec };
  }
  if (kind === "dsse") {
    const text = JSON.stringify(envelope(content, signature));
    const spec = { proposedContent: { envelope: text, verifiers: [verifier] } };
    return { apiVersion: "0.0.1", kind, spec };
  }
  const twice = (bytes: Uint8Array): string => bytesOf(bytes.toBase64()).toBase64();
  const hash = { algorithm: "sha256", value: sha256(JSON.stringify(envelope(content, signature))).toHex() };
  const spec = {
    content: {
      envelope: {
        payload: twice(content.payload),
        payloadType: content.payloadType,
        signatures: [{ publicKey: verifier, sig: twice(signature) }],
      },
      hash,
      payloadHash: { algorithm: "sha256", value: sha256(content.payload).toHex() },
    },
  };
  return { apiVersion: "0.0.2", kind, spec };
}

function timestamps(
  { timestampAuthority }: TestSigstore,
  signature: Uint8Array,
  options: BundleOptions,
  at: Date,
): { signedTimestamp: string }[] {
  const count = options.timestamps ?? (options.rekor === 2 ? 1 : 0);
  return Array.from({ length: count }, () => {
    const over = options.timestampOver ?? signature;
    return { signedTimestamp: timestampAuthority.timestamp(over, options.timestampAt ?? at).toBase64() };
  });
}
