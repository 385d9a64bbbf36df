/** Signing with a key: a statement, against the signature alone; a small model, against the Python reference. */
import { createPrivateKey, sign as signBytes } from "node:crypto";
import { sign } from "../mod.ts";
import { PAYLOAD_TYPE } from "../src/bundle/envelope.ts";
import { bytesOf } from "../src/io/byte_source.ts";
import { serializeStatement } from "../src/oms/statement.ts";
import { openKeySigner } from "../src/sign/key.ts";
import { benchManifest, benchModel, PYTHON, runProcess } from "./_bench_model.ts";
import { makeKeys } from "./_keys.ts";
import { ours, pythonReference } from "./_programs.ts";

const directory = Deno.makeTempDirSync();
addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
const keys = makeKeys(directory);
const privateKey = Deno.readTextFileSync(keys.privateKey);

for (const files of [10, 10_000]) {
  const payload = bytesOf(serializeStatement("model", benchManifest(files)));
  const signer = openKeySigner({ kind: "key", privateKey });
  const key = createPrivateKey(privateKey);
  const group = `sign a statement of ${files} files`;
  Deno.bench("openKeySigner().sign, into a bundle", { group, baseline: true }, async () => {
    const { text } = await signer.sign({ kind: "envelope", payloadType: PAYLOAD_TYPE, payload });
    void [...text];
  });
  Deno.bench("node:crypto, the bare signature", { group }, () => void signBytes("sha256", payload, key));
}

const model = benchModel(16, 64 * 1024);
const group = "sign 16 files of 64 KiB";
const job = { model, signature: `${directory}/model.sig`, serialization: "files", ...keys } as const;
Deno.bench("sign(), the library", { group, baseline: true }, async () => {
  await sign(model, { signature: job.signature, signer: { kind: "key", privateKey } });
});
Deno.bench("this program, a process", { group }, async () => await runProcess(ours().command("sign", job)!));
if (PYTHON !== undefined) {
  const command = pythonReference(PYTHON).command("sign", job)!;
  Deno.bench("the Python reference, a process", { group }, async () => await runProcess(command));
}
