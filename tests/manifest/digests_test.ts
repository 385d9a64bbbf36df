/** Files whose digest is known, as a list of checksums gives them: the seam for sources that are not on disk. */
import { assertEquals, assertThrows } from "@std/assert";
import { buildResources } from "../../src/manifest/build.ts";
import { takeKnownDigests, wholePiece } from "../../src/manifest/digests.ts";
import { planResources } from "../../src/manifest/plan.ts";
import { Digests } from "../../src/lists/digests.ts";
import type { ModelFile } from "../../src/model/files.ts";
import type { ModelSource } from "../../src/model/source.ts";
import { walkModel } from "../../src/model/disk/walk.ts";
import { countingBytes } from "../_counting_bytes.ts";
import { sha256 } from "../_reference.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { modelOf } from "./_model.ts";

function known(name: string, digest: Uint8Array): ModelFile {
  return { name, size: undefined, content: { kind: "digest", algorithm: "sha256", digest } };
}

/** A source that knows some digests, and has other files on disk. */
function sourceOf(files: readonly ModelFile[]): ModelSource {
  const listing = { ...modelOf({}), files };
  return { name: "model", location: "digests:model", kind: "directory", list: () => Promise.resolve(listing) };
}

Deno.test("buildResources() takes known digests, and hashes what is on disk", async () => {
  using directory = new TempDirectory();
  for (const name of ["b", "d", "f"]) directory.write(name, `content of ${name}`);
  const { files } = await walkModel(directory.path, "model");
  const [one, two] = [countingBytes(32), countingBytes(32, 100)];
  const source = sourceOf([known("e", two), ...files, known("a", one)]);
  const { resources, bytes } = await buildResources(await source.list({}), "sha256", undefined, {});
  const hashed = (name: string): { name: string; digest: Uint8Array } => ({
    name,
    digest: sha256(new TextEncoder().encode(`content of ${name}`)),
  });
  assertEquals([...resources], [
    { name: "a", digest: one },
    hashed("b"),
    hashed("d"),
    { name: "e", digest: two },
    hashed("f"),
  ]);
  assertEquals(bytes, 3 * "content of b".length);
});

Deno.test("takeKnownDigests() leaves a list that is on disk as it is", async () => {
  using directory = new TempDirectory();
  directory.write("a");
  const { pieces } = planResources(await walkModel(directory.path, "model"), undefined);
  const digests = new Digests(32, 1);
  const { tasks, sink } = takeKnownDigests(pieces, "sha256", digests);
  assertEquals([tasks === pieces, sink === digests], [true, true]);
});

Deno.test("a known digest stands for nothing but the whole file, with its own algorithm and without a prefix", () => {
  const piece = wholePiece(known("a", countingBytes(32)));
  const take = (changed: typeof piece, algorithm: "sha256" | "blake3" = "sha256"): unknown =>
    takeKnownDigests([changed], algorithm, new Digests(32, 1));
  take(piece);
  assertThrows(() => take(piece, "blake3"), TypeError, "sha256");
  assertThrows(() => take({ ...piece, prefix: "file." }), TypeError, "sha256");
  assertThrows(() => take({ file: piece.file, start: 0, end: 5 }), TypeError, "sha256");
  const remote = { kind: "remote" as const, url: new URL("https://example.com/a") };
  assertThrows(() => take({ ...piece, file: remote }), TypeError, "remote");
});

Deno.test("a file of unknown size cannot be cut into shards", () => {
  const files = [known("a", countingBytes(32))];
  assertThrows(() => planResources({ files }, 10), TypeError, "size");
});
