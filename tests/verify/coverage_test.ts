/** What a verdict says about files that the signature does not cover, so that nobody takes them for verified. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { ModelDiffersError, sign, verify, type VerifyOptions, type VerifyResult } from "../../mod.ts";
import { RefusedError, VerificationError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { envelopeBundle, type Json, makeKey } from "../oms/_forge.ts";
import { filesStatement, resource, sha256Hex, statementOf } from "../oms/_statements.ts";
import { assertDiffers, ForgedModel } from "./_forged_model.ts";

const key = makeKey();
const signing = { kind: "key", privateKey: key.privatePem } as const;
const trust = { kind: "key", publicKey: key.publicPem } as const;

/** What is said about coverage. */
function coverage({ verdict, notCovered }: VerifyResult): unknown {
  return { verdict, notCovered };
}

const ALL = { verdict: "the 2 signed files are as signed, and there are no other files", notCovered: [] };

Deno.test("a verdict without anything left out says that there are no other files", async () => {
  using model = new ForgedModel("a", "b/c");
  model.makeDirectory("model/empty");
  const bundle = envelopeBundle(key, filesStatement("a", "b/c"));
  assertEquals(coverage(await model.verify(bundle, key)), ALL);
  assertEquals(coverage(await model.verify(bundle, key, { ignoreUnsignedFiles: true })), ALL);
  assertEquals(coverage(await model.verify(bundle, key, { allowUncovered: false })), ALL);
});

Deno.test("a verdict names everything that the signature, the options or git leave out", async (t) => {
  const cases: [what: string, serialization: Json, options: Partial<VerifyOptions>, add: string[], expected: Json][] = [
    ["git paths", {}, {}, [".git/HEAD", ".git/objects/ab/c", ".gitattributes", ".github/x"], {
      verdict: "the 2 signed files are as signed; not covered: .git/ (2 files), .gitattributes, .github/ (1 file)",
      notCovered: [{ path: ".git", files: 2 }, { path: ".gitattributes", files: 1 }, { path: ".github", files: 1 }],
    }],
    ["paths that the signature ignores", { ignore_paths: ["./cache//", "b/tmp.py", "nothing"] }, {}, [
      "cache/x/y",
      "cache/z",
      "b/tmp.py",
    ], {
      verdict: "the 2 signed files are as signed; not covered: b/tmp.py, cache/ (2 files)",
      notCovered: [{ path: "b/tmp.py", files: 1 }, { path: "cache", files: 2 }],
    }],
    ["paths that the caller ignores", {}, { ignorePaths: ["mine"] }, ["mine/a.py"], {
      verdict: "the 2 signed files are as signed; not covered: mine/ (1 file)",
      notCovered: [{ path: "mine", files: 1 }],
    }],
    ["unsigned files that are allowed", {}, { ignoreUnsignedFiles: true }, ["b/d", "e/f/g", "e/h"], {
      verdict: "the 2 signed files are as signed; not covered: b/d, e/ (2 files)",
      notCovered: [{ path: "b/d", files: 1 }, { path: "e", files: 2 }],
    }],
    ["more than fit into a sentence", { ignore_paths: ["1", "2", "3", "4", "5", "6"] }, {}, [..."123456"], {
      verdict: "the 2 signed files are as signed; not covered: 1, 2, 3, 4, 5, and 1 more",
      notCovered: [..."123456"].map((path) => ({ path, files: 1 })),
    }],
    ["names that read like a sentence", { ignore_paths: ["x), and nothing else", "y\u001b[31m"] }, {}, [
      "x), and nothing else",
      "y\u001b[31m",
    ], {
      verdict: 'the 2 signed files are as signed; not covered: "x), and nothing else", "y\\u{1b}[31m"',
      notCovered: [{ path: "x), and nothing else", files: 1 }, { path: "y\u001b[31m", files: 1 }],
    }],
  ];
  for (const [what, serialization, options, add, expected] of cases) {
    await t.step(what, async () => {
      using model = new ForgedModel("a", "b/c", ...add);
      const bundle = envelopeBundle(key, statementOf([resource("a"), resource("b/c")], serialization));
      assertEquals(coverage(await model.verify(bundle, key, options)), expected);

      const error = await assertFails(
        () => model.verify(bundle, key, { ...options, allowUncovered: false }),
        VerificationError,
        "NOT_COVERED",
        model.model,
      );
      assertInstanceOf(error, ModelDiffersError);
      const { notCovered, differences, signer } = error.report;
      assertEquals(notCovered, expected.notCovered);
      assertEquals([differences, signer?.method], [{ changed: [], missing: [], extra: [] }, "key"]);
    });
  }
});

Deno.test("only the signature file that is verified is left out without a word, and only as a file", async (t) => {
  for (const serialization of ["files", "shards"] as const) {
    await t.step(serialization, async () => {
      using directory = new ForgedModel("a", "b");
      const inside = `${directory.model}/model.sig`;
      await sign(directory.model, { signer: signing, serialization });
      assertEquals(coverage(await verify(directory.model, { trust })), ALL);
      assertEquals(coverage(await verify(directory.model, { trust, allowUncovered: false })), ALL);

      const elsewhere = directory.write("elsewhere.sig", Deno.readFileSync(inside));
      const options = { trust, signature: elsewhere };
      assertEquals((await verify(directory.model, options)).notCovered, [{ path: "model.sig", files: 1 }]);

      Deno.removeSync(inside);
      for (const name of ["a.py", "b.py", "sub/c.py"]) directory.write(`model/model.sig/${name}`);
      assertEquals(coverage(await verify(directory.model, options)), {
        verdict: "the 2 signed files are as signed; not covered: model.sig/ (3 files)",
        notCovered: [{ path: "model.sig", files: 3 }],
      });
    });
  }
});

Deno.test("a file or directory with the usual name of a signature is extra where nothing leaves it out", async () => {
  using model = new ForgedModel("a");
  const bundle = envelopeBundle(key, filesStatement("a"));
  model.write("model/model.sig");
  await assertDiffers(() => model.verify(bundle, key), { extra: ["model.sig"] });
  Deno.removeSync(`${model.model}/model.sig`);
  model.write("model/model.sig/x.py");
  await assertDiffers(() => model.verify(bundle, key), { extra: ["model.sig/x.py"] });
});

Deno.test("a signature that is a link inside the model is the file that it leads to", async () => {
  using directory = new ForgedModel("a");
  const bundle = envelopeBundle(key, filesStatement("a"));
  directory.write("blobs/1", JSON.stringify(bundle));
  directory.link("model/model.sig", "../blobs/1");
  assertEquals((await verify(directory.model, { trust, allowUncovered: false })).notCovered, []);
});

Deno.test("with shards, unsigned empty files are not covered", async () => {
  using model = new ForgedModel("w");
  for (const name of ["__init__.py", "sub/empty"]) model.write(`model/${name}`, "");
  const shard = { ...resource("w:0:1"), digest: sha256Hex("w") };
  const bundle = envelopeBundle(key, statementOf([shard], { method: "shards", shard_size: 4 }));
  assertEquals(coverage(await model.verify(bundle, key)), {
    verdict: "the 1 signed file is as signed; not covered: __init__.py, sub/empty",
    notCovered: [{ path: "__init__.py", files: 1 }, { path: "sub/empty", files: 1 }],
  });
  await assertFails(() => model.verify(bundle, key, { allowUncovered: false }), VerificationError, "NOT_COVERED");
});

Deno.test("a verdict on h1 or h2 says the form, and what is left out", async (t) => {
  for (const serialization of ["h1", "h2"] as const) {
    await t.step(serialization, async () => {
      using directory = new ForgedModel("a", "b/c", ".git/HEAD", "notes/1", "notes/2");
      const options = { serialization, ignorePaths: ["notes"] };
      await sign(directory.model, { signer: signing, ...options });
      const expected = {
        verdict: `the 2 signed files are as signed (${serialization}: one digest over all of them); ` +
          "not covered: .git/ (1 file), notes/ (2 files)",
        notCovered: [{ path: ".git", files: 1 }, { path: "notes", files: 2 }],
      };
      assertEquals(coverage(await verify(directory.model, { trust, ...options })), expected);
      const strict = { trust, ...options, allowUncovered: false };
      await assertFails(() => verify(directory.model, strict), VerificationError, "NOT_COVERED", "notes/ (2 files)");
    });
  }
});

Deno.test("links and special files in an ignored directory are counted, not followed or opened", async () => {
  using model = new ForgedModel("a", ".git/HEAD", "outside/1", "outside/2");
  model.link("model/.git/up", "..");
  model.link("model/.git/away", "/");
  model.link("model/.gitignore", "/etc");
  const { success } = await new Deno.Command("mkfifo", { args: [`${model.model}/.git/pipe`] }).output();
  assertEquals(success, true);
  model.makeDirectory("model/.github/empty");
  Deno.removeSync(`${model.model}/outside`, { recursive: true });
  const { notCovered } = await model.verify(envelopeBundle(key, filesStatement("a")), key);
  assertEquals(notCovered, [{ path: ".git", files: 4 }, { path: ".gitignore", files: 1 }]);
});

// A killed signer leaves them, but anyone can write a file that begins like a signature.
Deno.test("what looks like the beginning of a signature is left out, and not covered", async () => {
  using model = new ForgedModel("a");
  const name = `b/.model-signing-${"3c".repeat(16)}.tmp`;
  model.write(`model/${name}`, '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json", and then code');
  assertEquals(coverage(await model.verify(envelopeBundle(key, filesStatement("a")), key)), {
    verdict: `the 1 signed file is as signed; not covered: ${name}`,
    notCovered: [{ path: name, files: 1 }],
  });
});

Deno.test("a model that is one file has nothing that is not covered", async () => {
  using directory = new ForgedModel();
  const file = directory.write("net.onnx");
  directory.write(".git/HEAD");
  await sign(file, { signer: signing });
  assertEquals(coverage(await verify(file, { trust, allowUncovered: false })), {
    verdict: "the 1 signed file is as signed, and there are no other files",
    notCovered: [],
  });
});

Deno.test("what differs comes before what is not covered", async () => {
  using model = new ForgedModel("a", ".git/HEAD");
  const bundle = envelopeBundle(key, filesStatement("a"));
  model.write("model/a", "changed");
  const report = await assertDiffers(() => model.verify(bundle, key, { allowUncovered: false }), { changed: ["a"] });
  assertEquals(report.notCovered, [{ path: ".git", files: 1 }]);
});

Deno.test("a directory that has taken the name of the signature is not left out of a digest", async () => {
  using directory = new ForgedModel("a", "model.sig/b");
  await assertFails(() => sign(directory.model, { signer: signing }), RefusedError, "NOT_A_SIGNATURE");
  const { digest } = await import("../../mod.ts");
  assertEquals((await digest(directory.model)).files, 2);
});
