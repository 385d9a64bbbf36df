/**
 * Makes certificates for tests, good and bad ones. They are written in DER by hand, so that what reads them is tested
 * against something that is not itself, and so that they can break every rule.
 */

/** What a certificate of tests is valid for when a test does not say; `AT` is well within. */
export const NOT_BEFORE = new Date("2025-01-01T00:00:00Z");
export const NOT_AFTER = new Date("2035-01-01T00:00:00Z");
export const AT = new Date("2026-06-01T00:00:00Z");

/** Kinds of keys: a curve of ECDSA, the bits of RSA, or Ed25519. */
export type KeyKind = "P-256" | "P-384" | "P-521" | "RSA-1024" | "RSA-2048" | "Ed25519";

/** How to sign. `PSS` is RSA-PSS with SHA-256; signatures with `MD5` are not real ones. */
export type SignatureKind = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512" | "PSS" | "MD5";

/** A certificate and whatever is needed to use it or to issue others with it. */
export interface TestCertificate {
  readonly der: Uint8Array<ArrayBuffer>;
  readonly pem: string;
  /** PKCS#8. */
  readonly privateKeyPem: string;
  readonly subject: string;
  readonly keys: CryptoKeyPair;
  readonly keyKind: KeyKind;
}

/** What to put into a certificate. */
export interface CertificateOptions {
  /** As it is displayed, such as `CN=leaf,O=Acme`: without escapes, one value a level. */
  subject: string;
  /** Who signs it: without, it signs itself. */
  issuer?: TestCertificate;
  /** The issuer's name, where it is not the subject of `issuer`. */
  issuerName?: string;
  /** The key is new for each certificate, except with RSA, which takes long. */
  key?: KeyKind;
  /** A key that was made before. */
  keys?: CryptoKeyPair;
  /** Another public key, SubjectPublicKeyInfo in DER. */
  publicKey?: Uint8Array;
  /** The hash of the issuer's signature. */
  signature?: SignatureKind;
  notBefore?: Date;
  notAfter?: Date;
  /** Basic constraints: left out if undefined. */
  ca?: boolean;
  pathLen?: number;
  /** Names as in RFC 5280, such as `digitalSignature`: left out if undefined. */
  keyUsage?: readonly string[];
  /** OIDs: left out if undefined. */
  extendedKeyUsage?: readonly string[];
  /** Further extensions, and those of a wrong form. */
  extensions?: readonly TestExtension[];
  /** 1, 2 or 3. */
  version?: number;
  serialNumber?: number;
  /** Changes the encoding of the part that is signed, before it is signed. */
  alterTbs?: (fields: Uint8Array[]) => Uint8Array[];
}

/** An extension. */
export interface TestExtension {
  readonly oid: string;
  readonly critical?: boolean;
  /** DER. */
  readonly value: Uint8Array;
}

/** OID of the purpose that a signing certificate needs. */
export const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
/** OID of the purpose of web servers. */
export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/**
 * Makes a certificate.
 *
 * @param options What to put into it.
 * @returns The certificate with its private key.
 */
export async function makeCertificate(options: CertificateOptions): Promise<TestCertificate> {
  const keyKind = options.key ?? "P-256";
  const keys = options.keys ?? await makeKeys(keyKind);
  const signer = options.issuer ?? { keys, keyKind };
  const algorithm = signatureAlgorithm(signer.keyKind, options.signature ?? "SHA-256");
  const publicKey = options.publicKey ?? new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  const tbs = der(0x30, ...alter(options, tbsFields(options, algorithm, publicKey)));
  const signature = await sign(signer.keys.privateKey, signer.keyKind, options.signature ?? "SHA-256", tbs);
  const certificate = der(0x30, tbs, algorithm, bitString(signature));
  const privateKey = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return {
    der: certificate,
    pem: pem("CERTIFICATE", certificate),
    privateKeyPem: pem("PRIVATE KEY", privateKey),
    subject: options.subject,
    keys,
    keyKind,
  };
}

/** An authority that keeps all rules. */
export function makeAuthority(subject: string, options: Partial<CertificateOptions> = {}): Promise<TestCertificate> {
  return makeCertificate({ subject, ca: true, keyUsage: ["keyCertSign", "cRLSign"], ...options });
}

/** A signing certificate that keeps all rules. */
export function makeLeaf(
  issuer: TestCertificate | undefined,
  options: Partial<CertificateOptions> = {},
): Promise<TestCertificate> {
  return makeCertificate({
    subject: "CN=leaf,O=Acme",
    ...(issuer === undefined ? {} : { issuer }),
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [CODE_SIGNING],
    ...options,
  });
}

function alter(options: CertificateOptions, fields: Uint8Array[]): Uint8Array[] {
  return options.alterTbs === undefined ? fields : options.alterTbs(fields);
}

let serial = 1;

/** The fields of a TBSCertificate, as RFC 5280 §4.1 lists them. */
function tbsFields(options: CertificateOptions, algorithm: Uint8Array, publicKey: Uint8Array): Uint8Array[] {
  const version = options.version ?? 3;
  const extensions = allExtensions(options);
  return [
    ...(version === 1 ? [] : [der(0xa0, integer(version - 1))]),
    integer(options.serialNumber ?? serial++),
    algorithm,
    name(options.issuerName ?? options.issuer?.subject ?? options.subject),
    der(0x30, time(options.notBefore ?? NOT_BEFORE), time(options.notAfter ?? NOT_AFTER)),
    name(options.subject),
    publicKey,
    ...(extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions.map(extension)))]),
  ];
}

function allExtensions(options: CertificateOptions): TestExtension[] {
  const { ca, pathLen, keyUsage, extendedKeyUsage } = options;
  const all: TestExtension[] = [];
  if (ca !== undefined) {
    const pathLength = pathLen === undefined ? [] : [integer(pathLen)];
    all.push({ oid: "2.5.29.19", critical: true, value: der(0x30, ...(ca ? [TRUE] : []), ...pathLength) });
  }
  if (keyUsage !== undefined) all.push({ oid: "2.5.29.15", critical: true, value: usageBits(keyUsage) });
  if (extendedKeyUsage !== undefined) {
    all.push({ oid: "2.5.29.37", value: der(0x30, ...extendedKeyUsage.map(objectIdentifier)) });
  }
  return [...all, ...(options.extensions ?? [])];
}

function extension({ oid, critical, value }: TestExtension): Uint8Array {
  return der(0x30, objectIdentifier(oid), ...(critical ? [TRUE] : []), der(0x04, value));
}

const KEY_USAGES = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement"]
  .concat("keyCertSign", "cRLSign");

function usageBits(usages: readonly string[]): Uint8Array {
  const bits = usages.reduce((sum, usage) => sum | (0x80 >> KEY_USAGES.indexOf(usage)), 0);
  const unused = bits === 0 ? 0 : 31 - Math.clz32(bits & -bits);
  return der(0x03, Uint8Array.of(unused, ...(bits === 0 ? [] : [bits])));
}

// ---------------------------------------------------------------------------------------------------------------------
// Keys and signatures

const rsaKeys = new Map<KeyKind, Promise<CryptoKeyPair>>();

/** A new key; with RSA the one of that size, as making one takes long. */
export function makeKeys(kind: KeyKind): Promise<CryptoKeyPair> {
  if (!kind.startsWith("RSA")) {
    const algorithm = kind === "Ed25519" ? "Ed25519" : { name: "ECDSA", namedCurve: kind };
    return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
  }
  const keys = rsaKeys.get(kind) ?? makeRsaKeys(Number(kind.slice(4)));
  rsaKeys.set(kind, keys);
  return keys;
}

function makeRsaKeys(modulusLength: number): Promise<CryptoKeyPair> {
  const publicExponent = Uint8Array.of(1, 0, 1);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength, publicExponent, hash: "SHA-256" };
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

const HASH_OIDS = {
  "SHA-1": { rsa: "1.2.840.113549.1.1.5", ecdsa: "1.2.840.10045.4.1" },
  "SHA-256": { rsa: "1.2.840.113549.1.1.11", ecdsa: "1.2.840.10045.4.3.2" },
  "SHA-384": { rsa: "1.2.840.113549.1.1.12", ecdsa: "1.2.840.10045.4.3.3" },
  "SHA-512": { rsa: "1.2.840.113549.1.1.13", ecdsa: "1.2.840.10045.4.3.4" },
  "MD5": { rsa: "1.2.840.113549.1.1.4", ecdsa: "" },
};

function signatureAlgorithm(key: KeyKind, kind: SignatureKind): Uint8Array {
  if (kind === "PSS") return der(0x30, objectIdentifier("1.2.840.113549.1.1.10"), pssParameters());
  if (key === "Ed25519") return der(0x30, objectIdentifier("1.3.101.112"));
  const oids = HASH_OIDS[kind];
  return key.startsWith("RSA") ? der(0x30, objectIdentifier(oids.rsa), NULL) : der(0x30, objectIdentifier(oids.ecdsa));
}

/** RSA-PSS with SHA-256 for message and mask, or with another for the mask, and 32 bytes of salt. */
export function pssParameters(maskHash = "2.16.840.1.101.3.4.2.1"): Uint8Array {
  const hash = der(0x30, objectIdentifier("2.16.840.1.101.3.4.2.1"), NULL);
  const mask = der(
    0x30,
    objectIdentifier("1.2.840.113549.1.1.8"),
    der(0x30, objectIdentifier(maskHash), NULL),
  );
  return der(0x30, der(0xa0, hash), der(0xa1, mask), der(0xa2, integer(32)));
}

async function sign(
  key: CryptoKey,
  keyKind: KeyKind,
  kind: SignatureKind,
  tbs: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  if (kind === "MD5") return new Uint8Array(256);
  if (keyKind === "Ed25519") return new Uint8Array(await crypto.subtle.sign("Ed25519", key, tbs));
  if (keyKind.startsWith("RSA")) return await signRsa(key, kind, tbs);
  const raw = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: kind }, key, tbs));
  return der(0x30, unsigned(raw.subarray(0, raw.length / 2)), unsigned(raw.subarray(raw.length / 2)));
}

/** WebCrypto ties an RSA key to one algorithm and one hash. */
async function signRsa(key: CryptoKey, kind: SignatureKind, tbs: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const name = kind === "PSS" ? "RSA-PSS" : "RSASSA-PKCS1-v1_5";
  const hash = kind === "PSS" ? "SHA-256" : kind;
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
  const retyped = await crypto.subtle.importKey("pkcs8", pkcs8, { name, hash }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign({ name, saltLength: 32 }, retyped, tbs));
}

// ---------------------------------------------------------------------------------------------------------------------
// DER

/** One DER element. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concat(contents);
  return concat([Uint8Array.of(tag), length(content.length), content]);
}

/** Concatenates byte strings. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function length(count: number): Uint8Array {
  if (count < 0x80) return Uint8Array.of(count);
  if (count < 0x100) return Uint8Array.of(0x81, count);
  if (count < 0x10000) return Uint8Array.of(0x82, count >> 8, count & 0xff);
  return Uint8Array.of(0x83, count >> 16, (count >> 8) & 0xff, count & 0xff);
}

/** The boolean that DER has for true. */
export const TRUE = der(0x01, Uint8Array.of(0xff));
const NULL = der(0x05);

/** A whole number. */
export function integer(value: number): Uint8Array {
  return unsigned(Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff));
}

/** A whole number, given as bytes. */
export function unsigned(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? Uint8Array.of(0) : bytes.subarray(start);
  return der(0x02, digits[0]! < 0x80 ? digits : concat([Uint8Array.of(0), digits]));
}

/** Whole bytes as a bit string. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return der(0x03, Uint8Array.of(0), bytes);
}

/** An object identifier, such as `2.5.29.19`. */
export function objectIdentifier(oid: string): Uint8Array {
  const [first, second, ...rest] = oid.split(".").map(Number);
  return der(0x06, Uint8Array.from([first! * 40 + second!, ...rest].flatMap(base128)));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

/** UTF-8 text. */
export function utf8(text: string): Uint8Array {
  return der(0x0c, new TextEncoder().encode(text));
}

const ATTRIBUTE_OIDS: Readonly<Record<string, string>> = { CN: "2.5.4.3", O: "2.5.4.10", OU: "2.5.4.11", C: "2.5.4.6" };

/** A name, written as it is displayed: the last level first. */
export function name(text: string): Uint8Array {
  const levels = text === "" ? [] : text.split(",").reverse();
  return der(0x30, ...levels.map((level) => der(0x31, attribute(level))));
}

/** One part of a name, such as `CN=leaf` or `2.5.4.3=leaf`. */
export function attribute(text: string): Uint8Array {
  const equals = text.indexOf("=");
  const type = text.slice(0, equals);
  return der(0x30, objectIdentifier(ATTRIBUTE_OIDS[type] ?? type), utf8(text.slice(equals + 1)));
}

/** Until 2049 with two digits of the year, and four from then on. */
export function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/\.000Z$/, "Z").replace(/[-:T]/g, "");
  const year = date.getUTCFullYear();
  const isShort = year >= 1950 && year < 2050;
  return der(isShort ? 0x17 : 0x18, new TextEncoder().encode(isShort ? digits.slice(2) : digits));
}

/** PEM text. */
export function pem(label: string, bytes: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${bytes.toBase64().replace(/.{1,64}/g, "$&\n")}-----END ${label}-----\n`;
}
