/**
 * Upper bounds on what may come from outside, for whoever signs and whoever verifies alike: what could not be verified
 * is not signed either. Each is far above what a real model needs and low enough that hostile input costs little.
 */
export const LIMITS = {
  /** Size of a signature file in bytes: a million resources and their names fit. */
  signatureBytes: 192_000_000,
  /** Size in bytes of a payload that was signed before version 1.0, when it took a detour to encode it. */
  oldPayloadBytes: 16_000_000,
  /** Resources in a manifest, that is files or shards. */
  resources: 1_000_000,
  /** Directories below each other in a model. */
  depth: 4_096,
  /** Length of a resource name in UTF-8 bytes; a Linux path ends at 4,096, a relative walk can go deeper. */
  nameBytes: 65_536,
  /** Paths that a signature may ask to leave out. */
  ignorePaths: 10_000,
  /** Certificates in a signature: more than any chain has. */
  certificates: 16,
  /** Entries of transparency logs in a signature. */
  logEntries: 16,
  /** Timestamps in a signature. */
  timestamps: 16,
  /** Size of a timestamp in bytes, of which the libraries make some hundred times as much: real ones have up to 7,000. */
  timestampBytes: 100_000,
  /** Bytes of an envelope that a Rekor v1 log takes: reports of refusals begin at 46 million. */
  rekorV1EntryBytes: 40_000_000,
  /** Size of a PEM file in bytes: keys, certificates, and the root certificates of a whole operating system. */
  pemBytes: 4_000_000,
} as const;
