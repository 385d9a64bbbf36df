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
import { TempDirectory } from "../_temp_directory.ts";

const OLDER = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","older":true}\n';
const NEWER = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","newer":true}\n';

function names(directory: TempDirectory): string[] {
  return Array.from(Deno.readDirSync(directory.path), (entry) => entry.name).sort();
}

Deno.test("writeSignature() writes a new signature and replaces an older one, and leaves nothing else", () => {
  using directory = new TempDirectory();
  const path = `${directory.path}/model.sig`;
  for (const text of [OLDER, NEWER]) {
    writeSignature(path, text);
    assertEquals(Deno.readTextFileSync(path), text);
    assertEquals(names(directory), ["model.sig"]);
  }
});

Deno.test("checkReplaceable() refuses whatever is not an older signature, and names it", async (t) => {
  using directory = new TempDirectory();
  directory.write("weights.sig", "weights");
  directory.write("empty.sig", "");
  directory.write("other.sig", '{"mediaType":"text/plain"}');
  directory.write("real.sig", OLDER);
  directory.link("link.sig", "real.sig");
  directory.makeDirectory("directory.sig");
  directory.writeSparse("huge.sig", LIMITS.signatureBytes + 1);
  for (const name of ["weights.sig", "empty.sig", "other.sig", "link.sig", "directory.sig", "huge.sig"]) {
    await t.step(name, async () => {
      await assertFails(() => checkReplaceable(`${directory.path}/${name}`), RefusedError, "NOT_A_SIGNATURE", name);
    });
  }
  await t.step("no such directory", async () => {
    await assertFails(() => checkReplaceable(`${directory.path}/none/x.sig`), UnavailableError, "NOT_FOUND", "none");
  });
  checkReplaceable(`${directory.path}/real.sig`);
  checkReplaceable(`${directory.path}/new.sig`);
});

Deno.test("writeSignature() keeps what came to lie in its place while the model was hashed", async () => {
  using directory = new TempDirectory();
  const path = directory.write("model.sig", "not a signature");
  await assertFails(() => writeSignature(path, NEWER), RefusedError, "NOT_A_SIGNATURE", "model.sig");
  assertEquals(Deno.readTextFileSync(path), "not a signature");
  assertEquals(names(directory), ["model.sig"]);
});

/** What temporary files of this version and of 0.1.0 are called. */
const LEFT_OVERS = [`.model-signing-${"0f".repeat(16)}.tmp`, `.model-signing-${"a9".repeat(8)}.tmp`];

Deno.test("isLeftOver() takes the beginning of a signature under a temporary name", async (t) => {
  using directory = new TempDirectory();
  for (const name of LEFT_OVERS) {
    for (const length of [0, 1, 10, NEWER.length]) {
      await t.step(`${name}, ${length} characters`, () => {
        assert(isLeftOver(directory.write(name, NEWER.slice(0, length))));
        assert(isLeftOver(directory.write(`below/${name}`, NEWER.slice(0, length))));
      });
    }
  }
});

Deno.test("isLeftOver() takes nothing else that could hide behind the name", async (t) => {
  using directory = new TempDirectory();
  const [name, oldName] = LEFT_OVERS as [string, string];
  const contents = ["#!/bin/sh", "import os", "\0", " " + NEWER, NEWER.slice(1), "{", '{"mediaType": "x"'];
  for (const content of contents.filter((text) => !NEWER.startsWith(text))) {
    await t.step(JSON.stringify(content), () => {
      assertFalse(isLeftOver(directory.write(name, content)));
      assertFalse(isLeftOver(directory.write(oldName, content)));
    });
  }
  for (const other of [`x${name}`, `${name}.py`, name.toUpperCase(), ".model-signing-.tmp", "model.sig", `${name}/x`]) {
    await t.step(other, () => {
      using below = new TempDirectory();
      assertFalse(isLeftOver(below.write(other, NEWER)));
    });
  }
  await t.step("a symlink", () => {
    using below = new TempDirectory();
    below.write("signature", NEWER);
    assertFalse(isLeftOver(below.link(name, "signature")));
  });
  await t.step("a directory", () => {
    using below = new TempDirectory();
    assertFalse(isLeftOver(below.makeDirectory(oldName)));
  });
});

Deno.test("removeLeftOversBeside() removes what killed runs left, and nothing else", () => {
  using directory = new TempDirectory();
  const [name, oldName] = LEFT_OVERS as [string, string];
  directory.write(name, OLDER.slice(0, 20));
  directory.write(oldName, "");
  const notes = `.model-signing-${"1".repeat(32)}.tmp`;
  directory.write(notes, "somebody's notes");
  directory.write("model.sig", OLDER);
  directory.write(`below/${name}`, OLDER);
  removeLeftOversBeside(`${directory.path}/other.sig`);
  assertEquals(names(directory), [notes, "below", "model.sig"]);
  assertEquals(Deno.readTextFileSync(`${directory.path}/below/${name}`), OLDER);
});

Deno.test("openSignature() takes a file of the greatest size and refuses one byte more before reading it", async () => {
  using directory = new TempDirectory();
  const bound = directory.writeSparse("bound.sig", LIMITS.signatureBytes);
  openSignature(bound)[Symbol.dispose]();
  const above = directory.writeSparse("above.sig", LIMITS.signatureBytes + 1);
  await assertFails(() => openSignature(above), VerificationError, "TOO_LARGE", "above.sig");
});
