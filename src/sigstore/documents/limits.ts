/**
 * Upper bounds on what trust may be made of, each far above the real thing: the public trusted root has 7 kB, two logs
 * and chains of two certificates.
 */
export const TRUST_LIMITS = {
  /** Size in bytes of a trusted root, a signing config, or both in one document. */
  documentBytes: 1_000_000,
  /** Logs, authorities or services in one list. */
  listed: 100,
  /** Certificates in the chain of an authority. */
  chain: 10,
  /** Length of an address or name in UTF-16 units. */
  text: 2_048,
  /** Size in bytes of a TUF root that a user names or a repository serves. */
  tufRootBytes: 512_000,
  /** Newer roots to walk through from the one that the program or the user has: TUF has about two a year. */
  tufRoots: 256,
  /** Size in bytes of a TUF timestamp, which has a few hundred: no other metadata states its length. */
  timestampBytes: 16_384,
  /** Size in bytes of one metadata file. */
  metadataBytes: 2_000_000,
  /** Size in bytes of what is kept of one TUF repository. */
  cacheBytes: 32_000_000,
} as const;
