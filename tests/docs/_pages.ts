/** The Markdown pages of the repository: their code blocks, commands, links and headings. */
import { fileURLToPath } from "node:url";

/** The root of the repository, without a slash at the end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** A Markdown page. */
export interface Page {
  /** Path relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** A fenced code block, or a hidden command: an HTML comment `<!-- run: COMMAND -->`. */
export interface Block {
  readonly page: string;
  /** Line number of the first line of its content. */
  readonly line: number;
  /** Such as `sh`. */
  readonly language: string;
  /** What follows the language, such as `example`. */
  readonly note: string;
  readonly text: string;
}

/** Directories without pages of ours, or with pages that describe data of others. */
const SKIPPED = [".git", "node_modules", "vendor", "fixtures", "dist"];

/** Reads all pages. */
export async function readPages(): Promise<Page[]> {
  const paths = findPages("");
  const pages = paths.map(async (path) => ({ path, text: await Deno.readTextFile(`${ROOT}/${path}`) }));
  return (await Promise.all(pages)).sort((a, b) => a.path < b.path ? -1 : 1);
}

function findPages(directory: string): string[] {
  return [...Deno.readDirSync(`${ROOT}/${directory}`)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return SKIPPED.includes(name) ? [] : findPages(`${directory}${name}/`);
    return name.endsWith(".md") ? [`${directory}${name}`] : [];
  });
}

/**
 * Finds the code blocks and hidden commands of a page.
 *
 * @param page The page.
 * @returns The blocks, in order.
 */
export function blocksOf({ path, text }: Page): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; language: string; note: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^\s*(```+)(\S*)\s*(.*)$/.exec(line);
    const hidden = /^<!-- run: (.*) -->$/.exec(line);
    if (open !== undefined && fence?.[1] === open.fence && fence[2] === "") {
      blocks.push({
        page: path,
        line: open.line,
        language: open.language,
        note: open.note,
        text: open.lines.join("\n"),
      });
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (fence !== null) {
      open = { fence: fence[1]!, language: fence[2]!, note: fence[3]!, line: index + 2, lines: [] };
    } else if (hidden !== null) {
      blocks.push({ page: path, line: index + 1, language: "sh", note: "", text: hidden[1]! });
    }
  }
  return blocks;
}

/** The page without its code blocks, in which neither links nor headings count. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^\s*(```+)[^]*?^\s*\1$/gm, "").replaceAll(/<!--[^]*?-->/g, "");
}

/** A command of a page. */
export interface PageCommand {
  /** Page and line, or page alone for a command within a sentence. */
  readonly place: string;
  /** The words, without quotation marks and redirections. */
  readonly words: readonly string[];
}

/**
 * Finds all commands of a program in a page: in blocks of any language, and in `code` within sentences.
 *
 * @param page The page.
 * @param program The program's name.
 * @returns The commands, with the words after the program's name. Forms with placeholders in brackets are left out.
 */
export function commandsOf(page: Page, program: string): PageCommand[] {
  const inBlocks = blocksOf(page).filter(({ language }) => language !== "ts").flatMap(({ line, text }) =>
    text.replaceAll("\\\n", "  ").split("\n").map((words, index) => ({
      place: `${page.path}:${line + index}`,
      // As in a YAML list, behind `run:`, or behind a prompt.
      words: words.replace(/^\s*(?:[-$!] )?\s*(?:run: )?/, ""),
    }))
  );
  const inline = [...proseOf(page).matchAll(/`([^`]+)`/g)].map(([, words]) => ({
    place: page.path,
    words: words!.replaceAll("\n", " "),
  }));
  return [...inBlocks, ...inline]
    .filter(({ words }) => words.startsWith(`${program} `) && !/[[\]…]|COMMAND/.test(words.replaceAll(/'[^']*'/g, "")))
    .map(({ place, words }) => ({ place, words: shellWords(words).slice(1) }));
}

/** Splits a simple shell command, up to the first redirection, pipe or comment. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (/^(?:>|\||&&|#|;|2>)/.test(word)) break;
    words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
  }
  return words;
}

/** The anchors of a page, as GitHub makes them from headings. */
export function anchorsOf(page: Page): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(page).matchAll(/^#{1,6} (.*)$/gm)) {
    const slug = heading!.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}
