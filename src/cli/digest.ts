/** The command `digest`. */
import { digest } from "../api/digest.ts";
import type { StartedWorker } from "../hash/threads/started_worker.ts";
import { modelOptions, modelPath, serializationOptions, withWorkOptions } from "./model_options.ts";
import type { Output } from "./output.ts";
import type { Request } from "./parse.ts";

/**
 * Prints the one digest of a model.
 *
 * @param request The request.
 * @param output Where to print.
 * @param startedWorker A worker that is running already.
 */
export async function runDigest(
  request: Request,
  output: Output,
  startedWorker: StartedWorker | undefined,
): Promise<void> {
  const { options } = request;
  const path = modelPath(request);
  const result = await withWorkOptions(
    options,
    output,
    startedWorker,
    (work) => digest(path, { ...modelOptions(options), ...serializationOptions(options), ...work }),
  );
  output.log(
    "debug",
    `Hashed ${result.bytes} bytes with engine ${result.engine} (${result.engineReason}) in ${result.seconds} s`,
  );
  output.result(options.flag("json") ? JSON.stringify({ ...result, error: null }) + "\n" : `${result.digest}\n`);
}
