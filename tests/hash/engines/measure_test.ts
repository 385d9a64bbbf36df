import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { HASH_ALGORITHMS } from "../../../src/hash/engines/engine.ts";
import { measureEngines } from "../../../src/hash/engines/measure.ts";
import { countingBytes } from "../../_counting_bytes.ts";
import { sha256 } from "../../_reference.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { digestsOf } from "../_digests_of.ts";
import { wholeFile } from "../_plan.ts";

Deno.test("measureEngines() returns the engine with the highest rate", async () => {
  for (const messages of [0, 1, 2, 3, 4, 100]) {
    const { engine, rates } = (await measureEngines("sha256", messages))!;
    assertEquals(rates[engine.name as "native" | "wasm"], Math.max(...Object.values(rates)));
    assert(rates.native! > 1e6, `${rates.native} bytes a second`);
  }
});

Deno.test("measureEngines() measures once per number of messages, up to the four that fill the lanes", () => {
  assertStrictEquals(measureEngines("sha256", 2), measureEngines("sha256", 2));
  assertStrictEquals(measureEngines("sha256", 4), measureEngines("sha256", 1000));
});

Deno.test("measureEngines() measures nothing for algorithms for which one engine is always the fastest", () => {
  for (const algorithm of HASH_ALGORITHMS) {
    assertEquals(measureEngines(algorithm, 4) === undefined, algorithm !== "sha256");
  }
});

Deno.test("hashAll() measures if there is enough to hash, and reports the rates", async () => {
  using directory = new TempDirectory();
  const content = countingBytes(1000);
  const tasks = [1, 2, 3, 4, 5].map((i) => wholeFile(directory.write(`${i}`, content)));
  const all = { algorithm: "sha256", workers: 1 } as const;

  const measured = await digestsOf(tasks, { ...all, measureFrom: 5000 });
  assert(
    /^the fastest here: native \d+\.\d\d GB\/s(, wasm \d+\.\d\d GB\/s)?$/.test(measured.engineReason),
    measured.engineReason,
  );
  assertEquals([...measured.digests], tasks.map(() => sha256(content)));

  assertEquals(
    (await digestsOf(tasks, { ...all, measureFrom: 5001 })).engineReason,
    "the fastest for sha256 as a rule",
  );
  assertEquals((await digestsOf(tasks, { ...all, engine: "wasm", measureFrom: 0 })).engineReason, "as requested");
  assertEquals(
    (await digestsOf(tasks, { ...all, engine: "native", algorithm: "blake3" })).engineReason,
    "native has no blake3",
  );
});

Deno.test({
  name: "hashAll() uses wasm for several files if the processor has no SHA instructions",
  // OpenSSL can be told not to use certain instructions of the processor.
  ignore: Deno.build.arch !== "x86_64",
  fn: async () => {
    using directory = new TempDirectory();
    const paths = [1, 2, 3, 4].map((i) => directory.write(`${i}`, countingBytes(1000)));
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-read", new URL("_measured_main.ts", import.meta.url).href, ...paths],
      env: { OPENSSL_ia32cap: "~0x0:~0x20000000" },
    }).output();
    const { engine, engineReason, digests } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(engine, "wasm", engineReason);
    assertEquals(digests, paths.map(() => sha256(countingBytes(1000)).toHex()));
  },
});
