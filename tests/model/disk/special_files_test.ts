/** Special files on Unix: opening a FIFO would block permanently. */
import { assertEquals } from "@std/assert";
import { RefusedError } from "../../../src/errors.ts";
import { walkModel } from "../../../src/model/disk/walk.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";

const ignore = Deno.build.os === "windows";

function makeFifo(path: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  assertEquals(success, true);
}

const KINDS: readonly [kind: string, make: (path: string) => Disposable | void][] = [
  ["a FIFO", makeFifo],
  ["a socket", (path): Disposable => Deno.listen({ transport: "unix", path })],
];

for (const [kind, make] of KINDS) {
  Deno.test({
    name: `walkModel() refuses ${kind} and names it`,
    ignore,
    fn: async () => {
      using directory = new TempDirectory();
      directory.write("sub/file");
      const path = `${directory.path}/sub/special`;
      using _ = make(path) ?? null;
      const refused = ["SPECIAL_FILE", `"${path}"`, kind] as const;
      for (const allowSymlinks of [false, true]) {
        await assertFails(() => walkModel(directory.path, "m", { allowSymlinks }), RefusedError, ...refused);
        await assertFails(() => walkModel(path, "m", { allowSymlinks }), RefusedError, ...refused);
      }
    },
  });

  Deno.test({
    name: `walkModel() does not mind ${kind} that is left out`,
    ignore,
    fn: async () => {
      using directory = new TempDirectory();
      directory.write("sub/file");
      using _ = make(`${directory.path}/sub/special`) ?? null;
      const model = await walkModel(directory.path, "m", { skip: (name) => name === "sub/special" });
      assertEquals(Array.from(model.files, (file) => file.name), ["sub/file"]);
    },
  });

  Deno.test({
    name: `walkModel() refuses a link to ${kind} where links are followed`,
    ignore,
    fn: async () => {
      using directory = new TempDirectory();
      using _ = make(`${directory.path}/special`) ?? null;
      const link = directory.link("model/link", "../special");
      await assertFails(
        () => walkModel(`${directory.path}/model`, "m", { allowSymlinks: true }),
        RefusedError,
        "SPECIAL_FILE",
        `"${link}"`,
        kind,
      );
    },
  });
}

Deno.test({
  name: "walkModel() refuses a link to a device, which would never end",
  ignore,
  fn: async () => {
    using directory = new TempDirectory();
    const link = directory.link("link", "/dev/zero");
    await assertFails(
      () => walkModel(directory.path, "m", { allowSymlinks: true }),
      RefusedError,
      "SPECIAL_FILE",
      `"${link}"`,
      "a device",
    );
  },
});
