/** `policy-positive.yaml`, where it has more than `roundtrip.yaml`. */
import { assertEquals } from "@std/assert";
import { assertDiffers } from "../verify/_forged_model.ts";
import { KEY, MODELS, SuiteDirectory, verifyWith } from "./_suite.ts";

Deno.test("key-simple-ignore-unsigned-files", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  directory.write("model/extra.bin", "added after signing");
  directory.write("model/sub/extra.bin", "added after signing");
  assertEquals((await directory.verify(verifyWith(KEY), { ignoreUnsignedFiles: true })).files, 2);
  await assertDiffers(() => directory.verify(), { extra: ["extra.bin", "sub/extra.bin"] });
});

Deno.test("key-ignore-paths, also when verifying", async () => {
  using directory = new SuiteDirectory(MODELS.simple);
  await directory.sign();
  directory.write("model/later", "added after signing");
  const ignorePaths = [`${directory.model}/later`];
  assertEquals((await directory.verify(verifyWith(KEY), { ignorePaths })).files, 2);
  // What was left out when signing need not be named again.
  assertEquals(directory.statement.predicate.serialization.ignore_paths.includes("ignore-me"), true);
});
