/** A command line that cannot be meant: exit status 2, one line that names the option, nothing on standard output. */
import { assertEquals } from "@std/assert";
import { runProgram, runToFail, runWell, Workplace } from "../_program.ts";

interface Case {
  /** What is wrong with it. */
  readonly title: string;
  /** The command line, cut at blanks; in a directory with the signed model `bert`, `key.pem`, `key.pub` and `cert.pem`. */
  readonly line: string;
  /** What the message must hold. */
  readonly words: readonly string[];
}

const SIGN = "sign key bert --private-key key.pem";
const VERIFY = "verify key bert --public-key key.pub";

const CASES: readonly Case[] = [
  { title: "no command", line: "", words: ["--help"] },
  { title: "options alone", line: "--json", words: ["--help"] },
  { title: "an unknown command", line: "frobnicate bert", words: ['"frobnicate"', "--help"] },
  { title: "a command with a slip", line: "verfy key bert", words: ['"verfy"', "did you mean verify?"] },

  { title: "an unknown option", line: "digest bert --color red", words: ['"--color"', "--help"] },
  { title: "an option with a slip", line: `${SIGN} --privat-key x`, words: ["--privat-key", "--private-key?"] },
  { title: "a slip with underscores", line: "digest bert --shard_sise 5", words: ["--shard", "--shard-size?"] },
  { title: "an unknown letter", line: "digest bert -z", words: ['"-z"'] },
  { title: "a flag that has no negation", line: "digest bert --no-json", words: ['"--no-json"'] },
  { title: "an option that would be everyone's", line: "digest bert --__proto__=x", words: ['"--__proto__"'] },

  { title: "a value missing at the end", line: "digest bert --workers", words: ["--workers", "needs N"] },
  { title: "a value missing before an option", line: "digest bert --signature --json", words: ["--signature"] },
  { title: "a value missing behind =", line: "digest bert --signature=", words: ["--signature", "without a value"] },
  { title: "a value for a flag", line: "digest bert --json=yes", words: ["--json", "with a value"] },
  { title: "an option twice", line: "digest bert --workers 1 --workers 2", words: ["--workers", "more than once"] },

  { title: "workers: too few", line: "digest bert --workers 0", words: ['--workers "0"', "from 1"] },
  { title: "workers: too many", line: "digest bert --workers 1025", words: ['--workers "1025"', "1024"] },
  { title: "workers: below zero", line: "digest bert --workers -1", words: ['--workers "-1"'] },
  { title: "workers: a fraction", line: "digest bert --workers 1.5", words: ['--workers "1.5"'] },
  { title: "workers: a word", line: "digest bert --workers many", words: ['--workers "many"'] },
  {
    title: "shard size: nothing",
    line: "digest bert --serialization shards --shard-size 0",
    words: ['--shard-size "0"', "from 1"],
  },
  {
    title: "shard size: more than can be counted",
    line: "digest bert --serialization shards --shard-size 9007199254740992",
    words: ["--shard-size"],
  },
  {
    title: "shard size: hexadecimal",
    line: "digest bert --serialization shards --shard-size 0x10",
    words: ['--shard-size "0x10"'],
  },
  { title: "an unknown serialization", line: "digest bert --serialization shard", words: ["shards?", "h1, h2"] },
  { title: "an unknown hash", line: "digest bert --hash-algorithm md5", words: ["--hash-algorithm", "blake3"] },
  { title: "an unknown engine", line: "digest bert --engine gpu", words: ['--engine "gpu"', "native"] },
  { title: "an unknown level", line: "digest bert --log-level loud", words: ['--log-level "loud"', "warning"] },

  { title: "h1 with blake3", line: "digest bert --serialization h1 --hash-algorithm blake3", words: ["blake3", "h1"] },
  { title: "h2 with blake2b", line: `${SIGN} --serialization h2 --hash-algorithm blake2b`, words: ["blake2b", "h2"] },
  { title: "a shard size without shards", line: `${SIGN} --shard-size 5`, words: ["--shard-size", "files"] },
  {
    title: "a shard size with h2, which has its own",
    line: "digest bert --serialization h2 --shard-size 1000000000",
    words: ["--shard-size", "h2"],
  },

  {
    title: "the option of verify, to sign",
    line: "sign key bert --public-key key.pub",
    words: ["--public-key", "did you mean --private-key?"],
  },
  {
    title: "the option of sign, to verify",
    line: "verify key bert --private-key key.pem",
    words: ["--private-key", "did you mean --public-key?"],
  },
  {
    title: "the option of another method, to verify a key",
    line: "verify key bert --certificate-chain cert.pem",
    words: ["--certificate-chain", "did you mean --public-key?"],
  },
  {
    title: "the option of another method, to verify a certificate",
    line: "verify certificate bert --public-key key.pub",
    words: ["--public-key", "did you mean --certificate-chain?"],
  },
  {
    title: "the certificate of sign, to verify",
    line: "verify certificate bert --signing-certificate cert.pem",
    words: ["--signing-certificate", "did you mean --certificate-chain?"],
  },
  { title: "an option of another command", line: "digest bert --ignore-unsigned-files", words: ["--ignore-unsigned"] },
  {
    title: "a hash for verify, which the signature says",
    line: `${VERIFY} --hash-algorithm sha256`,
    words: ["--hash"],
  },
  { title: "a key for inspect", line: "inspect bert/model.sig --public-key key.pub", words: ["--public-key"] },

  { title: "no private key", line: "sign key bert", words: ["--private-key"] },
  { title: "no public key", line: "verify key bert", words: ["--public-key"] },
  { title: "no certificate", line: "sign certificate bert --private-key key.pem", words: ["--signing-certificate"] },
  {
    title: "no key with a certificate",
    line: "sign certificate bert --signing-certificate cert.pem",
    words: ["--private-key"],
  },
  { title: "no roots", line: "verify certificate bert", words: ["--certificate-chain"] },
  { title: "no model to sign", line: "sign key --private-key key.pem", words: ["model"] },
  { title: "no model to verify", line: "verify key --public-key key.pub", words: ["model"] },
  { title: "no model to digest", line: "digest", words: ["model"] },
  { title: "two models", line: "digest bert bert", words: ["more than one model", '"bert"'] },
  { title: "two models, one as an option", line: "digest bert --path bert", words: ["more than one model"] },
  {
    title: "two passwords",
    line: `${SIGN} --password a --password-file key.pub`,
    words: ["--password", "--password-file"],
  },

  { title: "an ignored path that leaves the model", line: "digest bert --ignore-paths ../x", words: ['"../x"'] },
  { title: "an ignored path elsewhere", line: "digest bert --ignore-paths /etc/hosts", words: ['"/etc/hosts"'] },
  { title: "an ignored path that is all", line: "digest bert --ignore-paths bert", words: ["--ignore-paths", "whole"] },
  { title: "an ignored path that is all, by a dot", line: "digest bert --ignore-paths .", words: ["--ignore-paths"] },
  { title: "the signature is the model", line: `${SIGN} --signature bert`, words: ["--signature", "the model itself"] },
  { title: "the same, in another way", line: `${SIGN} --signature ./bert/.`, words: ["--signature"] },
  { title: "the same for a file", line: "digest key.pub --signature ./key.pub", words: ["--signature"] },
  {
    title: "a signature deep in a model for h1",
    line: `${SIGN} --serialization h1 --signature bert/weights/a.sig`,
    words: ["--signature", "h1", "top"],
  },

  { title: "no shell", line: "completions", words: ["bash, zsh, fish"] },
  { title: "an unknown shell", line: "completions tcsh", words: ['"tcsh"', "bash"] },
];

Deno.test("usage errors name the option and do nothing", async (t) => {
  using place = new Workplace();
  place.makeKeys();
  place.write("cert.pem", "");
  const options = { cwd: place.path };
  await runWell(SIGN.split(" "), options);
  const before = place.list();
  for (const { title, line, words } of CASES) {
    await t.step(title, async () => {
      const outcome = await runToFail(line === "" ? [] : line.split(" "), 2, words, options);
      assertEquals(outcome.stdout, "");
    });
  }
  assertEquals(place.list(), before);
});

// With --json too there is no document for a command line that was not understood.
Deno.test("usage errors print nothing on standard output with --json", async () => {
  using place = new Workplace();
  const options = { cwd: place.path };
  for (const line of ["--json", "digest bert --json --workers 0", "--json verify key bert", "digest --json"]) {
    await runToFail(line.split(" "), 2, [], options);
  }
});

// Only once the signature is read does it show that an option does not go with it.
Deno.test("an option that does not go with the signature is a usage error too", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  await runWell([...SIGN.split(" "), "--serialization", "h1"], options);
  await runToFail([...VERIFY.split(" "), "--ignore-unsigned-files", "--json"], 2, ["--ignore-unsigned-files"], options);
});

Deno.test("an option of another method says which method has it", async () => {
  using place = new Workplace();
  await runToFail(["sign", "key", place.model, "--signing-certificate", "c.pem"], 2, ["sign certificate"]);
});

Deno.test("every bad option is named, not only the first", async () => {
  await runToFail(["digest", "bert", "--color", "--workers", "0"], 2, ["--color", "--workers"]);
});

// What the contract names and this version does not have yet is said, whatever else stands on the line.
Deno.test("what is not there yet says so", async () => {
  for (
    const line of [
      "sign pkcs11-key bert",
      "sign pkcs11-certificate bert",
    ]
  ) await runToFail(line.split(" "), 2, ["not have"]);
});

// Whatever a command line holds, the message stays one line and cannot steer the terminal.
Deno.test("control characters on the command line are shown as escapes", async () => {
  const { code, stderr } = await runProgram(["digest", "\x1b[2J\nmodel", "--signature", "a\rb"]);
  assertEquals([code, stderr.includes("\x1b"), stderr.includes("\r")], [3, false, false]);
  await runToFail(["digest", "--\x1b[31mred"], 2, ["\\u{1b}[31mred"]);
});

Deno.test("method sigstore says which option is missing or too much", async (t) => {
  const identity = "--identity me@example.com --identity-provider https://accounts.google.com";
  const lines: [line: string, ...texts: string[]][] = [
    ["verify bert", "--identity"],
    ["verify --path falcon-7b --identity me@example.com", "--identity-provider"],
    ["verify bert --identity-provider https://accounts.google.com", "--identity"],
    [`verify bert ${identity} --identity-regexp .*`, "--identity-regexp"],
    [`verify bert ${identity} --trusted-root a --trust-config b`, "--trusted-root", "--trust-config"],
    [`verify bert ${identity} --trust-config b --use-staging`, "--use-staging", "--trust-config"],
    [`verify bert ${identity} --offline --check-log`, "--check-log", "--offline"],
    [`verify bert ${identity} --certificate-oid 1.2`, "--certificate-oid"],
    ["sign bert --trust-config a --use-staging", "--trust-config", "--use-staging"],
    ["verify bert --identity me --identity-provider", "--identity-provider"],
    ["verify key bert --identity me", "--identity"],
    ["sign bert --trusted-root root.json", "--trusted-root"],
  ];
  for (const [line, ...texts] of lines) {
    await t.step(line, async () => void await runToFail(line.split(" "), 2, texts));
  }
});
