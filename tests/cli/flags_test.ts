import { assertEquals } from "@std/assert";
import { messageOf, withFlags } from "../../src/cli/flags.ts";
import { option } from "../../src/text/option.ts";

Deno.test("options in messages of the library become flags", () => {
  const cases = {
    "Cannot use `shardSize` with `serialization` files": "Cannot use --shard-size with --serialization files",
    "name one with `trustedRootFile`, `trustConfigFile` or `staging`":
      "name one with --trusted-root, --trust-config or --use-staging",
    "`useAmbientCredentials` and `forceOutOfBand`": "--use-ambient-credentials and --oauth-force-oob",
    "`certificateOids` is no option called `certificate-oid`":
      "--certificate-oid is no option called `certificate-oid`",
    "run `git lfs pull`, or `true`": "run `git lfs pull`, or `true`",
  };
  for (const [message, shown] of Object.entries(cases)) assertEquals(withFlags(message), shown);
});

Deno.test("a quoted name stays as it is", () => {
  const quoted = ['"`shardSize`"', '"a\\" `shardSize`"', '"\\\\"'];
  for (const name of quoted) {
    assertEquals(withFlags(`Cannot read ${name}: use \`shardSize\``), `Cannot read ${name}: use --shard-size`);
  }
});

Deno.test("no message of the library writes a flag of the command line, and each option that one names has a flag", async () => {
  const { OPTIONS } = await import("../../src/cli/options.ts");
  const flags = new RegExp(`(?<![\\w-])--(${OPTIONS.map(({ name }) => name).join("|")})\\b`);
  const src = new URL("../../src/", import.meta.url);
  for (const path of sourceFiles(src)) {
    const text = Deno.readTextFileSync(path);
    const code = text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "").replaceAll(/run\([^)]*\)/g, "");
    assertEquals(flags.exec(code)?.[0], undefined, path.href);
    for (const [, name] of text.matchAll(/\boption\("(\w+)"\)/g)) {
      assertEquals(withFlags(option(name as Parameters<typeof option>[0])).startsWith("--"), true, name);
    }
  }
});

function* sourceFiles(directory: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (isDirectory && name !== "cli") yield* sourceFiles(new URL(`${name}/`, directory));
    else if (name.endsWith(".ts") && !["worker_source.ts", "error_codes.ts"].includes(name)) {
      yield new URL(name, directory);
    }
  }
}

Deno.test("what is thrown without being an error has a message too", () => assertEquals(messageOf("text"), "text"));
