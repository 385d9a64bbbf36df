/** A model on the disk with a signature that a test has forged. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  type Differences,
  ModelDiffersError,
  VerificationError,
  verify,
  type VerifyOptions,
  type VerifyReport,
  type VerifyResult,
} from "../../mod.ts";
import { assertFails } from "../_assert_fails.ts";
import { type Json, type TestKey, toBytes } from "../oms/_forge.ts";
import { TempDirectory } from "../_temp_directory.ts";

/** A temporary directory with a model in `model` and its signature in `model.sig` beside it. */
export class ForgedModel extends TempDirectory {
  /** The model, a directory. */
  readonly model: string = this.makeDirectory("model");

  /** Makes a model of files, each of which holds its own name. */
  constructor(...names: string[]) {
    super();
    for (const name of names) this.write(`model/${name}`, name);
  }

  /** Verifies the model with a signature, JSON or bytes. */
  verify(signature: Json, key: TestKey, options: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
    const path = `${this.path}/model.sig`;
    Deno.writeFileSync(path, toBytes(signature));
    return verify(this.model, { trust: { kind: "key", publicKey: key.publicPem }, signature: path, ...options });
  }
}

/**
 * Asserts that a model is refused for not being what was signed.
 *
 * @param action What is to reject.
 * @param differences The differences that the error must list.
 * @returns The report of the error.
 */
export async function assertDiffers(
  action: () => Promise<unknown>,
  differences: Partial<Differences> = {},
): Promise<VerifyReport> {
  const error = await assertFails(action, VerificationError, "MODEL_DIFFERS", "it is not what was signed");
  assertInstanceOf(error, ModelDiffersError);
  assertEquals(error.report.differences, { changed: [], missing: [], extra: [], ...differences });
  return error.report;
}
