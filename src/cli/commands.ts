/** The table of commands and methods, with their help. */

/** A signing or verifying method. */
export interface MethodSpec {
  readonly name: string;
  /** Whether this version has it. */
  readonly available: boolean;
  /** What it is, for help. */
  readonly help: string;
  /** Commands to copy, without the program's name. */
  readonly examples: readonly string[];
}

/** A command. */
export interface CommandSpec {
  readonly name: string;
  /** Its arguments, for help. */
  readonly usage: string;
  /** What it does, one sentence. */
  readonly help: string;
  /** Commands to copy, without the program's name. */
  readonly examples: readonly string[];
  readonly methods?: readonly MethodSpec[];
  /** Whether this version has it. */
  readonly available: boolean;
}

const SIGN_METHODS: readonly MethodSpec[] = [
  {
    name: "sigstore",
    available: true,
    help: "with an identity, recorded in a transparency log (default)",
    examples: [
      "sign bert",
      "sign bert --use-ambient-credentials --yes",
      "sign bert --trust-config instance.json --identity-token token.txt",
    ],
  },
  {
    name: "key",
    available: true,
    help: "with an EC private key",
    examples: [
      "sign key bert --private-key key.pem",
      "sign key bert --private-key key.pem --password-file password.txt --serialization shards",
    ],
  },
  {
    name: "certificate",
    available: true,
    help: "with an EC private key and its certificate",
    examples: [
      "sign certificate bert --private-key key.pem --signing-certificate me.pem --certificate-chain intermediate.pem",
    ],
  },
  { name: "pkcs11-key", available: false, help: "with a key in a hardware token", examples: [] },
  {
    name: "pkcs11-certificate",
    available: false,
    help: "with a key and certificate in a hardware token",
    examples: [],
  },
];

const VERIFY_METHODS: readonly MethodSpec[] = [
  {
    name: "sigstore",
    available: true,
    help: "an identity, by a transparency log (default)",
    examples: [
      "verify bert --identity me@example.com --identity-provider https://accounts.google.com",
      "verify bert --identity me@example.com --identity-provider https://accounts.google.com --offline",
      "verify bert --identity-regexp 'https://github.com/acme/.*' " +
      "--identity-provider https://token.actions.githubusercontent.com --github-ref refs/heads/main --check-log",
    ],
  },
  {
    name: "key",
    available: true,
    help: "the holder of a key, by the public key",
    examples: [
      "verify key bert --public-key key.pub",
      "verify key bert --public-key key.pub --ignore-unsigned-files --json",
    ],
  },
  {
    name: "certificate",
    available: true,
    help: "the subject of a certificate under a trusted root",
    examples: ["verify certificate bert --certificate-chain root.pem"],
  },
];

const TRUST_METHODS: readonly MethodSpec[] = [
  {
    name: "show",
    available: true,
    help: "print what method sigstore trusts now, how old that is, and the services that it would sign with (default)",
    examples: ["trust show", "trust show --offline", "trust show --trust-config instance.json --json"],
  },
  {
    name: "init",
    available: true,
    help: "trust a private Sigstore instance by its TUF repository; without options, the public instance again",
    examples: ["trust init --mirror https://tuf.example.com --root root.json", "trust init"],
  },
];

/** All commands, in the order in which help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "sign",
    usage: "sign [METHOD] MODEL [options]",
    help: "Sign a model",
    examples: ["sign bert", "sign key bert --private-key key.pem"],
    methods: SIGN_METHODS,
    available: true,
  },
  {
    name: "verify",
    usage: "verify [METHOD] MODEL [options]",
    help: "Verify who signed a model, and that the signed files are unchanged",
    examples: [
      "verify bert --identity me@example.com --identity-provider https://accounts.google.com",
      "verify key bert --public-key key.pub",
    ],
    methods: VERIFY_METHODS,
    available: true,
  },
  {
    name: "digest",
    usage: "digest MODEL [options]",
    help: "Print the one digest of a model that signing would sign, as ALGORITHM:HEX",
    examples: ["digest bert", "digest bert --serialization h1", "digest bert --hash-algorithm blake3 --json"],
    available: true,
  },
  {
    name: "inspect",
    usage: "inspect SIGNATURE [options]",
    help: "Show what a signature claims, without verifying it",
    examples: ["inspect bert/model.sig", "inspect bert/model.sig --json"],
    available: true,
  },
  {
    name: "monitor",
    usage: "monitor [options]",
    help: "Watch transparency logs for signatures in your name",
    examples: [
      "monitor --identity me@example.com --state monitor.json",
      "monitor --identity me@example.com --identity-provider https://accounts.google.com --state monitor.json " +
      "--expect bert/model.sig --json",
      "monitor --identity me@example.com --quick",
      "monitor --fingerprint 5a0c…e1 --log https://rekor.sigstore.dev --state monitor.json --interval 600",
    ],
    available: true,
  },
  {
    name: "trust",
    usage: "trust [METHOD] [options]",
    help: "Show or choose the Sigstore instance that is trusted",
    examples: ["trust show"],
    methods: TRUST_METHODS,
    available: true,
  },
  {
    name: "completions",
    usage: "completions SHELL [options]",
    help: "Print the completion script for bash, zsh or fish",
    examples: ["completions bash > ~/.local/share/bash-completion/completions/model-signing"],
    available: true,
  },
];

/** The shells that `completions` knows. */
export const SHELLS: readonly string[] = ["bash", "zsh", "fish"];

/** The command of a name. */
export function findCommand(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name);
}
