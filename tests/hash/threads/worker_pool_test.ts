import { assertEquals } from "@std/assert";
import { startWorker } from "../../../src/hash/threads/started_worker.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { digestsOf } from "../_digests_of.ts";
import { wholeFile } from "../_plan.ts";

// The worker may have loaded another engine than the job needs.
for (const [early, engine] of [["native", "native"], ["wasm", "wasm"], ["native", "hash-wasm"]] as const) {
  Deno.test(`a worker that was started early with ${early} hashes with ${engine}, and so does the next job`, async () => {
    using directory = new TempDirectory();
    const contents = Array.from({ length: 5 }, (_, i) => countingBytes(9 * 1024 * 1024 + i));
    const tasks = contents.map((content, i) => wholeFile(directory.write(`${i}`, content)));
    const { digests: expected } = await digestsOf(tasks, { algorithm: "sha256", engine, workersFrom: Infinity });
    using startedWorker = await startWorker(early);
    for (let job = 0; job < 2; job++) {
      const { digests } = await digestsOf(tasks, { engine, workers: 3, workersFrom: 0, startedWorker });
      assertEquals(digests.bytes, expected.bytes);
    }
  });
}
