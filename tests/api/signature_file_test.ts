import { assertEquals, assertFalse } from "@std/assert";
import { checkReplaceable, readSignature, removeLeftover, writeSignature } from "../../src/api/signature_file.ts";
import { RefusedError, UnavailableError, VerificationError } from "../../src/errors.ts";
import { LIMITS } from "../../src/limits.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempFolder } from "../_temp_folder.ts";

const OLDER = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","older":true}\n';
const NEWER = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","newer":true}\n';

function names(folder: TempFolder): string[] {
  return Array.from(Deno.readDirSync(folder.path), (entry) => entry.name).sort();
}

/** The temporary file of a signature: where a run that is killed while it writes leaves its work. */
function leftoverOf(path: string): string {
  const opened: string[] = [];
  const openSync = Deno.openSync;
  Deno.openSync = (file, options): Deno.FsFile => {
    if (options?.createNew) opened.push(String(file));
    return openSync(file, options);
  };
  try {
    writeSignature(path, NEWER);
  } finally {
    Deno.openSync = openSync;
  }
  Deno.removeSync(path);
  return opened[0]!;
}

Deno.test("writeSignature() writes a new signature and replaces an older one, and leaves nothing else", () => {
  using folder = new TempFolder();
  const path = `${folder.path}/model.sig`;
  for (const text of [OLDER, NEWER]) {
    writeSignature(path, text);
    assertEquals(Deno.readTextFileSync(path), text);
    assertEquals(names(folder), ["model.sig"]);
  }
});

Deno.test("checkReplaceable() refuses whatever is not an older signature, and names it", async (t) => {
  using folder = new TempFolder();
  folder.write("weights.sig", "weights");
  folder.write("empty.sig", "");
  folder.write("other.sig", '{"mediaType":"text/plain"}');
  folder.write("real.sig", OLDER);
  folder.link("link.sig", "real.sig");
  folder.makeFolder("folder.sig");
  folder.writeSparse("huge.sig", LIMITS.signatureBytes + 1);
  for (const name of ["weights.sig", "empty.sig", "other.sig", "link.sig", "folder.sig", "huge.sig"]) {
    await t.step(name, async () => {
      await assertFails(() => checkReplaceable(`${folder.path}/${name}`), RefusedError, "NOT_A_SIGNATURE", name);
    });
  }
  await t.step("no such folder", async () => {
    await assertFails(() => checkReplaceable(`${folder.path}/none/x.sig`), UnavailableError, "NOT_FOUND", "none");
  });
  checkReplaceable(`${folder.path}/real.sig`);
  checkReplaceable(`${folder.path}/new.sig`);
});

Deno.test("writeSignature() keeps what came to lie in its place while the model was hashed", async () => {
  using folder = new TempFolder();
  const path = folder.write("model.sig", "not a signature");
  await assertFails(() => writeSignature(path, NEWER), RefusedError, "NOT_A_SIGNATURE", "model.sig");
  assertEquals(Deno.readTextFileSync(path), "not a signature");
  assertEquals(names(folder), ["model.sig"]);
});

Deno.test("removeLeftover() removes the beginning of a signature that a killed run left", async (t) => {
  for (const length of [0, 10, NEWER.length]) {
    await t.step(`${length} characters of it`, () => {
      using folder = new TempFolder();
      const path = `${folder.path}/model.sig`;
      Deno.writeTextFileSync(leftoverOf(path), NEWER.slice(0, length));
      removeLeftover(path);
      assertEquals(names(folder), []);
    });
  }
});

Deno.test("removeLeftover() keeps a file of another kind, which then is in the way", async () => {
  using folder = new TempFolder();
  const path = `${folder.path}/model.sig`;
  const other = leftoverOf(path);
  Deno.writeTextFileSync(other, "somebody's notes");
  removeLeftover(path);
  await assertFails(() => writeSignature(path, NEWER), UnavailableError, "IN_THE_WAY", other);
  assertEquals(Deno.readTextFileSync(other), "somebody's notes");
  assertFalse(names(folder).includes("model.sig"));
});

Deno.test("readSignature() takes a file of the greatest size and refuses one byte more before reading it", async () => {
  using folder = new TempFolder();
  const bound = folder.writeSparse("bound.sig", LIMITS.signatureBytes);
  assertEquals(readSignature(bound).length, LIMITS.signatureBytes);
  const above = folder.writeSparse("above.sig", LIMITS.signatureBytes + 1);
  await assertFails(() => readSignature(above), VerificationError, "TOO_LARGE", "above.sig");
});
