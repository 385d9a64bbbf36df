/** The first line of a verification, which people read and scripts quote, and the documents beside it. */
import { assertEquals, assertMatch } from "@std/assert";
import { assertHas, parseDocument, runForJson, runProgram, runToFail, runWell, Workplace } from "../_program.ts";

const SIGN = ["sign", "key", "bert", "--private-key", "key.pem"];
const VERIFY = ["verify", "key", "bert", "--public-key", "key.pub"];

function firstLine(text: string): string {
  return text.slice(0, text.indexOf("\n"));
}

Deno.test("verify says what it does not cover, and --no-uncovered makes it a failure", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  await runWell([...SIGN, "--ignore-paths", "notes"], options);
  assertEquals(
    firstLine(await runWell([...VERIFY, "--no-uncovered"], options)),
    'Verified "bert": the 2 signed files are as signed, and there are no other files',
  );

  Deno.renameSync(`${place.model}/model.sig`, `${place.path}/bert.sig`);
  for (const name of ["model.sig/a.py", "model.sig/b.py", "notes/x", ".git/HEAD", ".gitattributes", "model.sig/c/d"]) {
    place.write(`bert/${name}`);
  }
  const elsewhere = [...VERIFY, "--signature", "bert.sig"];
  const verdict = "the 2 signed files are as signed; " +
    "not covered: .git/ (1 file), .gitattributes, model.sig/ (3 files), notes/ (1 file)";
  const notCovered = [
    { path: ".git", files: 1 },
    { path: ".gitattributes", files: 1 },
    { path: "model.sig", files: 3 },
    { path: "notes", files: 1 },
  ];
  assertEquals(firstLine(await runWell(elsewhere, options)), `Verified "bert": ${verdict}`);
  assertHas(await runForJson(elsewhere, options), { verified: true, verdict, notCovered, error: null });

  const failed = await runToFail([...elsewhere, "--no-uncovered"], 1, ['"bert"', "model.sig/ (3 files)"], options);
  assertEquals(
    failed.stdout,
    [
      "  not covered  .git (1 file)",
      "  not covered  .gitattributes (1 file)",
      "  not covered  model.sig (3 files)",
      "  not covered  notes (1 file)",
      "",
    ].join("\n"),
  );
  const document = parseDocument((await runToFail([...elsewhere, "--no-uncovered", "--json"], 1, [], options)).stdout);
  assertHas(document, { verified: false, notCovered, differences: { changed: [], missing: [], extra: [] } });
});

Deno.test("verify says which unsigned files it has accepted", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  await runWell(SIGN, options);
  place.write("bert/weights/new.bin");
  place.write("bert/code/run.py");
  const args = [...VERIFY, "--ignore-unsigned-files"];
  assertEquals(
    firstLine(await runWell(args, options)),
    'Verified "bert": the 2 signed files are as signed; not covered: code/ (1 file), weights/new.bin',
  );
  await runToFail([...args, "--no-uncovered"], 1, ["code/ (1 file)"], options);
});

Deno.test("a signature over one digest is verified in the form that is named, and in no other", async (t) => {
  for (const form of ["h1", "h2"]) {
    await t.step(form, async () => {
      using place = new Workplace();
      place.makeKeys();
      const options = { cwd: place.path };
      await runWell([...SIGN, "--serialization", form], options);
      const failed = await runToFail(
        [...VERIFY, "--json"],
        1,
        ['"bert/model.sig"', `--serialization ${form}`],
        options,
      );
      assertHas(parseDocument(failed.stdout), { verified: false, signer: null });
      assertMatch(
        await runWell([...VERIFY, "--serialization", form], options),
        new RegExp(
          `^Verified "bert": the 2 signed files are as signed \\(${form}: one digest over all of them\\), and`,
        ),
      );
      await runToFail([...VERIFY, "--serialization", form === "h1" ? "h2" : "h1"], 1, ["not what was signed"], options);
    });
  }
});

Deno.test("sign warns about a Git LFS pointer, and verify names one", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  const { sha256Hex } = await import("../oms/_statements.ts");
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256Hex("content")}\nsize 7\n`;
  place.write("bert/w.bin", "content");
  await runWell(SIGN, options);
  place.write("bert/w.bin", pointer);
  const failed = await runToFail(VERIFY, 1, ['"w.bin" is a Git LFS pointer to the signed content'], options);
  assertEquals(
    failed.stdout,
    "  changed  w.bin\n           a Git LFS pointer to the signed content: run `git lfs pull`\n",
  );

  const signed = await runProgram(SIGN, options);
  assertEquals(
    [signed.code, signed.stderr],
    [
      0,
      'warning: "w.bin" is a Git LFS pointer, not the content: run `git lfs pull` and sign again to sign the content\n',
    ],
  );
});

Deno.test("verify shows in which characters names differ that look alike", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  place.write("bert/mod\u00e8le");
  await runWell(SIGN, options);
  Deno.renameSync(`${place.model}/mod\u00e8le`, `${place.model}/mode\u0300le`);
  const failed = await runToFail(VERIFY, 1, ["Unicode normalization"], options);
  assertEquals(
    failed.stdout,
    [
      "  missing  mod\u00e8le",
      "           signed as mod\\u{e8}le, here as mode\\u{300}le: only Unicode normalization differs",
      "  extra    mode\u0300le",
      "",
    ].join("\n"),
  );
});
