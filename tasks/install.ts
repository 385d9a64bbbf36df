// deno-lint-ignore-file no-console -- a task talks to the developer
/**
 * Installs the program for this user. What is installed needs neither this checkout nor its configuration.
 *
 *     deno task install                 into $DENO_INSTALL_ROOT, or else ~/.deno, as `deno install --global` does
 *     deno task install --root DIR      into DIR
 *
 * The bundled program goes to a new directory, `lib/model-signing/VERSION-RANDOM`. Then the launcher,
 * `bin/model-signing`, is replaced in one step, and older versions are removed: an installation that is interrupted
 * leaves the older version as it was.
 */
import { parseArgs } from "@std/cli";
import { join, resolve } from "node:path";
import config from "../deno.json" with { type: "json" };
import { writeWhole } from "../src/io/atomic_write.ts";
import { PERMISSIONS } from "./_permissions.ts";

const NAME = "model-signing";

/** What to install and where. */
export interface Installation {
  /** The directory with `bin` and `lib`. */
  readonly root: string;
  readonly version: string;
  /** The Deno to run the program with, as long as it is there. */
  readonly deno: string;
  /** Writes the program into a directory; its entry point is `cli.js`. */
  readonly bundle: (directory: string) => Promise<void>;
}

/**
 * Installs the program, and removes what an older installation left.
 *
 * @param installation What to install and where.
 * @returns The launcher's path.
 */
export async function install({ root, version, deno, bundle }: Installation): Promise<string> {
  const [bin, lib] = [join(root, "bin"), join(root, "lib", NAME)];
  await Deno.mkdir(bin, { recursive: true });
  await Deno.mkdir(lib, { recursive: true });
  const directory = await Deno.makeTempDir({ dir: lib, prefix: `${version}-` });
  try {
    await Deno.chmod(directory, 0o755).catch(() => {}); // Windows has no modes.
    await bundle(directory);
  } catch (error) {
    await Deno.remove(directory, { recursive: true });
    throw error;
  }
  const [launcher, text] = Deno.build.os === "windows"
    ? [join(bin, `${NAME}.cmd`), batchLauncher(join(directory, "cli.js"), deno)]
    : [join(bin, NAME), shellLauncher(join(directory, "cli.js"), deno, version)];
  writeWhole(launcher, [new TextEncoder().encode(text)], { mode: 0o755 });
  for await (const { name } of Deno.readDir(lib)) {
    if (join(lib, name) !== directory) await Deno.remove(join(lib, name), { recursive: true });
  }
  // Up to version 0.1.0 `deno install` kept this beside its launcher.
  await Deno.remove(join(bin, `.${NAME}`), { recursive: true }).catch(() => {});
  return launcher;
}

/** No configuration of the directory that the program is started in, or installed below, may change what it does. */
const OPTIONS = ["run", "--quiet", "--no-config", "--no-lock", "--node-modules-dir=none", ...PERMISSIONS].join(" ");

/** Deno may come from a cache of npx, which may be emptied, and need not be on the PATH. */
function shellLauncher(program: string, deno: string, version: string): string {
  return `#!/bin/sh
# ${NAME} ${version}, written by \`deno task install\`.
program=${quoteForShell(program)}
deno=${quoteForShell(deno)}
[ -x "$deno" ] || deno=$(command -v deno) || {
  command -v npx >/dev/null || {
    echo "error: Deno was not found: install Deno ${Deno.version.deno} or newer, or npm" >&2
    exit 3
  }
  exec npx --yes deno@${Deno.version.deno} ${OPTIONS} "$program" "$@"
}
exec "$deno" ${OPTIONS} "$program" "$@"
`;
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function batchLauncher(program: string, deno: string): string {
  const escape = (text: string): string => text.replaceAll("%", "%%");
  return [
    "@echo off",
    `set "deno=${escape(deno)}"`,
    'if not exist "%deno%" set "deno=deno"',
    `"%deno%" ${OPTIONS} "${escape(program)}" %*`,
    "",
  ].join("\r\n");
}

/** In pieces, so that a command loads only what it uses. */
async function bundleProgram(directory: string): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--code-splitting", "--outdir", directory, "cli.ts"],
    cwd: new URL("..", import.meta.url),
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("`deno bundle` failed");
}

function installRoot(): string | undefined {
  const home = Deno.env.get(Deno.build.os === "windows" ? "USERPROFILE" : "HOME");
  return Deno.env.get("DENO_INSTALL_ROOT") || (home && join(home, ".deno"));
}

function isOnPath(directory: string): boolean {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  return (Deno.env.get("PATH") ?? "").split(separator).some((path) => path !== "" && resolve(path) === directory);
}

async function main(): Promise<number> {
  const { root = installRoot() } = parseArgs(Deno.args, { string: ["root"] });
  if (!root) {
    console.error("error: no directory to install into is known: set HOME, or give --root DIR");
    return 2;
  }
  const launcher = await install({
    root: resolve(root),
    version: config.version,
    deno: Deno.execPath(),
    bundle: bundleProgram,
  });
  const [bin, lib] = [join(resolve(root), "bin"), join(resolve(root), "lib", NAME)];
  console.log(`Installed ${NAME} ${config.version}: ${launcher}`);
  if (!isOnPath(bin)) console.log(`To run it by its name, put ${bin} on your PATH`);
  console.log(`To remove it: delete ${launcher} and ${lib}`);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(`error: cannot install ${NAME}: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
