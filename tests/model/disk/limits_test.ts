/** Deep models and large ones: what must work, and what must end with a clear error. */
import { assert, assertEquals } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../src/errors.ts";
import { LIMITS } from "../../../src/limits.ts";
import { walkModel } from "../../../src/model/disk/walk.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { Override } from "../_override.ts";

Deno.test("walkModel() walks a thousand directories deep, with links allowed or not", async () => {
  using directory = new TempDirectory();
  const deepest = Array.from({ length: 1_000 }, () => "d").join("/");
  directory.write(`${deepest}/file`);
  for (const allowSymlinks of [false, true]) {
    const model = await walkModel(directory.path, "m", { allowSymlinks });
    assertEquals(Array.from(model.files, (file) => file.name), [`${deepest}/file`]);
    assertEquals(model.directories.length, 1_000);
  }
});

Deno.test({
  name: "walkModel() says of a path that is too long for the system that it is, and names it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using directory = new TempDirectory();
    const name = "n".repeat(200);
    // No such path can be given at once, so one half of it is moved to the end of the other.
    const half = Array.from({ length: 15 }, () => name).join("/");
    directory.makeDirectory(half);
    directory.write(`other/${half}/file`);
    Deno.renameSync(`${directory.path}/other`, `${directory.path}/${half}/other`);
    const error = await assertFails(() => walkModel(directory.path, "m"), UnavailableError, "IO", name);
    assert(error.message.includes("too long"), error.message);
  },
});

// The limits themselves would make tests slow, and the system's own limit of a path comes before that of depth.
function withLimit(limit: Partial<Record<keyof typeof LIMITS, number>>): Disposable {
  return new Override<Record<string, number>>(LIMITS, limit);
}

Deno.test("walkModel() takes a model up to the limit of depth and refuses one above, links or not", async () => {
  using directory = new TempDirectory();
  directory.write("model/1/2/3/file");
  directory.link("linked/1/2", "../../model/1/2");
  using _ = withLimit({ depth: 3 });
  const options = [{}, { collectUnsupported: true }, { allowSymlinks: true }];
  for (const option of options) {
    assertEquals((await walkModel(`${directory.path}/model`, "m", option)).directories.length, 3);
  }
  assertEquals((await walkModel(`${directory.path}/linked`, "m", { allowSymlinks: true })).directories.length, 3);

  const path = directory.makeDirectory("model/1/2/3/4");
  for (const option of options) {
    await assertFails(
      () => walkModel(`${directory.path}/model`, "m", option),
      RefusedError,
      "TOO_DEEP",
      `"${path}"`,
      "more than 3 directories deep",
    );
  }
  await assertFails(
    () => walkModel(`${directory.path}/linked`, "m", { allowSymlinks: true }),
    RefusedError,
    "TOO_DEEP",
    "linked/1/2/3/4",
  );
});

Deno.test("walkModel() takes as many files and as many directories as the limit, and not one more", async () => {
  using directory = new TempDirectory();
  for (let i = 0; i < 5; i++) directory.write(`${i}/file`);
  using _ = withLimit({ resources: 5 });
  assertEquals((await walkModel(directory.path, "m")).files.length, 5);
  for (const name of ["0/another file", "another directory/none"]) {
    const isFile = name.startsWith("0");
    const path = isFile ? directory.write(name) : directory.makeDirectory(name);
    for (const collectUnsupported of [false, true]) {
      await assertFails(
        () => walkModel(directory.path, "m", { collectUnsupported }),
        RefusedError,
        "TOO_MANY_FILES",
        "more than 5",
      );
    }
    Deno.removeSync(path);
  }
});

Deno.test("walkModel() ends where links to directories multiply, as each doubles the way to all that follow", async () => {
  using directory = new TempDirectory();
  for (let i = 0; i < 40; i++) {
    directory.link(`${i}/one`, `../${i + 1}`);
    directory.link(`${i}/other`, `../${i + 1}`);
  }
  directory.makeDirectory("40");
  using _ = withLimit({ resources: 1_000 });
  await assertFails(
    () => walkModel(directory.path, "m", { allowSymlinks: true }),
    RefusedError,
    "TOO_MANY_FILES",
  );
});

Deno.test("walkModel() walks 100,000 files", async () => {
  using directory = new TempDirectory();
  for (let f = 0; f < 100; f++) {
    const first = directory.write(`${f}/0`);
    // Links that are no symbolic ones are files like any other, and quicker to make.
    for (let i = 1; i < 1_000; i++) Deno.linkSync(first, `${directory.path}/${f}/${i}`);
  }
  const model = await walkModel(directory.path, "m");
  assertEquals(model.files.length, 100_000);
  assertEquals(new Set(Array.from(model.files, (file) => file.name)).size, 100_000);
});
