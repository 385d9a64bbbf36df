/** The keys of transparency logs. They come from the trusted root alone: a log's own word on its key proves nothing. */
import { PublicKeyDetails, type TransparencyLogInstance, type TrustedRoot } from "@sigstore/protobuf-specs";
import { Buffer } from "node:buffer";
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

/** The key of one transparency log. */
export interface LogKey {
  /** Where the trusted root says the log is, such as `https://rekor.sigstore.dev`; also its name. */
  readonly url: string;
  /** What the log may be called in its checkpoints: host and path, host, and at last the host without its port. */
  readonly names: readonly string[];
  /** The id of the log in entries, as the trusted root has it. */
  readonly logId: Uint8Array;
  /** The hints by which a signature of the key may announce itself. */
  readonly keyHints: readonly Uint8Array[];
  /** From when the key is valid. */
  readonly start: Date;
  /** Until when the key is valid; `undefined`: it still is. */
  readonly end: Date | undefined;
  /** Whether a signature is this key's. */
  isSigned(data: Uint8Array, signature: Uint8Array): boolean;
}

interface KeyKind {
  readonly type: string;
  readonly curve?: string;
  readonly digest: string | null;
}

const RSA: KeyKind = { type: "rsa", digest: "sha256" };

/** The kinds of key that can be verified with, and the digest that each signs; Ed25519 has none. */
const KINDS: ReadonlyMap<PublicKeyDetails, KeyKind> = new Map<PublicKeyDetails, KeyKind>([
  [PublicKeyDetails.PKIX_ECDSA_P256_SHA_256, { type: "ec", curve: "prime256v1", digest: "sha256" }],
  [PublicKeyDetails.PKIX_ECDSA_P384_SHA_384, { type: "ec", curve: "secp384r1", digest: "sha384" }],
  [PublicKeyDetails.PKIX_ECDSA_P521_SHA_512, { type: "ec", curve: "secp521r1", digest: "sha512" }],
  [PublicKeyDetails.PKIX_ED25519, { type: "ed25519", digest: null }],
  [PublicKeyDetails.PKCS1_RSA_PKCS1V5, RSA],
  [PublicKeyDetails.PKIX_RSA_PKCS1V5, RSA],
  [PublicKeyDetails.PKIX_RSA_PKCS1V15_2048_SHA256, RSA],
  [PublicKeyDetails.PKIX_RSA_PKCS1V15_3072_SHA256, RSA],
  [PublicKeyDetails.PKIX_RSA_PKCS1V15_4096_SHA256, RSA],
]);

/**
 * The keys of a trusted root that this program can use. A key of another kind, without a start of its validity, or not
 * valid yet, is left out: what it signs is then signed by nobody.
 *
 * @param root The trusted root.
 * @returns The keys.
 */
export function logKeys(root: TrustedRoot): LogKey[] {
  return root.tlogs.map(readKey).filter((key) => key !== undefined);
}

function readKey(log: TransparencyLogInstance): LogKey | undefined {
  const { publicKey, logId } = log;
  const kind = publicKey && KINDS.get(publicKey.keyDetails);
  const start = publicKey?.validFor?.start;
  const names = logNames(log.baseUrl);
  if (kind === undefined || publicKey?.rawBytes === undefined || logId === undefined || names === undefined) return;
  if (start === undefined || Number.isNaN(start.getTime()) || start.getTime() > Date.now()) return;
  const isPkcs1 = publicKey.keyDetails === PublicKeyDetails.PKCS1_RSA_PKCS1V5;
  const key = importKey(publicKey.rawBytes, isPkcs1 ? "pkcs1" : "spki");
  if (key?.asymmetricKeyType !== kind.type || key.asymmetricKeyDetails?.namedCurve !== kind.curve) return;
  return {
    url: log.baseUrl,
    names,
    logId: logId.keyId,
    keyHints: keyHints(log, key, names),
    start,
    end: publicKey.validFor?.end,
    isSigned: (data, signature) => isSigned(kind.digest, data, key, signature),
  };
}

function importKey(der: Uint8Array, type: "spki" | "pkcs1"): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der), format: "der", type });
  } catch {
    return undefined;
  }
}

/** The digest is always named, so that this does not depend on how a runtime chooses one. */
function isSigned(digest: string | null, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(digest, data, key, signature);
  } catch {
    return false;
  }
}

/** The trusted root may give its log's address without a scheme. */
function logNames(baseUrl: string): string[] | undefined {
  const url = URL.parse(/^https?:\/\//.test(baseUrl) ? baseUrl : `https://${baseUrl}`);
  if (url === null || url.host === "") return undefined;
  const path = url.pathname.replace(/\/+$/, "");
  return [...new Set([`${url.host}${path}`, url.host, url.hostname])];
}

/** The last bytes of an Ed25519 key's SubjectPublicKeyInfo are the key. */
const ED25519_BYTES = 32;

/** As the trusted root says, and as signatures have it in fact: C2SP signed-note, or a hash of the key alone. */
function keyHints(log: TransparencyLogInstance, key: KeyObject, names: readonly string[]): Uint8Array[] {
  const spki = key.export({ format: "der", type: "spki" });
  const noteId = (name: string, kind: string, bytes: Uint8Array): Buffer =>
    createHash("sha256").update(`${name}\n${kind}`, "latin1").update(bytes).digest();
  const ids = [log.checkpointKeyId?.keyId, log.logId?.keyId, createHash("sha256").update(spki).digest()];
  if (key.asymmetricKeyType === "ed25519") {
    ids.push(...names.map((name) => noteId(name, "\x01", spki.subarray(-ED25519_BYTES))));
  }
  if (key.asymmetricKeyType === "rsa") {
    ids.push(...names.map((name) => noteId(name, "\xffPKIX-RSA-PKCS#1v1.5", spki)));
  }
  return ids.filter((id) => id !== undefined && id.length >= 4).map((id) => Uint8Array.from(id!.subarray(0, 4)));
}
