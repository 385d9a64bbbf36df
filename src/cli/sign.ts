/** The command `sign`. */
import { sign, type SignerOptions } from "../api/sign.ts";
import { PasswordNeededError, readPrivateKey } from "../keys/ec_key.ts";
import type { SignerInfo } from "../verify/signer_info.ts";
import { quote } from "../text/quote.ts";
import type { StartedWorker } from "../hash/threads/started_worker.ts";
import { askPassword, givenPassword, readPem, requiredPem } from "./key_files.ts";
import { modelOptions, modelPath, serializationOptions, withWorkOptions } from "./model_options.ts";
import type { Output } from "./output.ts";
import type { Options, Request } from "./parse.ts";
import { describeContents, fields, shellQuote, signerFields } from "./report.ts";

/**
 * Signs a model.
 *
 * @param request The request.
 * @param output Where to print.
 * @param startedWorker A worker that is running already.
 */
export async function runSign(
  request: Request,
  output: Output,
  startedWorker: StartedWorker | undefined,
): Promise<void> {
  const { options } = request;
  const path = modelPath(request);
  const signer = await signerOptions(request.method!, options, output);
  const result = await withWorkOptions(
    options,
    output,
    startedWorker,
    (work) => sign(path, { signer, ...modelOptions(options), ...serializationOptions(options), ...work }),
  );
  output.log("debug", `Hashed with engine ${result.engine} (${result.engineReason}) in ${result.seconds} s`);
  if (options.flag("json")) return output.result(JSON.stringify({ ...result, error: null }) + "\n");
  output.result(
    `${output.style("good", "Signed")} ${quote(path)}\n` + fields([
      ...await signerFields(result.signer),
      ["digest", result.digest],
      ["contents", describeContents(result)],
      ["signature", quote(result.signature)],
      ["to verify", verifyCommand(path, result.signer, options)],
    ]),
  );
}

async function signerOptions(kind: string, options: Options, output: Output): Promise<SignerOptions> {
  if (kind === "sigstore") return (await import("./sigstore.ts")).sigstoreSigning(options, output);
  const purpose = `sign with method ${kind}`;
  const key = requiredPem(options, "private-key", purpose);
  const password = await passwordFor(key, options);
  const base = { privateKey: key.pem, keyName: key.path, ...password };
  if (kind === "key") return { kind, ...base };
  const certificate = requiredPem(options, "signing-certificate", purpose);
  const chainNames = options.values("certificate-chain");
  return {
    kind: "certificate",
    ...base,
    certificate: certificate.pem,
    certificateName: certificate.path,
    chain: chainNames.map(readPem),
    chainNames,
  };
}

/** Asks for the password only where it is needed and was not given. */
async function passwordFor(key: { pem: string; path: string }, options: Options): Promise<{ password?: string }> {
  const given = givenPassword(options);
  try {
    readPrivateKey(key.pem, given.password, key.path);
    return given;
  } catch (error) {
    if (!(error instanceof PasswordNeededError)) throw error;
    return { password: await askPassword(key.path, options.flag("json") === true) };
  }
}

/** The command that verifies this signature. */
function verifyCommand(path: string, signer: SignerInfo, options: Options): string {
  const trusted = trustedWords(signer, options);
  const signature = options.value("signature");
  const extra = [
    ...(signature === undefined ? [] : ["--signature", shellQuote(signature)]),
    ...(options.flag("ignore-git-paths") === false ? ["--no-ignore-git-paths"] : []),
    ...unrecorded(options),
  ];
  const model = path.startsWith("-") ? ["--", shellQuote(path)] : [shellQuote(path)];
  const words = path.startsWith("-") ? [trusted, ...extra, ...model] : [...model, trusted, ...extra];
  return ["model-signing verify", ...(signer.method === "sigstore" ? [] : [signer.method]), ...words].join(" ");
}

/** The options that say whom to trust. */
function trustedWords(signer: SignerInfo, options: Options): string {
  if (signer.method === "key") return "--public-key PEM";
  if (signer.method === "certificate") return "--certificate-chain ROOT_PEM";
  const config = options.value("trust-config");
  return [
    // A value that begins with a dash would be taken for an option.
    `--identity=${shellQuote(signer.identity)}`.replace(/^--identity=(?=[\w'])/, "--identity "),
    `--identity-provider ${shellQuote(signer.identityProvider)}`,
    ...(options.flag("use-staging") ? ["--use-staging"] : []),
    ...(config === undefined ? [] : [`--trust-config ${shellQuote(config)}`]),
  ].join(" ");
}

/** Options that signatures of `h1` and `h2` do not record, so that verifying needs them again. */
function unrecorded(options: Options): string[] {
  const serialization = options.value("serialization");
  if (serialization !== "h1" && serialization !== "h2") return [];
  return [
    `--serialization ${serialization}`,
    ...options.values("ignore-paths").map((path) => `--ignore-paths ${shellQuote(path)}`),
    ...(options.flag("allow-symlinks") ? ["--allow-symlinks"] : []),
  ];
}
