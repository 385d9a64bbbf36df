/** What verification needs: a model in which not everything may be part of a model is listed all the same. */
import { assertEquals } from "@std/assert";
import { UnavailableError } from "../../../src/errors.ts";
import { walkModel } from "../../../src/model/disk/walk.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";

async function unsupportedIn(directory: TempDirectory, allowSymlinks: boolean): Promise<Record<string, string>> {
  const model = await walkModel(directory.path, "m", { allowSymlinks, collectUnsupported: true });
  assertEquals(Array.from(model.files, (file) => file.name).sort(), ["file", "sub/file"], "it goes on");
  return Object.fromEntries(model.unsupported.map(({ name, error }) => [name, error.code]));
}

Deno.test({
  name: "walkModel() collects unsupported entries if told to, and goes on",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("file");
    directory.write("sub/file");
    directory.link("sub/dangling", "nowhere");
    directory.link("sub/cycle", "..");
    using _ = Deno.listen({ transport: "unix", path: `${directory.path}/sub/socket` });
    assertEquals(await unsupportedIn(directory, false), {
      "sub/cycle": "SYMLINK",
      "sub/dangling": "SYMLINK",
      "sub/socket": "SPECIAL_FILE",
    });
    assertEquals(await unsupportedIn(directory, true), {
      "sub/cycle": "SYMLINK_CYCLE",
      "sub/dangling": "SYMLINK_DANGLING",
      "sub/socket": "SPECIAL_FILE",
    });
  },
});

Deno.test({
  name: "walkModel() lists a name that is not UTF-8, if told to",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("file");
    directory.write("sub/file");
    const line = String.raw`: > "$(printf 'sub/a\377')"`;
    new Deno.Command("sh", { args: ["-ec", line], cwd: directory.path }).outputSync();
    assertEquals(await unsupportedIn(directory, false), { "sub/a\ufffd": "NAME_NOT_UTF8" });
  },
});

Deno.test({
  name: "walkModel() lists a file that looks like another beside that other, if told to",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("a\ufffd", "the file of that name");
    new Deno.Command("sh", { args: ["-ec", String.raw`: > "$(printf 'a\377')"`], cwd: directory.path }).outputSync();
    const { files, unsupported } = await walkModel(directory.path, "m", { collectUnsupported: true });
    assertEquals(Array.from(files, ({ name, size }) => [name, size]), [["a\ufffd", 21]]);
    assertEquals(unsupported.map(({ name, error }) => [name, error.code]), [["a\ufffd", "NAME_NOT_UTF8"]]);
  },
});

Deno.test("walkModel() does not go on where a file cannot be read: nobody knows what it is", async () => {
  using directory = new TempDirectory();
  const path = directory.write("file");
  const skip = (): boolean => {
    Deno.removeSync(path);
    return false;
  };
  await assertFails(
    () => walkModel(directory.path, "m", { collectUnsupported: true, skip }),
    UnavailableError,
    "NOT_FOUND",
    `"${path}"`,
  );
});

Deno.test("walkModel() refuses a model that is itself unsupported, even if told to list what is", async () => {
  using directory = new TempDirectory();
  directory.write("file");
  const link = directory.link("link", "file");
  const { name } = await walkModel(link, "m", { collectUnsupported: true }).then(
    () => ({ name: "nothing" }),
    (error) => error,
  );
  assertEquals(name, "RefusedError");
});
