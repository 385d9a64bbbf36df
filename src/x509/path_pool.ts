/** The certificates at hand, and who signed whom. */
import type { Certificate } from "./certificate.ts";
import { isSignedBy } from "./signature.ts";

/** All certificates that may be on a path, each once. */
export class Pool {
  readonly #certificates = new Map<string, Certificate>();
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #anchors: ReadonlySet<string>;
  /** Outcomes of signature checks, as the same are asked for again and again. */
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

  /** Whether the user trusts this very certificate, byte for byte. */
  isAnchor(certificate: Certificate): boolean {
    return this.#anchors.has(certificate.fingerprint);
  }

  /** The same for a signing certificate, whose own signature, if it is that, must be right. */
  async isAnchorByItself(leaf: Certificate): Promise<boolean> {
    return this.isAnchor(leaf) && (!leaf.isSelfIssued || await this.#isSignedBy(leaf, leaf));
  }

  /** Those that have the name of the issuer, perhaps the certificate itself among them. */
  namesakesOfIssuer(certificate: Certificate): readonly Certificate[] {
    return this.#bySubject.get(certificate.canonicalIssuer) ?? [];
  }

  /** Those of the right name whose key made the signature. */
  async issuersOf(certificate: Certificate): Promise<Certificate[]> {
    const issuers: Certificate[] = [];
    for (const other of this.namesakesOfIssuer(certificate)) {
      if (await this.#isSignedBy(certificate, other)) issuers.push(other);
    }
    return issuers;
  }

  /** Whether the key that a certificate names as its signer's is here. */
  hasNamedSigner({ authorityKeyId, canonicalIssuer }: Certificate): boolean {
    return authorityKeyId !== undefined &&
      (this.#bySubject.get(canonicalIssuer) ?? []).some((other) => other.subjectKeyId === authorityKeyId);
  }

  /** Whether the key of a certificate made the signature of another one that is here. */
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
