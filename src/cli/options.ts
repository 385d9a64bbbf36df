/** The table of options. Parsing, help, completion, docs/cli.md and the flags in messages come from it. */
import { ENGINE_CHOICES } from "../hash/engines/choose.ts";
import { HASH_ALGORITHMS } from "../hash/engines/engine.ts";
import { SERIALIZATION_METHODS } from "../manifest/manifest.ts";

/** The kind of a value: how it is checked and completed. */
export type ValueKind = "text" | "file" | "path" | "directory" | "number";

/** One option. */
export interface OptionSpec {
  /** Its name, without the dashes. */
  readonly name: string;
  /** The library's name for it, where that is not the same in camel case. */
  readonly option?: string;
  /** What help calls its value; absent for a flag. */
  readonly value?: string;
  /** What its value is. */
  readonly kind?: ValueKind;
  /** The allowed values. */
  readonly choices?: readonly string[];
  /** Whether it may be given more than once. */
  readonly repeatable?: boolean;
  /** Whether `--no-NAME` exists. */
  readonly negatable?: boolean;
  /** Minimum and maximum of a number. */
  readonly range?: readonly [number, number];
  /** Its one-letter form. */
  readonly letter?: string;
  /** The commands that have it, such as `digest`, or `sign key` for one method. */
  readonly commands: readonly string[];
  /** What it does, one or more sentences without a full stop at the end. */
  readonly help: string;
}

const ALL = ["sign", "verify", "digest", "inspect", "monitor", "trust", "completions"];

/** The commands that take a model. */
export const MODEL_COMMANDS = ["sign", "verify", "digest"];

/** Every option, in the order in which help lists them. */
export const OPTIONS: readonly OptionSpec[] = [
  {
    name: "path",
    value: "MODEL",
    kind: "path",
    commands: MODEL_COMMANDS,
    help: "the model, a file or a directory; the same as MODEL without an option",
  },
  {
    name: "signature",
    value: "FILE",
    kind: "file",
    commands: MODEL_COMMANDS,
    help: "the signature; default MODEL.sig beside a model that is a file, MODEL/model.sig in a directory. " +
      "It is never part of what is signed. Signing replaces an older signature and nothing else",
  },
  {
    name: "identity",
    value: "TEXT",
    kind: "text",
    commands: ["verify sigstore", "monitor"],
    help: "who must have signed, or is watched for: an e-mail address, or the URI of a workflow; compared exactly",
  },
  {
    name: "identity-provider",
    value: "URL",
    kind: "text",
    commands: ["verify sigstore", "monitor"],
    help: "the identity's OIDC issuer; compared exactly",
  },
  {
    name: "identity-regexp",
    value: "PATTERN",
    kind: "text",
    commands: ["verify sigstore"],
    help: "in place of --identity: a regular expression that the whole identity must match",
  },
  {
    name: "identity-provider-regexp",
    value: "PATTERN",
    kind: "text",
    commands: ["verify sigstore"],
    help: "in place of --identity-provider: a regular expression that the whole issuer must match",
  },
  {
    name: "certificate-oid",
    option: "certificateOids",
    value: "OID=VALUE",
    kind: "text",
    repeatable: true,
    commands: ["verify sigstore"],
    help: "an extension that the certificate must have, with this text; compared exactly. Repeatable",
  },
  {
    name: "github-repository",
    value: "OWNER/NAME",
    kind: "text",
    commands: ["verify sigstore"],
    help: "the repository of the workflow that must have signed",
  },
  {
    name: "github-ref",
    value: "REF",
    kind: "text",
    commands: ["verify sigstore"],
    help: "branch or tag that the workflow must have run for, such as refs/heads/main",
  },
  {
    name: "github-sha",
    value: "HEX",
    kind: "text",
    commands: ["verify sigstore"],
    help: "commit that the workflow must have run for",
  },
  {
    name: "check-log",
    commands: ["verify sigstore"],
    help: "besides the proof in the signature, ask the transparency log now whether it still holds the entry",
  },
  {
    name: "identity-token",
    value: "TOKEN",
    kind: "text",
    commands: ["sign sigstore"],
    help: "OIDC identity token, or a file that holds one; other users may see a token in the list of processes, " +
      "so prefer a file or the variable SIGSTORE_ID_TOKEN. Default: of the CI service or cloud, else a login",
  },
  {
    name: "use-ambient-credentials",
    commands: ["sign sigstore"],
    help:
      "use only a token that the environment offers (GitHub Actions, GitLab CI, Google Cloud, Buildkite, CircleCI, " +
      "a token file): nobody is asked to log in",
  },
  {
    name: "oauth-force-oob",
    option: "forceOutOfBand",
    commands: ["sign sigstore"],
    help: "log in without a browser on this machine: a page to open elsewhere, and a code to type",
  },
  {
    name: "client-id",
    value: "ID",
    kind: "text",
    commands: ["sign sigstore"],
    help: "name of this program at the issuer, and audience of the token; default sigstore",
  },
  {
    name: "client-secret",
    value: "TEXT",
    kind: "text",
    commands: ["sign sigstore"],
    help: "password of this program at the issuer, if it has one",
  },
  {
    name: "yes",
    letter: "y",
    commands: ["sign sigstore"],
    help: "do not ask on the terminal whether the identity may be recorded publicly",
  },
  {
    name: "private-key",
    value: "PEM",
    kind: "file",
    commands: ["sign key", "sign certificate"],
    help: "EC private key on P-256, P-384 or P-521, SEC1 or PKCS#8, encrypted or not",
  },
  {
    name: "password",
    value: "TEXT",
    kind: "text",
    commands: ["sign key", "sign certificate"],
    help: "password of an encrypted key; other users may see it in the list of processes, so prefer --password-file",
  },
  {
    name: "password-file",
    value: "FILE",
    kind: "file",
    commands: ["sign key", "sign certificate"],
    help: "file whose first line is the password of an encrypted key; without both, it is asked for on the terminal",
  },
  {
    name: "public-key",
    value: "PEM",
    kind: "file",
    commands: ["verify key"],
    help: "public key of the signer",
  },
  {
    name: "signing-certificate",
    value: "PEM",
    kind: "file",
    commands: ["sign certificate"],
    help: "certificate of the private key",
  },
  {
    name: "certificate-chain",
    value: "PEM",
    kind: "file",
    repeatable: true,
    commands: ["sign certificate", "verify certificate"],
    help: "sign: the intermediate certificates, from the signing certificate upwards. " +
      "verify: the trusted roots, required. Repeatable, and a file may hold several",
  },
  {
    name: "serialization",
    value: "METHOD",
    choices: SERIALIZATION_METHODS,
    commands: MODEL_COMMANDS,
    help: "how the model becomes digests; default files. " +
      "verify: required for a signature of h1 or h2, which does not say it",
  },
  {
    name: "shard-size",
    value: "BYTES",
    kind: "number",
    range: [1, Number.MAX_SAFE_INTEGER],
    commands: ["sign", "digest"],
    help: "size of a shard with --serialization shards; default 1000000000",
  },
  {
    name: "hash-algorithm",
    value: "NAME",
    choices: HASH_ALGORITHMS,
    commands: ["sign", "digest"],
    help: "hash of files and shards; default sha256, the only one for h1 and h2",
  },
  {
    name: "ignore-paths",
    value: "PATH",
    kind: "path",
    repeatable: true,
    commands: MODEL_COMMANDS,
    help: "leave this file or directory out; one path a flag, repeatable. " +
      "Absolute, or relative to the current directory if that is inside the model, or else relative to the model",
  },
  {
    name: "ignore-git-paths",
    negatable: true,
    commands: MODEL_COMMANDS,
    help: "leave out .git, .gitignore, .gitattributes and .github at the model's top; on by default. " +
      "With h1 and h2 .git alone",
  },
  {
    name: "allow-symlinks",
    commands: MODEL_COMMANDS,
    help: "follow symbolic links; default: one in the model is an error. " +
      "verify: only for h1 and h2, as other signatures record it",
  },
  {
    name: "ignore-unsigned-files",
    negatable: true,
    commands: ["verify"],
    help: "accept files that the signature does not list; off by default. They are not verified",
  },
  {
    name: "uncovered",
    option: "allowUncovered",
    negatable: true,
    commands: ["verify"],
    help: "allow files that the signature does not cover, such as .git and ignored paths; on by default. " +
      "--no-uncovered makes any such file a failure",
  },
  {
    name: "engine",
    value: "NAME",
    choices: ENGINE_CHOICES,
    commands: MODEL_COMMANDS,
    help: "which implementation hashes; default auto",
  },
  {
    name: "workers",
    value: "N",
    kind: "number",
    range: [1, 1024],
    commands: MODEL_COMMANDS,
    help: "how many threads hash; default the number of processors",
  },
  {
    name: "fingerprint",
    value: "HEX",
    kind: "text",
    commands: ["monitor"],
    help: "watch for a certificate or public key by the SHA-256 of its DER",
  },
  {
    name: "digest",
    value: "HEX",
    kind: "text",
    commands: ["monitor"],
    help:
      "watch for signatures of an artifact by its digest; of an envelope, the digest of its payload (Rekor v1) or " +
      "of its pre-authentication encoding (Rekor v2)",
  },
  {
    name: "log",
    value: "URL",
    kind: "text",
    repeatable: true,
    commands: ["monitor"],
    help: "watch this log, whose key must be in the trusted root. Repeatable; default all logs of the trusted root " +
      "that are in use",
  },
  {
    name: "state",
    value: "FILE",
    kind: "file",
    commands: ["monitor"],
    help: "file that records what was seen of each log, and how far it was checked; created by the first check. " +
      "Use one file for each watch; FILE.lock beside it keeps other processes out",
  },
  {
    name: "from",
    value: "INDEX",
    kind: "number",
    range: [0, Number.MAX_SAFE_INTEGER],
    commands: ["monitor"],
    help: "begin a log that --state does not know at this index; default at its beginning if it has no more than " +
      "100,000 entries, or else at its present size",
  },
  {
    name: "quick",
    commands: ["monitor"],
    help: "look for the past of a log that --state does not know in its search index, which may leave out entries " +
      "and only Rekor v1 has",
  },
  {
    name: "expect",
    value: "SIGNATURE",
    kind: "file",
    repeatable: true,
    commands: ["monitor"],
    help: "a signature of your own, which raises no alarm. Repeatable",
  },
  {
    name: "once",
    commands: ["monitor"],
    help: "check once, the default: status 1 if there is an entry that is not expected, or a log contradicts itself",
  },
  {
    name: "interval",
    value: "SECONDS",
    kind: "number",
    range: [1, 2_000_000],
    commands: ["monitor"],
    help: "check repeatedly, with this pause; entries that are not expected are printed and do not end it",
  },
  {
    name: "use-staging",
    option: "staging",
    commands: ["sign sigstore", "verify sigstore", "monitor", "trust show"],
    help: "Sigstore's staging instance, which is for tests",
  },
  {
    name: "trust-config",
    option: "trustConfigFile",
    value: "FILE",
    kind: "file",
    commands: ["sign sigstore", "verify sigstore", "monitor", "trust show"],
    help: "a Sigstore instance by its client trust config, JSON",
  },
  {
    name: "trusted-root",
    option: "trustedRootFile",
    value: "FILE",
    kind: "file",
    commands: ["verify sigstore", "monitor", "trust show"],
    help: "a Sigstore instance by its trusted root, JSON",
  },
  {
    name: "offline",
    commands: ["verify sigstore", "trust show"],
    help: "do not use the network: trust what was fetched before, or what ships with the program, and say its age",
  },
  {
    name: "mirror",
    value: "URL",
    kind: "text",
    commands: ["trust init"],
    help: "address of the instance's TUF repository",
  },
  {
    name: "root",
    value: "FILE",
    kind: "file",
    commands: ["trust init"],
    help: "the TUF root to start from, obtained in a way that you trust",
  },
  {
    name: "json",
    commands: ALL,
    help: "print one JSON document on standard output and nothing else there",
  },
  {
    name: "quiet",
    letter: "q",
    commands: ALL,
    help: "print nothing but errors on standard error",
  },
  {
    name: "log-level",
    value: "LEVEL",
    choices: ["debug", "info", "warning", "error"],
    commands: ALL,
    help: "how much to print on standard error; default info",
  },
  {
    name: "help",
    letter: "h",
    commands: ALL,
    help: "show help",
  },
  {
    name: "version",
    commands: ALL,
    help: "show the version",
  },
];

/** The option of a name. */
export function findOption(name: string): OptionSpec | undefined {
  return OPTIONS.find((option) => option.name === name);
}

/** Whether a command has an option; a method is only known where a command has methods. */
export function belongsTo(option: OptionSpec, command: string, method: string | undefined): boolean {
  return option.commands.includes(command) ||
    (method !== undefined && option.commands.includes(`${command} ${method}`));
}
