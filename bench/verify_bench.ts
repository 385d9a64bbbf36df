/** Verifying with a key: a signature alone, against the check alone; a small model, against the Python reference. */
import { createPublicKey, verify as verifyBytes } from "node:crypto";
import { sign, verify } from "../mod.ts";
import { readBundle } from "../src/bundle/read.ts";
import { pae, PAYLOAD_TYPE } from "../src/bundle/envelope.ts";
import { bytesOf } from "../src/io/byte_source.ts";
import { serializeStatement } from "../src/oms/statement.ts";
import { openKeySigner } from "../src/sign/key.ts";
import { createKeyVerifier } from "../src/verify/key.ts";
import { benchManifest, benchModel, PYTHON, runProcess } from "./_bench_model.ts";
import { makeKeys } from "./_keys.ts";
import { type Job, ours, pythonReference } from "./_programs.ts";

const directory = Deno.makeTempDirSync();
addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
const keys = makeKeys(directory);
const privateKey = Deno.readTextFileSync(keys.privateKey);
const publicKey = Deno.readTextFileSync(keys.publicKey);

for (const files of [10, 10_000]) {
  const payload = bytesOf(serializeStatement("model", benchManifest(files)));
  const content = { kind: "envelope", payloadType: PAYLOAD_TYPE, payload } as const;
  const { text } = await openKeySigner({ kind: "key", privateKey }).sign(content);
  const bytes = new TextEncoder().encode([...text].join(""));
  const verifier = createKeyVerifier({ kind: "key", publicKey });
  const key = createPublicKey(publicKey);
  const { signature } = readBundle(bytes).content;
  const signed = pae(PAYLOAD_TYPE, payload);
  const group = `verify the signature of ${files} files`;
  Deno.bench("createKeyVerifier().open, of a bundle", { group, baseline: true }, async () => {
    await verifier.verify(readBundle(bytes));
  });
  Deno.bench("node:crypto, the bare check", { group }, () => {
    if (!verifyBytes("sha256", signed, key, signature)) throw new Error("it is the signature");
  });
}

const model = benchModel(16, 64 * 1024);
const group = "verify 16 files of 64 KiB";
const job = (name: string): Job => ({ model, signature: `${directory}/${name}.sig`, serialization: "files", ...keys });
await sign(model, { signature: job("ours").signature, signer: { kind: "key", privateKey } });
Deno.bench("verify(), the library", { group, baseline: true }, async () => {
  await verify(model, { signature: job("ours").signature, trust: { kind: "key", publicKey } });
});
Deno.bench("this program, a process", { group }, async () => await runProcess(ours().command("verify", job("ours"))!));
if (PYTHON !== undefined) {
  const reference = pythonReference(PYTHON);
  await runProcess(reference.command("sign", job("python"))!);
  Deno.bench(
    "the Python reference, a process",
    { group },
    async () => await runProcess(reference.command("verify", job("python"))!),
  );
}
