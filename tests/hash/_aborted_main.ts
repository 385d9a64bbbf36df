/** Aborts the hashing of files without end, then has nothing left to do. */
import { hashAll } from "../../src/hash/hash_all.ts";
import { wholeFile } from "./_plan.ts";

const controller = new AbortController();
const signal = controller.signal;
const onProgress = (): void => controller.abort();
await hashAll(Deno.args.map(wholeFile), { algorithm: "sha256", workers: 2, workersFrom: 0, signal, onProgress })
  .catch(() => {});
