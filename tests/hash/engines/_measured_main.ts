// deno-lint-ignore-file no-console -- the test reads it
/** Hashes files with the engine that is measured to be the fastest, and prints what it was. */
import { hashAll } from "../../../src/hash/hash_all.ts";
import { wholeFile } from "../_plan.ts";

const { digests, engine, why } = await hashAll(Deno.args.map(wholeFile), {
  algorithm: "sha256",
  workers: 1,
  measureFrom: 0,
});
console.log(JSON.stringify({ engine, why, digests: Array.from(digests, (digest) => digest.toHex()) }));
