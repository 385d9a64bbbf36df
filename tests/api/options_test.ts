/** What a caller without TypeScript may get wrong. */
import { assert } from "@std/assert";
import { digest, inspect, monitor, sign, UsageError, verify } from "../../mod.ts";
import { assertFails } from "../_assert_fails.ts";
import { makeKey } from "../oms/_forge.ts";
import { TempDirectory } from "../_temp_directory.ts";

const { privatePem: privateKey, publicPem: publicKey } = makeKey();
const key = { method: "key", privateKey };
const trusted = { method: "key", publicKey };
const identity = { method: "sigstore", identity: "a", identityProvider: "https://b" };
const onFinding = (): void => {};
const watch = { identity: "a" };

type Case = readonly [options: unknown, named: string];

const WORK: Case[] = [
  [{ engine: "fast" }, "engine"],
  [{ workers: 0 }, "workers"],
  [{ workers: "2" }, "workers"],
  [{ workers: 1.5 }, "workers"],
  [{ onProgress: true }, "onProgress"],
  [{ onWarning: "log" }, "onWarning"],
  [{ signal: {} }, "signal"],
  [{ signature: 1 }, "signature"],
  [{ signature: null }, "signature"],
  [{ ignorePaths: "logs" }, "ignorePaths"],
  [{ ignorePaths: [1] }, "ignorePaths"],
  [{ ignoreGitPaths: "no" }, "ignoreGitPaths"],
  [{ serialization: "tree" }, "serialization"],
  [{ serialization: "constructor" }, "serialization"],
  [{ allowSymlinks: 1 }, "allowSymlinks"],
  [{ allow_symlinks: true }, "allow_symlinks"],
];

const SERIALIZATION: Case[] = [
  [{ shardSize: "1000" }, "shardSize"],
  [{ hashAlgorithm: "sha512" }, "hashAlgorithm"],
  [{ hashAlgorithm: ["sha256"] }, "hashAlgorithm"],
];

const TRUST: Case[] = [
  ["root.json", "trust"],
  [{}, "trust.staging"],
  [{ trustedRoot: "root.json" }, "trust.trustedRoot"],
  [{ trustedRootFile: 1 }, "trust.trustedRootFile"],
  [{ trustConfigFile: ["a"] }, "trust.trustConfigFile"],
  [{ trustedRootFile: "root.json", offline: true }, "trust.offline"],
  [{ staging: true, offline: "yes" }, "trust.offline"],
];

const METHODS: Case[] = [
  [undefined, "method"],
  [null, "method"],
  ["key", "method"],
  [["key"], "method"],
  [{}, "method.method"],
  [{ method: "Key", privateKey, publicKey }, "method.method"],
  [{ method: "toString" }, "method.method"],
  [{ method: 1 }, "method.method"],
  [{ kind: "key", privateKey }, "method.method"],
];

const SIGNING: Case[] = [
  ...METHODS,
  [{ method: "key" }, "method.privateKey"],
  [{ method: "key", private_key: privateKey }, "method.private_key"],
  [{ method: "key", key: privateKey }, "method.key"],
  [{ method: "key", publicKey }, "method.publicKey"],
  [{ method: "key", privateKey: new TextEncoder().encode(privateKey) }, "method.privateKey"],
  [{ ...key, password: 1234 }, "method.password"],
  [{ ...key, certificate: "x" }, "method.certificate"],
  [{ method: "certificate", privateKey }, "method.certificate"],
  [{ method: "certificate", privateKey, certificate: "x", chain: "y" }, "method.chain"],
  [{ method: "certificate", certificate: "x" }, "method.privateKey"],
  [{ method: "sigstore", privateKey }, "method.privateKey"],
  [{ method: "sigstore", identityToken: 7 }, "method.identityToken"],
  [{ method: "sigstore", person: {} }, "method.person.tell"],
  [{ method: "sigstore", person: onFinding }, "method.person"],
  [{ method: "sigstore", confirm: true }, "method.confirm"],
  ...TRUST.map(([trust, name]): Case => [{ method: "sigstore", trust }, `method.${name}`]),
];

const TRUSTING: Case[] = [
  ...METHODS,
  [{ method: "key" }, "method.publicKey"],
  [{ method: "key", privateKey }, "method.privateKey"],
  [{ method: "key", publicKey: { pem: publicKey } }, "method.publicKey"],
  [{ method: "certificate" }, "method.roots"],
  [{ method: "certificate", roots: "pem" }, "method.roots"],
  [{ method: "certificate", roots: ["pem"], rootNames: "a.pem" }, "method.rootNames"],
  [{ ...identity, identity: /a/ }, "method.identity"],
  [{ ...identity, identityRegex: "a" }, "method.identityRegex"],
  [{ ...identity, certificateOids: "1.2=3" }, "method.certificateOids"],
  [{ ...identity, checkLog: 1 }, "method.checkLog"],
  ...TRUST.map(([trust, name]): Case => [{ ...identity, trust }, `method.${name}`]),
];

const MONITORING: Case[] = [
  [{ onFinding }, "watch"],
  [{ watch: "a", onFinding }, "watch"],
  [{ watch: {}, onFinding }, "watch.identity"],
  [{ watch: { identity: 1 }, onFinding }, "watch.identity"],
  [{ watch: { identityProvider: "https://a" }, onFinding }, "watch.identity"],
  [{ watch: { digest: "00", identity: "a" }, onFinding }, "watch.identity"],
  [{ watch: { fingerprint: null }, onFinding }, "watch.fingerprint"],
  [{ watch }, "onFinding"],
  [{ watch, onFinding: "print" }, "onFinding"],
  [{ watch, onFinding, logs: "https://log" }, "logs"],
  [{ watch, onFinding, state: 1 }, "state"],
  [{ watch, onFinding, from: -1 }, "from"],
  [{ watch, onFinding, from: "0" }, "from"],
  [{ watch, onFinding, quick: "yes" }, "quick"],
  [{ watch, onFinding, expect: "model.sig" }, "expect"],
  [{ watch, onFinding, interval: 60 }, "interval"],
  ...TRUST.map(([trust, name]): Case => [{ watch, onFinding, trust }, name]),
];

/** A public function with any arguments. */
type Call = (options: unknown) => Promise<unknown>;

function test(name: string, callFor: (model: string) => Call, cases: readonly Case[]): void {
  Deno.test(`${name} names the option that is wrong`, async (t) => {
    using directory = new TempDirectory();
    directory.write("model/weights");
    const call = callFor(`${directory.path}/model`);
    for (const [options, named] of cases) {
      await t.step(`${named}: ${Deno.inspect(options).slice(0, 80)}`, async () => {
        const { message } = await assertFails(() => call(options), UsageError, "OPTION", `"${named}"`);
        assert(!message.includes("BEGIN") && !message.includes("1234"), "no value is shown");
      });
    }
    for (const options of [null, 1, "options", [], [{}]]) {
      await t.step(Deno.inspect(options), async () => {
        await assertFails(() => call(options), UsageError, "OPTION", "invalid options: an object is required");
      });
    }
    assert(Deno.readDirSync(directory.path + "/model").toArray().length === 1, "nothing was written");
  });
}

// deno-lint-ignore no-explicit-any -- just what the compiler would not let pass
const any = (value: unknown): any => value;
const withMethod = (cases: readonly Case[]): Case[] => cases.map(([method, named]) => [{ method }, named]);
const withGood = (method: unknown, cases: readonly Case[]): Case[] =>
  cases.map(([options, named]) => [{ method, ...options as object }, named]);

test("digest()", (model) => (options) => digest(model, any(options)), [...WORK, ...SERIALIZATION]);
test("sign()", (model) => (options) => sign(model, any(options)), [
  ...withMethod(SIGNING),
  ...withGood(key, [...WORK, ...SERIALIZATION]),
]);
test("verify()", (model) => (options) => verify(model, any(options)), [
  ...withMethod(TRUSTING),
  ...withGood(trusted, [...WORK, [{ ignoreUnsignedFiles: "yes" }, "ignoreUnsignedFiles"], [
    { ignoreUnsigned: true },
    "ignoreUnsigned",
  ]]),
]);
test("monitor()", () => (options) => monitor(any(options)), MONITORING);

Deno.test("a path that is none is named", async (t) => {
  for (const path of [undefined, null, 1, new URL("file:///m"), ["m"]]) {
    await t.step(Deno.inspect(path), async () => {
      await assertFails(() => digest(any(path)), UsageError, "OPTION", '"modelPath"');
      await assertFails(() => sign(any(path), any({ method: key })), UsageError, "OPTION", '"modelPath"');
      await assertFails(() => verify(any(path), any({ method: trusted })), UsageError, "OPTION", '"modelPath"');
      await assertFails(() => inspect(any(path)), UsageError, "OPTION", '"signaturePath"');
    });
  }
});
