import { Buffer } from "node:buffer";
import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto";
import { pem } from "../_certificates.ts";
import { canonicalJson, type JsonObject } from "./canonical_json.ts";
import { pemBytes } from "./certificate_authority.ts";
import { verifyOverDigest } from "./ecdsa_over_digest.ts";
import { bytesOf, sha256 } from "./keys.ts";

/** An entry as Rekor v1 puts it into its log. */
export interface CanonicalEntry {
  readonly kind: string;
  readonly version: string;
  /** Canonical JSON: the leaf of the tree. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** What the index finds it by. */
  readonly keys: readonly string[];
}

/** Why Rekor refuses an entry. */
export class EntryError extends Error {}

/** What was proposed, as it came in. */
// deno-lint-ignore no-explicit-any -- foreign JSON; what is missing fails below, and every failure is one refusal
type Proposed = any;

/**
 * Checks a proposed entry as Rekor v1 does, and writes what it stores: not what was proposed.
 *
 * @param proposed The entry, in the form of the API.
 * @param isChecked Whether the signature has to verify; no honest log does without.
 * @throws {EntryError} If it is of an unknown kind, is incomplete, or its signature does not verify.
 */
export function canonicalEntry(proposed: unknown, isChecked = true): CanonicalEntry {
  const entry = proposed as Proposed;
  const make = KINDS[`${entry?.kind}:${entry?.apiVersion}`];
  if (make === undefined) throw new EntryError("unsupported kind or version of entry");
  try {
    const { spec, keys } = make(entry.spec, isChecked);
    const body = bytesOf(canonicalJson({ apiVersion: entry.apiVersion, kind: entry.kind, spec }));
    return { kind: entry.kind, version: entry.apiVersion, body, keys };
  } catch (error) {
    throw error instanceof EntryError ? error : new EntryError(`malformed entry: ${error}`);
  }
}

interface CanonicalSpec {
  readonly spec: JsonObject;
  readonly keys: readonly string[];
}

const KINDS: Readonly<Record<string, (spec: Proposed, isChecked: boolean) => CanonicalSpec>> = {
  "hashedrekord:0.0.1": hashedRekord,
  "dsse:0.0.1": dsse,
  "intoto:0.0.2": intoto,
};

const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/** `pkg/types/hashedrekord/v0.0.1` */
function hashedRekord(spec: Proposed, isChecked: boolean): CanonicalSpec {
  const signature = bytes(spec.signature.content);
  const signer = readSigner(bytes(spec.signature.publicKey.content));
  const { algorithm, value } = spec.data.hash;
  const digest = Uint8Array.fromHex(value);
  if (digest.length !== DIGEST_LENGTHS[algorithm]) throw new EntryError("invalid value for hash");
  if (isChecked && !verifyOverDigest(digest, signer.key, signature)) {
    throw new EntryError("verifying signature: invalid signature");
  }
  return {
    spec: {
      data: { hash: { algorithm, value } },
      signature: { content: signature.toBase64(), publicKey: { content: bytesOf(signer.pem).toBase64() } },
    },
    keys: [...signer.keys, `${algorithm}:${value}`.toLowerCase()],
  };
}

/** `pkg/types/dsse/v0.0.1` */
function dsse(spec: Proposed, isChecked: boolean): CanonicalSpec {
  const text: string = spec.proposedContent.envelope;
  const envelope = JSON.parse(text);
  const payload = bytes(envelope.payload);
  const signers: Signer[] = spec.proposedContent.verifiers.map((verifier: string) => readSigner(bytes(verifier)));
  const signatures = envelope.signatures.map(({ sig }: { sig: string }) => {
    const signer = signers.find(({ key }) => !isChecked || isSigned(envelope.payloadType, payload, bytes(sig), key));
    if (signer === undefined) throw new EntryError("all signatures must have a key that verifies it");
    return { signature: sig, verifier: bytesOf(signer.pem).toBase64() };
  });
  if (signatures.length === 0) throw new EntryError("an envelope needs a signature");
  const envelopeHash = hashOf(bytesOf(text));
  const payloadHash = hashOf(payload);
  signatures.sort((a: { signature: string }, b: { signature: string }) => a.signature < b.signature ? -1 : 1);
  return {
    spec: { envelopeHash, payloadHash, signatures },
    keys: [...signers.flatMap(({ keys }) => keys), ...payloadKeys(payload, payloadHash.value), key(envelopeHash.value)],
  };
}

/** `pkg/types/intoto/v0.0.2`: all but the payload is stored as it came. */
function intoto(spec: Proposed, isChecked: boolean): CanonicalSpec {
  const { envelope, hash } = spec.content;
  // Twice base64, by an old mistake.
  const payload = bytes(Buffer.from(bytes(envelope.payload)).toString());
  const signers: Signer[] = [];
  const signatures = envelope.signatures.map(({ keyid, publicKey, sig }: Record<string, string>) => {
    const signer = readSigner(bytes(publicKey!));
    const signature = bytes(Buffer.from(bytes(sig!)).toString());
    if (isChecked && !isSigned(envelope.payloadType, payload, signature, signer.key)) {
      throw new EntryError("all signatures must have a key that verifies it");
    }
    signers.push(signer);
    return { ...(keyid ? { keyid } : {}), publicKey: bytesOf(signer.pem).toBase64(), sig: sig! };
  });
  if (signatures.length === 0) throw new EntryError("an envelope needs a signature");
  if (Uint8Array.fromHex(hash.value).length !== 32) throw new EntryError("missing envelope digest");
  const payloadHash = hashOf(payload);
  return {
    spec: {
      content: {
        envelope: { payloadType: envelope.payloadType, signatures },
        hash: { algorithm: "sha256", value: hash.value },
        payloadHash,
      },
    },
    keys: [...signers.flatMap(({ keys }) => keys), ...payloadKeys(payload, payloadHash.value)],
  };
}

interface Signer {
  readonly key: KeyObject;
  /** The key or certificate, written again. */
  readonly pem: string;
  readonly keys: readonly string[];
}

/** Reads a certificate or a public key in PEM. */
function readSigner(text: Uint8Array): Signer {
  const pemText = Buffer.from(text).toString();
  const isCertificate = pemText.includes("-----BEGIN CERTIFICATE-----");
  if (!isCertificate && !pemText.includes("-----BEGIN PUBLIC KEY-----")) {
    throw new EntryError("invalid public key: failure decoding PEM");
  }
  const canonical = pem(isCertificate ? "CERTIFICATE" : "PUBLIC KEY", pemBytes(pemText));
  const certificate = isCertificate ? new X509Certificate(canonical) : undefined;
  const hash = sha256(canonical).toHex();
  return {
    key: certificate?.publicKey ?? createPublicKey(canonical),
    pem: canonical,
    // Rekor writes the hash of a key in one way for one kind of entry and in the other for another.
    keys: [hash, `sha256:${hash}`, ...subjectsOf(certificate?.subjectAltName)],
  };
}

/** The names in a certificate as Node writes them: `email:jane@example.com`, `URI:https://…`. */
function subjectsOf(names = ""): string[] {
  return names.split(", ").filter((name) => name !== "").map((name) => name.replace(/^(email|URI):/, "").toLowerCase());
}

/** What an in-toto statement is about is found as well. */
function payloadKeys(payload: Uint8Array, digest: string): string[] {
  try {
    const statement = JSON.parse(Buffer.from(payload).toString());
    const subjects = (statement.subject ?? []).flatMap(({ digest }: { digest: Record<string, string> }) =>
      Object.entries(digest).map(([algorithm, value]) => `${algorithm}:${value}`)
    );
    return [key(digest), ...subjects];
  } catch {
    return [key(digest)];
  }
}

function isSigned(payloadType: string, payload: Uint8Array, signature: Uint8Array, publicKey: KeyObject): boolean {
  const algorithm = publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  return verify(algorithm, pae(payloadType, payload), publicKey, signature);
}

/** What a DSSE signature is over. */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const type = bytesOf(payloadType);
  const head = bytesOf(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  return new Uint8Array(Buffer.concat([head, payload]));
}

function hashOf(content: Uint8Array): { algorithm: string; value: string } {
  return { algorithm: "sha256", value: createHash("sha256").update(content).digest("hex") };
}

function key(sha256Hex: string): string {
  return `sha256:${sha256Hex}`;
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(base64);
}
