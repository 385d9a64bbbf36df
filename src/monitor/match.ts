/** Whether an entry of a log is one that is watched for. All is compared exactly. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import { type Certificate, extensionValue, parseCertificate } from "../x509/certificate.ts";
import { EXTENSIONS } from "../x509/extensions.ts";
import { DerReader, TAG } from "../asn1/der.ts";
import { extensionText, ISSUER, OLD_ISSUER } from "../x509/fulcio_certificate.ts";
import { quote } from "../text/quote.ts";
import type { EntryClaims } from "./entry_claims.ts";

/** What to watch for: one of three. */
export type Watch =
  /** Certificates for an identity: an e-mail address, a URI, or another name that Fulcio gives. */
  | { readonly identity: string; readonly identityProvider?: string | undefined }
  /** A certificate or a key: SHA-256 of its DER, in hex. */
  | { readonly fingerprint: string }
  /** An artifact: its digest in hex, with or without `sha256:` before it. */
  | { readonly digest: string };

/** What was found in an entry. */
export interface Match {
  /** All certificates of the entry that match; or if none of them decided it, the first one of the entry. */
  readonly certificates: readonly Certificate[];
  /** What makes the entry match, all of which must be known for the entry to be expected. */
  readonly by:
    /** Its certificates, and nothing else. */
    | "certificates"
    /** The artifact, regardless of the signer. */
    | "artifact"
    /** A key without a certificate, or perhaps a certificate that cannot be read. */
    | "other";
}

/** Tells whether entries match. */
export interface Matcher {
  /** What is watched for, in one form however it was written. */
  readonly watch: Watch;
  /** The match in an entry, if there is one. */
  find(claims: EntryClaims): Match | undefined;
  /** How many certificates could have matched but could not be read. */
  readonly unreadable: number;
}

/**
 * Makes ready to match.
 *
 * @param watch What to watch for.
 * @returns The matcher.
 * @throws {UsageError} If a fingerprint or digest is not one (`WATCH`).
 */
export function createMatcher(watch: Watch): Matcher {
  if ("fingerprint" in watch) return new FingerprintMatcher(hex(watch.fingerprint, "fingerprint"));
  if ("digest" in watch) return new DigestMatcher(watch.digest.toLowerCase());
  if (watch.identity === "") throw new UsageError("WATCH", "Cannot watch for an identity that is empty");
  return new IdentityMatcher(watch.identity, watch.identityProvider);
}

class IdentityMatcher implements Matcher {
  readonly watch: Watch;
  unreadable = 0;
  readonly #identity: Buffer;
  readonly #provider: string | undefined;

  constructor(identity: string, provider: string | undefined) {
    this.watch = { identity, ...(provider === undefined ? {} : { identityProvider: provider }) };
    this.#identity = Buffer.from(identity);
    this.#provider = provider;
  }

  find({ certificates }: EntryClaims): Match | undefined {
    const found: Certificate[] = [];
    const before = this.unreadable;
    for (const der of certificates) {
      // Parsing a certificate is slow. One that is for the identity contains its exact bytes.
      if (!Buffer.from(der.buffer, der.byteOffset, der.byteLength).includes(this.#identity)) continue;
      const certificate = tryParse(der);
      const names = certificate && tryNames(certificate);
      if (certificate === undefined || names === undefined) this.unreadable += 1;
      else if (names.some((name) => isSame(name, this.#identity)) && this.#isProvider(certificate)) {
        found.push(certificate);
      }
    }
    if (found.length === 0) return undefined;
    return { certificates: found, by: this.unreadable > before ? "other" : "certificates" };
  }

  /** A certificate that names two issuers is rather reported than overlooked. */
  #isProvider(certificate: Certificate): boolean {
    if (this.#provider === undefined) return true;
    return [ISSUER, OLD_ISSUER].some((oid) => extensionText(certificate, oid) === this.#provider);
  }
}

class FingerprintMatcher implements Matcher {
  readonly watch: Watch;
  unreadable = 0;
  readonly #fingerprint: string;

  constructor(fingerprint: string) {
    this.watch = { fingerprint };
    this.#fingerprint = fingerprint;
  }

  find({ certificates, keys }: EntryClaims): Match | undefined {
    const found = certificates.filter((der) => sha256(der) === this.#fingerprint || this.#isOfKey(der));
    const isKey = keys.some((key) => sha256(key) === this.#fingerprint);
    if (found.length === 0 && !isKey) return undefined;
    const parsed = found.map(tryParse).filter((certificate) => certificate !== undefined);
    return { certificates: parsed, by: isKey || parsed.length < found.length ? "other" : "certificates" };
  }

  #isOfKey(der: Uint8Array): boolean {
    const key = publicKeyOf(der);
    if (key === undefined) this.unreadable += 1;
    return key !== undefined && sha256(key) === this.#fingerprint;
  }
}

class DigestMatcher implements Matcher {
  readonly watch: Watch;
  readonly unreadable = 0;
  readonly #digest: string;
  readonly #hasAlgorithm: boolean;

  constructor(digest: string) {
    const match = /^(?:[a-z0-9_-]+:)?(?:[0-9a-f]{2}){20,64}$/.exec(digest);
    if (match === null) {
      throw new UsageError("WATCH", `Cannot watch for the digest ${quote(digest)}: it is not hex, as sha256:… is`);
    }
    this.watch = { digest };
    this.#digest = digest;
    this.#hasAlgorithm = digest.includes(":");
  }

  find({ digests, certificates }: EntryClaims): Match | undefined {
    const found = digests.some((one) => (this.#hasAlgorithm ? one : one.replace(/^.*:/, "")) === this.#digest);
    if (!found) return undefined;
    const first = certificates[0] && tryParse(certificates[0]);
    return { certificates: first === undefined ? [] : [first], by: "artifact" };
  }
}

/** As tools print it, too: in capitals and with colons. */
function hex(text: string, what: string): string {
  const digits = text.replace(/^sha256:/i, "").replaceAll(":", "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new UsageError("WATCH", `Cannot watch for the ${what} ${quote(text)}: it is not 64 hex digits of a SHA-256`);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function tryParse(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der, "a certificate in the log");
  } catch {
    return undefined; // Anyone may have put it there.
  }
}

/** GeneralName (RFC 5280 §4.2.1.6): otherName, rfc822Name and URI. */
const NAMES = { other: 0xa0, email: 0x81, uri: 0x86 };

function tryNames(certificate: Certificate): Uint8Array[] | undefined {
  try {
    return subjectNames(certificate);
  } catch {
    return undefined;
  }
}

/**
 * The names for which Fulcio gives certificates, as bytes.
 *
 * @param certificate The certificate.
 * @returns Its e-mail addresses, URIs and other names.
 */
function subjectNames(certificate: Certificate): Uint8Array[] {
  const value = extensionValue(certificate, EXTENSIONS.subjectAltName);
  if (value === undefined) return [];
  const names: Uint8Array[] = [];
  for (const list = new DerReader(new DerReader(value).take(TAG.sequence).content); !list.isEmpty;) {
    const { tag, content } = list.next();
    if (tag === NAMES.email || tag === NAMES.uri) names.push(content);
    if (tag === NAMES.other) names.push(...otherName(content));
  }
  return names;
}

/** A type, and a text as Fulcio writes it; others are no identities. */
function otherName(content: Uint8Array): Uint8Array[] {
  const reader = new DerReader(content);
  reader.take(TAG.objectIdentifier);
  const value = new DerReader(reader.next().content).next();
  return value.tag === TAG.utf8String ? [value.content] : [];
}

/**
 * The identities in a certificate, as texts.
 *
 * @param certificate The certificate.
 * @returns Its e-mail addresses, URIs and other names.
 */
export function identities(certificate: Certificate): string[] {
  return (tryNames(certificate) ?? []).map((name) => new TextDecoder().decode(name));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b);
}

/** The key of a certificate, without the rest of it being looked at (RFC 5280 §4.1). */
function publicKeyOf(der: Uint8Array): Uint8Array | undefined {
  try {
    const tbs = new DerReader(new DerReader(new DerReader(der).take(TAG.sequence).content).take(TAG.sequence).content);
    tbs.takeOptional(TAG.version);
    tbs.take(TAG.integer);
    // Algorithm, issuer, validity, subject.
    for (let field = 0; field < 4; field++) tbs.take(TAG.sequence);
    return tbs.take(TAG.sequence).bytes;
  } catch {
    return undefined;
  }
}
