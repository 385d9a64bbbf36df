/**
 * Upper bounds on untrusted input, enforced when signing and when verifying: what could not be verified is not signed
 * either. Each bound is far above what a real model needs, and low enough that hostile input costs little.
 */
export const LIMITS = {
  /** Size of a signature file in bytes: a million resources and their names fit. */
  signatureBytes: 192_000_000,
  /** Size in bytes of a payload signed before version 1.0, when encoding it took an intermediate copy. */
  oldPayloadBytes: 16_000_000,
  /** Resources in a manifest (files or shards). */
  resources: 1_000_000,
  /** Nesting depth of the directories of a model. */
  depth: 4_096,
  /** Length of a resource name in UTF-8 bytes. Linux paths end at 4,096, but a relative walk can go deeper. */
  nameBytes: 65_536,
  /** Ignored paths recorded in a signature. */
  ignorePaths: 10_000,
  /** Certificates in a signature. No real certification path has this many. */
  certificates: 16,
  /** Transparency log entries in a signature. */
  logEntries: 16,
  /** Timestamps in a signature. */
  timestamps: 16,
  /** Size of a timestamp in bytes. The libraries allocate about a hundred times as much. Real ones have up to 7,000. */
  timestampBytes: 100_000,
  /** Size in bytes of the largest envelope that Rekor v1 accepts. Rejections are reported from 46 million bytes. */
  rekorV1EntryBytes: 40_000_000,
  /** Size of a PEM file in bytes: keys, certificates, and the root certificates of a whole operating system. */
  pemBytes: 4_000_000,
} as const;
