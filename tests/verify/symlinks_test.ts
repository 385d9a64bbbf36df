/** The signature decides whether symbolic links are followed (OMS v1.0 §6.1.1); neither model nor caller can change it. */
import { assertEquals } from "@std/assert";
import { sign, verify } from "../../mod.ts";
import { RefusedError, UnavailableError, VerificationError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { envelopeBundle, type Json, makeKey } from "../oms/_forge.ts";
import { filesStatement, resource, statementOf } from "../oms/_statements.ts";
import { assertDiffers, ForgedModel } from "./_forged_model.ts";

const key = makeKey();
const IGNORE = { ignoreUnsignedFiles: true } as const;
const signed = envelopeBundle(key, filesStatement("a", "b/c"));
const signedWithLinks = envelopeBundle(
  key,
  statementOf(filesStatement("a", "b/c").predicate.resources, { allow_symlinks: true }),
);

/** Ways to put a link where a signed file or its directory was; what the link leads to holds the very bytes. */
const LINKS: readonly [what: string, attack: (model: ForgedModel) => void, differences: Json][] = [
  ["a file outside", (model) => {
    Deno.removeSync(`${model.model}/a`);
    model.link("model/a", model.write("outside", "a"));
  }, { changed: ["a"] }],
  ["a file inside", (model) => {
    Deno.removeSync(`${model.model}/a`);
    model.write("model/b/a", "a");
    model.link("model/a", "b/a");
  }, { changed: ["a"] }],
  ["a directory outside", (model) => {
    Deno.renameSync(`${model.model}/b`, `${model.path}/b`);
    model.link("model/b", `${model.path}/b`);
  }, { missing: ["b/c"], extra: ["b"] }],
  ["a directory inside", (model) => {
    Deno.renameSync(`${model.model}/b`, `${model.model}/d`);
    model.link("model/b", "d");
  }, { missing: ["b/c"], extra: ["b"] }],
  ["nothing", (model) => {
    Deno.removeSync(`${model.model}/a`);
    model.link("model/a", "nowhere");
  }, { changed: ["a"] }],
  ["itself", (model) => {
    Deno.removeSync(`${model.model}/a`);
    model.link("model/a", "a");
  }, { changed: ["a"] }],
];

Deno.test("a link in place of what was signed is refused", async (t) => {
  for (const [what, attack, differences] of LINKS) {
    await t.step(`a link to ${what}`, async () => {
      using model = new ForgedModel("a", "b/c");
      attack(model);
      await assertDiffers(() => model.verify(signed, key, IGNORE), differences);
      // No option of the caller outweighs what was signed.
      await assertDiffers(() => model.verify(signed, key, { ...IGNORE, allowSymlinks: true }), differences);
      const error = await assertFails(() => model.verify(signed, key), VerificationError, "MODEL_DIFFERS");
      assertEquals(
        error.message.includes("it is a symbolic link, which the signature does not allow"),
        true,
        error.message,
      );
    });
  }
});

Deno.test("a link beside what was signed is extra, or left alone", async (t) => {
  for (const target of ["a", "b", "nowhere", "link", "/"]) {
    await t.step(target, async () => {
      using model = new ForgedModel("a", "b/c");
      model.link("model/link", target);
      await assertDiffers(() => model.verify(signed, key), { extra: ["link"] });
      assertEquals((await model.verify(signed, key, IGNORE)).files, 2);
    });
  }
});

Deno.test("what a signature with links allows is followed, and compared", async (t) => {
  for (const [what, attack] of LINKS.filter(([what]) => /inside|outside/.test(what))) {
    await t.step(`a link to ${what}`, async () => {
      using model = new ForgedModel("a", "b/c");
      attack(model);
      const warnings: string[] = [];
      const options = { ...IGNORE, onWarning: (message: string): number => warnings.push(message) };
      assertEquals((await model.verify(signedWithLinks, key, options)).files, 2);
      assertEquals(warnings.length, what.includes("outside") ? 1 : 0);
      Deno.writeTextFileSync(`${model.model}/${what.startsWith("a file") ? "a" : "b/c"}`, "other");
      const changed = what.startsWith("a file") ? ["a"] : ["b/c"];
      await assertDiffers(() => model.verify(signedWithLinks, key, options), { changed });
    });
  }
});

Deno.test("a link that leads nowhere is a missing file where links are followed", async () => {
  using model = new ForgedModel("b/c");
  model.link("model/a", "nowhere");
  for (const options of [{}, IGNORE]) {
    await assertDiffers(() => model.verify(signedWithLinks, key, options), { missing: ["a"] });
  }
});

Deno.test("a cycle of links ends", async (t) => {
  for (const target of [".", "..", "b", "link"]) {
    await t.step(target, async () => {
      using model = new ForgedModel("a", "b/c");
      model.link("model/b/link", target === "b" ? "../b" : target);
      await assertDiffers(() => model.verify(signedWithLinks, key), { extra: ["b/link"] });
      await assertDiffers(() => model.verify(signed, key), { extra: ["b/link"] });
    });
  }
});

Deno.test("a model that is itself a link is the one that it leads to", async () => {
  using model = new ForgedModel("a", "b/c");
  const current = model.link("current", "model");
  await model.verify(signed, key);
  const trust = { kind: "key" as const, publicKey: key.publicPem };
  assertEquals((await verify(current, { trust, signature: `${model.path}/model.sig` })).files, 2);
});

Deno.test("a special file under a signed name is not read", async (t) => {
  using model = new ForgedModel("b/c");
  const { success } = await new Deno.Command("mkfifo", { args: [`${model.model}/a`] }).output();
  assertEquals(success, true);
  for (const bundle of [signed, signedWithLinks]) {
    for (const options of [{}, IGNORE]) {
      await t.step(Deno.inspect(options), async () => {
        await assertDiffers(() => model.verify(bundle, key, options), { changed: ["a"] });
      });
    }
  }
});

Deno.test("a device behind a link is not read", async () => {
  using model = new ForgedModel("b/c");
  model.link("model/a", "/dev/zero");
  await assertDiffers(() => model.verify(signedWithLinks, key, IGNORE), { changed: ["a"] });
});

Deno.test("a link that a signature lists as a file of a model that is one file", async () => {
  using model = new ForgedModel();
  const link = model.link("link.bin", model.write("weights.bin", "link.bin"));
  const bundle = envelopeBundle(key, statementOf([resource("link.bin")]));
  const signature = model.write("link.sig", JSON.stringify(bundle));
  const trust = { kind: "key" as const, publicKey: key.publicPem };
  // The name is the one by which the model is called, the bytes are those that it leads to.
  assertEquals((await verify(link, { trust, signature })).files, 1);
  await assertFails(() => verify(`${link}.gone`, { trust, signature }), UnavailableError, "NOT_FOUND");
});

Deno.test("signing through a link needs leave", async () => {
  using model = new ForgedModel("a");
  model.link("model/link", "a");
  const signer = { kind: "key" as const, privateKey: key.privatePem };
  await assertFails(() => sign(model.model, { signer }), RefusedError, "SYMLINK", "/model/link");
  await sign(model.model, { signer, allowSymlinks: true });
  const verified = await verify(model.model, { trust: { kind: "key", publicKey: key.publicPem } });
  assertEquals(verified.files, 2);
});
