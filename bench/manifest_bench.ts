/** From what the walk found to a manifest, and from two manifests to their differences. */
import { createHash } from "node:crypto";
import { diffResources } from "../src/manifest/diff.ts";
import { planResources } from "../src/manifest/resources.ts";
import { rootDigest } from "../src/manifest/root_digest.ts";
import { walkModel } from "../src/model/walk.ts";
import { benchManifest, benchModel } from "./_bench_model.ts";

const FILES = 5_000;

const model = await walkModel(benchModel(FILES, 1), "model");
const { resources } = benchManifest(FILES);
const found = resources.map(({ name, digest }) => ({ name, digest: digest.slice() }));
const names = resources.map(({ name }) => name);
const digests = resources.map(({ digest }) => digest);

const plan = `plan ${FILES} files`;
Deno.bench("planResources, by code point", { group: plan, baseline: true }, () => void planResources(model, undefined));
Deno.bench("sort() of the names alone, by UTF-16 unit", { group: plan }, () => {
  model.files.map(({ name }) => name).sort();
});

const root = `root digest of ${FILES} files`;
Deno.bench("rootDigest", { group: root, baseline: true }, () => void rootDigest(resources));
Deno.bench("node:crypto over the digests in one piece", { group: root }, () => {
  createHash("sha256").update(new Uint8Array(digests.flatMap((digest) => [...digest]))).digest();
});

const diff = `compare ${FILES} files, all alike`;
Deno.bench("diffResources", { group: diff, baseline: true }, () => {
  diffResources(resources, found, "files", names);
});
Deno.bench("a Map of names to hexadecimal digests", { group: diff }, () => {
  const signed = new Map(resources.map(({ name, digest }) => [name, digest.toHex()]));
  if (found.some(({ name, digest }) => signed.get(name) !== digest.toHex())) throw new Error("they are alike");
});
