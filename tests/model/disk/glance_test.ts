import { assertEquals } from "@std/assert";
import { looksLarge } from "../../../src/model/disk/glance.ts";
import { TempFolder } from "../../_temp_folder.ts";

Deno.test("looksLarge() adds up files, also those in folders, and needs as many bytes as asked", () => {
  using folder = new TempFolder();
  folder.write("a", "x".repeat(600));
  Deno.mkdirSync(`${folder.path}/weights/deep`, { recursive: true });
  folder.write("weights/deep/b", "x".repeat(400));
  assertEquals([999, 1000, 1001].map((bytes) => looksLarge(folder.path, bytes)), [true, true, false]);
  assertEquals([600, 601].map((bytes) => looksLarge(`${folder.path}/a`, bytes)), [true, false]);
});

Deno.test("looksLarge() follows no link in a model, counts nothing that cannot be read, and throws nothing", () => {
  using folder = new TempFolder();
  using other = new TempFolder();
  other.write("large", "x".repeat(1000));
  Deno.symlinkSync(`${other.path}/large`, `${folder.path}/file`);
  Deno.symlinkSync(other.path, `${folder.path}/folder`);
  Deno.symlinkSync(".", `${folder.path}/loop`);
  Deno.symlinkSync("/nowhere", `${folder.path}/dangling`);
  assertEquals(looksLarge(folder.path, 1000), false);
  assertEquals(looksLarge(`${folder.path}/folder`, 1000), true, "the model itself may be a link");
  assertEquals(looksLarge(`${folder.path}/absent`, 1), false);
});

Deno.test("looksLarge() looks at a few hundred entries at the most", () => {
  using folder = new TempFolder();
  for (let i = 0; i < 300; i++) folder.write(`${i}`, "x");
  assertEquals([255, 256].map((bytes) => looksLarge(folder.path, bytes)), [true, false]);
});

Deno.test("looksLarge() does not list the folders of a model that has many", () => {
  using folder = new TempFolder();
  for (let i = 0; i < 300; i++) folder.write(`${i}/file`, "x");
  assertEquals(looksLarge(folder.path, 1), false);
});
