/** One log of a trusted root: its key, from when to when it is valid, and its id. */
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { HashAlgorithm, PublicKeyDetails } from "@sigstore/protobuf-specs";
import { quoteAddress } from "../../text/address.ts";
import { bytesEqual } from "../../text/bytes_equal.ts";
import {
  asBytes,
  asObject,
  asOptionalText,
  asPeriod,
  asText,
  isPresent,
  type JsonObject,
  TrustFormatError,
} from "../documents/read.ts";

/** What a kind of key must be: its type, and for EC its curve. */
interface KeyKind {
  readonly type: "ec" | "rsa" | "ed25519";
  readonly curve?: string;
}

/** The kinds of key that can be verified with, by their names in Sigstore. */
const KEY_KINDS: Readonly<Record<string, KeyKind>> = {
  PKIX_ECDSA_P256_SHA_256: { type: "ec", curve: "prime256v1" },
  PKIX_ECDSA_P384_SHA_384: { type: "ec", curve: "secp384r1" },
  PKIX_ECDSA_P521_SHA_512: { type: "ec", curve: "secp521r1" },
  PKIX_ED25519: { type: "ed25519" },
  PKCS1_RSA_PKCS1V5: { type: "rsa" },
  PKIX_RSA_PKCS1V5: { type: "rsa" },
  PKIX_RSA_PKCS1V15_2048_SHA256: { type: "rsa" },
  PKIX_RSA_PKCS1V15_3072_SHA256: { type: "rsa" },
  PKIX_RSA_PKCS1V15_4096_SHA256: { type: "rsa" },
};

const LEAST_RSA_BITS = 2048;

/** Whether the log's kind of key and tree are among those that this program can verify. */
export function isKnownLog(log: JsonObject): boolean {
  const kind = keyKind((log.publicKey ?? {}) as JsonObject);
  const isKnownKey = typeof kind !== "string" || Object.hasOwn(KEY_KINDS, kind);
  const { hashAlgorithm } = log;
  return isKnownKey && (!isPresent(hashAlgorithm) || HASHES.includes(hashAlgorithm));
}

/** JSON of protobuf takes an enumeration by name or by number. */
const HASHES: readonly unknown[] = ["SHA2_256", HashAlgorithm.SHA2_256];

function keyKind({ keyDetails }: JsonObject): unknown {
  return typeof keyDetails === "number" ? PublicKeyDetails[keyDetails] ?? `${keyDetails}` : keyDetails;
}

/**
 * Reads a log of a known kind.
 *
 * @param log The JSON object.
 * @param place Where it stands, for messages.
 * @param list Which list it stands in: a transparency log, or a log of certificates.
 * @returns The log as `@sigstore/verify` takes it.
 * @throws {TrustFormatError} If it is not as it must be.
 */
export function readLog(log: JsonObject, place: string, list: "tlogs" | "ctlogs"): JsonObject {
  const baseUrl = readBaseUrl(log.baseUrl, `${place}.baseUrl`, list);
  const publicKey = asObject(log.publicKey, `${place}.publicKey`);
  const { key, kind } = readKey(publicKey, `${place}.publicKey`);
  const validFor = readPeriod(publicKey.validFor, `${place}.publicKey.validFor`);
  checkLogId({ log, place, list, baseUrl, key });
  checkCheckpointKeyId(log.checkpointKeyId, `${place}.checkpointKeyId`);
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: publicKey.rawBytes, validFor, ...asVerifyTakesIt(key, kind) },
    logId: log.logId,
    checkpointKeyId: log.checkpointKeyId,
    operator: asOptionalText(log.operator, `${place}.operator`),
  };
}

/**
 * A transparency log is known by its address: its checkpoints must have the name, and reports show it. A CT log is known by
 * its id alone, and cosign writes none.
 */
function readBaseUrl(value: unknown, place: string, list: "tlogs" | "ctlogs"): string {
  if (list === "ctlogs" && (!isPresent(value) || value === "")) return "";
  if (value === "") {
    throw new TrustFormatError(`${place} is empty: it must be the log's address, whose host its checkpoints name`);
  }
  const text = asText(value, place);
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || url.username === "" && url.password === "" && url.search === "" && url.hash === "") return text;
  throw new TrustFormatError(`${place} must be an address without user, query or fragment: ${quoteAddress(text)}`);
}

function readKey({ rawBytes, keyDetails }: JsonObject, place: string): { key: KeyObject; kind: string } {
  const bytes = asBytes(rawBytes, `${place}.rawBytes`);
  const kind = asText(keyKind({ keyDetails }), `${place}.keyDetails`);
  const { type, curve } = KEY_KINDS[kind]!;
  const key = tryKey(bytes, "spki") ?? (type === "rsa" ? tryKey(bytes, "pkcs1") : undefined);
  if (key === undefined) throw new TrustFormatError(`${place}.rawBytes is not a public key`);
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType !== type || (curve !== undefined && details?.namedCurve !== curve)) {
    throw new TrustFormatError(`${place} is another kind of key than ${kind}`);
  }
  if (type === "rsa" && (details?.modulusLength ?? 0) < LEAST_RSA_BITS) {
    throw new TrustFormatError(`${place} is an RSA key of less than ${LEAST_RSA_BITS} bits`);
  }
  return { key, kind };
}

function tryKey(der: Uint8Array<ArrayBuffer>, type: "spki" | "pkcs1"): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: der as Uint8Array as never, format: "der", type });
    // A reader that passes over what follows the key is too lenient.
    return bytesEqual(key.export({ format: "der", type: type as "spki" }), der) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** `@sigstore/verify` reads the bytes of every RSA key as PKCS#1, whatever its kind says. */
function asVerifyTakesIt(key: KeyObject, kind: string): JsonObject {
  if (key.asymmetricKeyType !== "rsa") return { keyDetails: kind };
  const rawBytes = key.export({ format: "der", type: "pkcs1" }).toString("base64");
  return { keyDetails: "PKCS1_RSA_PKCS1V5", rawBytes };
}

/** A key without a start would be valid at any time: such a root is refused as a whole. */
function readPeriod(value: unknown, place: string): JsonObject {
  const { start, end } = asPeriod(value, place);
  if (start === undefined) {
    throw new TrustFormatError(
      `${place} has no start: a log is trusted from a time on, which may be 1970-01-01T00:00:00Z`,
    );
  }
  return { start: start.toISOString(), end: end?.toISOString() };
}

/** Sizes of an id: a whole SHA-256 digest, or its first bytes as a checkpoint has them. */
const ID_SIZES = [32, 4];

interface LogIdCheck {
  readonly log: JsonObject;
  readonly place: string;
  readonly list: "tlogs" | "ctlogs";
  readonly baseUrl: string;
  readonly key: KeyObject;
}

/**
 * The id must be the key's: SHA-256 of the key (RFC 6962 §3.2). A Rekor v2 log with an Ed25519 key has instead the key id
 * of signed notes (C2SP), which is over the log's name too; the name need not be in the address, so that only its size is
 * checked where it does not fit.
 */
function checkLogId({ log, place, list, baseUrl, key }: LogIdCheck): void {
  const id = asBytes(asObject(log.logId, `${place}.logId`).keyId, `${place}.logId.keyId`);
  const spki = key.export({ format: "der", type: "spki" });
  if (bytesEqual(id, sha256(spki))) return;
  const mayBeNoteId = list === "tlogs" && key.asymmetricKeyType !== "ec" && ID_SIZES.includes(id.length);
  const isShortened = list === "tlogs" && id.length === 4 && bytesEqual(id, sha256(spki).subarray(0, 4));
  if (!mayBeNoteId && !isShortened) {
    throw new TrustFormatError(`${place}.logId is not the id of its key (the log ${quoteAddress(baseUrl)})`);
  }
}

/** `@sigstore/verify` looks a log up by this id where it is there. */
function checkCheckpointKeyId(value: unknown, place: string): void {
  if (!isPresent(value)) return;
  const { length } = asBytes(asObject(value, place).keyId, `${place}.keyId`);
  if (!ID_SIZES.includes(length)) {
    throw new TrustFormatError(`${place} has ${length} bytes, not ${ID_SIZES.join(" or ")}`);
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
