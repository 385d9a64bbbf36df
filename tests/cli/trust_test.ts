/** The command `trust`: whom sigstore trusts, and the choice of an instance of one's own. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { shippedPublic } from "../../src/sigstore/trust/shipped.ts";
import { FIXTURES, parseDocument, runForJson, type RunOptions, runProgram, runToFail, runWell } from "../_program.ts";
import { TestRepository } from "../sigstore/trust/_repository.ts";
import { TempDirectory } from "../_temp_directory.ts";

/** Where this Deno keeps its packages: it would look for them in the cache directory that a test names. */
const DENO_DIR = JSON.parse(
  new TextDecoder().decode(new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync().stdout),
).denoDir as string;

/** A user with empty directories. */
class Home extends TempDirectory {
  /** All that TUF needs. */
  readonly run: RunOptions = {
    cwd: this.path,
    allow: ["--allow-read", "--allow-write", "--allow-env", "--allow-net"],
    env: {
      DENO_DIR,
      HOME: this.path,
      XDG_CACHE_HOME: `${this.path}/cache`,
      XDG_CONFIG_HOME: `${this.path}/settings`,
      LOCALAPPDATA: `${this.path}/cache`,
      APPDATA: `${this.path}/settings`,
    },
  };
}

function makeRepository(): TestRepository {
  const { trustedRoot, signingConfig } = shippedPublic();
  return new TestRepository({ "trusted_root.json": trustedRoot, "signing_config.v0.2.json": signingConfig });
}

/** What an explicit choice on the command line spares, and `trust show --offline` needs: to look for a choice made before. */
function settingsPermissions(home: Home): string[] {
  return ["--allow-env=HOME,XDG_CONFIG_HOME,APPDATA", `--allow-read=${home.path}/settings/model-signing`];
}

Deno.test("trust show --offline says how old what it trusts is", async () => {
  using home = new Home();
  const run = { ...home.run, allow: settingsPermissions(home) };
  for (const line of ["trust show --offline", "trust --offline"]) {
    const text = await runWell(line.split(" "), { ...run, now: new Date("2026-11-22T12:00:00Z") });
    assertMatch(
      text,
      /^Trusted: the public Sigstore instance, as it ships with this program; .* for want of --allow-env\n/,
    );
    assertStringIncludes(text, "as of 2026-11-05, 17 days ago");
    assertStringIncludes(text, "https://rekor.sigstore.dev from 2021-01-12");
    assertStringIncludes(text, "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d");
  }
  const whole = await runWell(["trust", "--offline"], { ...home.run, allow: ["--allow-read", "--allow-env"] });
  assertMatch(whole, /^Trusted: the public Sigstore instance, as it ships with this program\n/);
  const document = await runForJson(["trust", "show", "--offline"], run);
  assertEquals([document.asOf, document.mirror, document.error], [shippedPublic().asOf.toISOString(), null, null]);
  const staging = await runWell(["trust", "show", "--offline", "--use-staging"], { allow: [] });
  assertStringIncludes(staging, "log2025-alpha3.rekor.sigstage.dev/ (version 2)");
});

Deno.test("a choice that may have been made and cannot be read is an error, not the public instance", async () => {
  using home = new Home();
  await using repository = makeRepository();
  home.write("root.json", repository.firstRoot);
  await runWell(["trust", "init", "--mirror", repository.mirror.href, "--root", "root.json"], home.run);
  const file = `${home.path}/settings/model-signing/sigstore_instance.json`;
  const [env, read, rest] = ["--allow-env", "--allow-read", ["--allow-write", "--allow-net"]];
  for (const line of ["trust show", "trust show --offline"]) {
    const args = line.split(" ");
    const elsewhere = `--allow-read=${home.path}/cache`;
    await runToFail(args, 3, [`"${file}"`, `--allow-read=${file}`], { ...home.run, allow: [env, elsewhere, ...rest] });
    await runToFail(args, 3, ["--allow-env=XDG_CONFIG_HOME,HOME"], { ...home.run, allow: [read, ...rest] });
    await runToFail(args, 3, ["--allow-env=XDG_CONFIG_HOME,HOME"], { ...home.run, allow: [] });
    const denied = [env, read, `--deny-read=${file}`, ...rest];
    await runToFail(args, 3, [`"${file}"`], { ...home.run, allow: denied });
    assertEquals((await runForJson(args, { ...home.run, allow: [env, read, ...rest] })).mirror, repository.mirror.href);
  }
});

Deno.test("trust show needs to read a file that it is given, and nothing else", async () => {
  for (
    const [option, name] of [["--trusted-root", "trusted_root.public-good"], [
      "--trust-config",
      "client_trust_config.example",
    ]]
  ) {
    const file = `${FIXTURES}/sigstore/${name}.json`;
    const document = await runForJson(["trust", "show", option!, file], { allow: [`--allow-read=${file}`] });
    assertStringIncludes(document.origin, file);
    assertEquals(document.services === null, option === "--trusted-root");
  }
});

Deno.test("trust init makes an instance the default, and without options the public one", async () => {
  using home = new Home();
  let mirror: string;
  {
    await using repository = makeRepository();
    home.write("root.json", repository.firstRoot);
    mirror = repository.mirror.href;
    const said = await runWell(["trust", "init", "--mirror", mirror, "--root", "root.json"], home.run);
    assertMatch(said, /^From now on trusted: the Sigstore instance of 127\.0\.0\.1/);
    assertEquals((await runForJson(["trust", "show"], home.run)).mirror, mirror);
  }
  const offline = await runForJson(["trust", "show", "--offline"], home.run);
  assertEquals([offline.mirror, offline.rootVersion], [mirror, 1]);
  // A library of TUF's reads the environment: where it may not, nothing that needs it is loaded, and nothing is asked.
  const { code, stderr } = await runProgram(["trust", "show", "--offline"], {
    ...home.run,
    allow: ["--allow-read", "--allow-env=HOME,XDG_CACHE_HOME,XDG_CONFIG_HOME,APPDATA,LOCALAPPDATA"],
  });
  assertEquals([code, stderr.includes("--offline")], [3, true], stderr);
  assertStringIncludes(await runWell(["trust", "init"], home.run), "the public Sigstore instance is trusted");
  assertEquals((await runForJson(["trust", "show", "--offline"], home.run)).mirror, null);
});

Deno.test("trust init with a root of another repository is refused, and chooses nothing", async () => {
  using home = new Home();
  await using repository = makeRepository();
  await using other = makeRepository();
  home.write("root.json", other.firstRoot);
  const args = ["trust", "init", "--json", "--mirror", repository.mirror.href, "--root", "root.json"];
  const { stdout } = await runToFail(args, 1, [repository.mirror.host, "signed by 0/1 keys"], home.run);
  assertStringIncludes(parseDocument(stdout).error, "Cannot trust");
  assertEquals((await runForJson(["trust", "show", "--offline"], home.run)).mirror, null);
});

Deno.test("trust show fails where the repository cannot be reached, and names --offline", async () => {
  using home = new Home();
  {
    await using repository = makeRepository();
    home.write("root.json", repository.firstRoot);
    await runWell(["trust", "init", "--mirror", repository.mirror.href, "--root", "root.json"], home.run);
  }
  Deno.removeSync(`${home.path}/cache`, { recursive: true });
  await runToFail(["trust", "show"], 3, ["the TUF repository", "--offline"], home.run);
  const noNetwork = { ...home.run, allow: ["--allow-read", "--allow-write", "--allow-env"] };
  await runToFail(["trust", "show"], 3, ["--allow-net"], noNetwork);
  await runToFail(["trust", "show"], 3, ["--allow-env"], { ...home.run, allow: [] });
});

Deno.test("trust show works without a cache, and says what it could not keep", async () => {
  using home = new Home();
  await using repository = makeRepository();
  home.write("root.json", repository.firstRoot);
  await runWell(["trust", "init", "--mirror", repository.mirror.href, "--root", "root.json"], home.run);
  Deno.removeSync(`${home.path}/cache`, { recursive: true });
  const { env } = home.run;
  const permissions = ["--allow-env", "--allow-net"];
  const cases: [what: string, run: RunOptions, word: string][] = [
    [
      "no permission to read it",
      { ...home.run, allow: [...permissions, `--allow-read=${home.path}/settings`] },
      "--allow-read",
    ],
    ["no permission to write it", { ...home.run, allow: [...permissions, "--allow-read"] }, "--allow-write"],
    ["it is a file", { ...home.run, env: { ...env, XDG_CACHE_HOME: `${home.path}/root.json` } }, "root.json"],
    ["no directory is known", { ...home.run, env: { ...env, HOME: "", XDG_CACHE_HOME: "" } }, "XDG_CACHE_HOME"],
  ];
  for (const [what, run, word] of cases) {
    const { code, stdout, stderr } = await runProgram(["trust", "show", "--json"], run);
    assertEquals([code, parseDocument(stdout).mirror], [0, repository.mirror.href], `${what}: ${stderr}`);
    assertMatch(stderr, /^warning: [^\n]+; it is fetched again each time[^\n]+\n$/, what);
    assertStringIncludes(stderr, word);
  }
});

Deno.test("trust refuses what it cannot be asked", async () => {
  const cases: [string, string[]][] = [
    ["trust init --mirror https://tuf.example.com", ["--root"]],
    ["trust init --root root.json", ["--mirror"]],
    ["trust init --mirror http://tuf.example.com --root root.json", ["--mirror", "https"]],
    ["trust init --mirror nowhere --root root.json", ["--mirror", "nowhere"]],
    ["trust show --mirror https://tuf.example.com", ["--mirror"]],
    ["trust init --offline", ["--offline"]],
    ["trust show --use-staging --trusted-root x", ["--use-staging", "--trusted-root"]],
    ["trust show public", ['"public"']],
  ];
  for (const [line, words] of cases) await runToFail(line.split(" "), 2, words, { allow: [] });
});
