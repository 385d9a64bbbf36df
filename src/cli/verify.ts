/** The command `verify`. */
import { verify } from "../api/verify.ts";
import type { TrustOptions, VerifyResult } from "../api/verify_options.ts";
import { UsageError } from "../errors.ts";
import { quote } from "../text/quote.ts";
import type { StartedWorker } from "../hash/threads/started_worker.ts";
import { readPem, requiredPem } from "./key_files.ts";
import { modelOptions, modelPath, serializationMethod, withWorkOptions } from "./model_options.ts";
import type { Output } from "./output.ts";
import type { Options, Request } from "./parse.ts";
import { describeContents, fields, signerFields } from "./report.ts";

/**
 * Verifies a model. What does not verify is thrown.
 *
 * @param request The request.
 * @param output Where to print.
 * @param startedWorker A worker that is running already.
 */
export async function runVerify(
  request: Request,
  output: Output,
  startedWorker: StartedWorker | undefined,
): Promise<void> {
  const { options } = request;
  const path = modelPath(request);
  const trust = await trustOptions(request.method!, options);
  const result = await withWorkOptions(options, output, startedWorker, (work) =>
    verify(path, {
      trust,
      ...modelOptions(options),
      ...serializationMethod(options),
      allowSymlinks: options.flag("allow-symlinks") ?? false,
      ignoreUnsignedFiles: options.flag("ignore-unsigned-files") ?? false,
      allowUncovered: options.flag("uncovered") ?? true,
      ...work,
    }));
  output.log("debug", `Hashed with engine ${result.engine} (${result.engineReason}) in ${result.seconds} s`);
  if (options.flag("json")) return output.result(JSON.stringify({ ...result, error: null }) + "\n");
  output.result(
    `${output.style("good", "Verified")} ${quote(path)}: ${result.verdict}\n` + fields([
      ...await signerFields(result.signer, result.trust),
      ...digestField(result),
      ["contents", describeContents(result)],
    ]),
  );
}

function digestField({ digest }: VerifyResult): [string, string][] {
  return digest === undefined ? [] : [["digest", digest]];
}

async function trustOptions(kind: string, options: Options): Promise<TrustOptions> {
  if (kind === "sigstore") return (await import("./sigstore.ts")).sigstoreVerification(options);
  if (kind === "key") {
    const key = requiredPem(options, "public-key", "verify with method key");
    return { kind, publicKey: key.pem, keyName: key.path };
  }
  const rootNames = options.values("certificate-chain");
  if (rootNames.length === 0) {
    throw new UsageError(
      "OPTION",
      "missing required option --certificate-chain: name a PEM file of trusted roots to verify with method certificate",
    );
  }
  return { kind: "certificate", roots: rootNames.map(readPem), rootNames };
}
