/** `policy-positive.yaml`, where it has more than `roundtrip.yaml`. */
import { assertEquals } from "@std/assert";
import { assertDiffers } from "../verify/_forged_model.ts";
import { KEY, MODELS, SuiteFolder, verifyWith } from "./_suite.ts";

Deno.test("key-simple-ignore-unsigned-files", async () => {
  using folder = new SuiteFolder(MODELS.simple);
  await folder.sign();
  folder.write("model/extra.bin", "added after signing");
  folder.write("model/sub/extra.bin", "added after signing");
  assertEquals((await folder.verify(verifyWith(KEY), { ignoreUnsignedFiles: true })).files, 2);
  await assertDiffers(() => folder.verify(), { extra: ["extra.bin", "sub/extra.bin"] });
});

Deno.test("key-ignore-paths, also when verifying", async () => {
  using folder = new SuiteFolder(MODELS.simple);
  await folder.sign();
  folder.write("model/later", "added after signing");
  const ignorePaths = [`${folder.model}/later`];
  assertEquals((await folder.verify(verifyWith(KEY), { ignorePaths })).files, 2);
  // What was left out when signing need not be named again.
  assertEquals(folder.statement.predicate.serialization.ignore_paths.includes("ignore-me"), true);
});
