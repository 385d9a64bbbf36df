/** The certificates at hand, and who signed whom. */
import type { Certificate } from "../keys/certificate.ts";
import { isSameBytes } from "../same_bytes.ts";
import { isSignedBy } from "./certificate_signature.ts";

/** All certificates that may be on a path, each once. */
export class Pool {
  readonly #certificates = new Map<string, Certificate>();
  readonly #anchors: ReadonlySet<string>;
  /** Outcomes of signature checks, as the same are asked for again and again. */
  readonly #checks = new Map<string, Promise<boolean>>();

  constructor(leaf: Certificate, intermediates: readonly Certificate[], readonly roots: readonly Certificate[]) {
    this.#anchors = new Set(roots.map((root) => root.fingerprint));
    for (const certificate of [leaf, ...roots, ...intermediates]) {
      if (!this.#certificates.has(certificate.fingerprint)) {
        this.#certificates.set(certificate.fingerprint, certificate);
      }
    }
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
  namesakesOfIssuer(certificate: Certificate): Certificate[] {
    return [...this.#certificates.values()].filter((other) => isSameBytes(other.subjectDer, certificate.issuerDer));
  }

  /** Those of the right name whose key made the signature. */
  async issuersOf(certificate: Certificate): Promise<Certificate[]> {
    const issuers: Certificate[] = [];
    for (const other of this.namesakesOfIssuer(certificate)) {
      if (await this.#isSignedBy(certificate, other)) issuers.push(other);
    }
    return issuers;
  }

  #isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
    const pair = `${certificate.fingerprint} ${issuer.fingerprint}`;
    const check = this.#checks.get(pair) ?? isSignedBy(certificate, issuer);
    this.#checks.set(pair, check);
    return check;
  }
}
