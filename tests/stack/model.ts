/** Models to sign. */

/** The file that is changed to see it noticed. */
export const CHANGED_FILE = "weights.bin";

/** Makes a small model, and returns its path. */
export async function makeModel(path: string): Promise<string> {
  await Deno.mkdir(`${path}/tokens`, { recursive: true });
  await Deno.writeTextFile(`${path}/tokens/config.json`, '{"layers": 12}\n');
  await Deno.writeFile(`${path}/${CHANGED_FILE}`, Uint8Array.from({ length: 1000 }, (_, i) => i % 251));
  return path;
}

/** Makes the same model but for one byte, and returns its path. */
export async function makeChangedModel(path: string): Promise<string> {
  await makeModel(path);
  const weights = await Deno.readFile(`${path}/${CHANGED_FILE}`);
  weights[500] = (weights[500] ?? 0) ^ 1;
  await Deno.writeFile(`${path}/${CHANGED_FILE}`, weights);
  return path;
}
