/** Help is found where it is looked for, names every option, and its examples can be copied. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { belongsTo, OPTIONS } from "../../src/cli/options.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { runWell } from "../_program.ts";

/** Every command, and every method of it, that this version has. */
const SUBJECTS = COMMANDS.filter((command) => command.available).flatMap((command) => [
  { command, method: undefined },
  ...(command.methods ?? []).filter((method) => method.available).map((method) => ({ command, method })),
]);

for (const { command, method } of SUBJECTS) {
  const words = method === undefined ? [command.name] : [command.name, method.name];
  Deno.test(`${words.join(" ")} --help`, async () => {
    const help = await runWell([...words, "--help"]);
    const methods = method === undefined ? command.methods ?? [] : [method];
    const options = OPTIONS.filter((option) =>
      belongsTo(option, command.name, undefined) || methods.some((one) => belongsTo(option, command.name, one.name))
    );
    for (const option of options) {
      assertMatch(help, new RegExp(`^ {2}(-\\w, )?--(\\[no-\\])?${option.name}( |$)`, "m"), option.name);
    }
    // And no option of anything else.
    const named = [...help.matchAll(/^ {2}(?:-\w, )?--(?:\[no-\])?([\w-]+)/gm)].map(([, name]) => name);
    assertEquals(named.sort(), options.map((option) => option.name).sort());
    assertMatch(help, /\nUsage:\n {2}model-signing .*\n/);
    assertMatch(help, /\nExamples:\n( {2}model-signing .*\n)+$/);
    const table = help.slice(help.indexOf("\nOptions:"), help.indexOf("\nExamples:"));
    for (const line of table.split("\n")) assert(line.length <= 100, line);
  });
}

Deno.test("help is the same wherever it is asked for", async () => {
  const help = await runWell(["sign", "key", "--help"]);
  for (const line of ["sign key -h", "--help sign key", "sign key bert --help --private-key x --workers 1"]) {
    assertEquals(await runWell(line.split(" ")), help, line);
  }
});

Deno.test("--help lists every command and the exit statuses", async () => {
  const help = await runWell(["--help"]);
  for (const { name, available, help: what } of COMMANDS) {
    assertEquals(help.includes(`\n  ${name} `) && help.includes(what), available, name);
  }
  assertStringIncludes(help, "\nExamples:\n  model-signing sign ");
  for (const status of ["0 done", "1 not verified", "2 usage", "3 environment error"]) {
    assertStringIncludes(help, status);
  }
});

Deno.test("sign --help says which methods are not there yet", async () => {
  const help = (await runWell(["sign", "--help"])).replaceAll(/\n {10,}/g, " ");
  for (const { name, available } of COMMANDS[0]!.methods!) {
    const line = help.split("\n").find((line) => line.startsWith(`  ${name} `))!;
    assertEquals(line.includes("not in this version yet"), !available, line);
  }
});

// An example that the program does not understand would be worse than none.
Deno.test("every example of help is understood", () => {
  const examples = COMMANDS.flatMap((command) => [
    ...command.examples,
    ...(command.methods ?? []).flatMap((method) => method.examples),
  ]);
  assert(examples.length > 5);
  for (const example of examples) {
    const words = example.replace(/ > .*$/, "").split(" ");
    assertEquals(parseCommandLine(words).command?.name, words[0], example);
  }
});

Deno.test("the help of what is not there yet says so", async () => {
  for (const line of ["sign pkcs11-key --help", "sign pkcs11-certificate --help"]) {
    assertStringIncludes(await runWell(line.split(" ")), "not in this version yet");
  }
});
