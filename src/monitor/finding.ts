/** What watching a log finds. */

/** An entry of a log that is watched for. It is proven to stand in the log; what it says is the entry's own word. */
export interface Finding {
  /** Address of the log. */
  readonly log: string;
  /** Index in the log. */
  readonly index: number;
  /** When the log took the entry, as it signed (ISO 8601); `null`: this log does not say, as Rekor v2. */
  readonly time: string | null;
  /** When the certificate was issued, which is when it was signed with (ISO 8601); `null`: there is none. */
  readonly issued: string | null;
  /** For whom the certificate is; `null`: there is none, or it names nobody. */
  readonly identity: string | null;
  /** Who vouched for the identity; `null`: the certificate does not say. */
  readonly identityProvider: string | null;
  /** Digest of what was signed, `algorithm:hex`; `null`: the entry has none. */
  readonly digest: string | null;
  /** All digests in the entry, up to a hundred. */
  readonly digests: readonly string[];
  /** Kind of the entry, such as `dsse 0.0.1`. */
  readonly kind: string | null;
  /** SHA-256 of the certificate in hex; `null`: there is none. */
  readonly fingerprint: string | null;
  /**
   * Whether the certificate is of an authority of the trusted root. Anyone may put certificates of their own making into
   * a log, with any name in them; nobody who trusts that root accepts them. `null`: there is no certificate.
   */
  readonly trusted: boolean | null;
  /** The known signature that the entry is of; `null`: it is of none. */
  readonly expected: string | null;
}

/**
 * Whether a finding is cause for alarm: it is of no known signature. One that could convince nobody counts too: it is an
 * attempt, or another instance vouches for it.
 *
 * @param finding The finding.
 * @returns Whether it is.
 */
export function isAlarming({ expected }: Finding): boolean {
  return expected === null;
}
