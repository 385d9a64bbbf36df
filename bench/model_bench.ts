/** A whole model: each serialization, with one worker and with all, and signing and verifying. */
import { generateKeyPairSync } from "node:crypto";
import { digest, sign, verify } from "../mod.ts";
import { SERIALIZATION_METHODS } from "../src/manifest/manifest.ts";

const small = await makeModel(16, 64 * 1024);
const large = await makeModel(4, 64 * 1024 * 1024);
addEventListener("unload", () => [small, large].forEach((path) => Deno.removeSync(path, { recursive: true })));

const { privateKey, publicKey } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

for (const serialization of SERIALIZATION_METHODS) {
  for (const workers of [1, navigator.hardwareConcurrency]) {
    Deno.bench(`${serialization}, ${workers} workers`, { group: "digest of 4 files of 64 MiB" }, async () => {
      await digest(large, { serialization, workers });
    });
  }
}

for (const [label, model] of [["16 files of 64 KiB", small], ["4 files of 64 MiB", large]] as const) {
  await sign(model, { method: { method: "key", privateKey } });
  Deno.bench(`sign, ${label}`, { group: label }, async () => {
    await sign(model, { method: { method: "key", privateKey } });
  });
  Deno.bench(`verify, ${label}`, { group: label }, async () => {
    await verify(model, { method: { method: "key", publicKey } });
  });
}

async function makeModel(files: number, bytes: number): Promise<string> {
  const path = await Deno.makeTempDir();
  const content = Uint8Array.from({ length: bytes }, (_, i) => i % 251);
  for (let i = 0; i < files; i++) await Deno.writeFile(`${path}/${i}.bin`, content);
  return path;
}
