/** Hashing a whole model: each serialization, with one worker and with all, against `openssl dgst`. */
import { digest } from "../mod.ts";
import { SERIALIZATION_METHODS } from "../src/manifest/manifest.ts";
import { benchModel, runProcess } from "./_bench_model.ts";
import { openssl } from "./_programs.ts";

const FILES = 4;

const path = benchModel(FILES, 64 * 1024 * 1024);
const group = `digest of ${FILES} files of 64 MiB`;
const files = Array.from({ length: FILES }, (_, i) => `${path}/0/${i}.bin`);

for (const serialization of SERIALIZATION_METHODS) {
  for (const workers of [1, navigator.hardwareConcurrency]) {
    const baseline = serialization === "files" && workers > 1;
    Deno.bench(`${serialization}, ${workers} workers`, { group, baseline }, async () => {
      await digest(path, { serialization, workers });
    });
  }
}
Deno.bench("openssl dgst, a process", { group }, async () => await runProcess(openssl([files])[0]!));
Deno.bench(`openssl dgst, ${FILES} processes`, { group }, async () => {
  await Promise.all(openssl(files.map((file) => [file])).map(runProcess));
});
