/**
 * The table of error codes: what each one means, and what to do about it. `ErrorCode` is its keys, so that an error can
 * only have a code that is listed here; `deno task docs` writes docs/errors.md from it. Only mod.ts imports it at run
 * time, so that programs can look up what to do.
 */

/** What docs/errors.md says about a code. */
export interface ErrorCodeInfo {
  /** The classes of its errors. `monitor` turns a `VerificationError` that is no evidence into `UnavailableError`. */
  readonly classes: readonly ("VerificationError" | "RefusedError" | "UsageError" | "UnavailableError")[];
  /** What the error means. Backticks mark options of the library. */
  readonly meaning: string;
  /** What to do about it. */
  readonly advice: string;
}

/** All error codes. */
export const ERROR_CODES = {
  // The model.
  MODEL_DIFFERS: {
    classes: ["VerificationError"],
    meaning: "The signature is good, but the model is not what was signed.",
    advice: "Look at the listed files. Get the model again, or ask the signer.",
  },
  NOT_COVERED: {
    classes: ["VerificationError"],
    meaning: "The model has files that the signature does not cover, and `allowUncovered` is false.",
    advice: "Remove them, or sign the model with them.",
  },
  EMPTY_MODEL: {
    classes: ["RefusedError"],
    meaning: "The model has no file, or only empty ones.",
    advice: "Check the path, and what is left out with `ignorePaths`.",
  },
  TOO_MANY_FILES: {
    classes: ["RefusedError"],
    meaning: "The model has more files or directories than a signature may list.",
    advice: "Leave out what is not part of the model, or sign its parts.",
  },
  TOO_MANY_RESOURCES: {
    classes: ["RefusedError"],
    meaning: "The model has more shards than a signature may list.",
    advice: "Use a larger `shardSize`.",
  },
  TOO_DEEP: {
    classes: ["RefusedError"],
    meaning: "A directory is nested too deeply.",
    advice: "Check for directories that contain themselves.",
  },
  NAME_NOT_UTF8: {
    classes: ["RefusedError"],
    meaning: "The name of a file is not valid UTF-8.",
    advice: "Rename the file, or leave it out.",
  },
  SPECIAL_FILE: {
    classes: ["RefusedError"],
    meaning: "The model has a socket, pipe or device.",
    advice: "Remove it, or leave it out with `ignorePaths`.",
  },
  SYMLINK: {
    classes: ["RefusedError"],
    meaning: "The model has a symbolic link that may not be followed.",
    advice: "Allow symbolic links with `allowSymlinks`, or leave it out.",
  },
  SYMLINK_CYCLE: {
    classes: ["RefusedError"],
    meaning: "A symbolic link leads back to itself or to a directory above it.",
    advice: "Remove the link, or leave it out.",
  },
  SYMLINK_DANGLING: {
    classes: ["RefusedError"],
    meaning: "A symbolic link leads to nothing.",
    advice: "Remove the link, or restore its target.",
  },
  FILE_CHANGED: {
    classes: ["UnavailableError"],
    meaning: "A file or directory changed while it was read.",
    advice: "Try again when nothing writes to the model.",
  },
  FILE_SIZE: {
    classes: ["UnavailableError"],
    meaning: "A file has another size than its file system reports.",
    advice: "Copy the model to a file system that reports true sizes.",
  },
  WORKER: {
    classes: ["UnavailableError"],
    meaning: "A hashing thread failed.",
    advice: "Try again, or with one thread (`workers`: 1). If it happens again, report it.",
  },
  // The signature.
  SIGNATURE_INVALID: {
    classes: ["VerificationError"],
    meaning: "The signature file is malformed.",
    advice: "Check that it is the signature, and get it again.",
  },
  SIGNATURE_WRONG: {
    classes: ["VerificationError"],
    meaning: "The signature does not match: another key made it, or it was changed.",
    advice: "Do not use the model. Ask the signer which key was used.",
  },
  NOT_A_BUNDLE: {
    classes: ["VerificationError"],
    meaning: "The file is not a Sigstore bundle.",
    advice: "Name a signature file.",
  },
  NOT_A_FILE: {
    classes: ["VerificationError"],
    meaning: "The signature is not a regular file.",
    advice: "Name a signature file.",
  },
  NOT_A_SIGNATURE: {
    classes: ["RefusedError"],
    meaning: "Something other than a signature is where the signature should go. Nothing was replaced.",
    advice: "Choose another path with `signature`, or move what is there.",
  },
  TOO_LARGE: {
    classes: ["VerificationError", "RefusedError"],
    meaning: "A file exceeds the limit for its kind.",
    advice: "Check that it is the right file. Sign fewer files, or use larger shards.",
  },
  PAYLOAD_TYPE: {
    classes: ["VerificationError"],
    meaning: "The signed payload is not an in-toto statement.",
    advice: "The signature is for something other than a model.",
  },
  SERIALIZATION: {
    classes: ["VerificationError"],
    meaning: "The signature was made with another `serialization`, or it does not say which.",
    advice: "Set `serialization` to what the signer used.",
  },
  OTHER_METHOD: {
    classes: ["VerificationError"],
    meaning: "The signature was made with another method.",
    advice: "Verify with the method that the message names.",
  },
  OTHER_IDENTITY: {
    classes: ["VerificationError"],
    meaning: "Another identity signed.",
    advice: "Do not use the model, unless you trust that identity too.",
  },
  IDENTITY_UNCLEAR: {
    classes: ["VerificationError"],
    meaning: "The certificate does not name exactly one identity.",
    advice: "Ask the signer to sign again.",
  },
  KEY_MISMATCH: {
    classes: ["VerificationError"],
    meaning: "The signature names another key than the one given.",
    advice: "Get the signer's public key again.",
  },
  MANIFEST_EMPTY: {
    classes: ["VerificationError"],
    meaning: "The signed manifest is inconsistent: it lists no file.",
    advice: "Ask the signer to sign again.",
  },
  MANIFEST_NAME: {
    classes: ["VerificationError"],
    meaning: "The signed manifest is inconsistent: a name is not allowed.",
    advice: "Ask the signer to sign again.",
  },
  MANIFEST_DUPLICATE: {
    classes: ["VerificationError"],
    meaning: "The signed manifest is inconsistent: a name is listed twice.",
    advice: "Ask the signer to sign again.",
  },
  MANIFEST_SHARDS: {
    classes: ["VerificationError"],
    meaning: "The signed manifest is inconsistent: its shards do not add up to files.",
    advice: "Ask the signer to sign again.",
  },
  MANIFEST_ROOT: {
    classes: ["VerificationError"],
    meaning: "The signed manifest is inconsistent: its root digest does not match its resources.",
    advice: "Ask the signer to sign again.",
  },
  MANIFEST_IGNORE_PATHS: {
    classes: ["VerificationError"],
    meaning: "The signed manifest is inconsistent: an ignored path is not allowed.",
    advice: "Ask the signer to sign again.",
  },
  // Keys and certificates.
  NOT_PEM: {
    classes: ["RefusedError"],
    meaning: "The file is not PEM.",
    advice: "Name a PEM file, or convert the key or certificate.",
  },
  KEY_INVALID: {
    classes: ["RefusedError"],
    meaning: "The key cannot be decoded.",
    advice: "Get or make the key again.",
  },
  KEY_KIND: {
    classes: ["RefusedError"],
    meaning: "The key is of an unsupported kind, or a public key is where a private key should be, or the reverse.",
    advice: "Use an EC key on P-256, P-384 or P-521.",
  },
  KEY_ENCRYPTION: {
    classes: ["RefusedError"],
    meaning: "The key is encrypted in an unsupported way.",
    advice: "Encrypt it again with PBES2 and AES.",
  },
  KEY_FAILED: {
    classes: ["UnavailableError"],
    meaning: "The signature that a private key made does not match its public key. Nothing was written.",
    advice: "Check the token or the service that holds the key, and that it is the key you mean.",
  },
  PASSWORD_NEEDED: {
    classes: ["RefusedError", "UsageError"],
    meaning: "The private key is encrypted, and no password was given.",
    advice: "Give the `password`.",
  },
  PASSWORD_WRONG: {
    classes: ["RefusedError"],
    meaning: "The password does not decrypt the private key.",
    advice: "Check the password and the key.",
  },
  NO_CERTIFICATE: {
    classes: ["RefusedError"],
    meaning: "The file holds no certificate.",
    advice: "Name a PEM file with certificates.",
  },
  CERTIFICATE_KIND: {
    classes: ["RefusedError"],
    meaning: "The file holds an unsupported kind of certificate.",
    advice: "Use an X.509 certificate.",
  },
  CERTIFICATE_KEY: {
    classes: ["RefusedError"],
    meaning: "The certificate is not for the private key.",
    advice: "Give the certificate that was issued for this key.",
  },
  CERTIFICATE_NOT_ALLOWED: {
    classes: ["RefusedError"],
    meaning: "The certificate may not sign now: it is not valid, or not for code signing.",
    advice: "Get a certificate for code signing.",
  },
  CERTIFICATE_INVALID: {
    classes: ["VerificationError"],
    meaning: "A certificate is malformed.",
    advice: "Get the certificate again.",
  },
  CERTIFICATE_UNSUPPORTED: {
    classes: ["VerificationError"],
    meaning: "A certificate uses an unsupported algorithm.",
    advice: "Use ECDSA, Ed25519 or RSA.",
  },
  CERTIFICATE_EXPIRED: {
    classes: ["VerificationError"],
    meaning: "A certificate had expired at the time of signing, or now if that time is not proven.",
    advice: "Ask the signer to sign again with a valid certificate.",
  },
  CERTIFICATE_NOT_YET_VALID: {
    classes: ["VerificationError"],
    meaning: "A certificate is not valid yet.",
    advice: "Check the clock of this machine and of the signer.",
  },
  CERTIFICATE_NOT_CA: {
    classes: ["VerificationError"],
    meaning: "A certificate in the path may not issue certificates.",
    advice: "Check the certificate chain.",
  },
  CERTIFICATE_POLICY: {
    classes: ["VerificationError"],
    meaning: "The certificate policies along the path do not agree (RFC 5280 §6.1.3).",
    advice: "Check the certificate chain.",
  },
  CRITICAL_EXTENSION: {
    classes: ["VerificationError"],
    meaning: "A certificate has a critical extension that is not supported.",
    advice: "Use a certificate without it.",
  },
  EXTENDED_KEY_USAGE: {
    classes: ["VerificationError"],
    meaning: "A certificate is not for this purpose.",
    advice: "Use a certificate for code signing.",
  },
  KEY_USAGE: {
    classes: ["VerificationError"],
    meaning: "The key usage of a certificate does not allow this.",
    advice: "Use a certificate for digital signatures.",
  },
  NAME_CONSTRAINTS: {
    classes: ["VerificationError"],
    meaning: "A name in a certificate is excluded by the constraints of its issuer.",
    advice: "Check the certificate chain.",
  },
  PATH_LENGTH: {
    classes: ["VerificationError"],
    meaning: "A certificate has more intermediates below it than it allows.",
    advice: "Check the certificate chain.",
  },
  WEAK_CERTIFICATE: {
    classes: ["VerificationError"],
    meaning: "A certificate has a weak signature or key.",
    advice: "Use SHA-256 and RSA keys of at least 2048 bits.",
  },
  CHAIN_TOO_COMPLEX: {
    classes: ["VerificationError"],
    meaning: "There are too many ways to build a certification path.",
    advice: "Give fewer certificates.",
  },
  CHAIN_TOO_LONG: {
    classes: ["VerificationError", "RefusedError"],
    meaning: "There are too many certificates.",
    advice: "Give fewer certificates.",
  },
  CHAIN_UNRELATED: {
    classes: ["VerificationError"],
    meaning: "A certificate in the signature does not belong to the path.",
    advice: "Sign again without that certificate.",
  },
  CHAIN_UNTRUSTED: {
    classes: ["VerificationError"],
    meaning: "No certification path leads to a trusted root.",
    advice: "Check the roots that you trust.",
  },
  // Sigstore.
  TRUST_INVALID: {
    classes: ["VerificationError", "UnavailableError"],
    meaning: "A trusted root, signing config or trust config is malformed.",
    advice: "Get the file again.",
  },
  INSTANCE_INVALID: {
    classes: ["VerificationError", "UnavailableError"],
    meaning: "What `trust init` wrote is malformed.",
    advice: "Run `trust init` again.",
  },
  CACHE_INVALID: {
    classes: ["VerificationError", "UnavailableError"],
    meaning: "What was fetched from the TUF repository before is malformed.",
    advice: "Fetch it again without `offline`, or remove it.",
  },
  TUF_REFUSED: {
    classes: ["VerificationError", "UnavailableError"],
    meaning: "The metadata of a TUF repository does not verify.",
    advice: "Try again later. If it persists, report it to the operator.",
  },
  LOCKED: {
    classes: ["UnavailableError"],
    meaning: "Another process holds the lock of the TUF cache.",
    advice: "Try again when it has ended.",
  },
  NO_CACHE_DIRECTORY: {
    classes: ["UnavailableError"],
    meaning: "There is no directory for the TUF cache.",
    advice: "Set HOME or XDG_CACHE_HOME.",
  },
  NO_SETTINGS_DIRECTORY: {
    classes: ["UnavailableError"],
    meaning: "There is no directory for the settings of `trust init`.",
    advice: "Set HOME or XDG_CONFIG_HOME.",
  },
  NO_SIGNING_CONFIG: {
    classes: ["UnavailableError"],
    meaning: "It is unknown which services to sign with.",
    advice: "Name a trust config with `trustConfigFile`.",
  },
  NO_SERVICE: {
    classes: ["UnavailableError"],
    meaning: "The signing config has no service of a needed kind that is valid now.",
    advice: "Get a newer signing config.",
  },
  SERVICES_NOT_TRUSTED: {
    classes: ["RefusedError"],
    meaning: "The trusted root does not trust the services that would sign.",
    advice: "Use a trusted root and a signing config of the same instance.",
  },
  SERVICE_FAILED: {
    classes: ["UnavailableError"],
    meaning: "A service cannot be reached, or its answer cannot be used.",
    advice: "Try again later. Check the network, the proxy and the address.",
  },
  TIMESTAMP_INVALID: {
    classes: ["VerificationError"],
    meaning: "A signed timestamp does not verify.",
    advice: "Ask the signer to sign again.",
  },
  LOG_ENTRY: {
    classes: ["VerificationError"],
    meaning: "The log entry in the signature does not verify.",
    advice: "Ask the signer to sign again.",
  },
  LOG_CHECKPOINT: {
    classes: ["VerificationError", "UnavailableError"],
    meaning: "The checkpoint of a transparency log does not verify.",
    advice: "Try again later. If it persists, report it to the operator.",
  },
  LOG_INCLUSION: {
    classes: ["VerificationError"],
    meaning: "An entry is not proven to be in the transparency log.",
    advice: "Try again later. If it persists, report it: the log may be lying.",
  },
  LOG_CONSISTENCY: {
    classes: ["VerificationError"],
    meaning: "Two checkpoints of a transparency log contradict each other.",
    advice: "Report it: the log may be lying.",
  },
  LOG_CONTRADICTION: {
    classes: ["VerificationError"],
    meaning: "A transparency log contradicts what it showed before.",
    advice: "Keep the state and report it: the log may be lying.",
  },
  LOG_ENTRY_CHANGED: {
    classes: ["VerificationError"],
    meaning: "The log now holds another entry at this index.",
    advice: "Report it: the log may be lying.",
  },
  LOG_ENTRY_MISSING: {
    classes: ["VerificationError", "UnavailableError"],
    meaning: "The log no longer holds the entry, or withholds entries.",
    advice: "Try again later. If it persists, report it: the log may be lying.",
  },
  LOG_REPLY: {
    classes: ["UnavailableError"],
    meaning: "The answer of a transparency log cannot be used.",
    advice: "Try again later.",
  },
  LOG_STALE: {
    classes: ["UnavailableError"],
    meaning: "A transparency log answers with an older checkpoint than before.",
    advice: "Try again later.",
  },
  LOG_UNKNOWN: {
    classes: ["VerificationError", "UsageError"],
    meaning: "The trusted root has no valid key of this log.",
    advice: "Use the trusted root of the log's instance.",
  },
  TOO_LARGE_FOR_LOG: {
    classes: ["RefusedError"],
    meaning: "The manifest is too large for a transparency log of version 1.",
    advice: "Use a log of version 2, fewer files, or larger shards.",
  },
  // Logging in and confirming.
  NO_TOKEN: {
    classes: ["UnavailableError"],
    meaning: "There is no identity token, and nobody to log in.",
    advice: "Give an `identityToken`, or run where the environment offers one.",
  },
  TOKEN: {
    classes: ["RefusedError"],
    meaning: "The identity token cannot be used.",
    advice: "Get a new token for the audience `sigstore`.",
  },
  RUN: {
    classes: ["UnavailableError"],
    meaning: "The program that provides the identity token failed.",
    advice: "Check that it is on the PATH and may be run.",
  },
  LOGIN: {
    classes: ["RefusedError"],
    meaning: "The OIDC issuer refused the login, or answered with something unexpected.",
    advice: "Log in again.",
  },
  LOGIN_STATE: {
    classes: ["RefusedError"],
    meaning: "The answer belongs to another login.",
    advice: "Log in again, and close older login pages.",
  },
  LOGIN_TIME: {
    classes: ["UnavailableError"],
    meaning: "Nobody logged in within the time limit.",
    advice: "Log in again.",
  },
  LISTEN: {
    classes: ["UnavailableError"],
    meaning: "The browser's answer cannot be received on this machine.",
    advice: "Allow a port on localhost, or use `forceOutOfBand`.",
  },
  NOT_CONFIRMED: {
    classes: ["RefusedError"],
    meaning: "The identity to be recorded was not confirmed. Nothing was signed.",
    advice: "Sign again, and confirm.",
  },
  // Monitoring.
  UNEXPECTED: {
    classes: ["VerificationError"],
    meaning: "A log has entries that are not expected.",
    advice: "Find out who signed. Name your own signatures with `expect`.",
  },
  STATE_INVALID: {
    classes: ["UnavailableError"],
    meaning: "The state file is malformed, or of something else.",
    advice: "Restore it, or start a new one.",
  },
  STATE_IN_USE: {
    classes: ["UnavailableError"],
    meaning: "Another monitor uses the state file.",
    advice: "Use one state file for each monitor.",
  },
  STATE_OTHER: {
    classes: ["UsageError"],
    meaning: "The state file is of a monitor that watches for something else.",
    advice: "Use one state file for each watch.",
  },
  STATE_NEEDED: {
    classes: ["UsageError"],
    meaning: "The log is too large to be read without a `state` file.",
    advice: "Name a `state` file, or where to begin with `from`.",
  },
  NO_INDEX: {
    classes: ["UsageError"],
    meaning: "The search index of the log cannot find fingerprints.",
    advice: "Use `from`.",
  },
  LOG_URL: {
    classes: ["UsageError"],
    meaning: "The address of a log is not allowed.",
    advice: "Give a plain https URL.",
  },
  WATCH: {
    classes: ["UsageError"],
    meaning: "What to watch for is malformed.",
    advice: "Give an identity, or a digest or fingerprint in hex.",
  },
  EXPECT: {
    classes: ["UsageError"],
    meaning: "An expected signature cannot be used.",
    advice: "Name signature files.",
  },
  // Options and arguments.
  COMMAND: { classes: ["UsageError"], meaning: "The command is missing or unknown.", advice: "See `--help`." },
  ARGUMENT: {
    classes: ["UsageError"],
    meaning: "An argument is missing or unexpected.",
    advice: "See `--help` of the command.",
  },
  OPTION: {
    classes: ["UsageError"],
    meaning: "An option is unknown, missing or out of range, or excludes another.",
    advice: "The message names the option.",
  },
  NOT_AVAILABLE: {
    classes: ["UsageError"],
    meaning: "This version does not have the command or method.",
    advice: "Use another method.",
  },
  MODEL: {
    classes: ["UsageError"],
    meaning: "The path of the model is missing, empty, or not a model.",
    advice: "Name a file or a directory.",
  },
  SIGNATURE: {
    classes: ["UsageError"],
    meaning: "The path of the signature is missing or not allowed.",
    advice: "Name a file outside of the model or at its top.",
  },
  SHARD_SIZE: {
    classes: ["UsageError"],
    meaning: "`shardSize` is out of range, or `serialization` is not `shards`.",
    advice: "Give a whole number of bytes, with `shards` only.",
  },
  HASH_ALGORITHM: {
    classes: ["UsageError"],
    meaning: "`h1` and `h2` are SHA-256 only.",
    advice: "Leave `hashAlgorithm` out.",
  },
  IGNORE_PATH: {
    classes: ["UsageError"],
    meaning: "A path of `ignorePaths` is outside of the model.",
    advice: "Give paths in the model.",
  },
  IGNORE_UNSIGNED_FILES: {
    classes: ["UsageError"],
    meaning: "`ignoreUnsignedFiles` needs a signature that lists files.",
    advice: "Leave it out: the signature is one digest of the whole model.",
  },
  IDENTITY: {
    classes: ["UsageError"],
    meaning: "It is not said which identity to trust, or it is said twice.",
    advice: "Give `identity` or `identityRegexp`.",
  },
  IDENTITY_PROVIDER: {
    classes: ["UsageError"],
    meaning: "It is not said which identity provider to trust, or it is said twice.",
    advice: "Give `identityProvider` or `identityProviderRegexp`.",
  },
  EMPTY_POLICY: {
    classes: ["UsageError"],
    meaning: "An expected identity or claim is empty.",
    advice: "Give a value, or leave the option out.",
  },
  BAD_PATTERN: {
    classes: ["UsageError"],
    meaning: "A pattern is not a regular expression.",
    advice: "Correct the pattern.",
  },
  BAD_OID: {
    classes: ["UsageError"],
    meaning: "An entry of `certificateOids` is not OID=VALUE.",
    advice: "Write it as 1.3.6.1.4.1.57264.1.20=push.",
  },
  // Files and permissions.
  NOT_FOUND: {
    classes: ["UnavailableError"],
    meaning: "There is no such file or directory.",
    advice: "Check the path.",
  },
  PERMISSION: {
    classes: ["UnavailableError"],
    meaning: "Deno or the operating system denies access.",
    advice: "Grant the permission that the message names.",
  },
  NOT_FETCHED: {
    classes: ["UnavailableError"],
    meaning: "What to trust was never fetched, and the network may not be used.",
    advice: "Fetch it once without `offline`, or name a `trustedRootFile`.",
  },
  NO_SPACE: { classes: ["UnavailableError"], meaning: "No space is left.", advice: "Free some space." },
  IO: {
    classes: ["UnavailableError"],
    meaning: "A file cannot be read or written.",
    advice: "Check the path and the file system.",
  },
} as const satisfies Record<string, ErrorCodeInfo>;

/** A stable name of an error, for programs. docs/errors.md lists all of them. */
export type ErrorCode = keyof typeof ERROR_CODES;
