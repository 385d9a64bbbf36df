/** All the ways in which options and models may be written. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { resolve } from "node:path";
import { inspect } from "../../mod.ts";
import { runForJson, runProgram, runToFail, runWell, Workplace } from "../_program.ts";

/** Signs a directory once and tells whether a command line verifies it. */
async function signedPlace(): Promise<Workplace> {
  const place = new Workplace();
  place.makeKeys();
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], { cwd: place.path });
  return place;
}

// Python's users write underscores; scripts write = and put options anywhere.
Deno.test("one command, written in every way", async () => {
  using place = await signedPlace();
  const expected = await runWell(["verify", "key", "bert", "--public-key", "key.pub"], { cwd: place.path });
  for (
    const line of [
      "verify key --public-key key.pub bert",
      "verify --public-key key.pub key bert",
      "--public-key key.pub verify key bert",
      "verify key bert --public-key=key.pub",
      "verify key bert --public_key key.pub",
      "verify key bert --public_key=key.pub",
      "verify key --path bert --public-key key.pub",
      "verify key --path=bert --public-key key.pub",
      "verify --path bert key --public-key key.pub",
      "verify key --public-key key.pub -- bert",
      "verify -q key bert --public-key key.pub --log-level warning",
      "verify key bert --public-key key.pub --ignore_git_paths --no_ignore_unsigned_files --no-ignore-unsigned-files",
    ]
  ) assertEquals(await runWell(line.split(" "), { cwd: place.path }), expected, line);
});

Deno.test("an option may hold an equals sign, and begin with a dash", async () => {
  using place = await signedPlace();
  const options = { cwd: place.path };
  const args = ["sign", "key", "bert", "--private-key", "key.pem"];
  assertEquals((await runForJson([...args, "--signature=a=b.sig"], options)).signature, "a=b.sig");
  assertEquals((await runForJson([...args, "--signature=--odd.sig"], options)).signature, "--odd.sig");
  assertEquals((await runForJson([...args, "--signature", "-.sig"], options)).signature, "-.sig");
});

// Of a flag and its negation the last counts.
Deno.test("a flag may be taken back", async () => {
  using place = await signedPlace();
  place.write("bert/extra");
  const args = ["verify", "key", "bert", "--public-key", "key.pub"];
  const options = { cwd: place.path };
  await runWell([...args, "--no-ignore-unsigned-files", "--ignore-unsigned-files"], options);
  await runToFail([...args, "--ignore-unsigned-files", "--no-ignore-unsigned-files"], 1, ["1 extra"], options);
});

// The name stands in the signature for people to read: always that of the model's own directory.
Deno.test("a model may be named in every way, and keeps its name", async () => {
  using place = new Workplace();
  place.makeKeys();
  place.write("5/weights");
  place.write("--model/weights");
  place.write("key/weights");
  place.makeDirectory("elsewhere");
  const cases: readonly [cwd: string, model: readonly string[], name: string, signature: string][] = [
    [".", ["bert"], "bert", "bert/model.sig"],
    [".", ["bert/"], "bert", "bert/model.sig"],
    [".", ["bert//"], "bert", "bert/model.sig"],
    [".", ["./bert"], "bert", "./bert/model.sig"],
    ["elsewhere", ["../bert"], "bert", "../bert/model.sig"],
    [".", [place.model], "bert", `${place.model}/model.sig`],
    ["bert", ["."], "bert", "./model.sig"],
    ["bert/weights", [".."], "bert", "../model.sig"],
    [".", ["5"], "5", "5/model.sig"],
    [".", ["--", "--model"], "--model", "--model/model.sig"],
    [".", ["--path=--model"], "--model", "--model/model.sig"],
    [".", ["key"], "key", "key/model.sig"],
  ];
  for (const [cwd, model, name, signature] of cases) {
    const options = { cwd: `${place.path}/${cwd}` };
    const signed = await runForJson(["sign", "key", `--private-key=${place.path}/key.pem`, ...model], options);
    assertEquals(signed.signature, signature);
    assertEquals((await inspect(resolve(options.cwd, signature))).subjects[0]!.name, name);
  }
});

// "current" is the model that it leads to: the rule against links is about those in the model.
Deno.test("a model that is a symbolic link", async () => {
  using place = new Workplace();
  place.makeKeys();
  place.write("net.onnx");
  place.link("current", "bert");
  place.link("latest.onnx", "net.onnx");
  const options = { cwd: place.path };
  for (const [link, model] of [["current", "bert"], ["latest.onnx", "net.onnx"]] as const) {
    const signArgs = ["sign", "key", link, "--private-key", "key.pem"];
    await runToFail(signArgs, 1, [`"${link}"`, "symbolic link"], options);
    const signed = await runForJson([...signArgs, "--allow-symlinks"], options);
    assertEquals(signed.files, model === "bert" ? 2 : 1);
    const verifyArgs = ["verify", "key", link, "--public-key", "key.pub"];
    await runWell(verifyArgs, options);

    // Signed under its own name, without leave to follow links, it verifies by the link too.
    const direct = ["sign", "key", model, "--private-key", "key.pem", "--signature", "direct.sig"];
    Deno.removeSync(`${place.path}/${model === "bert" ? "bert/model.sig" : "latest.onnx.sig"}`);
    await runWell(direct, options);
    // A file is signed by its name, so by another name it is another file.
    if (model === "bert") await runWell([...verifyArgs, "--signature", "direct.sig"], options);
  }
});

Deno.test("symbolic links in a model are followed only on request, and verify follows what the signature says", async () => {
  using place = new Workplace();
  place.makeKeys();
  place.write("outside/tokens.txt");
  place.link("bert/tokens.txt", "../outside/tokens.txt");
  const options = { cwd: place.path };
  const signArgs = ["sign", "key", "bert", "--private-key", "key.pem"];
  const verifyArgs = ["verify", "key", "bert", "--public-key", "key.pub"];
  await runToFail(signArgs, 1, ['"bert/tokens.txt"', "symbolic link"], options);
  const signed = await runProgram([...signArgs, "--allow-symlinks"], options);
  assertEquals(signed.code, 0);
  assertStringIncludes(signed.stderr, 'warning: The symbolic link "tokens.txt" leads outside the model');
  assertEquals((await runProgram(verifyArgs, options)).code, 0);
  place.write("outside/tokens.txt", "other");
  const changed = await runProgram([...verifyArgs, "--quiet"], options);
  assertEquals([changed.code, changed.stdout], [1, "  changed  tokens.txt\n"]);
});
