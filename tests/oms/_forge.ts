/**
 * Signs whatever a test wants and puts it into any bundle, with nothing of `src`: a hostile statement that a trusted key
 * has signed can be refused for its content alone.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A value of JSON that a test may change. */
// deno-lint-ignore no-explicit-any -- tests put anything anywhere
export type Json = any;

/** A curve as `node:crypto` and as the signatures call it. */
export type CurveName = "P-256" | "P-384" | "P-521";

/** All curves that OMS v1.0 signs with. */
export const CURVES: readonly CurveName[] = ["P-256", "P-384", "P-521"];

const HASHES = { "P-256": "sha256", "P-384": "sha384", "P-521": "sha512" } as const;

/** A key pair of a test. */
export interface TestKey {
  readonly curve: CurveName;
  /** The hash of its signatures. */
  readonly hash: "sha256" | "sha384" | "sha512";
  /** The same in a bundle. */
  readonly bundleHash: string;
  readonly privateKey: KeyObject;
  readonly privatePem: string;
  readonly publicPem: string;
  /** Hex SHA-256 of `publicPem`. */
  readonly hint: string;
}

/** Makes a key pair. */
export function makeKey(curve: CurveName = "P-256"): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: curve });
  const hash = HASHES[curve];
  const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return {
    curve,
    hash,
    bundleHash: hash.replace("sha", "SHA2_"),
    privateKey,
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem,
    hint: createHash("sha256").update(publicPem).digest("hex"),
  };
}

/** The type of an OMS payload. */
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** JSON, or text as it stands, or bytes as they are, as bytes. */
export function toBytes(value: Json): Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
}

/** The pre-authentication encoding of DSSE v1.0, from its definition. */
export function dssePae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = toBytes(payloadType);
  const head = [...toBytes(`DSSEv1 ${type.length} `), ...type, ...toBytes(` ${payload.length} `)];
  const encoded = new Uint8Array(head.length + payload.length);
  encoded.set(head);
  encoded.set(payload, head.length);
  return encoded;
}

/** What names a key in a bundle. */
export function keyMaterial(key: TestKey): Json {
  return { publicKey: { hint: key.hint }, tlogEntries: [] };
}

/** What carries certificates in a bundle, leaf first. */
export function chainMaterial(...certificates: readonly { der: Uint8Array }[]): Json {
  const list = certificates.map(({ der }) => ({ rawBytes: der.toBase64() }));
  return { x509CertificateChain: { certificates: list }, tlogEntries: [] };
}

/** Where a forged bundle departs from a good one. */
export interface ForgeOptions {
  material?: Json;
  payloadType?: string;
  /** The bytes that are signed in place of the pre-authentication encoding. */
  signed?: Uint8Array;
  /** The hash of the signature. */
  hash?: string;
}

/** A bundle of an envelope that the key has signed over the very payload given: JSON, text or bytes. */
export function envelopeBundle(key: TestKey, payload: Json, options: ForgeOptions = {}): Json {
  const bytes = toBytes(payload);
  const payloadType = options.payloadType ?? PAYLOAD_TYPE;
  const signed = options.signed ?? dssePae(payloadType, bytes);
  const sig = sign(options.hash ?? key.hash, signed, key.privateKey).toString("base64");
  return {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: options.material ?? keyMaterial(key),
    dsseEnvelope: { payload: bytes.toBase64(), payloadType, signatures: [{ sig, keyid: "" }] },
  };
}

/** A bundle of plain bytes that the key has signed, as `h1` and `h2` have it. */
export function messageBundle(key: TestKey, message: Uint8Array, options: ForgeOptions = {}): Json {
  const digest = createHash(key.hash).update(message).digest("base64");
  return {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: options.material ?? keyMaterial(key),
    messageSignature: {
      messageDigest: { algorithm: key.bundleHash, digest },
      signature: sign(options.hash ?? key.hash, options.signed ?? message, key.privateKey).toString("base64"),
    },
  };
}

/** Takes a member away, where `edit` is given it. */
export const REMOVED = Symbol("removed");

/**
 * A copy of some JSON with one value changed, added or removed.
 *
 * @param json The value; it stays as it is.
 * @param path Where to change it, such as `predicate.resources.0.name`.
 * @param value What to put there, or `REMOVED`.
 * @returns The copy.
 */
export function edit(json: Json, path: string, value: Json): Json {
  const copy = structuredClone(json);
  const parts = path.split(".");
  const last = parts.pop()!;
  const parent = parts.reduce((at, part) => at[part], copy);
  if (value === REMOVED) delete parent[last];
  // Not by assignment: that would not make a member that is called __proto__.
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** An object that has a member of its own called `__proto__`, as JSON can have it and a literal cannot. */
export function withProto(value: Json, inherited: Json): Json {
  return edit(value, "__proto__", inherited);
}
