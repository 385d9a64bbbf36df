/** Where a signature may go: it replaces an older one and nothing else, and is written whole or not at all. */
import { assert, assertEquals } from "@std/assert";
import { programArgs, runCommand, runForJson, runToFail, runWell, Workplace } from "../_program.ts";

const SIGN = ["sign", "key", "bert", "--private-key", "key.pem"];

const isRoot = Deno.build.os === "windows" || Deno.uid() === 0;

Deno.test("sign replaces an older signature", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  const first = await runForJson(SIGN, options);
  place.write("bert/more");
  const second = await runForJson([...SIGN, "--serialization", "h2"], options);
  assertEquals([first.files, second.files], [2, 3]);
  await runWell(["verify", "key", "bert", "--public-key", "key.pub", "--serialization", "h2"], options);
  assertEquals(place.list("bert"), ["config.json", "model.sig", "more", "weights/part-1.bin"]);
});

Deno.test("sign refuses to replace anything else, before it hashes", async () => {
  using place = new Workplace();
  place.makeKeys();
  place.write("text.sig", "hello");
  place.write("json.sig", '{"mediaType": "application/json"}');
  place.write("empty.sig", "");
  place.makeDirectory("directory.sig");
  place.write("a-signature");
  place.link("link.sig", "a-signature");
  place.writeSparse("huge.sig", 200_000_000);
  const options = { cwd: place.path };
  const before = place.list();
  const cases: readonly [path: string, status: 1 | 3, words: string][] = [
    ["text.sig", 1, "only an older signature is replaced"],
    ["json.sig", 1, "only an older signature is replaced"],
    ["empty.sig", 1, "only an older signature is replaced"],
    ["huge.sig", 1, "only an older signature is replaced"],
    ["directory.sig", 1, "there is a directory"],
    ["link.sig", 1, "there is a symbolic link"],
    ["bert/config.json", 1, "only an older signature is replaced"],
    ["key.pem", 1, "only an older signature is replaced"],
    ["nowhere/new.sig", 3, "no such file or directory"],
    ["text.sig/new.sig", 3, "a part of the path is a file"],
  ];
  for (const [path, status, words] of cases) {
    const named = status === 1 ? path : path.split("/")[0]!;
    await runToFail([...SIGN, "--signature", path], status, [`"${named}"`, words], options);
  }
  assertEquals(place.list(), before);
  assertEquals(Deno.readTextFileSync(`${place.path}/a-signature`), "a-signature");
});

Deno.test("a link to an older signature is not written through", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  await runWell(SIGN, options);
  const before = Deno.readTextFileSync(`${place.model}/model.sig`);
  place.link("link.sig", "bert/model.sig");
  await runToFail([...SIGN, "--signature", "link.sig"], 1, ['"link.sig"', "symbolic link"], options);
  assertEquals(Deno.readTextFileSync(`${place.model}/model.sig`), before);
});

Deno.test("what lies where the signature should go is called what it is", async () => {
  using place = new Workplace();
  place.makeKeys();
  await new Deno.Command("mkfifo", { args: [`${place.path}/pipe`] }).output();
  await runToFail([...SIGN, "--signature", "pipe"], 1, ['"pipe"', "FIFO"], { cwd: place.path });
});

Deno.test({
  name: "a directory that may not be written to",
  ignore: isRoot,
  fn: async () => {
    using place = new Workplace();
    place.makeKeys();
    const options = { cwd: place.path };
    await runWell(SIGN, options);
    const before = Deno.readTextFileSync(`${place.model}/model.sig`);
    Deno.chmodSync(place.model, 0o500);
    await runToFail(SIGN, 3, ['"bert/model.sig"', "denies access"], options);
    Deno.chmodSync(place.model, 0o700);
    assertEquals(Deno.readTextFileSync(`${place.model}/model.sig`), before);
    assertEquals(place.list("bert"), ["config.json", "model.sig", "weights/part-1.bin"]);
  },
});

// A limit on the size of files stands for a full disk: the temporary file cannot be written.
Deno.test({
  name: "a full disk leaves the older signature as it was, and nothing else",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using place = new Workplace();
    place.makeKeys();
    const options = { cwd: place.path };
    await runWell(SIGN, options);
    const before = Deno.readFileSync(`${place.model}/model.sig`);
    const files = place.list();
    place.write("bert/more");
    for (const args of [SIGN, [...SIGN, "--json"], [...SIGN, "--signature", "new.sig"]]) {
      const script = `trap '' XFSZ; ulimit -f 0; exec "$@"`;
      const command = [Deno.execPath(), ...programArgs(args)];
      const { code, stdout, stderr } = await runCommand("sh", ["-c", script, "sh", ...command], options);
      assertEquals([code, /^error: Cannot write [^\n]*no space[^\n]*\n$/.test(stderr)], [3, true], stderr);
      assertEquals(stdout === "" ? null : JSON.parse(stdout).signature, null);
    }
    assertEquals(place.list(), [...files, "bert/more"].sort());
    assertEquals(Deno.readFileSync(`${place.model}/model.sig`), before);
  },
});

// Nobody but the owner may need to read it, but those who verify do.
Deno.test("a signature may be read by those who may read the model", async () => {
  using place = new Workplace();
  place.makeKeys();
  await runWell(SIGN, { cwd: place.path });
  const mode = (path: string): number => Deno.statSync(path).mode! & 0o777;
  assert(Deno.build.os === "windows" || mode(`${place.model}/model.sig`) === mode(`${place.model}/config.json`));
});
