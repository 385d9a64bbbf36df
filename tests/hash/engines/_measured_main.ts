// deno-lint-ignore-file no-console -- the test reads it
/** Hashes files with the engine that is measured to be the fastest, and prints what it was. */
import { digestsOf } from "../_digests_of.ts";
import { wholeFile } from "../_plan.ts";

const { digests, engine, engineReason } = await digestsOf(Deno.args.map(wholeFile), {
  algorithm: "sha256",
  workers: 1,
  measureFrom: 0,
});
console.log(JSON.stringify({ engine, engineReason, digests: Array.from(digests, (digest) => digest.toHex()) }));
