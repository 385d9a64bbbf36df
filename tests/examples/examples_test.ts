/** The programs in `examples/` run, and the workflows there have a form that GitHub and GitLab accept. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse as parseYaml } from "yaml";
import { sign } from "../../mod.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { type Outcome, runCommand, Workplace } from "../_program.ts";
import { ROOT, shellWords } from "../docs/_pages.ts";

// deno-lint-ignore no-explicit-any -- a workflow is looked at member by member
type Yaml = any;

async function runExample(
  name: string,
  allow: readonly string[],
  args: readonly string[],
  cwd: string,
): Promise<Outcome> {
  const words = ["run", "--quiet", "--no-prompt", ...allow, `${ROOT}/examples/${name}`, ...args];
  return await runCommand(Deno.execPath(), words, { cwd });
}

Deno.test("verify_before_loading loads a verified model, and no other", async () => {
  using place = new Workplace();
  const { privateKey } = place.makeKeys();
  await sign(place.model, { signer: { kind: "key", privateKey: await Deno.readTextFile(privateKey) } });
  const run = (): Promise<Outcome> =>
    runExample("verify_before_loading.ts", ["--allow-read=bert,key.pub"], ["bert", "key.pub"], place.path);
  const good = await run();
  assertEquals(good.code, 0, good.stderr);
  assertStringIncludes(good.stdout, "Loaded a model of 12 layers");

  place.write("bert/config.json", '{"layers": 13}\n');
  const bad = await run();
  assertEquals(bad.code, 1, bad.stderr);
  assertStringIncludes(bad.stderr, "config.json");
  assert(!bad.stdout.includes("Loaded"));

  place.write("bert/config.json", '{"layers": 12}\n');
  place.write("bert/.git/hooks/run", "not signed");
  const uncovered = await run();
  assertEquals(uncovered.code, 1, uncovered.stderr);
  assert(!uncovered.stdout.includes("Loaded"));
});

Deno.test("sign_with_test_sigstore signs and verifies", async () => {
  using place = new Workplace();
  const { code, stdout, stderr } = await runExample("sign_with_test_sigstore.ts", ["-A"], [], place.path);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "Verified: the 1 signed file");
});

async function readExample(name: string): Promise<Yaml> {
  return parseYaml(await Deno.readTextFile(`${ROOT}/examples/${name}`), { strict: true, uniqueKeys: true });
}

const ACTION = /^[\w.-]+\/[\w./-]+@v\d+$/;

for (const name of ["sign.yml", "monitor.yml"]) {
  Deno.test(`${name} is a GitHub workflow`, async () => {
    const workflow = await readExample(name);
    assertEquals(Object.keys(workflow).filter((key) => !GITHUB_KEYS.includes(key)), []);
    assert(workflow.on !== undefined && workflow.permissions !== undefined);
    for (const job of Object.values<Yaml>(workflow.jobs)) {
      assert(typeof job["runs-on"] === "string");
      for (const step of job.steps) {
        assertEquals(Object.keys(step).filter((key) => !STEP_KEYS.includes(key)), []);
        assert(
          (step.uses === undefined) !== (step.run === undefined),
          "a step either uses an action or runs a command",
        );
        if (step.uses !== undefined) assert(ACTION.test(step.uses), step.uses);
      }
      checkCommands(job.steps.map((step: Yaml) => step.run ?? ""));
    }
  });
}

const GITHUB_KEYS = ["name", "on", "permissions", "concurrency", "jobs"];
const STEP_KEYS = ["name", "uses", "with", "run", "env", "if", "working-directory"];

Deno.test("sign.yml may ask for an identity token, and monitor.yml may not", async () => {
  assertEquals((await readExample("sign.yml")).permissions, { "id-token": "write", contents: "write" });
  assertEquals((await readExample("monitor.yml")).permissions, { contents: "read" });
});

Deno.test("gitlab-ci.yml is a pipeline whose signing job gets a token for Sigstore", async () => {
  const { stages, default: defaults, ...jobs } = await readExample("gitlab-ci.yml");
  assertEquals(typeof defaults.image, "string");
  assertEquals(jobs.sign.id_tokens, { SIGSTORE_ID_TOKEN: { aud: "sigstore" } });
  for (const job of Object.values<Yaml>(jobs)) {
    assert(stages.includes(job.stage));
    checkCommands(job.script);
  }
});

/** At least one command of the program is there, and the program understands all of them. */
function checkCommands(scripts: readonly string[]): void {
  const lines = scripts.flatMap((script) => script.split("\n")).filter((line) => line.startsWith("model-signing "));
  assert(lines.length > 0);
  for (const line of lines) parseCommandLine(shellWords(line).slice(1));
}
