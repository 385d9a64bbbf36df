/**
 * Names that are not UTF-8. Deno shows each such byte as U+FFFD, so that two files may seem to have one name, or one
 * file the name of another. Only Linux lets such names be made.
 */
import { assertEquals } from "@std/assert";
import { RefusedError } from "../../../src/errors.ts";
import { walkModel } from "../../../src/model/disk/walk.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";

const ignore = Deno.build.os !== "linux";

/** Runs a line of shell in the directory; `printf` is what writes bytes of any value. */
function shell(directory: TempDirectory, line: string): void {
  const { success, stderr } = new Deno.Command("sh", { args: ["-ec", line], cwd: directory.path }).outputSync();
  assertEquals(success, true, new TextDecoder().decode(stderr));
}

const REFUSED: readonly [title: string, line: string][] = [
  ["a file", String.raw`: > "$(printf 'a\377')"`],
  ["a directory", String.raw`mkdir "$(printf 'a\377')"`],
  ["a symbolic link", String.raw`ln -s file "$(printf 'a\377')"`],
  ["two files that look alike", String.raw`: > "$(printf 'a\377')"; : > "$(printf 'a\376')"`],
  ["a file that looks like another", String.raw`: > "$(printf 'a\357\277\275')"; : > "$(printf 'a\377')"`],
  ["a directory that looks like a file", String.raw`: > "$(printf 'a\357\277\275')"; mkdir "$(printf 'a\377')"`],
  ["a file that looks like a directory", String.raw`mkdir "$(printf 'a\357\277\275')"; : > "$(printf 'a\377')"`],
];

for (const [title, line] of REFUSED) {
  Deno.test({
    name: `walkModel() refuses ${title} by a name that is not UTF-8`,
    ignore,
    fn: async () => {
      using directory = new TempDirectory();
      directory.write("file");
      shell(directory, line);
      for (const allowSymlinks of [false, true]) {
        await assertFails(
          () => walkModel(directory.path, "m", { allowSymlinks }),
          RefusedError,
          "NAME_NOT_UTF8",
          '"a\ufffd"',
          `"${directory.path}"`,
        );
      }
    },
  });
}

Deno.test("walkModel() takes U+FFFD for what it is where a name truly holds it", async () => {
  using directory = new TempDirectory();
  directory.write("a\ufffd/\ufffd");
  directory.write("\ufffd\ufffd");
  const model = await walkModel(directory.path, "m");
  assertEquals(Array.from(model.files, (file) => file.name).sort(), ["a\ufffd/\ufffd", "\ufffd\ufffd"]);
  assertEquals(model.directories, ["a\ufffd"]);
});

Deno.test({
  name: "walkModel() does not mind names that are not UTF-8 in a directory that is left out",
  ignore,
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("file");
    directory.write("out/file");
    shell(directory, String.raw`: > "out/$(printf '\377')"; : > "out/$(printf '\376')"`);
    const model = await walkModel(directory.path, "m", { skip: (name) => name === "out" });
    assertEquals(Array.from(model.files, (file) => file.name), ["file"]);
  },
});

Deno.test({
  name: "walkModel() does not mind a name that is not UTF-8 if it is left out itself",
  ignore,
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("file");
    shell(directory, String.raw`: > "$(printf 'a\377')"`);
    const model = await walkModel(directory.path, "m", { skip: (name) => name !== "file" });
    assertEquals(Array.from(model.files, (file) => file.name), ["file"]);
  },
});

Deno.test({
  name: "walkModel() does not mind two names that look alike if both are left out",
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("file");
    shell(directory, String.raw`: > "$(printf 'a\377')"; : > "$(printf 'a\376')"`);
    const model = await walkModel(directory.path, "m", { skip: (name) => name !== "file" });
    assertEquals(Array.from(model.files, (file) => file.name), ["file"]);
  },
});

Deno.test({
  name: "walkModel() says of a link to a name that is not UTF-8 that it is not, and names the link",
  ignore,
  fn: async () => {
    using directory = new TempDirectory();
    directory.makeDirectory("model");
    directory.write("a\ufffd"); // not to be taken for it
    shell(directory, String.raw`: > "$(printf 'a\377')"; ln -s "../$(printf 'a\377')" model/link`);
    await assertFails(
      () => walkModel(`${directory.path}/model`, "m", { allowSymlinks: true }),
      RefusedError,
      "NAME_NOT_UTF8",
      `"${directory.path}/model/link"`,
      "not valid UTF-8",
    );
  },
});
