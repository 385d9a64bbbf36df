import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  checkReplaceable,
  isLeftOver,
  openSignature,
  removeLeftOversBeside,
  writeSignature,
} from "../../src/api/signature_file.ts";
import { RefusedError, UnavailableError, VerificationError } from "../../src/errors.ts";
import { LIMITS } from "../../src/limits.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempFolder } from "../_temp_folder.ts";

const OLDER = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","older":true}\n';
const NEWER = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","newer":true}\n';

function names(folder: TempFolder): string[] {
  return Array.from(Deno.readDirSync(folder.path), (entry) => entry.name).sort();
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

/** What temporary files of this version and of 0.1.0 are called. */
const LEFT_OVERS = [`.model-signing-${"0f".repeat(16)}.tmp`, `.model-signing-${"a9".repeat(8)}.tmp`];

Deno.test("isLeftOver() takes the beginning of a signature under a temporary name", async (t) => {
  using folder = new TempFolder();
  for (const name of LEFT_OVERS) {
    for (const length of [0, 1, 10, NEWER.length]) {
      await t.step(`${name}, ${length} characters`, () => {
        assert(isLeftOver(folder.write(name, NEWER.slice(0, length))));
        assert(isLeftOver(folder.write(`below/${name}`, NEWER.slice(0, length))));
      });
    }
  }
});

Deno.test("isLeftOver() takes nothing else that could hide behind the name", async (t) => {
  using folder = new TempFolder();
  const [name, oldName] = LEFT_OVERS as [string, string];
  const contents = ["#!/bin/sh", "import os", "\0", " " + NEWER, NEWER.slice(1), "{", '{"mediaType": "x"'];
  for (const content of contents.filter((text) => !NEWER.startsWith(text))) {
    await t.step(JSON.stringify(content), () => {
      assertFalse(isLeftOver(folder.write(name, content)));
      assertFalse(isLeftOver(folder.write(oldName, content)));
    });
  }
  for (const other of [`x${name}`, `${name}.py`, name.toUpperCase(), ".model-signing-.tmp", "model.sig", `${name}/x`]) {
    await t.step(other, () => {
      using below = new TempFolder();
      assertFalse(isLeftOver(below.write(other, NEWER)));
    });
  }
  await t.step("a symlink", () => {
    using below = new TempFolder();
    below.write("signature", NEWER);
    assertFalse(isLeftOver(below.link(name, "signature")));
  });
  await t.step("a directory", () => {
    using below = new TempFolder();
    assertFalse(isLeftOver(below.makeFolder(oldName)));
  });
});

Deno.test("removeLeftOversBeside() removes what killed runs left, and nothing else", () => {
  using folder = new TempFolder();
  const [name, oldName] = LEFT_OVERS as [string, string];
  folder.write(name, OLDER.slice(0, 20));
  folder.write(oldName, "");
  const notes = `.model-signing-${"1".repeat(32)}.tmp`;
  folder.write(notes, "somebody's notes");
  folder.write("model.sig", OLDER);
  folder.write(`below/${name}`, OLDER);
  removeLeftOversBeside(`${folder.path}/other.sig`);
  assertEquals(names(folder), [notes, "below", "model.sig"]);
  assertEquals(Deno.readTextFileSync(`${folder.path}/below/${name}`), OLDER);
});

Deno.test("openSignature() takes a file of the greatest size and refuses one byte more before reading it", async () => {
  using folder = new TempFolder();
  const bound = folder.writeSparse("bound.sig", LIMITS.signatureBytes);
  openSignature(bound)[Symbol.dispose]();
  const above = folder.writeSparse("above.sig", LIMITS.signatureBytes + 1);
  await assertFails(() => openSignature(above), VerificationError, "TOO_LARGE", "above.sig");
});
