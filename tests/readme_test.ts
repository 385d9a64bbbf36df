import { assert, assertEquals } from "@std/assert";
import { programHelp } from "../src/cli/help.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { parseCommandLine } from "../src/cli/parse.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));

Deno.test("README shows the help as the program prints it", () => {
  assert(readme.includes(programHelp().trimEnd()), "the README's usage is not what --help prints");
});

Deno.test("README and help give only commands that the program understands", () => {
  const examples = COMMANDS.flatMap((command) => [
    ...command.examples,
    ...(command.methods ?? []).flatMap((method) => method.examples),
  ]);
  const lines = [...readme.matchAll(/^(?:\$ )?model-signing ((?:sign|verify|digest|inspect) .*)$/gm)].map(([, words]) =>
    words!
  );
  assert(lines.length >= 6, "the README's examples were not found");
  for (const line of [...examples, ...lines]) {
    const { command } = parseCommandLine(line.replace(/ > .*/, "").split(" "));
    assertEquals(command?.name, line.split(" ")[0]);
  }
});

Deno.test("README names the version of Deno that CI uses", async () => {
  const ci = await Deno.readTextFile(new URL("../.ci/run", import.meta.url));
  const [wanted] = /deno@[\d.]+/.exec(ci)!;
  assert(readme.includes(`npx --yes ${wanted} task demo`) && readme.includes(`npx --yes ${wanted} task test`));
});
