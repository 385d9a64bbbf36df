/** What a caller without TypeScript may get wrong. */
import { assert } from "@std/assert";
import { digest, inspect, monitor, sign, UsageError, verify } from "../../mod.ts";
import { assertFails } from "../_assert_fails.ts";
import { makeKey } from "../oms/_forge.ts";
import { TempDirectory } from "../_temp_directory.ts";

const { privatePem: privateKey, publicPem: publicKey } = makeKey();
const key = { kind: "key", privateKey };
const trusted = { kind: "key", publicKey };
const identity = { kind: "sigstore", identity: "a", identityProvider: "https://b" };
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

const INSTANCE: Case[] = [
  ["root.json", "instance"],
  [{}, "instance.staging"],
  [{ trustedRoot: "root.json" }, "instance.trustedRoot"],
  [{ trustedRootFile: 1 }, "instance.trustedRootFile"],
  [{ trustConfigFile: ["a"] }, "instance.trustConfigFile"],
  [{ trustedRootFile: "root.json", offline: true }, "instance.offline"],
  [{ staging: true, offline: "yes" }, "instance.offline"],
];

const kinds = (option: string): Case[] => [
  [undefined, option],
  [null, option],
  ["key", option],
  [["key"], option],
  [{}, `${option}.kind`],
  [{ kind: "Key", privateKey, publicKey }, `${option}.kind`],
  [{ kind: "toString" }, `${option}.kind`],
  [{ kind: 1 }, `${option}.kind`],
  [{ privateKey, publicKey, method: "key" }, `${option}.kind`],
];

const SIGNING: Case[] = [
  ...kinds("signer"),
  [{ kind: "key" }, "signer.privateKey"],
  [{ kind: "key", private_key: privateKey }, "signer.private_key"],
  [{ kind: "key", key: privateKey }, "signer.key"],
  [{ kind: "key", publicKey }, "signer.publicKey"],
  [{ kind: "key", privateKey: new TextEncoder().encode(privateKey) }, "signer.privateKey"],
  [{ ...key, password: 1234 }, "signer.password"],
  [{ ...key, certificate: "x" }, "signer.certificate"],
  [{ kind: "certificate", privateKey }, "signer.certificate"],
  [{ kind: "certificate", privateKey, certificate: "x", chain: "y" }, "signer.chain"],
  [{ kind: "certificate", certificate: "x" }, "signer.privateKey"],
  [{ kind: "sigstore", privateKey }, "signer.privateKey"],
  [{ kind: "sigstore", identityToken: 7 }, "signer.identityToken"],
  [{ kind: "sigstore", person: {} }, "signer.person.tell"],
  [{ kind: "sigstore", person: onFinding }, "signer.person"],
  [{ kind: "sigstore", confirm: true }, "signer.confirm"],
  ...INSTANCE.map(([instance, name]): Case => [{ kind: "sigstore", instance }, `signer.${name}`]),
];

const TRUSTING: Case[] = [
  ...kinds("trust"),
  [{ kind: "key" }, "trust.publicKey"],
  [{ kind: "key", privateKey }, "trust.privateKey"],
  [{ kind: "key", publicKey: { pem: publicKey } }, "trust.publicKey"],
  [{ kind: "certificate" }, "trust.roots"],
  [{ kind: "certificate", roots: "pem" }, "trust.roots"],
  [{ kind: "certificate", roots: ["pem"], rootNames: "a.pem" }, "trust.rootNames"],
  [{ ...identity, identity: /a/ }, "trust.identity"],
  [{ ...identity, identityRegex: "a" }, "trust.identityRegex"],
  [{ ...identity, certificateOids: "1.2=3" }, "trust.certificateOids"],
  [{ ...identity, checkLog: 1 }, "trust.checkLog"],
  ...INSTANCE.map(([instance, name]): Case => [{ ...identity, instance }, `trust.${name}`]),
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
  ...INSTANCE.map(([instance, name]): Case => [{ watch, onFinding, instance }, name]),
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
const as = (option: string, cases: readonly Case[]): Case[] =>
  cases.map(([value, named]) => [{ [option]: value }, named]);
const beside = (good: object, cases: readonly Case[]): Case[] =>
  cases.map(([options, named]) => [{ ...good, ...options as object }, named]);

test("digest()", (model) => (options) => digest(model, any(options)), [...WORK, ...SERIALIZATION]);
test("sign()", (model) => (options) => sign(model, any(options)), [
  ...as("signer", SIGNING),
  ...beside({ signer: key }, [...WORK, ...SERIALIZATION]),
]);
test("verify()", (model) => (options) => verify(model, any(options)), [
  ...as("trust", TRUSTING),
  ...beside({ trust: trusted }, [...WORK, [{ ignoreUnsignedFiles: "yes" }, "ignoreUnsignedFiles"], [
    { ignoreUnsigned: true },
    "ignoreUnsigned",
  ]]),
]);
test("monitor()", () => (options) => monitor(any(options)), MONITORING);

Deno.test("a path of another type is named", async (t) => {
  for (const path of [undefined, null, 1, new URL("file:///m"), ["m"]]) {
    await t.step(Deno.inspect(path), async () => {
      await assertFails(() => digest(any(path)), UsageError, "OPTION", '"modelPath"');
      await assertFails(() => sign(any(path), any({ signer: key })), UsageError, "OPTION", '"modelPath"');
      await assertFails(() => verify(any(path), any({ trust: trusted })), UsageError, "OPTION", '"modelPath"');
      await assertFails(() => inspect(any(path)), UsageError, "OPTION", '"signaturePath"');
    });
  }
});
