import { assertEquals } from "@std/assert";
import { basename, dirname, relative } from "node:path";
import { UsageError } from "../../../src/errors.ts";
import { GIT_DIRECTORY, GIT_PATHS, insideModel, resolveIgnorePath } from "../../../src/model/disk/ignore.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";

// The current directory belongs to the whole process, so no test changes it: a model is chosen around it instead.
const here = Deno.cwd();
const hereName = basename(here);
const modelAroundHere = dirname(here);

Deno.test("the git paths are those of OMS v1.0 §6.2, and .git alone for h1 and h2", () => {
  assertEquals(GIT_PATHS, [".git", ".gitattributes", ".github", ".gitignore"]);
  assertEquals(GIT_DIRECTORY, [".git"]);
});

Deno.test("resolveIgnorePath() names absolute paths and paths relative to the model, canonically", () => {
  using directory = new TempDirectory();
  const model = directory.makeDirectory("model");
  const rows: [path: string, name: string][] = [
    ["cache", "cache"],
    ["cache/", "cache"],
    ["./cache", "cache"],
    ["cache//x", "cache/x"],
    ["cache/./x", "cache/x"],
    ["cache/../x", "x"],
    ["..x", "..x"],
    [".../x", ".../x"],
    [".git", ".git"],
    ["a b/\u{1f600}", "a b/\u{1f600}"],
    ["e\u0301", "e\u0301"],
    [`${model}/cache`, "cache"],
    [`${model}/cache/`, "cache"],
    [`${model}//cache/../x/y`, "x/y"],
    [`${model}/../model/x`, "x"],
  ];
  for (const [path, name] of rows) {
    assertEquals(resolveIgnorePath(model, path), name, path);
    assertEquals(resolveIgnorePath(`${model}/`, path), name, path);
    assertEquals(resolveIgnorePath(relative(here, model), path), name, path);
  }
});

Deno.test("resolveIgnorePath() counts a relative path from the current directory if that is inside the model", () => {
  const rows: [path: string, name: string][] = [
    ["x", `${hereName}/x`],
    ["./x/y", `${hereName}/x/y`],
    [".", hereName],
    ["../x", "x"],
    ["..x", `${hereName}/..x`],
    [`../${hereName}/x`, `${hereName}/x`],
    [`${here}/x`, `${hereName}/x`],
  ];
  for (const [path, name] of rows) assertEquals(resolveIgnorePath(modelAroundHere, path), name, path);
  assertEquals(resolveIgnorePath(".", "x"), "x", "the current directory is the model");
  assertEquals(resolveIgnorePath(here, "./x"), "x");
});

Deno.test("resolveIgnorePath() takes a path that leads from the current directory into the model, as a shell completes it", () => {
  using directory = new TempDirectory();
  const model = directory.makeDirectory("model");
  assertEquals(resolveIgnorePath(model, `${relative(here, model)}/cache`), "cache");
});

Deno.test("resolveIgnorePath() refuses what leaves the model or is the whole of it", async () => {
  using directory = new TempDirectory();
  const model = directory.makeDirectory("model");
  const rows: [model: string, path: string, reason: string][] = [
    [model, "..", "leaves the model"],
    [model, "../x", "leaves the model"],
    [model, "a/../../x", "leaves the model"],
    [model, "../modelx", "leaves the model"],
    [model, "/", "leaves the model"],
    [model, "/etc", "leaves the model"],
    [model, directory.path, "leaves the model"],
    [model, `${model}/..`, "leaves the model"],
    [model, `${model}x`, "leaves the model"],
    [model, ".", "is the whole model"],
    [model, "a/..", "is the whole model"],
    [model, "../model", "is the whole model"],
    [model, model, "is the whole model"],
    [model, `${model}/`, "is the whole model"],
    [model, `${model}/a/..`, "is the whole model"],
    [here, ".", "is the whole model"],
    [here, "..", "leaves the model"],
    [modelAroundHere, "..", "is the whole model"],
    [modelAroundHere, modelAroundHere, "is the whole model"],
    [model, "a\0", "holds a NUL character"],
    [model, "\ud800", "is not valid Unicode"],
  ];
  for (const [model, path, reason] of rows) {
    await assertFails(() => resolveIgnorePath(model, path), UsageError, "IGNORE_PATH", "`ignorePaths`", reason);
  }
});

Deno.test("resolveIgnorePath() takes a path as it is: brackets, asterisks and question marks are no patterns", () => {
  using directory = new TempDirectory();
  const model = directory.makeDirectory("[org] m?del*");
  for (const name of ["*", "*.bin", "a/?", "[ab]", "x/**", "a[", "{a,b}", "!x", "a/[old] *"]) {
    assertEquals(resolveIgnorePath(model, name), name);
    assertEquals(resolveIgnorePath(model, `${model}/${name}`), name);
    assertEquals(resolveIgnorePath(relative(here, model), `${relative(here, model)}/${name}`), name);
  }
});

Deno.test("resolveIgnorePath() knows the model by whichever symbolic link the paths come", () => {
  using directory = new TempDirectory();
  const real = directory.makeDirectory("real/model/sub");
  const model = dirname(real);
  const byParent = `${directory.link("alias", "real")}/model`;
  const byModel = directory.link("link", "real/model");
  for (const written of [model, byParent, byModel]) {
    for (const asked of [model, byParent, byModel]) {
      assertEquals(resolveIgnorePath(written, `${asked}/x`), "x", `${asked} of ${written}`);
      assertEquals(resolveIgnorePath(written, `${asked}/sub/x`), "sub/x", `${asked} of ${written}`);
      assertEquals(resolveIgnorePath(written, `${relative(here, asked)}/x`), "x", `${asked} of ${written}`);
    }
  }
});

Deno.test("resolveIgnorePath() names a symbolic link inside the model, not what it leads to", () => {
  using directory = new TempDirectory();
  const model = directory.makeDirectory("model");
  directory.link("model/link", "../elsewhere");
  directory.makeDirectory("elsewhere");
  assertEquals(resolveIgnorePath(model, "link"), "link");
  assertEquals(resolveIgnorePath(model, `${model}/link`), "link");
  assertEquals(resolveIgnorePath(model, "link/x"), "link/x");
});

Deno.test("resolveIgnorePath() refuses a link that only leads to the model, or from it to elsewhere", async () => {
  using directory = new TempDirectory();
  const model = directory.makeDirectory("model");
  const link = directory.link("link", "model");
  await assertFails(() => resolveIgnorePath(model, link), UsageError, "IGNORE_PATH", "leaves the model");
});

Deno.test({
  name: "resolveIgnorePath() keeps a backslash, which is a letter like any other outside Windows",
  fn: () => {
    using directory = new TempDirectory();
    const model = directory.makeDirectory("real/model");
    const alias = `${directory.link("alias", "real")}/model`;
    assertEquals(resolveIgnorePath(model, "a\\b"), "a\\b");
    assertEquals(resolveIgnorePath(model, `${alias}/a\\b`), "a\\b");
  },
});

Deno.test({
  name: "resolveIgnorePath() keeps a backslash after two full stops outside Windows",
  fn: () => {
    using directory = new TempDirectory();
    assertEquals(resolveIgnorePath(directory.path, "..\\b"), "..\\b");
  },
});

Deno.test("insideModel() tells where a path lies, be there anything or not", () => {
  using directory = new TempDirectory();
  const model = directory.makeDirectory("model");
  assertEquals(insideModel(model, `${model}/model.sig`), "model.sig");
  assertEquals(insideModel(model, `${model}/not/there.sig`), "not/there.sig");
  assertEquals(insideModel(model, model), "");
  assertEquals(insideModel(model, `${directory.path}/model.sig`), undefined);
  assertEquals(insideModel(model, `${directory.path}/not/there`), undefined);
  assertEquals(insideModel(`${directory.path}/not-there`, `${directory.path}/not-there/x`), "x");
  assertEquals(insideModel("/", "/x"), "x");
});
