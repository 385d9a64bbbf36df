/** `roundtrip.yaml`: what is signed can be verified, and holds just what belongs to the model. */
import { assert, assertEquals } from "@std/assert";
import { sign, type SignerOptions, verify, type VerifyOptions } from "../../mod.ts";
import { RefusedError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import type { TestCertificate } from "../_certificates.ts";
import { CURVES, makeKey } from "../oms/_forge.ts";
import { sha256Hex } from "../oms/_statements.ts";
import { assertDiffers } from "../verify/_forged_model.ts";
import { lastingAuthority, lastingLeaf } from "../verify/_lasting.ts";
import { KEY, MODELS, signWith, SuiteDirectory, verifyWith } from "./_suite.ts";

const root = await lastingAuthority("CN=Root,O=Conformance", { key: "P-384", signature: "SHA-384" });
const middle = await lastingAuthority("CN=Intermediate,O=Conformance", { issuer: root, key: "P-384" });
const leaf = await lastingLeaf(middle, { key: "P-384" });
const selfSigned = await lastingLeaf(undefined);

type Method = [sign: SignerOptions, verify: VerifyOptions["trust"]];

const BY_KEY: Method = [signWith(KEY), verifyWith(KEY)];
const BY_CERTIFICATE = certified(leaf, middle, root);

function certified(leaf: TestCertificate, chain: TestCertificate, root: TestCertificate): Method {
  return [
    { kind: "certificate", privateKey: leaf.privateKeyPem, certificate: leaf.pem, chain: [chain.pem] },
    { kind: "certificate", roots: [root.pem] },
  ];
}

const CASES: readonly [id: string, model: keyof typeof MODELS, method: Method][] = [
  ["certificate-multi-file", "multi-file", BY_CERTIFICATE],
  ["certificate-self-signed", "simple", certified(selfSigned, selfSigned, selfSigned)],
  ["certificate-simple", "simple", BY_CERTIFICATE],
  ["key-assets-subdir", "with-assets-subdir", BY_KEY],
  ["key-binary-content", "binary-content", BY_KEY],
  ["key-deeply-nested", "deeply-nested", BY_KEY],
  ["key-deeply-nested-with-git", "deeply-nested-with-git", BY_KEY],
  ["key-default-ignores", "with-git-dir", BY_KEY],
  ["key-dotfile-included", "with-dotfiles", BY_KEY],
  ["key-empty-file", "with-empty-file", BY_KEY],
  ["key-files-in-hidden-dir", "hidden-subdir", BY_KEY],
  ["key-git-and-ignore-combined", "with-git-and-ignore", BY_KEY],
  ["key-ignore-paths", "simple", BY_KEY],
  ["key-ignore-paths-exact-match", "with-nested-ignore", BY_KEY],
  ["key-multi-file", "multi-file", BY_KEY],
  ["key-multi-git-dirs", "multi-git-dirs", BY_KEY],
  ["key-multi-gitignore", "multi-gitignore", BY_KEY],
  ["key-nested-git-not-excluded", "with-nested-gitignore", BY_KEY],
  ...CURVES.map((curve): [string, "simple", Method] => {
    const key = makeKey(curve);
    return [`key-${curve.toLowerCase().replace("-", "")}`, "simple", [signWith(key), verifyWith(key)]];
  }),
  ["key-simple", "simple", BY_KEY],
  ["key-special-chars-path", "special-chars", BY_KEY],
  ["key-unicode-filename", "unicode-names", BY_KEY],
];

for (const [id, name, [signing, verifying]] of CASES) {
  Deno.test(id, async () => {
    const { signed, contents }: { signed: readonly string[]; contents?: Record<string, Uint8Array> } = MODELS[name];
    using directory = new SuiteDirectory(MODELS[name]);
    await directory.sign(signing);
    const result = await directory.verify(verifying);
    assertEquals([result.verified, result.method, result.files], [true, signing.kind, signed.length]);

    const { resources, serialization } = directory.statement.predicate;
    assertEquals(directory.signedNames, signed);
    assertEquals([serialization.method, serialization.hash_type, serialization.allow_symlinks], [
      "files",
      "sha256",
      false,
    ]);
    for (const { name, digest, algorithm } of resources) {
      assertEquals([digest, algorithm], [sha256Hex(contents?.[name] ?? name), "sha256"]);
    }
    assertEquals(directory.statement.subject[0].name, "model");
    for (const path of [".git", ".gitattributes", ".github", ".gitignore"]) {
      assert(serialization.ignore_paths.includes(path), `${path} is recorded`);
    }
  });
}

Deno.test("key-ignore-paths-exact-match, and the nested file counts", async () => {
  using directory = new SuiteDirectory(MODELS["with-nested-ignore"]);
  await directory.sign();
  directory.write("model/ignore-me", "changed");
  assertEquals((await directory.verify()).verified, true);
  directory.write("model/subdir/ignore-me", "changed");
  await assertDiffers(() => directory.verify(), { changed: ["subdir/ignore-me"] });
});

Deno.test("key-nested-git-not-excluded, and the nested file counts", async () => {
  using directory = new SuiteDirectory(MODELS["with-nested-gitignore"]);
  await directory.sign();
  directory.write("model/.gitignore");
  directory.write("model/.git/objects/aa/bb");
  assertEquals((await directory.verify()).verified, true);
  directory.write("model/subdir/.gitignore", "changed");
  await assertDiffers(() => directory.verify(), { changed: ["subdir/.gitignore"] });
  directory.write("model/subdir/.git/HEAD");
  await assertDiffers(() => directory.verify(), { changed: ["subdir/.gitignore"], extra: ["subdir/.git/HEAD"] });
});

Deno.test("key-empty-model-rejected", async (t) => {
  for (const [what, signed] of [["nothing but what is left out", [".gitignore"]], ["nothing at all", []]] as const) {
    await t.step(what, async () => {
      using directory = new SuiteDirectory({ signed, ignored: [] });
      await assertFails(() => directory.sign(), RefusedError, "EMPTY_MODEL");
      await assertFails(() => directory.sign(signWith(KEY), { serialization: "shards" }), RefusedError, "EMPTY_MODEL");
    });
  }
});

Deno.test("key-ignore-unsigned", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  assertEquals((await directory.verify(verifyWith(KEY), { ignoreUnsignedFiles: true })).files, 2);
});

Deno.test("key-sig-inside-model", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  directory.signature = `${directory.model}/subdir.sig`;
  await directory.sign();
  assertEquals(directory.signedNames, ["signme-1", "signme-2"]);
  assertEquals((await directory.verify()).files, 2);
  // Signed once more, it is still no part of the model.
  await directory.sign();
  assertEquals(directory.signedNames, ["signme-1", "signme-2"]);
});

Deno.test("key-simple-deterministic", async () => {
  using directory = new SuiteDirectory(MODELS["multi-file"]);
  await directory.sign();
  const first = directory.bundle;
  await directory.sign();
  assertEquals(directory.bundle.dsseEnvelope.payload, first.dsseEnvelope.payload);
});

Deno.test("key-single-file", async () => {
  using directory = new SuiteDirectory({ signed: ["model.bin"], ignored: [] });
  const model = `${directory.model}/model.bin`;
  const { signature } = directory;
  await sign(model, { signer: signWith(KEY), signature });
  assertEquals(directory.signedNames, ["model.bin"]);
  assertEquals(directory.statement.subject[0].name, "model.bin");
  assertEquals((await verify(model, { trust: verifyWith(KEY), signature })).files, 1);
  await Deno.writeTextFile(model, "changed");
  await assertDiffers(() => verify(model, { trust: verifyWith(KEY), signature }), { changed: ["model.bin"] });
});

const LINKS: readonly [id: string, name: string, target: string, codeIfAllowed: string][] = [
  ["key-symlink-cycle", "cycle-link", ".", "SYMLINK_CYCLE"],
  ["key-symlink-default-rejected", "link-to-signme", "signme-1", ""],
  ["key-symlink-outside-root", "outside-link", "/tmp/nonexistent-target", "SYMLINK_DANGLING"],
];

for (const [id, name, target, codeIfAllowed] of LINKS) {
  Deno.test(id, async () => {
    using directory = new SuiteDirectory(MODELS.simple);
    directory.link(`model/${name}`, target);
    await assertFails(() => directory.sign(), RefusedError, "SYMLINK", name);
    const allowing = (): Promise<void> => directory.sign(signWith(KEY), { allowSymlinks: true });
    if (codeIfAllowed === "") {
      await allowing();
      assertEquals(directory.signedNames, [name, "signme-1", "signme-2"]);
      assertEquals((await directory.verify()).files, 3);
    } else {
      await assertFails(allowing, RefusedError, codeIfAllowed, name);
    }
  });
}
