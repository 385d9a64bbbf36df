/**
 * Each command works with just the permissions that the documentation names: to read the model, the signature and the
 * keys; sign, to write into the directory of the signature. Nothing is asked for: `--no-prompt`.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { AT, makeAuthority, makeLeaf } from "../_certificates.ts";
import { runForJson, runToFail, runWell, Workplace } from "../_program.ts";

/** More than enough to start workers (`src/hash/hash_all.ts`), which must not need more than the program itself. */
const LARGE = 40_000_000;

/** A small model and one for which workers are started, key pairs, certificates: `bert`, `large`, `net.onnx`. */
async function makePlace(): Promise<Workplace> {
  const place = new Workplace();
  place.makeKeys("keys/key");
  place.writeSparse("large/weights.bin", LARGE);
  place.writeSparse("large/more.bin", LARGE / 4);
  place.write("net.onnx");
  const root = await makeAuthority("CN=root");
  const leaf = await makeLeaf(root);
  place.write("keys/root.pem", root.pem);
  place.write("keys/leaf.pem", leaf.pem);
  place.write("keys/leaf.key", leaf.privateKeyPem);
  place.makeDirectory("signatures");
  place.makeDirectory("elsewhere");
  return place;
}

/** Permissions to read and write just these, relative to the place. */
function allow(place: Workplace, read: readonly string[], write: readonly string[] = []): string[] {
  const paths = (names: readonly string[]): string => names.map((name) => `${place.path}/${name}`).join(",");
  return [`--allow-read=${paths(read)}`, ...(write.length === 0 ? [] : [`--allow-write=${paths(write)}`])];
}

// From another directory, with absolute paths, and from the directory itself, with relative ones.
for (const at of ["elsewhere", "."]) {
  const to = (place: Workplace, path: string): string => at === "." ? path : `${place.path}/${path}`;

  Deno.test(`sign, verify and digest with the least permissions, from the directory ${at}`, async (t) => {
    using place = await makePlace();
    const cwd = `${place.path}/${at}`;
    for (const model of ["bert", "large"]) {
      const [modelPath, privateKey, publicKey] = [
        to(place, model),
        to(place, "keys/key.pem"),
        to(place, "keys/key.pub"),
      ];
      await t.step(`sign key ${model}`, async () => {
        await runForJson(["sign", "key", modelPath, "--private-key", privateKey], {
          cwd,
          allow: allow(place, [model, `${model}/model.sig`, "keys/key.pem"], [model]),
        });
      });
      await t.step(`verify key ${model}`, async () => {
        await runForJson(["verify", "key", modelPath, "--public-key", publicKey], {
          cwd,
          allow: allow(place, [model, `${model}/model.sig`, "keys/key.pub"]),
        });
      });
      for (const form of [["--hash-algorithm", "blake3"], ["--serialization", "h1"]]) {
        await t.step(`digest ${model} ${form.join(" ")}`, async () => {
          await runForJson(["digest", modelPath, ...form], { cwd, allow: allow(place, [model]) });
        });
      }
    }
  });
}

Deno.test("inspect needs to read the signature alone", async () => {
  using place = await makePlace();
  place.write("keys/password", "x");
  const { cwd, now } = { cwd: place.path, now: AT };
  const signArgs = ["--private-key", "keys/leaf.key", "--signing-certificate", "keys/leaf.pem"];
  await runWell(["sign", "certificate", "bert", ...signArgs], {
    cwd,
    now,
    allow: allow(place, ["bert", "keys/leaf.key", "keys/leaf.pem"], ["bert"]),
  });
  await runWell(["verify", "certificate", "bert", "--certificate-chain", "keys/root.pem"], {
    cwd,
    now,
    allow: allow(place, ["bert", "keys/root.pem"]),
  });
  await runWell(["inspect", "bert/model.sig"], { cwd, allow: allow(place, ["bert/model.sig"]) });
});

// The signature outside of the model: what has to be read is named, and no more of the directory it lies in.
Deno.test("verify needs no permission for the directory of the signature", async () => {
  using place = await makePlace();
  const cwd = place.path;
  const where = ["--signature", "signatures/bert.sig"];
  await runWell(["sign", "key", "bert", "--private-key", "keys/key.pem", ...where], { cwd });
  await runWell(["verify", "key", "bert", "--public-key", "keys/key.pub", ...where], {
    cwd,
    allow: allow(place, ["bert", "signatures/bert.sig", "keys/key.pub"]),
  });
  await runWell(["sign", "key", "net.onnx", "--private-key", "keys/key.pem"], { cwd });
  await runWell(["verify", "key", "net.onnx", "--public-key", "keys/key.pub"], {
    cwd,
    allow: allow(place, ["net.onnx", "net.onnx.sig", "keys/key.pub"]),
  });
});

Deno.test("sign needs to read and write the directory of a signature outside of the model", async () => {
  using place = await makePlace();
  const where = ["--signature", "signatures/bert.sig"];
  await runWell(["sign", "key", "bert", "--private-key", "keys/key.pem", ...where], {
    cwd: place.path,
    allow: allow(place, ["bert", "signatures", "keys/key.pem"], ["signatures"]),
  });
});

Deno.test("what needs no file needs no permission", async () => {
  for (const line of ["--help", "--version", "sign key --help", "completions bash"]) {
    await runWell(line.split(" "), { allow: [] });
  }
  await runToFail(["digest", "--workers", "0"], 2, ["--workers"], { allow: [] });
});

// One permission too few: which one, for what, and no prompt.
Deno.test("a permission that is missing is named", async () => {
  using place = await makePlace();
  const cwd = place.path;
  const signArgs = ["sign", "key", "bert", "--private-key", "keys/key.pem"];
  await runToFail(["digest", "bert"], 3, ['"bert"', "--allow-read"], { cwd, allow: [] });
  const readAlone = { cwd, allow: allow(place, ["bert", "keys/key.pem"]) };
  await runToFail(signArgs, 3, ['"bert/model.sig"', "--allow-write"], readAlone);
  const noKey = { cwd, allow: allow(place, ["bert"], ["bert"]) };
  await runToFail(signArgs, 3, ['"keys/key.pem"', "--allow-read"], noKey);
  assertEquals(place.list("bert"), ["config.json", "weights/part-1.bin"]);
  const part = { cwd, allow: [`--allow-read=${place.model}`, `--deny-read=${place.model}/weights`] };
  const { stderr } = await runToFail(["digest", "bert"], 3, ['"bert/weights"'], part);
  assertStringIncludes(stderr, "Deno was not given access");
});
