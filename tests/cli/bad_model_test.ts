/** Models that cannot be read, may not be signed, or do not stay as they are while they are read. */
import { assertEquals } from "@std/assert";
import { sign, UnavailableError, verify } from "../../mod.ts";
import { assertFails } from "../_assert_fails.ts";
import { FILE_CHANGES } from "../hash/_file_changes.ts";
import { parseDocument, runToFail, runWell, Workplace } from "../_program.ts";

const SIGN = ["sign", "key", "bert", "--private-key", "key.pem"];
const VERIFY = ["verify", "key", "bert", "--public-key", "key.pub"];

/** Root may read and write everything, whatever the mode says. */
const isRoot = Deno.build.os === "windows" || Deno.uid() === 0;

Deno.test("a model that is not there", async () => {
  using place = new Workplace();
  place.makeKeys();
  place.link("dangling", "nothing");
  const options = { cwd: place.path };
  const commands = [["digest"], ["sign", "key", "--private-key", "key.pem"], [
    "verify",
    "key",
    "--public-key",
    "key.pub",
  ]];
  for (const command of commands) {
    await runToFail([...command, "nothing"], 3, ['"nothing"', "no such file"], options);
    await runToFail([...command, "key.pub/model"], 3, ['"key.pub/model"'], options);
  }
  await runToFail(["digest", "dangling"], 1, ['"dangling"', "symbolic link"], options);
  await runToFail(["digest", "dangling", "--allow-symlinks"], 3, ['"dangling"', "no such file"], options);
  assertEquals(place.list().filter((name) => name.endsWith(".sig")), []);
});

// A special file would hang or say something else each time; a name that is no text cannot be written down.
Deno.test("a model with what is neither file nor directory", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  await runWell(SIGN, options);
  const mkfifo = await new Deno.Command("mkfifo", { args: [`${place.model}/pipe`] }).output();
  assertEquals(mkfifo.code, 0);
  await runToFail(["digest", "bert"], 1, ['"bert/pipe"', "FIFO"], options);
  await runToFail([...SIGN, "--signature", "new.sig"], 1, ['"bert/pipe"'], options);
  // Left out it is not looked at, and verify counts it as extra.
  await runWell(["digest", "bert", "--ignore-paths", "pipe"], options);
  assertEquals((await runToFail(VERIFY, 1, [], options)).stdout, "  extra    pipe\n");
  await runToFail(["digest", "/dev/null"], 1, ['"/dev/null"', "device"], options);
  assertEquals(place.list().includes("new.sig"), false);
});

Deno.test("a model whose links go in circles or nowhere", async () => {
  using place = new Workplace();
  const options = { cwd: place.path };
  const digestArgs = ["digest", "bert", "--allow-symlinks"];
  for (
    const [target, words] of [["..", "directory above"], ["nothing", "leads nowhere"], ["link", "itself"]] as const
  ) {
    const link = place.link("bert/weights/link", target);
    await runToFail(digestArgs, 1, ['"bert/weights/link"', words], options);
    Deno.removeSync(link);
  }
});

Deno.test({
  name: "a model with a file that may not be read",
  ignore: isRoot,
  fn: async () => {
    using place = new Workplace();
    place.makeKeys();
    const options = { cwd: place.path };
    await runWell(SIGN, options);
    const secret = place.write("bert/secret");
    Deno.chmodSync(secret, 0);
    for (const command of [["digest", "bert"], [...SIGN, "--signature", "new.sig"], VERIFY]) {
      await runToFail(command, 3, ['"bert/secret"', "denies access"], options);
    }
    Deno.removeSync(secret);
    Deno.chmodSync(`${place.model}/weights`, 0);
    await runToFail(["digest", "bert"], 3, ['"bert/weights"', "denies access"], options);
    Deno.chmodSync(`${place.model}/weights`, 0o700);
    Deno.chmodSync(`${place.path}/key.pem`, 0);
    await runToFail(SIGN, 3, ['"key.pem"', "denies access"], options);
    Deno.chmodSync(`${place.model}/model.sig`, 0);
    await runToFail(VERIFY, 3, ['"bert/model.sig"', "denies access"], options);
    assertEquals(place.list().includes("new.sig"), false);
  },
});

// In this process, as the moment must be met: the callback runs while the first file is read and changes the second.
for (const { title, change, code, reason } of FILE_CHANGES) {
  Deno.test(`a model of which a file ${title} midway is not signed, and does not verify`, async () => {
    using place = new Workplace();
    const keys = place.makeKeys();
    const signing = { kind: "key", privateKey: Deno.readTextFileSync(keys.privateKey) } as const;
    const verification = { kind: "key", publicKey: Deno.readTextFileSync(keys.publicKey) } as const;
    await sign(place.model, { signer: signing });
    const before = Deno.readFileSync(`${place.model}/model.sig`);
    const weights = `${place.model}/weights/part-1.bin`;
    const bytes = Deno.readFileSync(weights);

    const midway = (): () => void => {
      let calls = 0;
      return () => calls++ === 0 ? change(weights) : undefined;
    };
    const expected = [UnavailableError, code, "weights/part-1.bin", reason] as const;
    await assertFails(() => sign(place.model, { signer: signing, onProgress: midway() }), ...expected);
    assertEquals(Deno.readFileSync(`${place.model}/model.sig`), before);

    Deno.removeSync(`${place.model}/weights`, { recursive: true });
    place.write("bert/weights/part-1.bin", bytes);
    await assertFails(() => verify(place.model, { trust: verification, onProgress: midway() }), ...expected);
    assertEquals(place.list("bert").filter((name) => name.startsWith(".")), []);
  });
}

// To verify is to list every difference: a link is one of them, and no reason to stop looking.
Deno.test("a symbolic link that came into a signed model is extra", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  await runWell(SIGN, options);
  place.link("bert/link", "config.json");
  place.write("bert/weights/part-1.bin", "other");
  const failed = await runToFail([...VERIFY, "--json"], 1, ['"bert"'], options);
  assertEquals(parseDocument(failed.stdout).differences, {
    changed: ["weights/part-1.bin"],
    missing: [],
    extra: ["link"],
  });
});
