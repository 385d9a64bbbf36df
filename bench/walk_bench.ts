/** Finding the files of a model, and ordering them. */
import { planResources } from "../src/manifest/resources.ts";
import { walkModel } from "../src/model/walk.ts";

const FOLDERS = 20;
const FILES = 250;

const path = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(path, { recursive: true }));
for (let folder = 0; folder < FOLDERS; folder++) {
  await Deno.mkdir(`${path}/${folder}`);
  for (let file = 0; file < FILES; file++) await Deno.writeTextFile(`${path}/${folder}/${file}.bin`, "x");
}

Deno.bench(`walk ${FOLDERS * FILES} files`, async () => {
  await walkModel(path, "model");
});

const model = await walkModel(path, "model");
Deno.bench(`plan ${FOLDERS * FILES} resources`, () => {
  planResources(model, undefined);
});
