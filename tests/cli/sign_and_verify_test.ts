/** What users do all day: sign a model, verify it, see that a change is found. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { digest as digestHere, sign, VerificationError, verify } from "../../mod.ts";
import { assertFails } from "../_assert_fails.ts";
import { makeAuthority, makeLeaf } from "../_certificates.ts";
import {
  assertHas,
  type CurveName,
  parseDocument,
  programArgs,
  runCommand,
  runForJson,
  runToFail,
  runWell,
  Workplace,
} from "../_program.ts";

/** Every serialization with every hash algorithm that it has, on each curve in turn. */
const FORMS = [
  { serialization: "files", hash: "sha256", curve: "P-256" },
  { serialization: "files", hash: "blake2b", curve: "P-384" },
  { serialization: "files", hash: "blake3", curve: "P-521" },
  { serialization: "shards", hash: "sha256", curve: "P-384" },
  { serialization: "shards", hash: "blake2b", curve: "P-521" },
  { serialization: "shards", hash: "blake3", curve: "P-256" },
  { serialization: "h1", hash: "sha256", curve: "P-521" },
  { serialization: "h2", hash: "sha256", curve: "P-384" },
] as const;

for (const { serialization, hash, curve } of FORMS) {
  Deno.test(`sign and verify a directory as ${serialization} with ${hash} and a key on ${curve}`, async () => {
    using place = new Workplace();
    const { model } = place;
    const { privateKey, publicKey } = place.makeKeys("key", curve);
    const form = ["--serialization", serialization, "--hash-algorithm", hash];
    const signed = await runForJson(["sign", "key", model, "--private-key", privateKey, ...form]);
    assertHas(signed, {
      signature: `${model}/model.sig`,
      method: "key",
      signer: { method: "key", curve, keyHint: signed.signer.keyHint },
      serialization,
      hashAlgorithm: hash,
      files: 2,
      bytes: 1015,
      error: null,
    });
    assertMatch(signed.digest, /^sha256:[0-9a-f]{64}$/);
    assertMatch(signed.signer.keyHint, /^[0-9a-f]{64}$/);
    assert(signed.seconds >= 0);

    // A signature of h1 or h2 does not say its form.
    const unsaid = serialization === "h1" || serialization === "h2" ? ["--serialization", serialization] : [];
    const verified = await runForJson(["verify", "key", model, "--public-key", publicKey, ...unsaid]);
    const { method, signer, digest, files, bytes } = signed;
    assertHas(verified, {
      verified: true,
      ...{ method, signer, digest, serialization, hashAlgorithm: hash, files, bytes },
      differences: { changed: [], missing: [], extra: [] },
      error: null,
    });

    // The digest that was signed is the one that digest gives, now that the signature lies there too.
    assertEquals((await digestHere(model, { serialization, hashAlgorithm: hash })).digest, digest);
  });
}

Deno.test("every curve signs every form, and one changed bit is found", async (t) => {
  using place = new Workplace();
  const weights = `${place.model}/weights/part-1.bin`;
  for (const curve of ["P-256", "P-384", "P-521"] as CurveName[]) {
    const keys = place.makeKeys(curve, curve);
    const signing = { kind: "key", privateKey: Deno.readTextFileSync(keys.privateKey) } as const;
    const verification = { kind: "key", publicKey: Deno.readTextFileSync(keys.publicKey) } as const;
    for (const { serialization, hash } of FORMS) {
      await t.step(`${curve} ${serialization} ${hash}`, async () => {
        await sign(place.model, { signer: signing, serialization, hashAlgorithm: hash });
        const verifying = { trust: verification, serialization };
        const { signer, digest } = await verify(place.model, verifying);
        assertEquals(signer.method === "key" && signer.curve, curve);
        assertMatch(digest ?? "", /^sha256:/);
        flipBit(weights, 500);
        await assertFails(() => verify(place.model, verifying), VerificationError, "MODEL_DIFFERS");
        flipBit(weights, 500);
        await verify(place.model, verifying);
      });
    }
  }
});

function flipBit(path: string, at: number): void {
  const bytes = Deno.readFileSync(path);
  bytes[at]! ^= 1;
  Deno.writeFileSync(path, bytes);
}

Deno.test("sign and verify say in words what they did", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  const signed = await runWell(["sign", "key", "bert", "--private-key", "key.pem"], options);
  assertMatch(
    signed,
    new RegExp([
      String.raw`^Signed "bert"`,
      String.raw`  signer     key [0-9a-f]{64} \(P-256\)`,
      String.raw`  digest     sha256:[0-9a-f]{64}`,
      String.raw`  contents   2 files, 1\.0 kB, as files with sha256`,
      String.raw`  signature  "bert/model\.sig"`,
      String.raw`  to verify  model-signing verify key bert --public-key PEM`,
      "$",
    ].join("\n")),
  );
  const verified = await runWell(["verify", "key", "bert", "--public-key", "key.pub"], options);
  assertMatch(
    verified,
    /^Verified "bert": the 2 signed files are as signed, and there are no other files\n {2}signer /,
  );
});

// The command that sign prints must work, with the key in place of PEM.
Deno.test("the command that sign prints verifies what was signed", async () => {
  using place = new Workplace();
  place.makeKeys();
  place.write("a b's/model.bin");
  const options = { cwd: place.path };
  const args = ["a b's", "--private-key", "key.pem", "--signature", "it's.sig", "--no-ignore-git-paths"];
  const signed = await runWell(["sign", "key", ...args], options);
  const command = /to verify {2}model-signing (.*)\n/.exec(signed)![1]!.replace("PEM", "key.pub");
  // A shell reads it, as a user's would.
  const shell = await runCommand("sh", ["-c", `"$@" ${command}`, "sh", Deno.execPath(), ...programArgs([])], options);
  assertEquals([shell.code, shell.stderr], [0, ""]);
});

Deno.test("the command that sign prints names what an h1 signature does not record", async () => {
  using place = new Workplace();
  place.makeKeys();
  place.write("-odd/a");
  const options = { cwd: place.path };
  const h1 = ["--serialization", "h1", "--ignore-paths", "config.json"];
  const signed = await runWell(["sign", "key", "bert", "--private-key", "key.pem", ...h1], options);
  assertStringIncludes(signed, "--ignore-paths config.json");
  const odd = await runWell(["sign", "key", "--private-key", "key.pem", "--", "-odd"], options);
  assertStringIncludes(odd, " -- -odd");
});

Deno.test("sign and verify a model that is one file", async () => {
  using place = new Workplace();
  place.makeKeys();
  place.write("net.onnx");
  const options = { cwd: place.path };
  for (const serialization of ["files", "shards", "h1", "h2"]) {
    const signed = await runForJson(
      ["sign", "key", "net.onnx", "--private-key", "key.pem", "--serialization", serialization],
      options,
    );
    assertEquals([signed.signature, signed.files], ["net.onnx.sig", 1]);
    const form = serialization.startsWith("h") ? ["--serialization", serialization] : [];
    const verified = await runForJson(["verify", "key", "net.onnx", "--public-key", "key.pub", ...form], options);
    assertEquals([verified.serialization, verified.digest], [serialization, signed.digest]);
  }
});

// A failed verification lists every path, sorted, not only the first.
Deno.test("verify lists all that is changed, missing and extra", async () => {
  using place = new Workplace();
  place.makeKeys();
  for (const name of ["b", "a", "gone-2", "gone-1", "same"]) place.write(`bert/${name}`);
  const options = { cwd: place.path };
  const verifyArgs = ["verify", "key", "bert", "--public-key", "key.pub"];
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], options);
  place.write("bert/a", "A");
  place.write("bert/b", "B");
  place.write("bert/new/z");
  // Whatever a file is called, the report stays a report and cannot steer a terminal.
  place.write("bert/new/a\n\x1b[31mb");
  for (const name of ["gone-1", "gone-2"]) Deno.removeSync(`${place.model}/${name}`);
  const failed = await runToFail(verifyArgs, 1, ['"bert"', "2 changed", "2 missing", "2 extra"], options);
  assertEquals(
    failed.stdout,
    [
      "  changed  a",
      "  changed  b",
      "  missing  gone-1",
      "  missing  gone-2",
      "  extra    new/a\\u{a}\\u{1b}[31mb",
      "  extra    new/z",
      "",
    ].join("\n"),
  );
  const document = parseDocument((await runToFail([...verifyArgs, "--json"], 1, [], options)).stdout);
  assertEquals(document.differences, {
    changed: ["a", "b"],
    missing: ["gone-1", "gone-2"],
    extra: ["new/a\n\x1b[31mb", "new/z"],
  });
  assertEquals([document.verified, document.signer.method, document.files], [false, "key", 7]);

  // Extra files are accepted on request, changed and missing ones never.
  const strict = await runToFail([...verifyArgs, "--ignore-unsigned-files", "--json"], 1, [], options);
  assertEquals(parseDocument(strict.stdout).differences.extra, []);
  for (const name of ["a", "b", "gone-1", "gone-2"]) place.write(`bert/${name}`);
  await runToFail(verifyArgs, 1, ["2 extra"], options);
  await runWell([...verifyArgs, "--ignore-unsigned-files"], options);
});

// With shards it is known which bytes of a file changed.
Deno.test("verify names the byte ranges that changed", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  const form = ["--serialization", "shards", "--shard-size", "100"];
  await runWell(["sign", "key", "bert", "--private-key", "key.pem", ...form], options);
  flipBit(`${place.model}/weights/part-1.bin`, 250);
  const failed = await runToFail(["verify", "key", "bert", "--public-key", "key.pub"], 1, ["1 changed"], options);
  assertEquals(failed.stdout, "  changed  weights/part-1.bin\n           bytes 200 to 300\n");
});

Deno.test("what git keeps is left out on its own, and on request", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  const verifyArgs = ["verify", "key", "bert", "--public-key", "key.pub"];
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], options);
  for (const name of [".git/HEAD", ".gitignore", ".gitattributes", ".github/ci.yml"]) place.write(`bert/${name}`);
  await runWell(verifyArgs, options);
  // What the signature records as left out stays so: the user cannot add to what was signed.
  await runWell([...verifyArgs, "--no-ignore-git-paths"], options);
  place.write("bert/weights/.gitignore");
  await runToFail(verifyArgs, 1, ["1 extra"], options);

  const signed = await runForJson(
    ["sign", "key", "bert", "--private-key", "key.pem", "--no-ignore-git-paths"],
    options,
  );
  assertEquals(signed.files, 7);
  place.write("bert/.git/HEAD", "moved");
  await runToFail(verifyArgs, 1, ["1 changed"], options);
});

Deno.test("sign and verify with a certificate that leads to a root over intermediates", async () => {
  using place = new Workplace();
  // Valid whenever the tests run.
  const always = { notBefore: new Date("2000-01-01T00:00:00Z"), notAfter: new Date("2150-01-01T00:00:00Z") };
  const root = await makeAuthority("CN=root", always);
  const intermediate = await makeAuthority("CN=intermediate", { issuer: root, ...always });
  const leaf = await makeLeaf(intermediate, { subject: "CN=alice,O=Acme", key: "P-384", ...always });
  place.write("root.pem", root.pem);
  place.write("intermediate.pem", intermediate.pem);
  place.write("leaf.pem", leaf.pem);
  place.write("leaf.key", leaf.privateKeyPem);
  const options = { cwd: place.path };
  const signArgs = ["sign", "certificate", "bert", "--private-key", "leaf.key", "--signing-certificate", "leaf.pem"];
  const verifyArgs = ["verify", "certificate", "bert"];
  for (const serialization of ["h2", "files"]) {
    const chain = ["--certificate-chain", "intermediate.pem", "--serialization", serialization];
    const signed = await runForJson([...signArgs, ...chain], options);
    const form = ["--serialization", serialization];
    const verified = await runForJson([...verifyArgs, "--certificate-chain", "root.pem", ...form], options);
    assertEquals(verified.signer, signed.signer);
    assertEquals([signed.method, signed.signer.subject, signed.signer.issuer], [
      "certificate",
      "CN=alice,O=Acme",
      "CN=intermediate",
    ]);
    assertEquals(signed.signer.notAfter, "2150-01-01T00:00:00.000Z");
  }
  assertStringIncludes(
    await runWell([...verifyArgs, "--certificate-chain", "root.pem"], options),
    "\n  signer    CN=alice,O=Acme, issued by CN=intermediate\n",
  );

  // The option may be repeated, and one file may hold several certificates.
  const other = await makeAuthority("CN=other", always);
  place.write("other.pem", other.pem);
  place.write("bundle.pem", other.pem + root.pem);
  const two = ["--certificate-chain", "other.pem", "--certificate-chain", "root.pem"];
  await runWell([...verifyArgs, ...two], options);
  await runWell([...verifyArgs, "--certificate-chain", "bundle.pem"], options);
  await runToFail([...verifyArgs, "--certificate-chain", "other.pem"], 1, ["CN=intermediate", "CN=other"], options);

  // A signature of the leaf alone cannot be verified with the root, but with the intermediate as one.
  await runWell(signArgs, options);
  await runToFail([...verifyArgs, "--certificate-chain", "root.pem"], 1, ["CN=intermediate"], options);
});
