/** Aborts the hashing of files without end, then has nothing left to do. */
import { digestsOf } from "./_digests_of.ts";
import { wholeFile } from "./_plan.ts";

const controller = new AbortController();
const signal = controller.signal;
const onProgress = (): void => controller.abort();
await digestsOf(Deno.args.map(wholeFile), { algorithm: "sha256", workers: 2, workersFrom: 0, signal, onProgress })
  .catch(() => {});
