/** The certificates that a path can be built from, with cached checks of who signed whom. */
import type { Certificate } from "./certificate.ts";
import { isSignedBy } from "./certificate_signature.ts";

/** All certificates that can be on a path, each once. */
export class Pool {
  readonly #certificates = new Map<string, Certificate>();
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #anchors: ReadonlySet<string>;
  /** Results of signature checks. A search asks for the same ones repeatedly. */
  readonly #checks = new Map<string, Promise<boolean>>();

  constructor(leaf: Certificate, intermediates: readonly Certificate[], readonly roots: readonly Certificate[]) {
    this.#anchors = new Set(roots.map((root) => root.fingerprint));
    for (const certificate of [leaf, ...roots, ...intermediates]) {
      if (this.#certificates.has(certificate.fingerprint)) continue;
      this.#certificates.set(certificate.fingerprint, certificate);
      const namesakes = this.#bySubject.get(certificate.canonicalSubject) ?? [];
      this.#bySubject.set(certificate.canonicalSubject, [...namesakes, certificate]);
    }
  }

  /** All certificates. */
  get certificates(): Iterable<Certificate> {
    return this.#certificates.values();
  }

  /** Whether this exact certificate is a trust anchor. */
  isAnchor(certificate: Certificate): boolean {
    return this.#anchors.has(certificate.fingerprint);
  }

  /** Whether a signing certificate is itself a trust anchor. If it is self-signed, its signature must verify. */
  async isAnchorByItself(leaf: Certificate): Promise<boolean> {
    return this.isAnchor(leaf) && (!leaf.isSelfIssued || await this.#isSignedBy(leaf, leaf));
  }

  /** The certificates that have the name of the issuer, which can include the certificate itself. */
  namesakesOfIssuer(certificate: Certificate): readonly Certificate[] {
    return this.#bySubject.get(certificate.canonicalIssuer) ?? [];
  }

  /** The certificates that have the name of the issuer and whose key made the signature. */
  async issuersOf(certificate: Certificate): Promise<Certificate[]> {
    const issuers: Certificate[] = [];
    for (const other of this.namesakesOfIssuer(certificate)) {
      if (await this.#isSignedBy(certificate, other)) issuers.push(other);
    }
    return issuers;
  }

  /** Whether the certificate that the authority key identifier names is here. */
  hasNamedSigner({ authorityKeyId, canonicalIssuer }: Certificate): boolean {
    return authorityKeyId !== undefined &&
      (this.#bySubject.get(canonicalIssuer) ?? []).some((other) => other.subjectKeyId === authorityKeyId);
  }

  /** Whether the key of this certificate made the signature of another one here. */
  async hasIssued(certificate: Certificate): Promise<boolean> {
    for (const other of this.#certificates.values()) {
      if (other === certificate || other.canonicalIssuer !== certificate.canonicalSubject) continue;
      if (await this.#isSignedBy(other, certificate)) return true;
    }
    return false;
  }

  #isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
    const pair = `${certificate.fingerprint} ${issuer.fingerprint}`;
    const check = this.#checks.get(pair) ?? isSignedBy(certificate, issuer);
    this.#checks.set(pair, check);
    return check;
  }
}
