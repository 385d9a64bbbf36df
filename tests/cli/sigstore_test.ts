/** Signing and verifying with an identity, by the program itself, with a Sigstore of our own on loopback. */
import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type Outcome,
  parseDocument,
  runForJson,
  type RunOptions,
  runProgram,
  runToFail,
  Workplace,
} from "../_program.ts";
import { TestSigstore, type TestSigstoreOptions } from "../_sigstore/test_sigstore.ts";
import { hasTerminal, runInTerminal } from "./_terminal.ts";

const NETWORK = ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"];

/** A place with a model, and a Sigstore whose trust configs and token lie in it: `v1.json`, `v2.json`, `token`. */
class SigstorePlace extends Workplace implements AsyncDisposable {
  readonly sigstore: TestSigstore;
  token = "";

  private constructor(sigstore: TestSigstore) {
    super();
    this.sigstore = sigstore;
  }

  static async make(options?: TestSigstoreOptions): Promise<SigstorePlace> {
    const place = new SigstorePlace(await TestSigstore.start(options));
    place.write("v1.json", JSON.stringify(place.sigstore.clientTrustConfig({ rekor: 1 })));
    place.write("v2.json", JSON.stringify(place.sigstore.clientTrustConfig({ rekor: 2 })));
    place.write("root.json", JSON.stringify(place.sigstore.trustedRoot()));
    place.token = await place.sigstore.token();
    place.write("token", place.token);
    return place;
  }

  /** Runs the program here. */
  run(line: string, options: RunOptions = {}): Promise<Outcome> {
    return runProgram(line.split(" "), { cwd: this.path, allow: NETWORK, ...options });
  }

  /** Signs, which must work. */
  async sign(line = "sign bert --trust-config v1.json --identity-token token"): Promise<Outcome> {
    const outcome = await this.run(line);
    assertEquals(outcome.code, 0, outcome.stderr);
    return outcome;
  }

  /** Whom to trust. */
  get jane(): string[] {
    return ["--identity", "jane@example.com", "--identity-provider", this.sigstore.issuer.url];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sigstore[Symbol.asyncDispose]();
    this[Symbol.dispose]();
  }
}

for (const log of ["v1", "v2"]) {
  Deno.test(`sign and verify with an identity, in a log of ${log}`, async (t) => {
    await using place = await SigstorePlace.make();
    for (const serialization of ["files", "shards", "h1", "h2"]) {
      await t.step(serialization, async () => {
        const command = `--json sign bert --trust-config ${log}.json --identity-token token --serialization`;
        const signed = parseDocument((await place.sign(`${command} ${serialization}`)).stdout);
        assertEquals([signed.method, signed.signer.identity], ["sigstore", "jane@example.com"]);
        const form = serialization.startsWith("h") ? ["--serialization", serialization] : [];
        const verify = ["verify", "bert", ...place.jane, "--trust-config", `${log}.json`, ...form];
        const verified = await runForJson(verify, { cwd: place.path, allow: ["--allow-read"] });
        assertEquals([verified.verified, verified.serialization], [true, serialization]);
        assertEquals(verified.signer, signed.signer);
        assertEquals(verified.trust, { origin: `the trust config "${log}.json"`, asOf: null });
      });
    }
  });
}

Deno.test("verifying with a trusted root needs to read it, the model and the signature, and nothing else", async () => {
  await using place = await SigstorePlace.make();
  await place.sign();
  const allow = [`--allow-read=${place.path}/bert,${place.path}/root.json`];
  const line = ["verify", "bert", ...place.jane, "--trusted-root", "root.json"];
  assertEquals((await runForJson(line, { cwd: place.path, allow })).verified, true);
});

Deno.test("another signer, another Sigstore or another model does not verify", async (t) => {
  await using place = await SigstorePlace.make();
  await using other = await SigstorePlace.make();
  await place.sign();
  const at = { cwd: place.path, allow: ["--allow-read"] };
  const { url } = place.sigstore.issuer;
  const trust = ["--trusted-root", "root.json"];
  await t.step("another identity", async () => {
    const line = ["verify", "bert", "--identity", "jane@example.co", "--identity-provider", url, ...trust];
    await runToFail(line, 1, ['"jane@example.com"', '"jane@example.co"'], at);
  });
  await t.step("another issuer", async () => {
    const issuer = "https://accounts.google.com";
    const line = ["verify", "bert", "--identity", "jane@example.com", "--identity-provider", issuer, ...trust];
    await runToFail(line, 1, [url, issuer], at);
  });
  await t.step("another Sigstore", async () => {
    const line = ["verify", "bert", ...place.jane, "--trusted-root", `${other.path}/root.json`];
    await runToFail(line, 1, ["model.sig"], at);
  });
  await t.step("the public Sigstore", async () => {
    const run = { ...at, allow: ["--allow-read", "--allow-env"], env: { XDG_CONFIG_HOME: place.path } };
    await runToFail(["verify", "bert", ...place.jane, "--offline"], 1, ["model.sig"], run);
  });
  await t.step("another model", async () => {
    place.write("bert/config.json", '{"layers": 13}\n');
    const { code, stdout } = await runProgram(["--json", "verify", "bert", ...place.jane, ...trust], at);
    const document = parseDocument(stdout);
    assertEquals([code, document.verified, document.differences.changed], [1, false, ["config.json"]]);
    assertEquals(document.signer.identity, "jane@example.com");
  });
});

Deno.test("--check-log asks the log, and believes only what fits", async (t) => {
  await using place = await SigstorePlace.make();
  for (const version of ["v1", "v2"] as const) {
    const log = version === "v1" ? place.sigstore.rekorV1 : place.sigstore.rekorV2;
    await place.sign(`sign bert --trust-config ${version}.json --identity-token token`);
    for (let i = 0; i < 3; i++) {
      await place.sign(`sign bert/config.json --trust-config ${version}.json --identity-token token`);
    }
    const line = `--json verify bert ${place.jane.join(" ")} --trust-config ${version}.json --check-log`;
    await t.step(`${version}: the entry is still there`, async () => {
      const { stdout } = await place.run(line);
      const [check] = parseDocument(stdout).signer.logChecks;
      assertEquals([check.log, check.logIndex, check.treeSize], [log.url, 0, 4]);
    });
    for (const fault of ["splitView", "otherCheckpointKey"] as const) {
      await t.step(`${version}: ${fault}`, async () => {
        log.misbehave(fault);
        const { code, stdout } = await place.run(line);
        assertEquals([code, parseDocument(stdout).verified], [1, false]);
        log.faults.clear();
      });
    }
    await t.step(`${version}: a log that is not there`, async () => {
      log.misbehave("notFound");
      assertEquals((await place.run(line)).code, 3);
      log.faults.clear();
    });
  }
});

Deno.test("signing says what will be on record, and never shows the token", async () => {
  await using place = await SigstorePlace.make();
  const line = "--log-level debug sign bert --trust-config v1.json --identity-token token";
  const { stdout, stderr } = await place.sign(line);
  assertStringIncludes(stderr, 'Signing as "jane@example.com"');
  assertStringIncludes(stderr, "e-mail address will be recorded permanently in a public transparency log");
  const command = /to verify +model-signing (.*)\n/.exec(stdout)![1]!;
  assertEquals((await place.run(command)).code, 0, "the command to copy verifies");
  for (const part of place.token.split(".")) assertFalse((stdout + stderr).includes(part), "a part of the token");
});

Deno.test("a token may come from the environment", async () => {
  await using place = await SigstorePlace.make();
  const env = { SIGSTORE_ID_TOKEN: place.token };
  const allow = [...NETWORK, "--allow-env=SIGSTORE_ID_TOKEN"];
  const { code, stderr } = await place.run("sign bert --trust-config v1.json", { env, allow });
  assertEquals(code, 0, stderr);
});

Deno.test("tokens that are not fit are refused before anything is hashed", async (t) => {
  await using place = await SigstorePlace.make();
  const { sigstore } = place;
  const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
  const tokens: [what: string, token: string, text: string][] = [
    ["expired", await sigstore.token({ issuedAt: minutesAgo(20), expires: minutesAgo(10) }), "expired"],
    ["for another", await sigstore.token({ audience: "another" }), '"another"'],
    ["of a place that is not safe", await sigstore.token({ issuer: "http://issuer.example.com" }), "https"],
    ["an address that is not verified", await sigstore.token({ emailVerified: false }), "not verified"],
    ["no token", "nothing of the kind", "neither a token"],
  ];
  for (const [what, token, text] of tokens) {
    await t.step(what, async () => {
      place.write("invalid", token);
      const line = "sign bert --trust-config v1.json --identity-token".split(" ");
      const given = what === "no token" ? token : "invalid";
      const { stderr } = await runToFail([...line, given], 1, [text], { cwd: place.path, allow: NETWORK });
      assertFalse(stderr.includes(token));
    });
  }
  assertEquals(sigstore.fulcio.issued.length, 0);
  assertFalse(place.list("bert").includes("model.sig"));
});

Deno.test("without a token, and nobody to log in, signing says what to give", async () => {
  await using place = await SigstorePlace.make();
  const at = { cwd: place.path, allow: NETWORK };
  await runToFail(["sign", "bert", "--trust-config", "v1.json"], 3, ["--identity-token"], at);
  const line = "sign bert --trust-config v1.json --use-ambient-credentials".split(" ");
  await runToFail(line, 3, ["GitHub"], at);
});

Deno.test("a service that fails leaves no signature, and an older one as it was", async (t) => {
  await using place = await SigstorePlace.make();
  const line = "--quiet sign bert --trust-config v1.json --identity-token token".split(" ");
  const at = { cwd: place.path, allow: NETWORK };
  const faults = place.sigstore.rekorV1.faults;
  await t.step("no signature", async () => {
    faults.add("notFound");
    await runToFail(line, 3, ["the transparency log", "404"], at);
    assertEquals(place.list("bert"), ["config.json", "weights/part-1.bin"]);
    faults.clear();
  });
  await t.step("an older one", async () => {
    await place.sign();
    const before = Deno.readFileSync(`${place.path}/bert/model.sig`);
    faults.add("wrongProof");
    await place.sign("sign bert/config.json --trust-config v2.json --identity-token token");
    await runToFail(line, 1, ["not to be trusted"], at);
    assertEquals(Deno.readFileSync(`${place.path}/bert/model.sig`), before);
  });
});

Deno.test({
  name: "on a terminal signing asks once",
  ignore: !hasTerminal,
  async fn(t): Promise<void> {
    await using place = await SigstorePlace.make();
    const line = "sign bert --trust-config v1.json --identity-token token".split(" ");
    const typing = (keys: string): { after: string; keys: string } => ({ after: "[y/N]", keys });
    for (const [keys, code] of [["n\n", 1], ["\n", 1], ["\x04", 1], ["\x03", 130], ["y\n", 0]] as const) {
      await t.step(JSON.stringify(keys), async () => {
        const outcome = await runInTerminal(line, place, { allow: NETWORK, typing: typing(keys) });
        assertEquals(outcome.code, code, outcome.shown);
        assertEquals(place.list("bert").includes("model.sig"), code === 0);
        assertMatch(outcome.shown, /jane@example\.com[^]*permanently[^]*\[y\/N\]/);
      });
    }
    await t.step("--yes", async () => {
      const { code, shown } = await runInTerminal([...line, "--yes"], place, { allow: NETWORK });
      assertEquals([code, shown.includes("[y/N]")], [0, false]);
      assert(shown.includes("permanently"));
    });
  },
});
