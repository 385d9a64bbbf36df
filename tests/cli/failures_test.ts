/**
 * What a failure looks like, whatever it is: one plain line on standard error, and with --json a document of as many
 * members as a success has. Scripts read both.
 */
import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { parseDocument, runProgram, runToFail, runWell, Workplace } from "../_program.ts";

/** The members that cli.md promises. */
const VERIFY_MEMBERS = ["verified", "method", "serialization", "hashAlgorithm", "signer", "files", "bytes"]
  .concat("differences", "error");
const DIGEST_MEMBERS = ["digest", "serialization", "files", "bytes", "engine", "seconds"];
const SIGN_MEMBERS = ["signature", "digest", "files", "bytes"];

async function signedPlace(): Promise<Workplace> {
  const place = new Workplace();
  place.makeKeys();
  place.makeKeys("other");
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], { cwd: place.path });
  return place;
}

interface Case {
  readonly line: string;
  readonly status: 1 | 3;
  readonly members: readonly string[];
}

const CASES: readonly Case[] = [
  { line: "verify key bert --public-key other.pub", status: 1, members: VERIFY_MEMBERS },
  { line: "verify key bert --public-key key.pem", status: 1, members: VERIFY_MEMBERS },
  { line: "verify certificate bert --certificate-chain key.pub", status: 1, members: VERIFY_MEMBERS },
  { line: "verify key bert --public-key key.pub --signature key.pub", status: 1, members: VERIFY_MEMBERS },
  { line: "verify key bert --public-key key.pub --signature no.sig", status: 3, members: VERIFY_MEMBERS },
  { line: "verify key nothing --public-key key.pub", status: 3, members: VERIFY_MEMBERS },
  { line: "verify key bert --public-key nothing", status: 3, members: VERIFY_MEMBERS },
  { line: "sign key bert --private-key key.pub", status: 1, members: SIGN_MEMBERS },
  { line: "sign key bert --private-key key.pem --signature key.pub", status: 1, members: SIGN_MEMBERS },
  { line: "sign key bert --private-key nothing", status: 3, members: SIGN_MEMBERS },
  { line: "sign key nothing --private-key key.pem", status: 3, members: SIGN_MEMBERS },
  { line: "digest empty", status: 1, members: ["digest", "files", "bytes"] },
  { line: "digest nothing", status: 3, members: ["digest", "files", "bytes"] },
  { line: "inspect key.pub", status: 1, members: ["verified"] },
  { line: "inspect nothing", status: 3, members: ["verified"] },
];

Deno.test("failures with --json print their document", async (t) => {
  using place = await signedPlace();
  place.makeDirectory("empty");
  const before = place.list();
  for (const { line, status, members } of CASES) {
    await t.step(line, async () => {
      const { stdout, stderr } = await runToFail([...line.split(" "), "--json"], status, [], { cwd: place.path });
      const document = parseDocument(stdout);
      assertEquals(members.filter((name) => !(name in document)), []);
      assertMatch(document.error, /^Cannot [^\n]+[^.\n]$/);
      // Programs and people are told the same.
      assertEquals(stderr, `error: ${document.error}\n`);
      if ("verified" in document) assertEquals(document.verified, false);
      if ("differences" in document) assertEquals(document.differences, { changed: [], missing: [], extra: [] });
      if ("digest" in document) assertEquals([document.digest, document.files, document.bytes], [null, 0, 0]);
      if ("signature" in document) assertEquals(document.signature, null);
    });
  }
  assertEquals(place.list(), before);
});

Deno.test("a failed digest has every member of a digest", async () => {
  const { stdout } = await runToFail(["digest", "/nothing/there", "--json"], 3, []);
  assertEquals(DIGEST_MEMBERS.filter((name) => !(name in parseDocument(stdout))), []);
});

// Without --json there is nothing to read but the differences of a model.
Deno.test("failures without --json print nothing on standard output", async () => {
  using place = await signedPlace();
  for (const { line, status } of [CASES[0]!, CASES[5]!, CASES[7]!, CASES[12]!]) {
    assertEquals((await runToFail(line.split(" "), status, [], { cwd: place.path })).stdout, "");
  }
});

// The line says which file, for those who run the program on many.
Deno.test("every failure names the file that is at fault", async () => {
  using place = await signedPlace();
  const options = { cwd: place.path };
  place.write("text.sig", "hello");
  place.write("json.sig", "{}");
  place.link("link.sig", "text.sig");
  const verifyArgs = ["verify", "key", "bert", "--public-key", "key.pub"];
  await runToFail([...verifyArgs, "--signature", "text.sig"], 1, ['"text.sig"'], options);
  await runToFail([...verifyArgs, "--signature", "json.sig"], 1, ['"json.sig"'], options);
  await runToFail(["verify", "key", "bert", "--public-key", "other.pub"], 1, ['"bert/model.sig"'], options);
  await runToFail(["verify", "key", "bert", "--public-key", "text.sig"], 1, ['"text.sig"'], options);
  await runToFail(["inspect", "text.sig"], 1, ['"text.sig"'], options);
  await runToFail(["inspect", "json.sig"], 1, ['"json.sig"'], options);
  await runToFail(["sign", "key", "bert", "--private-key", "text.sig"], 1, ['"text.sig"'], options);
  for (const path of ["text.sig", "link.sig"]) {
    const signArgs = ["sign", "key", "bert", "--private-key", "key.pem", "--signature", path];
    await runToFail(signArgs, 1, [`"${path}"`, "only an older signature is replaced"], options);
  }
});

Deno.test("--quiet and --log-level say how much is told", async () => {
  using place = await signedPlace();
  const options = { cwd: place.path };
  // A warning: symbolic links may be followed where the signature does not say, but here it does.
  const warned = ["verify", "key", "bert", "--public-key", "key.pub", "--allow-symlinks"];
  const told = async (...level: string[]): Promise<string[]> => {
    const { code, stderr, stdout } = await runProgram([...warned, ...level], options);
    assertEquals([code, /^Verified/.test(stdout)], [0, true]);
    return [...new Set(stderr.split("\n").map((line) => line.split(":")[0]!))].filter((word) => word !== "").sort();
  };
  assertEquals(await told(), ["warning"]);
  assertEquals(await told("--log-level", "debug"), ["debug", "warning"]);
  assertEquals(await told("--log-level", "info"), ["warning"]);
  assertEquals(await told("--log-level", "warning"), ["warning"]);
  assertEquals(await told("--log-level", "error"), []);
  assertEquals(await told("--quiet"), []);
  assertEquals(await told("-q", "--log-level", "debug"), []);

  // Errors are always told.
  for (const level of [["--quiet"], ["--log-level", "error"]]) {
    await runToFail(["verify", "key", "bert", "--public-key", "other.pub", ...level], 1, ["error: "], options);
  }
});

Deno.test("no stack trace, however much is to be told", async () => {
  const { stderr } = await runProgram(["digest", "/nothing/there", "--log-level", "debug"]);
  assertFalse(/\.ts:\d+/.test(stderr), stderr);
});

Deno.test("--json with --help and completions prints a JSON document", async () => {
  for (const line of ["--help --json", "sign --help --json", "completions bash --json"]) {
    parseDocument(await runWell(line.split(" ")));
  }
});

Deno.test("--version says the version, also as JSON", async () => {
  const text = await runWell(["--version"]);
  assertMatch(text, /^model-signing \d+\.\d+\.\d+\n$/);
  const { version } = parseDocument(await runWell(["--version", "--json"]));
  assertEquals(text, `model-signing ${version}\n`);
});
