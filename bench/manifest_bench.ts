/** From listed files to a manifest, and from two manifests to their differences. */
import { isIdentical } from "../src/manifest/diff.ts";
import { ComparedDigests, matchNames } from "../src/manifest/match.ts";
import { planResources } from "../src/manifest/plan.ts";
import { Resources, rootDigest, sortResources } from "../src/manifest/resources.ts";
import { walkModel } from "../src/model/disk/walk.ts";
import { benchManifest, benchModel } from "./_bench_model.ts";

const FILES = 5_000;

const model = await walkModel(benchModel(FILES, 1), "model");
const { resources } = benchManifest(FILES);
const { names } = resources;
const found = new Resources([...names], resources.digests.slice());

const plan = `plan ${FILES} files`;
Deno.bench("planResources, by code point", { group: plan, baseline: true }, () => void planResources(model, undefined));
Deno.bench("sort() of the names alone, by UTF-16 unit", { group: plan }, () => {
  Array.from(model.files, ({ name }) => name).sort();
});

const root = `root digest of ${FILES} files`;
Deno.bench("rootDigest", { group: root, baseline: true }, () => void rootDigest(resources));
Deno.bench("Web Crypto over the same bytes", { group: root }, async () => {
  await crypto.subtle.digest("SHA-256", new Uint8Array(resources.digests));
});

const diff = `compare ${FILES} files, all alike`;
const signed = sortResources(resources);
Deno.bench("matchNames and ComparedDigests", { group: diff, baseline: true }, () => {
  const match = matchNames(found.names, signed.names);
  const digests = new ComparedDigests("sha256", signed.digests, match);
  digests.put(0, found.digests);
  if (!isIdentical({ signed: signed.names, found: found.names, match, differing: digests.differing })) {
    throw new Error("they are alike");
  }
});
Deno.bench("a Map of names to hexadecimal digests", { group: diff }, () => {
  const signed = new Map(Iterator.from(names).map((name, i) => [name, resources.digest(i).toHex()]));
  const differ = Iterator.from(found.names).some((name, i) => signed.get(name) !== found.digest(i).toHex());
  if (differ) throw new Error("they are alike");
});
