import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import {
  CODE_SIGNING,
  der,
  makeCertificate,
  pem,
  type TestCertificate,
  type TestExtension,
  TRUE,
  unsigned,
  utf8,
} from "../_certificates.ts";
import { DerReader } from "../../src/asn1/der.ts";
import { type CtLog, SCT_LIST_OID, sctList } from "./ct_log.ts";
import { bytesOf } from "./keys.ts";

/** A validity period; both ends are included. */
export interface Period {
  readonly start: Date;
  readonly end: Date;
}

/** Extensions of Fulcio are below this OID. */
export const FULCIO_OID = "1.3.6.1.4.1.57264.1";

/** Who a certificate is for. */
export interface CertificateIdentity {
  /** An e-mail address, or else a URI. */
  readonly name: string;
  /** The OIDC issuer; in a certificate twice, in an old form and in a new one. */
  readonly issuer: string;
  /** Further extensions of Fulcio: their last number and text, such as `12: "https://github.com/acme/model"`. */
  readonly extensions?: Readonly<Record<number, string>>;
}

/** What a certificate may have instead of what it should have. */
export interface LeafForgery {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Which logs promise to log it: none, another one, or several. */
  readonly ctLogs?: readonly CtLog[];
  /** What the old extension `.1.1` says, or `null` for none. */
  readonly oldIssuer?: string | null;
  /** What the new extension `.1.8` says, or `null` for none. */
  readonly newIssuer?: string | null;
  /** Other purposes than to sign code. */
  readonly extendedKeyUsage?: readonly string[];
  /** A value of the subject alternative name in DER: `GeneralNames`. */
  readonly subjectAltName?: Uint8Array;
  /** Extensions besides, of any form. */
  readonly further?: readonly TestExtension[];
}

/**
 * The authority within Fulcio: a root and an intermediate on P-384, and leaves that live for ten minutes, laid out as the
 * public instance does it.
 */
export class CertificateAuthority {
  readonly root: TestCertificate;
  readonly intermediate: TestCertificate;
  readonly period: Period;

  private constructor(root: TestCertificate, intermediate: TestCertificate, period: Period) {
    this.root = root;
    this.intermediate = intermediate;
    this.period = period;
  }

  /**
   * Makes a new one. Two of them have the same names, but not the same keys.
   *
   * @param period When root and intermediate are valid.
   * @param intermediatePeriod When the intermediate is, if not then.
   */
  static async create(period: Period, intermediatePeriod: Period = period): Promise<CertificateAuthority> {
    const root = await makeCa("CN=sigstore,O=sigstore.test", undefined, period, 1);
    const intermediate = await makeCa("CN=sigstore-intermediate,O=sigstore.test", root, intermediatePeriod, 0);
    return new CertificateAuthority(root, intermediate, period);
  }

  /** The intermediate and the root. */
  get chain(): readonly TestCertificate[] {
    return [this.intermediate, this.root];
  }

  /**
   * Issues a certificate.
   *
   * @param publicKey SubjectPublicKeyInfo of whom it is for.
   * @param identity Who it is for.
   * @param ctLog Which log promises to log it.
   * @param at When.
   * @param forgery What is to be wrong with it.
   * @returns The certificate in DER.
   */
  async issue(
    publicKey: Uint8Array,
    identity: CertificateIdentity,
    ctLog: CtLog,
    at: Date,
    forgery: LeafForgery = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const notBefore = forgery.notBefore ?? at;
    const serial = crypto.getRandomValues(new Uint8Array(20));
    serial[0]! &= 0x7f;
    const extensions = [
      { oid: "2.5.29.14", value: der(0x04, keyIdentifier(publicKey)) },
      { oid: "2.5.29.35", value: der(0x30, der(0x80, keyIdentifier(await spkiOf(this.intermediate)))) },
      { oid: "2.5.29.17", critical: true, value: forgery.subjectAltName ?? subjectAltName(identity.name) },
      ...identityExtensions(identity, forgery),
      ...forgery.further ?? [],
    ];
    const issue = (extensions: readonly TestExtension[]): Promise<TestCertificate> =>
      makeCertificate({
        subject: "",
        issuer: this.intermediate,
        keys: this.intermediate.keys, // not new, as they are not used
        publicKey,
        signature: "SHA-384",
        notBefore: wholeSecond(notBefore),
        notAfter: wholeSecond(forgery.notAfter ?? new Date(notBefore.getTime() + 600_000)),
        keyUsage: ["digitalSignature"],
        extendedKeyUsage: forgery.extendedKeyUsage ?? [CODE_SIGNING],
        extensions,
        alterTbs: ([version, _serial, ...rest]) => [version!, unsigned(serial), ...rest],
      });
    const ctLogs = forgery.ctLogs ?? [ctLog];
    const precertificate = await issue(extensions);
    if (ctLogs.length === 0) return precertificate.der;
    const tbs = tbsOf(precertificate.der);
    const issuerKey = await spkiOf(this.intermediate);
    const scts = ctLogs.map((log) => log.promise(tbs, issuerKey, at));
    return (await issue([...extensions, { oid: SCT_LIST_OID, value: sctList(scts) }])).der;
  }
}

/** SubjectPublicKeyInfo of a certificate's key. */
export async function spkiOf(certificate: TestCertificate): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey("spki", certificate.keys.publicKey));
}

/** Certificates in PEM, as Go writes it. */
export function certificatePem(certificate: Uint8Array): string {
  return pem("CERTIFICATE", certificate);
}

/** SHA-1 of the key's bits (RFC 5280 §4.2.1.2). */
export function keyIdentifier(spki: Uint8Array): Uint8Array {
  const fields = new DerReader(new DerReader(spki).take(0x30).content);
  fields.take(0x30);
  const bits = fields.take(0x03).content.subarray(1);
  return new Uint8Array(createHash("sha1").update(bits).digest());
}

/** Times in certificates have no parts of a second. */
export function wholeSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/** `GeneralNames` with one e-mail address or URI. */
export function subjectAltName(name: string): Uint8Array {
  const tag = name.includes("://") ? 0x86 : 0x81;
  return der(0x30, der(tag, bytesOf(name)));
}

function identityExtensions(identity: CertificateIdentity, forgery: LeafForgery): TestExtension[] {
  const { oldIssuer = identity.issuer, newIssuer = identity.issuer } = forgery;
  const texts = Object.entries(identity.extensions ?? {}).map(([number, text]) => [Number(number), text] as const);
  const all: (readonly [number, string])[] = [...texts];
  if (oldIssuer !== null) all.push([1, oldIssuer]);
  if (newIssuer !== null) all.push([8, newIssuer]);
  all.sort(([a], [b]) => a - b);
  // The first six are bare text, by an old mistake of Fulcio; the others are UTF-8 strings in DER.
  return all.map(([number, text]) => ({
    oid: `${FULCIO_OID}.${number}`,
    value: number <= 6 ? bytesOf(text) : utf8(text),
  }));
}

async function makeCa(
  subject: string,
  issuer: TestCertificate | undefined,
  { start, end }: Period,
  pathLen: number,
): Promise<TestCertificate> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]);
  const own = keyIdentifier(new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)));
  const above = issuer === undefined ? own : keyIdentifier(await spkiOf(issuer));
  return await makeCertificate({
    subject,
    ...(issuer === undefined ? {} : { issuer }),
    key: "P-384",
    keys,
    signature: "SHA-384",
    notBefore: wholeSecond(start),
    notAfter: wholeSecond(end),
    keyUsage: ["keyCertSign", "cRLSign"],
    ...(issuer === undefined ? {} : { extendedKeyUsage: [CODE_SIGNING] }),
    extensions: [
      { oid: "2.5.29.19", critical: true, value: der(0x30, TRUE, unsigned(Uint8Array.of(pathLen))) },
      { oid: "2.5.29.14", value: der(0x04, own) },
      { oid: "2.5.29.35", value: der(0x30, der(0x80, above)) },
    ],
  });
}

/** The part of a certificate that is signed. */
function tbsOf(certificate: Uint8Array): Uint8Array {
  return new DerReader(new DerReader(certificate).take(0x30).content).take(0x30).bytes;
}

/** The DER of a certificate in PEM. */
export function pemBytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text.replace(/-----[^-]+-----|\s/g, ""), "base64"));
}
