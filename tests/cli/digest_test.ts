/** `digest` prints the one digest of a model, and as JSON what it is of. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertHas, parseDocument, runForJson, runProgram, runToFail, runWell, Workplace } from "../_program.ts";

// Written down once, computed by other means: a digest never changes. `tests/fixtures/vectors` holds many more.
const ONE_EMPTY_FILE: readonly [serialization: string, digest: string][] = [
  ["files", "sha256:5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456"],
  ["h1", "sha256:3aa41e539c2b322dc5cb1c34f80c7daa6bdb23cd6249fa078980f10ffb263c3c"],
  ["h2", "sha256:2e024a27a631b625f9ae76d06715611a32d8f9caa90e14c3ab7fd6099060bbe4"],
];

Deno.test("digest prints ALGORITHM:HEX and nothing else", async () => {
  using place = new Workplace();
  place.write("one/weights.bin", "");
  for (const [serialization, digest] of ONE_EMPTY_FILE) {
    assertEquals(await runWell(["digest", `${place.path}/one`, "--serialization", serialization]), `${digest}\n`);
  }
});

Deno.test("digest --json says what was hashed and how", async () => {
  using place = new Workplace();
  const document = await runForJson(["digest", place.model, "--serialization", "shards", "--shard-size", "300"]);
  assertMatch(document.digest, /^sha256:[0-9a-f]{64}$/);
  assert(document.seconds >= 0 && document.seconds < 60);
  assertHas(document, {
    serialization: "shards",
    hashAlgorithm: "sha256",
    files: 2,
    bytes: 1015,
    error: null,
  });
  assert(["native", "wasm", "hash-wasm"].includes(document.engine));
});

// What is hashed with which engine, and by how many, must not matter.
Deno.test("digest is the same by every engine and number of workers", async () => {
  using place = new Workplace();
  place.writeSparse("bert/large", 34_000_000); // enough to start workers
  const digests = new Set<string>();
  for (const engine of ["auto", "native", "wasm", "hash-wasm"]) {
    for (const workers of engine === "auto" ? ["1", "3"] : ["2"]) {
      digests.add(await runWell(["digest", place.model, "--engine", engine, "--workers", workers]));
    }
  }
  assertEquals(digests.size, 1);
});

// What sign would not sign has no digest to sign.
Deno.test("digest refuses what sign would refuse", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  place.makeDirectory("empty/directory");
  place.write("empty/.gitignore");
  place.write("linked/file");
  place.link("linked/link", "file");
  place.write("nothing/file", "");
  for (const command of [["digest"], ["sign", "key", "--private-key", "key.pem"]]) {
    for (const serialization of ["files", "shards"]) {
      const form = ["--serialization", serialization];
      await runToFail([...command, "empty", ...form], 1, ['"empty"', "empty"], options);
      await runToFail([...command, "linked", ...form], 1, ['"linked/link"', "symbolic link"], options);
    }
    await runToFail([...command, "nothing", "--serialization", "shards"], 1, ["empty files"], options);
  }
  assertEquals(place.list().filter((name) => name.endsWith(".sig")), []);
});

Deno.test("digest leaves out the signature, that file and no other", async () => {
  using place = new Workplace();
  const before = await runWell(["digest", place.model]);
  place.write("bert/model.sig");
  assertEquals(await runWell(["digest", place.model]), before);
  place.write("bert/weights/model.sig");
  const files = async (...args: string[]): Promise<number> =>
    (await runForJson(["digest", place.model, ...args])).files;
  assertEquals(await files(), 3);
  assertEquals(await files("--signature", `${place.model}/weights/model.sig`), 3);
  assertEquals(await files("--signature", `${place.path}/elsewhere.sig`), 4);
});

// Relative to the current directory if that is inside the model, or else to the model; and absolute.
Deno.test("digest leaves out the paths it is told to", async () => {
  using place = new Workplace();
  place.write("bert/weights/config.json");
  const files = async (cwd: string, ...paths: string[]): Promise<number> => {
    const ignored = paths.flatMap((path) => ["--ignore-paths", path]);
    return (await runForJson(["digest", place.model, ...ignored], { cwd })).files;
  };
  assertEquals(await files(place.path, `${place.model}/config.json`), 2);
  assertEquals(await files(place.path, "weights"), 1);
  assertEquals(await files(place.path, "./weights//part-1.bin", "weights/"), 1);
  assertEquals(await files(`${place.model}/weights`, "config.json"), 2);
  assertEquals(await files(`${place.model}/weights`, "../config.json", "part-1.bin"), 1);
  assertEquals(await files(place.path, "not-there"), 3);
});

// A directory may be called anything, and "-" is no option.
Deno.test("digest of a model with awkward names", async () => {
  using place = new Workplace();
  for (const name of ["-", "--json", "a b", "ä", "line\nbreak", "5", "model.sig.old"]) place.write(`odd/${name}`);
  const { files } = await runForJson(["digest", "odd"], { cwd: place.path });
  assertEquals(files, 7);
});

Deno.test("what was done is told on standard error, as much of it as is asked for", async () => {
  using place = new Workplace();
  const debug = await runProgram(["digest", place.model, "--log-level", "debug", "--json"]);
  assertMatch(debug.stderr, /^(debug: [^\n]+\n)+$/);
  assertEquals(parseDocument(debug.stdout).error, null);
  assertEquals((await runProgram(["digest", place.model, "--log-level", "debug", "--quiet"])).stderr, "");
});
