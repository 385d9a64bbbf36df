import { concat, der } from "../_certificates.ts";
import { makeServiceKey, type ServiceKey, sha256 } from "./keys.ts";

/** Extension of a certificate that holds its SCTs (RFC 6962 §3.3). */
export const SCT_LIST_OID = "1.3.6.1.4.1.11129.2.4.2";

/** A certificate transparency log, as far as its promises go: nothing of Sigstore ever reads the log itself. */
export class CtLog {
  readonly key: ServiceKey = makeServiceKey();
  readonly #now: () => Date;

  /** @param now What its clock says. */
  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** Its id: the hash of its key (RFC 6962 §3.2). */
  get logId(): Uint8Array<ArrayBuffer> {
    return sha256(this.key.spki);
  }

  /**
   * Promises to log a certificate.
   *
   * @param tbs The part of the certificate that is signed, without the list of SCTs.
   * @param issuerKey SubjectPublicKeyInfo of its issuer.
   * @param at When.
   * @returns The signed certificate timestamp (RFC 6962 §3.2).
   */
  promise(tbs: Uint8Array, issuerKey: Uint8Array, at = this.#now()): Uint8Array<ArrayBuffer> {
    const version = Uint8Array.of(0);
    const timestamp = bigEndian(BigInt(at.getTime()), 8);
    const noExtensions = bigEndian(0n, 2);
    const entry = concat([bigEndian(1n, 2), sha256(issuerKey), bigEndian(BigInt(tbs.length), 3), tbs]);
    const signature = this.key.sign(concat([version, Uint8Array.of(0), timestamp, entry, noExtensions]));
    const algorithm = Uint8Array.of(4, 3); // SHA-256, ECDSA
    const length = bigEndian(BigInt(signature.length), 2);
    return concat([version, this.logId, timestamp, noExtensions, algorithm, length, signature]);
  }
}

/** The value of the extension that holds SCTs. */
export function sctList(scts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const list = concat(scts.map((sct) => concat([bigEndian(BigInt(sct.length), 2), sct])));
  return der(0x04, concat([bigEndian(BigInt(list.length), 2), list]));
}

function bigEndian(value: bigint, length: number): Uint8Array {
  return Uint8Array.fromHex(value.toString(16).padStart(length * 2, "0"));
}
