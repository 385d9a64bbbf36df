import { assertEquals } from "@std/assert";
import { isProbablyAtLeast } from "../../../src/model/disk/estimate_size.ts";
import { TempDirectory } from "../../_temp_directory.ts";

Deno.test("isProbablyAtLeast() adds up files, also those in directories, and needs as many bytes as asked", () => {
  using directory = new TempDirectory();
  directory.write("a", "x".repeat(600));
  Deno.mkdirSync(`${directory.path}/weights/deep`, { recursive: true });
  directory.write("weights/deep/b", "x".repeat(400));
  assertEquals([999, 1000, 1001].map((bytes) => isProbablyAtLeast(directory.path, bytes)), [true, true, false]);
  assertEquals([600, 601].map((bytes) => isProbablyAtLeast(`${directory.path}/a`, bytes)), [true, false]);
});

Deno.test("isProbablyAtLeast() follows no link in a model, counts nothing that cannot be read, and throws nothing", () => {
  using directory = new TempDirectory();
  using other = new TempDirectory();
  other.write("large", "x".repeat(1000));
  Deno.symlinkSync(`${other.path}/large`, `${directory.path}/file`);
  Deno.symlinkSync(other.path, `${directory.path}/directory`);
  Deno.symlinkSync(".", `${directory.path}/loop`);
  Deno.symlinkSync("/nowhere", `${directory.path}/dangling`);
  assertEquals(isProbablyAtLeast(directory.path, 1000), false);
  assertEquals(isProbablyAtLeast(`${directory.path}/directory`, 1000), true, "the model itself may be a link");
  assertEquals(isProbablyAtLeast(`${directory.path}/absent`, 1), false);
});

Deno.test("isProbablyAtLeast() looks at at most a few hundred entries", () => {
  using directory = new TempDirectory();
  for (let i = 0; i < 300; i++) directory.write(`${i}`, "x");
  assertEquals([255, 256].map((bytes) => isProbablyAtLeast(directory.path, bytes)), [true, false]);
});

Deno.test("isProbablyAtLeast() does not list the directories of a model that has many", () => {
  using directory = new TempDirectory();
  for (let i = 0; i < 300; i++) directory.write(`${i}/file`, "x");
  assertEquals(isProbablyAtLeast(directory.path, 1), false);
});
