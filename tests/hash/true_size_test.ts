/** Files whose size the file system does not know: procfs reports 0 bytes, sysfs a whole page. */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { digest, sign, verify } from "../../mod.ts";
import { UnavailableError } from "../../src/errors.ts";
import { ENGINE_CHOICES } from "../../src/hash/engines/choose.ts";
import { stampOf } from "../../src/io/file_stamp.ts";
import type { HashTask } from "../../src/hash/tasks/hash_task.ts";
import type { PlannedFile } from "../../src/io/planned_file.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { digestsOf } from "./_digests_of.ts";
import { makeKey } from "../oms/_forge.ts";
import { assertDiffers } from "../verify/_forged_model.ts";
import { countingBytes } from "../_counting_bytes.ts";

const SAYS_NOTHING = "/proc/version";
const SAYS_TOO_MUCH = "/sys/kernel/mm/transparent_hugepage/enabled";
const FILES = [SAYS_NOTHING, SAYS_TOO_MUCH].filter((path) => {
  try {
    return Deno.statSync(path).size !== Deno.readFileSync(path).length;
  } catch {
    return false; // not Linux, or not mounted
  }
});

/** A model with a link to a file, and a copy of it with the content that is really there. */
function makeModels(directory: TempDirectory, path: string): { linked: string; copied: string } {
  directory.link("linked/file", path);
  directory.write("copied/file", Deno.readFileSync(path));
  for (const model of ["linked", "copied"]) directory.write(`${model}/other`, "other");
  return { linked: `${directory.path}/linked`, copied: `${directory.path}/copied` };
}

for (const path of FILES) {
  for (const engine of ENGINE_CHOICES) {
    Deno.test(`digest() with ${engine} hashes all of ${path}`, async () => {
      using directory = new TempDirectory();
      const { linked, copied } = makeModels(directory, path);
      for (const serialization of ["files", "h1"] as const) {
        const [ours, expected] = await Promise.all(
          [linked, copied].map((model) => digest(model, { allowSymlinks: true, serialization, engine })),
        );
        assertEquals([ours?.digest, ours?.bytes], [expected?.digest, expected?.bytes], serialization);
      }
    });
  }

  for (const serialization of ["shards", "h2"] as const) {
    Deno.test(`digest() refuses ${path} with ${serialization}, which list the range of each shard`, async () => {
      using directory = new TempDirectory();
      const { linked } = makeModels(directory, path);
      const run = (): Promise<unknown> => digest(linked, { allowSymlinks: true, serialization });
      await assertFails(run, UnavailableError, "FILE_SIZE", "/linked/file", "copy it");
    });
  }

  Deno.test(`verify() notices other content behind a link to ${path}`, async () => {
    using directory = new TempDirectory();
    const { linked } = makeModels(directory, path);
    const key = makeKey();
    await sign(linked, { signer: { kind: "key", privateKey: key.privatePem }, allowSymlinks: true });
    const verified = (): Promise<unknown> => verify(linked, { trust: { kind: "key", publicKey: key.publicPem } });
    await verified();
    Deno.removeSync(`${linked}/file`);
    Deno.symlinkSync("/proc/filesystems", `${linked}/file`);
    await assertDiffers(verified, { changed: ["file"] });
  });
}

// The same with an ordinary file whose planned size is wrong. This works on every system.
for (const engine of ENGINE_CHOICES) {
  for (const [title, workers] of [["here", 1], ["with workers", 3]] as const) {
    Deno.test(`hashAll() ${title} with ${engine} names a file whose size is not the planned one`, async () => {
      using directory = new TempDirectory();
      const path = directory.write("file", countingBytes(300_000));
      const stamp = stampOf(Deno.statSync(path));
      const file = { id: 0, path, followsLinks: false, ...stamp };
      const run = (task: HashTask): Promise<unknown> =>
        digestsOf([task, wholeFile(file)], { algorithm: "sha256", engine, workers, workersFrom: 0 });
      await run({ file, start: 5, end: 300_000 });
      for (const size of [0, 299_999, 300_001]) {
        const task = { file: { ...file, size }, start: 0, end: size };
        await assertFails(() => run(task), UnavailableError, "FILE_CHANGED", "its size was");
      }
    });
  }
}

Deno.test("hashAll() hashes a whole file of any size around those of the buffers", async () => {
  using directory = new TempDirectory();
  const sizes = [0, 1, 64, 65_536, 262_143, 262_144, 262_145, 1_048_576, 8_388_608, 9_000_000];
  const files = sizes.map((size, id) => {
    const path = directory.write(`${size}`, countingBytes(size));
    return { id, path, followsLinks: false, ...stampOf(Deno.statSync(path)) };
  });
  const expected = files.map(({ path }) => createHash("sha256").update(Deno.readFileSync(path)).digest("hex"));
  for (const engine of ENGINE_CHOICES) {
    const { digests, bytes } = await digestsOf(files.map(wholeFile), { algorithm: "sha256", engine, workers: 1 });
    assertEquals(Array.from(digests, (digest) => digest.toHex()), expected, engine);
    assertEquals(bytes, sizes.reduce((a, b) => a + b));
  }
});

/** A task that hashes up to the true end of a file. */
function wholeFile(file: PlannedFile): HashTask {
  return { file, start: 0, end: file.size, toEnd: true };
}
