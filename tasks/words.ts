// deno-lint-ignore-file no-console -- a task talks to the developer
/**
 * Finds words in code, tests and pages that have a plainer equivalent (`words.json`), and checks the spelling with
 * cspell against the project's dictionary (`dictionary.txt`). Exits with 1 if it finds anything.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

interface Word {
  /** A regular expression, matched without regard to case. */
  readonly find: string;
  /** What to write instead. */
  readonly instead: string;
}

const ROOT = new URL("..", import.meta.url);
const SKIPPED =
  /^(?:vendor|tests\/fixtures)\/|^(?:tasks\/words\.|tasks\/dictionary|LICENSE|deno\.lock)|\/(?:worker_source|core_bytes)\.ts$/;

async function main(): Promise<number> {
  const files = (await listFiles()).filter((path) => /\.(?:ts|md)$/.test(path) && !SKIPPED.test(path));
  const found = findWords(files);
  for (const line of found) console.error(line);
  const spelling = await checkSpelling(files);
  if (found.length > 0) console.error(`\n${found.length} lines use words that tasks/words.json replaces`);
  return found.length > 0 || !spelling ? 1 : 0;
}

async function listFiles(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", { args: ["ls-files", "-z"], cwd: ROOT }).output();
  return new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
}

function findWords(files: readonly string[]): string[] {
  const words: Word[] = JSON.parse(Deno.readTextFileSync(new URL("words.json", import.meta.url)));
  const patterns = words.map(({ find, instead }) => ({ pattern: new RegExp(find, "i"), instead }));
  return files.flatMap((path) =>
    Deno.readTextFileSync(new URL(path, ROOT)).split("\n").flatMap((line, index) =>
      patterns.flatMap(({ pattern, instead }) => {
        const match = pattern.exec(line);
        return match === null ? [] : [`${path}:${index + 1}: "${match[0]}": write ${instead}`];
      })
    )
  );
}

async function checkSpelling(files: readonly string[]): Promise<boolean> {
  const list = await Deno.makeTempFile();
  try {
    // cspell takes relative paths in the list as relative to the list.
    await Deno.writeTextFile(list, files.map((path) => fileURLToPath(new URL(path, ROOT))).join("\n"));
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "-A", "npm:cspell@10.4.1", "lint", "--no-progress", "--no-summary", "--no-color"],
        ...["--config", "tasks/cspell.json", "--file-list", list],
      ],
      cwd: ROOT,
    }).spawn().status;
    return success;
  } finally {
    await Deno.remove(list);
  }
}

if (import.meta.main) Deno.exit(await main());
