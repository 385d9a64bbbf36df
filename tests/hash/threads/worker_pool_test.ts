import { assertEquals } from "@std/assert";
import { hashAll } from "../../../src/hash/hash_all.ts";
import { startEarly } from "../../../src/hash/threads/worker_pool.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { wholeFile } from "../_plan.ts";

// The worker may have loaded another engine than is asked for in the end.
for (const [early, engine] of [["native", "native"], ["wasm", "wasm"], ["native", "hash-wasm"]] as const) {
  Deno.test(`a worker that was started early with ${early} hashes with ${engine}, as does the work after it`, async () => {
    using directory = new TempDirectory();
    const contents = Array.from({ length: 5 }, (_, i) => countingBytes(9 * 1024 * 1024 + i));
    const tasks = contents.map((content, i) => wholeFile(directory.write(`${i}`, content)));
    const { digests: expected } = await hashAll(tasks, { algorithm: "sha256", engine, workersFrom: Infinity });
    startEarly(early);
    for (let work = 0; work < 2; work++) {
      const { digests } = await hashAll(tasks, { algorithm: "sha256", engine, workers: 3, workersFrom: 0 });
      assertEquals(digests.bytes, expected.bytes);
    }
  });
}
