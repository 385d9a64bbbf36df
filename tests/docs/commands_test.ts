/**
 * Every command line in every page works: a block marked `sh` is run, together with the hidden commands of the page
 * (`<!-- run: … -->`), and all other commands of the program are at least understood by it.
 */
import { assert, assertEquals } from "@std/assert";
import { parse as parseYaml } from "yaml";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { DocsHost } from "./_docs_host.ts";
import { type Block, blocksOf, commandsOf, readPages, ROOT } from "./_pages.ts";

const pages = await readPages();
const blocks = pages.flatMap(blocksOf);

for (const page of pages) {
  const runnable = blocksOf(page).filter(isRun);
  if (runnable.length === 0) continue;
  Deno.test({
    name: `the commands of ${page.path} run`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using host = await DocsHost.start();
      const { code, stderr, stdout } = await host.run(scriptOf(runnable));
      assertEquals(code, 0, `${stderr}\n${stdout}`);
    },
  });
}

function isRun({ language, note }: Block): boolean {
  return language === "sh" && note === "";
}

/** One script, so that a block sees what earlier ones made; it says where it stopped. */
function scriptOf(runnable: readonly Block[]): string {
  const head = ["set -eEu -o pipefail", "trap 'echo \"stopped at $here\" >&2' ERR"];
  const parts = runnable.map(({ page, line, text }) => `here=${page}:${line}\n${text}`);
  return [...head, ...parts, ""].join("\n");
}

Deno.test("every command of the program in the pages is understood by it", () => {
  const commands = pages.flatMap((page) => commandsOf(page, "model-signing"));
  assert(commands.length > 30);
  for (const { place, words } of commands) {
    try {
      parseCommandLine(words);
    } catch (error) {
      throw new Error(`${place}: model-signing ${words.join(" ")}`, { cause: error });
    }
  }
});

Deno.test("every `deno task` in the pages exists", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  for (const { path, text } of pages) {
    for (const [words, name] of text.matchAll(/deno(?:@[\d.]+)? task ([a-z]+(?::[a-z]+)?)/g)) {
      assert(name! in tasks, `${path}: ${words}`);
    }
  }
});

Deno.test("a block is marked as something that the tests know", () => {
  const known = ["sh", "sh example", "console example", "yaml", "json", "text", "ts", "ts ignore"];
  for (const { page, line, language, note } of blocks) {
    assert(known.includes(`${language} ${note}`.trim()), `${page}:${line}: \`\`\`${language} ${note}`);
  }
});

Deno.test("YAML and JSON blocks can be parsed", () => {
  for (const { page, line, language, text } of blocks) {
    try {
      if (language === "yaml") parseYaml(text);
      if (language === "json") JSON.parse(text);
    } catch (error) {
      throw new Error(`${page}:${line}`, { cause: error });
    }
  }
});
