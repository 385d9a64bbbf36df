/** `deno task install`: the installed program stands alone, and is replaced whole. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { install, type Installation } from "../../tasks/install.ts";
import { type Outcome, processOptions, Workplace } from "../_program.ts";
import { TempDirectory } from "../_temp_directory.ts";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));

/** What the program is made of. */
const SOURCES = ["cli.ts", "deno.json", "deno.lock", "src", "tasks", "vendor", "wasm"];

/** Copies what the program is made of, for a test to remove. */
function copyCheckout(to: string): void {
  const copy = (from: string, to: string): void => {
    if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, to);
    Deno.mkdirSync(to, { recursive: true });
    for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
  };
  Deno.mkdirSync(to);
  for (const name of SOURCES) copy(`${CHECKOUT}/${name}`, `${to}/${name}`);
}

/** Where the tests' own Deno keeps packages: without it, another home would mean fetching them again. */
async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

async function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<Outcome> {
  const output = await new Deno.Command(command, { ...processOptions({ cwd, env }), args }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout: stdout!, stderr: stderr! };
}

/** An installation of a program that prints its version and its arguments. */
function small(root: string, version: string, more: Partial<Installation> = {}): Installation {
  const program = `console.log(${JSON.stringify(version)}, ...Deno.args);`;
  return {
    root,
    version,
    deno: Deno.execPath(),
    bundle: (directory) => Deno.writeTextFile(`${directory}/cli.js`, program),
    ...more,
  };
}

const ignore = Deno.build.os === "windows";

Deno.test({
  name: "the installed program signs and verifies when the checkout is gone and Deno is not on the PATH",
  ignore,
  fn: async () => {
    using place = new Workplace();
    place.makeKeys();
    copyCheckout(`${place.path}/checkout`);
    const home = place.makeDirectory("home of 'someone'");
    const env = { HOME: home, DENO_DIR: await denoDirectory(), NO_COLOR: "1" };
    const installed = await run(Deno.execPath(), ["task", "--quiet", "install"], `${place.path}/checkout`, env);
    assertEquals(installed.code, 0, installed.stderr);
    const launcher = `${home}/.deno/bin/model-signing`;
    assertEquals(installed.stdout.split("\n").length, 4, installed.stdout);
    for (const path of [launcher, `${home}/.deno/bin`, `${home}/.deno/lib/model-signing`]) {
      assert(installed.stdout.includes(path), installed.stdout);
    }
    Deno.removeSync(`${place.path}/checkout`, { recursive: true });

    // A configuration of where it runs is none of its business.
    place.write("deno.json", '{"imports": {"node:path": "./nothing.ts"}, "nodeModulesDir": "manual"}');
    place.write("package.json", '{"type": "commonjs", "dependencies": {"nothing": "1.0.0"}}');
    const offPath = { HOME: home, PATH: "/usr/bin:/bin" };
    for (
      const [args, word] of [
        ["--version", /^model-signing \d+\.\d+\.\d+\n$/],
        ["sign key bert --private-key key.pem --hash-algorithm blake3 --workers 2", /^Signed /],
        ["verify key bert --public-key key.pub", /^Verified /],
        ["trust show --offline", /./],
      ] as const
    ) {
      const { code, stdout, stderr } = await run(launcher, args.split(" "), place.path, offPath);
      assertEquals([args, code, stderr], [args, 0, ""]);
      assertMatch(stdout, word);
    }
  },
});

Deno.test({
  name: "an older version is replaced whole",
  ignore,
  fn: async () => {
    using directory = new TempDirectory();
    directory.write("bin/.model-signing/deno.json", "{}"); // as `deno install` of 0.1.0 left it
    directory.write("bin/model-signing", "older");
    directory.write("bin/other-program");
    directory.write("lib/other-program/cli.js");
    for (const version of ["0.1.0", "0.2.0"]) {
      const launcher = await install(small(directory.path, version));
      assertEquals(launcher, `${directory.path}/bin/model-signing`);
      const { code, stdout } = await run(launcher, ["a b", "*", "$HOME"], directory.path);
      assertEquals([code, stdout], [0, `${version} a b * $HOME\n`]);
      const names = (path: string): string[] => Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
      assertEquals(names(`${directory.path}/bin`), ["model-signing", "other-program"]);
      const versions = names(`${directory.path}/lib/model-signing`);
      assertEquals([versions.length, versions[0]?.startsWith(`${version}-`)], [1, true]);
      assertEquals(names(`${directory.path}/lib`), ["model-signing", "other-program"]);
    }
  },
});

Deno.test({
  name: "an installation that fails leaves the older version as it was",
  ignore,
  fn: async () => {
    using directory = new TempDirectory();
    const launcher = await install(small(directory.path, "0.1.0"));
    const bundle = async (directory: string): Promise<void> => {
      await Deno.writeTextFile(`${directory}/cli.js`, "half a program");
      throw new Error("no space");
    };
    await assertRejects(() => install(small(directory.path, "0.2.0", { bundle })), Error, "no space");
    assertEquals((await run(launcher, [], directory.path)).stdout, "0.1.0\n");
    assertEquals([...Deno.readDirSync(`${directory.path}/lib/model-signing`)].length, 1);
  },
});

Deno.test({
  name: "the launcher runs the Deno that installed it, or else the one on the PATH, or else npx, or else says so",
  ignore,
  fn: async () => {
    using directory = new TempDirectory();
    const script = (name: string): void => {
      const path = directory.write(name, `#!/bin/sh\necho ${name} "$1" "$2" "$3"\n`);
      Deno.chmodSync(path, 0o755);
    };
    const launcher = await install(small(directory.path, "0.1.0", { deno: `${directory.path}/own/deno` }));
    const start = (): Promise<Outcome> => run(launcher, [], directory.path, { PATH: `${directory.path}/path` });
    directory.makeDirectory("path");
    const missing = await start();
    assertEquals([missing.code, missing.stdout], [3, ""]);
    assertMatch(missing.stderr, /^error: Deno was not found: install Deno \d+\.\d+\.\d+ or newer, or npm\n$/);
    script("path/npx");
    assertEquals((await start()).stdout, `path/npx --yes deno@${Deno.version.deno} run\n`);
    script("path/deno");
    assertEquals((await start()).stdout, "path/deno run --quiet --no-config\n");
    script("own/deno");
    assertEquals((await start()).stdout, "own/deno run --quiet --no-config\n");
  },
});
