import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { UnavailableError } from "../../src/errors.ts";
import { ENGINE_CHOICES } from "../../src/hash/engines/choose.ts";
import { HASH_ALGORITHMS } from "../../src/hash/engines/engine.ts";
import type { TunedHashOptions } from "../../src/hash/hash_options.ts";
import { BUFFER_BYTES } from "../../src/hash/runners/serial_runner.ts";
import type { HashTask } from "../../src/hash/tasks/hash_task.ts";
import { assertFails } from "../_assert_fails.ts";
import { countingBytes } from "../_counting_bytes.ts";
import { sha256 } from "../_reference.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { HANG_MS } from "../_until.ts";
import { FILE_CHANGES } from "./_file_changes.ts";
import { digestsOf } from "./_digests_of.ts";
import { imaginaryFile, lookAt, wholeFile } from "./_plan.ts";

const MiB = 1024 * 1024;

/** A file of this size is hashed for a while, and a worker reports within it. It is sparse. */
const LARGE = 200 * MiB;

/** With workers even for little data, and without them even for much. */
const THREADS: readonly [title: string, options: { workers: number; workersFrom: number }][] = [
  ["in the main thread", { workers: 1, workersFrom: Infinity }],
  ["on 1 worker", { workers: 1, workersFrom: 0 }],
  ["on 2 workers", { workers: 2, workersFrom: 0 }],
  ["on 5 workers", { workers: 5, workersFrom: 0 }],
];

const WITH_WORKERS = THREADS.filter(([, { workersFrom }]) => workersFrom === 0);

/** One engine that hashes one file after another, and one that hashes several at once. */
const SHA256_ENGINES = ["native", "wasm"] as const;

function sha256All(tasks: readonly HashTask[], options: TunedHashOptions): ReturnType<typeof digestsOf> {
  return digestsOf(tasks, { algorithm: "sha256", ...options });
}

/** Ranges of some files, more than fit into four batches, in an order unrelated to their size. */
function makeTasks(directory: TempDirectory): { tasks: HashTask[]; expected: string[] } {
  const contents = Array.from({ length: 11 }, (_, i) => countingBytes(97 * i, i));
  const files = contents.map((content, i) => lookAt(directory.write(`file-${i}`, content)));
  const tasks: HashTask[] = [];
  const expected: string[] = [];
  for (let i = 0; i < 1_100; i++) {
    const content = contents[i % 11]!;
    const [start, end] = [(i * 31) % 97, (i * 53) % 970].map((at) => Math.min(at, content.length)).sort((a, b) =>
      a - b
    );
    tasks.push({ file: files[i % 11]!, start: start!, end: end! });
    expected.push(sha256(content.subarray(start, end)).toHex());
  }
  return { tasks, expected };
}

for (const [title, threads] of THREADS) {
  Deno.test(`hashAll() ${title} gives the digests in the order of the tasks`, async () => {
    using directory = new TempDirectory();
    const { tasks, expected } = makeTasks(directory);
    const { digests } = await sha256All(tasks, threads);
    assertEquals(Array.from(digests, (digest) => digest.toHex()), expected);
  });

  Deno.test(`hashAll() ${title} reports progress that only rises and ends at the total`, async () => {
    using directory = new TempDirectory();
    // More than the 64 MiB after which a worker reports within a file.
    const paths = [130, 0, 1, 9].map((size) => directory.writeSparse(`${size}`, size * MiB));
    const seen: number[] = [];
    await sha256All(paths.map(wholeFile), {
      ...threads,
      onProgress: (done, total) => {
        assertEquals(total, 140 * MiB);
        seen.push(done);
      },
    });
    assert(seen.every((done, i) => done >= (seen[i - 1] ?? 0)), `${seen}`);
    assertEquals(seen.at(-1), 140 * MiB);
    assert(seen.some((done) => done > 0 && done < 130 * MiB), "there is progress within a large file");
  });

  Deno.test(`hashAll() ${title} returns no digests for no tasks, and the digest of an empty file`, async () => {
    using directory = new TempDirectory();
    assertEquals((await sha256All([], threads)).digests.length, 0);
    const empty = await sha256All([wholeFile(directory.write("empty", ""))], threads);
    assertEquals(Array.from(empty.digests, (digest) => digest.toHex()), [sha256(new Uint8Array()).toHex()]);
  });

  for (const { title: happening, change, code, reason } of FILE_CHANGES) {
    Deno.test(`hashAll() ${title} names a file that ${happening} after it was listed`, async () => {
      using directory = new TempDirectory();
      const paths = Array.from({ length: 20 }, (_, i) => directory.write(`file-${i}`, countingBytes(100)));
      const tasks = paths.map(wholeFile);
      change(paths[13]!);
      await assertFails(() => sha256All(tasks, threads), UnavailableError, code, `"${paths[13]}"`, reason);
    });
  }

  Deno.test(`hashAll() ${title} does not start if the signal is aborted already, and throws its reason`, async () => {
    const reason = new Error("enough");
    const task: HashTask = { file: imaginaryFile("/nowhere", 1), start: 0, end: 1 };
    const error = await assertRejects(() => sha256All([task], { ...threads, signal: AbortSignal.abort(reason) }));
    assertStrictEquals(error, reason);
  });

  Deno.test(`hashAll() ${title} does not abort the signal of the caller`, async () => {
    using directory = new TempDirectory();
    const { signal } = new AbortController();
    const tasks = [wholeFile(directory.write("a")), wholeFile(directory.write("b"))];
    assertEquals((await sha256All(tasks, { ...threads, signal })).digests.length, 2);
    assertEquals(signal.aborted, false);
  });
}

for (const algorithm of HASH_ALGORITHMS) {
  for (const engine of ENGINE_CHOICES) {
    Deno.test(`hashAll() with ${engine} gives the same ${algorithm} with workers as without`, async () => {
      using directory = new TempDirectory();
      const tasks = [0, 1, 300_000].map((size) => ({
        ...wholeFile(directory.write(`${size}`, countingBytes(size))),
        prefix: `file.${size}.`,
      }));
      const [here, pool] = await Promise.all(
        [Infinity, 0].map((workersFrom) => digestsOf(tasks, { algorithm, engine, workers: 2, workersFrom })),
      );
      assertEquals(pool, here);
    });
  }
}

Deno.test("hashAll() stops within a file when it is aborted without workers", async () => {
  using directory = new TempDirectory();
  const tasks = [1, 2, 3].map((i) => wholeFile(directory.writeSparse(`${i}`, 5 * MiB)));
  const controller = new AbortController();
  const reason = new Error("enough");
  let last = 0;
  const onProgress = (done: number): void => {
    last = done;
    controller.abort(reason);
  };
  const error = await assertRejects(() =>
    sha256All(tasks, { workersFrom: Infinity, signal: controller.signal, onProgress })
  );
  assertStrictEquals(error, reason);
  assert(last < 5 * MiB, `${last} bytes were hashed`);
});

Deno.test("hashAll() fails if it is aborted during the last file, without workers", async () => {
  using directory = new TempDirectory();
  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = (): void => controller.abort(reason);
  const tasks = [wholeFile(directory.write("only"))];
  const error = await assertRejects(() =>
    sha256All(tasks, { workersFrom: Infinity, signal: controller.signal, onProgress })
  );
  assertStrictEquals(error, reason);
});

for (const [title, threads] of THREADS) {
  // With workers it would, thrown where nobody catches it, end the process.
  Deno.test(`hashAll() ${title} throws what the progress callback throws`, async () => {
    using directory = new TempDirectory();
    const bug = new TypeError("a bug of the caller");
    const onProgress = (): void => {
      throw bug;
    };
    const error = await assertRejects(() => sha256All([wholeFile(directory.write("a"))], { ...threads, onProgress }));
    assertStrictEquals(error, bug);
  });
}

for (
  const [title, threads, engine] of WITH_WORKERS.flatMap(([title, threads]) =>
    SHA256_ENGINES.map((engine) => [title, threads, engine] as const)
  )
) {
  Deno.test(`hashAll() ${title} with ${engine} stops within a file when it is aborted`, async () => {
    using directory = new TempDirectory();
    const tasks = [1, 2, 3, 4, 5].map((i) => wholeFile(directory.writeSparse(`${i}`, LARGE)));
    const controller = new AbortController();
    const reason = new Error("enough");
    let last = 0;
    const onProgress = (done: number): void => {
      last = done;
      controller.abort(reason);
    };
    const error = await assertRejects(() =>
      sha256All(tasks, { ...threads, engine, signal: controller.signal, onProgress })
    );
    assertStrictEquals(error, reason);
    assert(last < LARGE, `${last} bytes were hashed`);
  });
}

for (const [title, threads] of WITH_WORKERS) {
  Deno.test(`hashAll() ${title} stops at once when it is aborted while workers start`, async () => {
    using directory = new TempDirectory();
    const tasks = [1, 2, 3, 4, 5].map((i) => wholeFile(directory.writeSparse(`${i}`, LARGE)));
    const controller = new AbortController();
    const onProgress = (): void => assert(false, "nothing is hashed");
    const result = sha256All(tasks, { ...threads, signal: controller.signal, onProgress });
    queueMicrotask(() => controller.abort());
    await assertRejects(() => result, DOMException);
  });
}

Deno.test({
  name: "hashAll() leaves no running worker behind when it is aborted",
  // By Worker.terminate() alone Deno 2.9.6 does not end a worker that does not wait for messages: it would hash on to the
  // end of its batch, and until then the process could not end.
  fn: async () => {
    using directory = new TempDirectory();
    const paths = ["one", "other"].map((name) => directory.writeSparse(name, 8_000_000 * MiB));
    // Another process, as only of a whole process one can see whether it comes to its end.
    const { code, signal } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-read", new URL("_aborted_main.ts", import.meta.url).href, ...paths],
      signal: AbortSignal.timeout(HANG_MS),
    }).output();
    assertEquals({ code, signal }, { code: 0, signal: null });
  },
});

Deno.test("hashAll() fails at the first error, whatever the other workers are doing", async () => {
  using directory = new TempDirectory();
  const tasks = [1, 2].map((i) => wholeFile(directory.writeSparse(`${i}`, LARGE)));
  const gone = wholeFile(directory.writeSparse("gone", 9 * MiB));
  Deno.removeSync(gone.file.path);
  let last = 0;
  const onProgress = (done: number): void => {
    last = done;
  };
  await assertFails(
    () => sha256All([...tasks, gone], { workers: 3, workersFrom: 0, onProgress }),
    UnavailableError,
    "NOT_FOUND",
    `"${gone.file.path}"`,
  );
  assert(last < 2 * LARGE, `${last} bytes were hashed`);
});

Deno.test("hashAll() assigns a large file to each worker before any gets a second one", async () => {
  using directory = new TempDirectory();
  const large = wholeFile(directory.writeSparse("large", LARGE));
  const gone = wholeFile(directory.writeSparse("gone", 9 * MiB));
  Deno.removeSync(gone.file.path);
  let last = 0;
  const onProgress = (done: number): void => {
    last = done;
  };
  await assertFails(
    () => sha256All([large, gone], { workers: 2, workersFrom: 0, onProgress }),
    UnavailableError,
    "NOT_FOUND",
  );
  assert(last < LARGE, "the second worker had to wait for the first");
});

for (const [title, threads] of THREADS) {
  Deno.test(`hashAll() ${title} with the engine wasm gives the digests in the order of the tasks`, async () => {
    using directory = new TempDirectory();
    const { tasks, expected } = makeTasks(directory);
    const { digests, engine } = await sha256All(tasks, { ...threads, engine: "wasm" });
    assertEquals(Array.from(digests, (digest) => digest.toHex()), expected);
    assertEquals(engine, "wasm");
  });

  // More large files than lanes and workers, of sizes that end at different times, so that empty lanes are filled again.
  Deno.test(`hashAll() ${title} with the engine wasm reuses lanes for large files`, async () => {
    using directory = new TempDirectory();
    const sizes = [31, 9, 17, 8, 12, 26, 10, 9, 30, 11, 8];
    const tasks = sizes.map((size, i) => wholeFile(directory.writeSparse(`${i}`, size * MiB + i)));
    const [{ digests }, native] = await Promise.all([
      sha256All(tasks, { ...threads, engine: "wasm" }),
      sha256All(tasks, { ...threads, engine: "native" }),
    ]);
    assertEquals(digests, native.digests);
  });

  Deno.test(`hashAll() ${title} with the engine wasm names the file that fails, and closes the others`, async () => {
    using directory = new TempDirectory();
    const paths = [1, 2, 3].map((size) => directory.writeSparse(`${size}`, size * MiB));
    const tasks = paths.map(wholeFile);
    Deno.truncateSync(paths[1]!, 5);
    await assertFails(
      () => sha256All(tasks, { ...threads, engine: "wasm" }),
      UnavailableError,
      "FILE_CHANGED",
      `"${paths[1]}"`,
    );
  });

  // BLAKE3 is cut into parts of 16 MiB where there are several workers.
  Deno.test(`hashAll() ${title} gives the same BLAKE3 of large files as hash-wasm`, async () => {
    using directory = new TempDirectory();
    const content = countingBytes(MiB);
    const path = directory.writeSparse("large", 40 * MiB + 5);
    using file = Deno.openSync(path, { write: true });
    for (let at = 0; at < 40; at += 3) {
      file.seekSync(at * MiB + 7 * at, Deno.SeekMode.Start);
      file.writeSync(content);
    }
    const large = wholeFile(path);
    const sizes = [0, 1, 16 * MiB - 1, 16 * MiB, 16 * MiB + 1, 32 * MiB];
    const tasks = [large, ...sizes.map((size) => ({ ...large, start: 5, end: 5 + size }))];
    const seen: number[] = [];
    const onProgress = (done: number): void => void seen.push(done);
    const [ours, theirs] = await Promise.all([
      digestsOf(tasks, { ...threads, algorithm: "blake3", engine: "wasm", onProgress }),
      digestsOf(tasks, { workers: 1, algorithm: "blake3", engine: "hash-wasm" }),
    ]);
    assertEquals(ours.digests, theirs.digests);
    assertEquals(seen.at(-1), tasks.reduce((sum, { start, end }) => sum + end - start, 0));
  });
}

Deno.test("hashAll() uses all processors by default", async () => {
  using directory = new TempDirectory();
  const { tasks, expected } = makeTasks(directory);
  const { digests } = await sha256All(tasks, { workersFrom: 0 });
  assertEquals(Array.from(digests, (digest) => digest.toHex()), expected);
});

Deno.test("hashAll() starts workers if there is enough to hash", async () => {
  using directory = new TempDirectory();
  const tasks = Array.from({ length: 60 }, (_, i) => wholeFile(directory.writeSparse(`${i}`, 32 * MiB)));
  let calls = 0;
  const { digests } = await sha256All(tasks, { workers: 2, onProgress: () => calls++ });
  assertEquals(
    new Set(Array.from(digests, (digest) => digest.toHex())),
    new Set([sha256(new Uint8Array(32 * MiB)).toHex()]),
  );
  // A worker reports once for each file of 32 MiB, this thread tells of every buffer.
  assert(calls < 60 * 32 * MiB / BUFFER_BYTES, `${calls} reports`);
});

Deno.test("hashAll() does not wait for workers that are still starting when all is hashed", async () => {
  using directory = new TempDirectory();
  const tasks = ["a", "b"].map((name) => wholeFile(directory.write(name, name)));
  let calls = 0;
  const { digests } = await sha256All(tasks, { workers: 2, workersFrom: 0, onProgress: () => calls++ });
  assertEquals(digests.complete, true);
  assertEquals(calls, 2);
});
