/** Mistakes that others made with the names in a signed manifest. */
import { VerificationError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { runToFail } from "../_program.ts";
import { envelopeBundle, makeKey } from "../oms/_forge.ts";
import { resource, sha256Hex, statementOf } from "../oms/_statements.ts";
import { ForgedModel } from "../verify/_forged_model.ts";
import { refused } from "./_refused.ts";

Deno.test("mistake: `../` in a signed manifest read outside the model when unsigned files are ignored", async (t) => {
  using model = new ForgedModel("a");
  // A reader finds just what was signed.
  const outside = model.write("outside", "secret");
  const key = makeKey();
  const names = [
    "../outside",
    "./../outside",
    "a/../../outside",
    outside,
    `/${outside}`,
    "b/..",
    "..",
    "a/./a",
    "a//a",
  ];
  for (const name of names) {
    for (const shards of [false, true]) {
      await t.step(`${shards ? "a shard" : "a file"} of ${name.replace(model.path, "")}`, async () => {
        const signed = shards
          ? statementOf([{ ...resource(`${name}:0:6`), digest: sha256Hex("secret") }], {
            method: "shards",
            shard_size: 6,
          })
          : statementOf([resource(name, "secret")]);
        const bundle = envelopeBundle(key, signed);
        for (const ignoreUnsignedFiles of [true, false]) {
          await refused(
            () => model.verify(bundle, key, { ignoreUnsignedFiles }),
            "MANIFEST_NAME",
          );
        }
      });
    }
  }
  await t.step("nothing outside is asked for: the program needs no permission to read there", async () => {
    const statement = statementOf([resource("../outside", "secret"), resource("a")]);
    const signature = model.write("model.sig", JSON.stringify(envelopeBundle(key, statement)));
    const publicKey = model.write("key.pub", key.publicPem);
    const allow = [`--allow-read=${model.model},${signature},${publicKey}`];
    const line = ["verify", "key", model.model, "--public-key", publicKey, "--signature", signature];
    await runToFail([...line, "--ignore-unsigned-files"], 1, ['"../outside"'], { allow });
  });
  await t.step("a path to leave out", async () => {
    for (const path of ["..", "../outside", outside]) {
      const statement = statementOf([resource("a")], { ignore_paths: [path] });
      const verify = (): unknown => model.verify(envelopeBundle(key, statement), key, { ignoreUnsignedFiles: true });
      await assertFails(verify, VerificationError, "MANIFEST_IGNORE_PATHS");
    }
  });
});
