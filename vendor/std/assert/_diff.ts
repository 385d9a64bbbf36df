import { inspect } from "./_inspect.ts";

/**
 * Above this many pairs of lines, those that differ are shown as two blocks instead of aligned: the table would grow
 * too large.
 */
const MAX_PAIRS = 4_000_000;

/**
 * Shows where two values differ, line by line.
 *
 * @param actual The one value, whose own lines begin with `-`.
 * @param expected The other value, whose own lines begin with `+`.
 * @returns The lines of both, with a heading.
 */
export function diff(actual: unknown, expected: unknown): string {
  const areStrings = typeof actual === "string" && typeof expected === "string";
  const toLines = areStrings ? stringLines : (value: unknown): string[] => inspect(value).split("\n");
  return ["", "    [Diff] Actual / Expected", "", ...diffLines(toLines(actual), toLines(expected)), ""].join("\n");
}

/** The lines of a string, quoted, so that blanks and line ends show. */
function stringLines(value: unknown): string[] {
  return String(value).split(/(?<=\n)/).map((line) => JSON.stringify(line));
}

function diffLines(actual: string[], expected: string[]): string[] {
  let start = 0;
  while (start < actual.length && start < expected.length && actual[start] === expected[start]) start++;
  let end = 0;
  const most = Math.min(actual.length, expected.length) - start;
  while (end < most && actual.at(-1 - end) === expected.at(-1 - end)) end++;
  return [
    ...mark("    ", actual.slice(0, start)),
    ...align(actual.slice(start, actual.length - end), expected.slice(start, expected.length - end)),
    ...mark("    ", actual.slice(actual.length - end)),
  ];
}

function mark(sign: string, lines: string[]): string[] {
  return lines.map((line) => sign + line);
}

function align(actual: string[], expected: string[]): string[] {
  if (actual.length * expected.length > MAX_PAIRS) return [...mark("-   ", actual), ...mark("+   ", expected)];
  const width = expected.length + 1;
  const common = commonLengths(actual, expected);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < actual.length && j < expected.length) {
    if (actual[i] === expected[j]) {
      lines.push(`    ${actual[i++]}`);
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) lines.push(`-   ${actual[i++]}`);
    else lines.push(`+   ${expected[j++]}`);
  }
  return [...lines, ...mark("-   ", actual.slice(i)), ...mark("+   ", expected.slice(j))];
}

/**
 * A table of the longest common subsequence of `actual` from `i` and `expected` from `j`, at `i * (expected.length + 1)
 * + j`.
 */
function commonLengths(actual: string[], expected: string[]): Uint32Array {
  const width = expected.length + 1;
  const lengths = new Uint32Array((actual.length + 1) * width);
  for (let i = actual.length - 1; i >= 0; i--) {
    for (let j = expected.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] = actual[i] === expected[j]
        ? lengths[at + width + 1]! + 1
        : Math.max(lengths[at + width]!, lengths[at + 1]!);
    }
  }
  return lengths;
}
