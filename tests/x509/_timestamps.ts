/** Makes timestamps of any form, good and bad ones, in DER by hand. */
import { Buffer } from "node:buffer";
import { constants, createHash, createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { Authority } from "../../src/x509/authority.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import {
  AT,
  type CertificateOptions,
  concat,
  der,
  integer,
  type KeyKind,
  makeAuthority,
  makeCertificate,
  name,
  objectIdentifier,
  type TestCertificate,
} from "../_certificates.ts";

/** The purpose "time stamping". */
export const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const CODE = { sha1: "1.3.14.3.2.26", sha224: "2.16.840.1.101.3.4.2.4", sha256: "2.16.840.1.101.3.4.2.1" };
/** OIDs of hashes. */
export const HASHES = { ...CODE, sha384: "2.16.840.1.101.3.4.2.2", sha512: "2.16.840.1.101.3.4.2.3" } as const;
/** The name of a hash, as `node:crypto` has it. */
export type Hash = keyof typeof HASHES;

const NULL = der(0x05);
const INFO = "1.2.840.113549.1.9.16.1.4";

/** A timestamp authority. */
export interface Tsa {
  readonly root: TestCertificate;
  readonly leaf: TestCertificate;
  readonly key: KeyObject;
}

/** Makes a timestamp authority: a root, and a certificate for timestamps alone. */
export async function makeTsa(kind: KeyKind = "P-256", options: Partial<CertificateOptions> = {}): Promise<Tsa> {
  const root = await makeAuthority("CN=TSA Root", { key: "P-256" });
  const leaf = await makeCertificate({
    subject: "CN=TSA,O=Acme",
    issuer: root,
    key: kind,
    keyUsage: ["digitalSignature"],
    extensions: [purpose([TIME_STAMPING], true)],
    ...options,
  });
  return { root, leaf, key: createPrivateKey(leaf.privateKeyPem) };
}

/** The extension extKeyUsage. */
export function purpose(oids: readonly string[], critical: boolean): NonNullable<CertificateOptions["extensions"]>[0] {
  return { oid: "2.5.29.37", critical, value: der(0x30, ...oids.map(objectIdentifier)) };
}

/** The authority as a trusted root has it. */
export function trusted(certificates: readonly TestCertificate[], period: Authority["period"] = {}): Authority {
  return { certificates: certificates.map((one) => parseCertificate(one.der, "it")), period };
}

/** What to put into a timestamp. */
export interface TimestampOptions {
  readonly time?: string;
  /** Of what was stamped. */
  readonly imprintHash?: Hash;
  /** Of the content. */
  readonly hash?: Hash;
  /** How it is signed: the algorithm in DER, and the signature over the attributes. */
  readonly algorithm?: Uint8Array;
  readonly sign?: (data: Uint8Array) => Uint8Array;
  /** The certificates in it. */
  readonly certificates?: readonly Uint8Array[];
  /** Version 1 of the id of the certificate, version 2, both or none. */
  readonly ids?: readonly ("v1" | "v2" | "v2 sha512")[];
  readonly idOf?: TestCertificate;
  readonly isByKeyId?: boolean;
  /** TSTInfo between nonce and end. */
  readonly infoEnd?: readonly Uint8Array[];
  readonly contentType?: string;
  readonly status?: readonly Uint8Array[];
  readonly attributes?: readonly Uint8Array[];
  readonly behindSigner?: readonly Uint8Array[];
  readonly behindInfo?: Uint8Array;
  readonly behindResponse?: Uint8Array;
  readonly version?: number;
}

/** AlgorithmIdentifier. */
export function algorithm(oid: string, ...parameters: readonly Uint8Array[]): Uint8Array {
  return der(0x30, objectIdentifier(oid), ...parameters);
}

/** AlgorithmIdentifier of RSA-PSS. */
export function pss(hash: Hash, maskHash: Hash, salt: number): Uint8Array {
  const mask = algorithm("1.2.840.113549.1.1.8", algorithm(HASHES[maskHash], NULL));
  const parts = [der(0xa0, algorithm(HASHES[hash], NULL)), der(0xa1, mask), der(0xa2, integer(salt))];
  return algorithm("1.2.840.113549.1.1.10", der(0x30, ...parts));
}

/** Signs with RSA-PSS. */
export function signPss(key: KeyObject, hash: Hash, saltLength: number): (data: Uint8Array) => Uint8Array {
  return (data) => new Uint8Array(sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }));
}

const digest = (hash: Hash, data: Uint8Array): Uint8Array => new Uint8Array(createHash(hash).update(data).digest());

/** Makes TimeStampResp. */
export function makeTimestamp(signed: Uint8Array, tsa: Tsa, options: TimestampOptions = {}): Uint8Array<ArrayBuffer> {
  const { hash = "sha256", imprintHash = "sha256", ids = ["v2"], idOf = tsa.leaf } = options;
  const time = options.time ?? AT.toISOString().replace(/\.000Z|[-:T]/g, (text) => text.startsWith(".") ? "Z" : "");
  const info = concat([
    der(
      0x30,
      integer(options.version ?? 1),
      objectIdentifier("1.2.3.4"),
      der(0x30, algorithm(HASHES[imprintHash], NULL), der(0x04, digest(imprintHash, signed))),
      integer(77),
      der(0x18, new TextEncoder().encode(time)),
      integer(4711),
      ...(options.infoEnd ?? []),
    ),
    options.behindInfo ?? new Uint8Array(),
  ]);
  const attribute = (oid: string, value: Uint8Array): Uint8Array => der(0x30, objectIdentifier(oid), der(0x31, value));
  const attributes = options.attributes ?? [
    attribute("1.2.840.113549.1.9.3", objectIdentifier(INFO)),
    attribute("1.2.840.113549.1.9.4", der(0x04, digest(hash, info))),
    ...ids.map((id) => certificateId(id, idOf, attribute)),
  ];
  const own = serialOf(tsa.leaf);
  const signature = options.sign ?? ((data) => new Uint8Array(sign(hash, data, tsa.key)));
  const signerInfo = der(
    0x30,
    integer(options.isByKeyId ? 3 : 1),
    options.isByKeyId ? der(0x80, new Uint8Array(20).fill(9)) : der(0x30, name("CN=TSA Root"), own),
    algorithm(HASHES[hash]),
    der(0xa0, ...attributes),
    options.algorithm ??
      algorithm(`1.2.840.10045.4.3.${{ sha1: 0, sha224: 1, sha256: 2, sha384: 3, sha512: 4 }[hash]}`),
    der(0x04, signature(der(0x31, ...attributes))),
    ...(options.behindSigner ?? []),
  );
  const certificates = options.certificates ?? [tsa.leaf.der];
  const signedData = der(
    0x30,
    integer(3),
    der(0x31, algorithm(HASHES[hash])),
    der(0x30, objectIdentifier(options.contentType ?? INFO), der(0xa0, der(0x04, info))),
    ...(certificates.length === 0 ? [] : [der(0xa0, ...certificates)]),
    der(0x31, signerInfo),
  );
  const token = der(0x30, objectIdentifier("1.2.840.113549.1.7.2"), der(0xa0, signedData));
  const response = der(0x30, der(0x30, ...(options.status ?? [integer(0)])), token);
  return concat([response, options.behindResponse ?? new Uint8Array()]);
}

function certificateId(
  id: "v1" | "v2" | "v2 sha512",
  certificate: TestCertificate,
  attribute: (oid: string, value: Uint8Array) => Uint8Array,
): Uint8Array {
  const list = (one: Uint8Array): Uint8Array => der(0x30, der(0x30, one));
  if (id === "v1") {
    return attribute("1.2.840.113549.1.9.16.2.12", list(der(0x30, der(0x04, digest("sha1", certificate.der)))));
  }
  const isLong = id === "v2 sha512";
  const issuer = der(0x30, der(0x30, der(0xa4, name("CN=TSA Root"))), serialOf(certificate));
  const parts = isLong
    ? [algorithm(HASHES.sha512), der(0x04, digest("sha512", certificate.der)), issuer]
    : [der(0x04, digest("sha256", certificate.der))];
  return attribute("1.2.840.113549.1.9.16.2.47", list(der(0x30, ...parts)));
}

function serialOf({ der: bytes }: TestCertificate): Uint8Array {
  const { serialNumber } = parseCertificate(bytes, "it");
  return der(0x02, Buffer.from(serialNumber, "hex"));
}
