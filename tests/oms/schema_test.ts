import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { assertEquals } from "@std/assert";
import { sign, type SignerOptions, type SignOptions } from "../../mod.ts";
import { VerificationError } from "../../src/errors.ts";
import { readBundle } from "../../src/bundle/read.ts";
import { checkStatement } from "../../src/oms/check_statement.ts";
import { parseStatement } from "../../src/oms/statement.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { lastingAuthority, lastingLeaf } from "../verify/_lasting.ts";
import { edit, type Json, makeKey } from "./_forge.ts";
import { wholeContent } from "../verify/_verify_whole.ts";

const FIXTURES = new URL("../fixtures/oms/", import.meta.url);

function readJson(path: string): Json {
  return JSON.parse(Deno.readTextFileSync(new URL(path, FIXTURES)));
}

const schemas = ["bundle", "envelope", "statement", "predicate"].map((name) => {
  return readJson(`schemas-v1.0/${name}.schema.json`);
});
const ajv = new Ajv2020({ schemas, allowUnionTypes: true });

function schema(name: string): ValidateFunction {
  return ajv.getSchema(`https://model_signing/${name}/v1.0/schema`)!;
}

function parse(bytes: Uint8Array): Json {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** What the schemas have against a bundle, from the outside to the inside (OMS v1.0 §3.1). */
function faultsOf(bundle: Json): string[] {
  const statement = (): Json => parse(Uint8Array.fromBase64(bundle.dsseEnvelope.payload));
  const layers: [name: string, value: () => Json][] = [
    ["bundle", () => bundle],
    ["envelope", () => bundle.dsseEnvelope],
    ["statement", statement],
    ["predicate", () => statement().predicate],
  ];
  for (const [name, value] of layers) {
    const validate = schema(name);
    if (!validate(value())) return validate.errors!.map((error) => `${name}${error.instancePath}: ${error.message}`);
  }
  return [];
}

const root = await lastingAuthority("CN=Root,O=Acme");
const middle = await lastingAuthority("CN=Middle,O=Acme", { issuer: root });
const leaf = await lastingLeaf(middle);

const SIGNERS: readonly SignerOptions[] = [
  { kind: "key", privateKey: makeKey().privatePem },
  { kind: "certificate", privateKey: leaf.privateKeyPem, certificate: leaf.pem, chain: [middle.pem] },
];

Deno.test("the bundles that sign() writes are valid by the OMS schemas", async (t) => {
  const hashes = ["sha256", "blake2b", "blake3"] as const;
  const serializations: Partial<SignOptions>[] = hashes.flatMap((hashAlgorithm) => [
    { serialization: "files", hashAlgorithm },
    { serialization: "shards", hashAlgorithm, shardSize: 4 },
    { serialization: "shards", hashAlgorithm },
  ]);
  const paths: Partial<SignOptions>[] = [{}, { ignoreGitPaths: false }, { ignorePaths: ["left out"] }];
  for (const signer of SIGNERS) {
    for (const serialization of serializations) {
      for (const ignored of paths) {
        await t.step(Deno.inspect([signer.kind, serialization, ignored], { breakLength: Infinity }), async () => {
          using directory = new TempDirectory();
          directory.write("model/config.json");
          directory.write("model/a b/\u{1f600}\n\"'\\", "weights");
          directory.write("model/left out");
          const signature = `${directory.path}/model.sig`;
          await sign(`${directory.path}/model`, { signer, signature, ...serialization, ...ignored });
          assertEquals(faultsOf(JSON.parse(Deno.readTextFileSync(signature))), []);
        });
      }
    }
  }
});

Deno.test("so are those of a model that is one file", async (t) => {
  for (const signer of SIGNERS) {
    await t.step(signer.kind, async () => {
      using directory = new TempDirectory();
      const { signature } = await sign(directory.write("weights.bin"), { signer });
      assertEquals(faultsOf(JSON.parse(Deno.readTextFileSync(signature))), []);
    });
  }
});

Deno.test("a test that validates against the schemas can fail", () => {
  const good = readJson("bundles-v1.0/valid/key.bundle.json");
  assertEquals(faultsOf(good), []);
  assertEquals(faultsOf(edit(good, "extra", 1)).length, 1);
  const payload = btoa(JSON.stringify({ _type: "https://in-toto.io/Statement/v1" }));
  assertEquals(faultsOf(edit(good, "dsseEnvelope.payload", payload)).length, 1);
});

/** Bundles of the fixtures and what becomes of them: the code of the error, if it is refused. */
const BUNDLES: readonly [path: string, isValid: boolean, code: string | undefined][] = [
  ["valid/key", true, undefined],
  ["valid/certificate", true, undefined],
  ["valid/sigstore", true, undefined],
  // Read: instances without a log have no entries. The verifier demands one if the trusted root has a log.
  ["invalid/missing-tlog-entries", false, undefined],
  ["invalid/empty", false, "SIGNATURE_INVALID"],
  ["invalid/missing-envelope", false, "SIGNATURE_INVALID"],
  ["invalid/missing-verification-material", false, "SIGNATURE_INVALID"],
  ["invalid-payload/wrong-predicate", false, "SIGNATURE_INVALID"],
];

Deno.test("the bundles of the specification are read or refused as the schemas want it", async (t) => {
  for (const [path, isValid, code] of BUNDLES) {
    await t.step(path, async () => {
      const bytes = Deno.readFileSync(new URL(`bundles-v1.0/${path}.bundle.json`, FIXTURES));
      assertEquals(bytes.length > 0 && faultsOf(parse(bytes)).length === 0, isValid);
      const read = (): void => {
        const content = wholeContent(readBundle(bytes));
        if (content.kind === "envelope") checkStatement(parseStatement(content.payload));
      };
      if (code === undefined) read();
      else await assertFails(read, VerificationError, code);
    });
  }
});

Deno.test("every bundle of the specification is in the table", () => {
  const found = ["valid", "invalid", "invalid-payload"].flatMap((directory) =>
    Array.from(
      Deno.readDirSync(new URL(`bundles-v1.0/${directory}`, FIXTURES)),
      ({ name }) => `${directory}/${name.replace(".bundle.json", "")}`,
    )
  );
  assertEquals(found.sort(), BUNDLES.map(([path]) => path).sort());
});
