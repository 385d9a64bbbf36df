import { assertEquals, assertNotEquals } from "@std/assert";
import { manyFiles, ModelDirectory, oneFile, shapeBytes } from "../../bench/_models.ts";
import { TempDirectory } from "../_temp_directory.ts";

Deno.test("ModelDirectory makes a model of the wanted shape, and finds it again", () => {
  using temp = new TempDirectory();
  const directory = new ModelDirectory(`${temp.path}/models`);
  const shape = manyFiles("tiny", 1_001, 10);
  const made = directory.model(shape);
  assertEquals([made.bytes, made.files, made.isReal], [shapeBytes(shape), 1_001, false]);
  assertEquals(Deno.statSync(`${made.path}/1/1000.bin`).size, 10);
  const before = Deno.statSync(`${made.path}/0/7.bin`).mtime;
  assertEquals(directory.model(shape), made);
  assertEquals(Deno.statSync(`${made.path}/0/7.bin`).mtime, before, "it was not made again");
});

Deno.test("ModelDirectory replaces a model that is incomplete", () => {
  using temp = new TempDirectory();
  const directory = new ModelDirectory(temp.path);
  const { path } = directory.model(oneFile("model.bin", 100_000));
  Deno.truncateSync(path, 5);
  assertEquals(directory.model(oneFile("model.bin", 100_000)).path, path);
  assertEquals(Deno.statSync(path).size, 100_000);
});

Deno.test("ModelDirectory writes bytes that lie on the disk and do not repeat", () => {
  using temp = new TempDirectory();
  const half = 4 * 1024 * 1024;
  const { path } = new ModelDirectory(temp.path).model(oneFile("model.bin", 2 * half));
  const bytes = Deno.readFileSync(path);
  assertNotEquals(bytes.subarray(0, 64), bytes.subarray(half, half + 64));
  assertEquals(new Set(bytes.subarray(0, 10_000)).size, 256);
});

Deno.test("ModelDirectory takes a real model where there is one, and never removes it", () => {
  using temp = new TempDirectory();
  const real = temp.write("real/YOLOP/weights.bin", "weights");
  const directory = new ModelDirectory(`${temp.path}/made`, `${temp.path}/real`);
  const shape = { name: "YOLOP", isFile: false, files: [{ name: "a", size: 3 }] };
  assertEquals(directory.model(shape), { path: `${temp.path}/real/YOLOP`, bytes: 7, files: 1, isReal: true });
  directory.remove(shape);
  directory.removeAll();
  assertEquals(Deno.readTextFileSync(real), "weights");
});
