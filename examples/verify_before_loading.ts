// deno-lint-ignore-file no-console -- an example talks to its user
/**
 * Loads a model only after it was verified.
 *
 *     deno run --no-prompt --allow-read=bert,key.pub examples/verify_before_loading.ts bert key.pub
 *
 * @module
 */
import { ModelDiffersError, verify } from "@model-signing/model-signing";

/**
 * Verifies a model.
 *
 * @param model Path of the model.
 * @param publicKey The signer's public key, PEM.
 * @throws {ModelSigningError} If anything does not verify, or there are files that the signature does not cover.
 */
async function verified(model: string, publicKey: string): Promise<void> {
  const { verdict } = await verify(model, { trust: { kind: "key", publicKey }, allowUncovered: false });
  console.log(`Verified ${model}: ${verdict}`);
}

function load(model: string): void {
  const config = JSON.parse(Deno.readTextFileSync(`${model}/config.json`));
  console.log(`Loaded a model of ${config.layers} layers`);
}

const [model, keyFile] = Deno.args;
if (model === undefined || keyFile === undefined) throw new Error("usage: verify_before_loading.ts MODEL PUBLIC_KEY");
try {
  await verified(model, await Deno.readTextFile(keyFile));
  load(model);
} catch (error) {
  if (!(error instanceof ModelDiffersError)) throw error;
  console.error(error.message, error.report.differences);
  Deno.exit(1);
}
