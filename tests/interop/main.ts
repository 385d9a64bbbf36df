// deno-lint-ignore-file no-console -- a program of its own, whose output is the table
/**
 * Cross-checks our program against other implementations of OMS v1.0: what they sign, ours must verify and the other
 * way round, and each must refuse what the other signed and someone changed.
 *
 *     deno task interop [--only PATTERN] [--program FILE]
 *
 * `--only` takes the cases whose name matches; `--program` checks another build of ours, such as the compiled binary.
 *
 * The method `sigstore` needs an identity and the public log, so it has no place here: tests/fixtures holds genuine
 * signatures of it by other implementations.
 */

import { CASES } from "./cases.ts";
import { Match } from "./check.ts";
import { Go, type GoTool, installGo } from "./go.ts";
import { Ours } from "./ours.ts";
import { checkHuggingFace } from "./hugging_face.ts";
import { complaint, type Implementation, run } from "./peer.ts";
import { installPython, Python } from "./python.ts";
import { count, render, type Row, uniformRow } from "./table.ts";

/** Cases at a time: each has one process running most of the while, and the machines that check this have two cores. */
const PARALLEL = 2;

interface Options {
  only: RegExp;
  program?: string;
}

/** Runs everything; true if nothing failed. */
async function main(options: Options): Promise<boolean> {
  const work = await Deno.makeTempDir({ prefix: "model-signing-interop-" });
  const ours = new Ours(options.program);
  const rows: Row[] = [];
  try {
    rows.push(...await checkPython(ours, options, work), ...await checkGo(ours, options, work));
  } finally {
    await tidy(work, rows);
  }
  const { passed, failed, explained } = count(rows);
  console.log(`interop: ${passed} passed, ${failed} failed, ${explained} explained`);
  return failed === 0 && passed > 0;
}

/** Removes the models and signatures, unless they are wanted to see what failed. */
async function tidy(work: string, rows: Row[]): Promise<void> {
  const made = [...Deno.readDirSync(work)].length > 0;
  if (made && count(rows).failed > 0) console.error(`What failed is left in ${work}`);
  else await Deno.remove(work, { recursive: true });
}

/** The reference must be there: without it nothing has been checked. */
async function checkPython(ours: Ours, options: Options, work: string): Promise<Row[]> {
  let interpreter: string;
  try {
    interpreter = await installPython();
    await makeKeys(interpreter, `${work}/keys`);
  } catch (error) {
    return report("Python", [uniformRow("install", { state: "failed", note: `python: ${words(error)}` })]);
  }
  await using python = new Python(interpreter);
  return [...await checkPeer(ours, python, options, work), ...await checkDownloads(ours, python, options, work)];
}

/** What `huggingface_hub` makes of a signed model. */
async function checkDownloads(ours: Ours, python: Python, { only }: Options, work: string): Promise<Row[]> {
  if (!only.test("Hugging Face")) return [];
  try {
    const rows = await checkHuggingFace(ours, python, `${work}/keys`, `${work}/hugging-face`);
    return report("Hugging Face: huggingface_hub", rows);
  } catch (error) {
    const failed = uniformRow("download", { state: "failed", note: `Hugging Face: ${words(error)}` });
    return report("Hugging Face: huggingface_hub", [failed]);
  }
}

/** The Go tool may be out of reach: that is said, and no failure of ours. */
async function checkGo(ours: Ours, options: Options, work: string): Promise<Row[]> {
  let tool: GoTool;
  try {
    tool = await installGo();
  } catch (error) {
    return report("Go", [uniformRow("fetch and build", { state: "explained", note: `go: ${words(error)}` })]);
  }
  return await checkPeer(ours, new Go(tool), options, work);
}

/** All cases against one peer. */
async function checkPeer(ours: Ours, theirs: Implementation, { only }: Options, work: string): Promise<Row[]> {
  const cases = CASES.filter(({ name }) => only.test(name));
  const rows: Row[] = [];
  const queue = cases.entries();
  await Promise.all(Array.from({ length: PARALLEL }, async () => {
    for (const [at, wanted] of queue) { // one iterator for all: each takes what is next
      const match = new Match(wanted, ours, theirs, `${work}/keys`, `${work}/${theirs.name}-${at}`);
      rows[at] = await match.row().catch((error) =>
        uniformRow(wanted.name, { state: "failed", note: `${wanted.name}: ${words(error)}` })
      );
    }
  }));
  return report(theirs.title, rows);
}

function report(title: string, rows: Row[]): Row[] {
  console.log(`${render(title, rows)}\n`);
  return rows;
}

async function makeKeys(interpreter: string, directory: string): Promise<void> {
  await Deno.mkdir(directory);
  const script = new URL("make_keys.py", import.meta.url).pathname;
  const ran = await run(interpreter, ["-I", script, directory]);
  if (ran.code !== 0) throw new Error(`make_keys.py: ${complaint(ran)}`);
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Two flags do not need a parser. */
function parse(args: string[]): Options {
  const options: Options = { only: /(?:)/ };
  for (let at = 0; at < args.length; at += 2) {
    const [flag, value] = [args[at], args[at + 1]];
    if (flag === "--only" && value !== undefined) options.only = new RegExp(value);
    else if (flag === "--program" && value !== undefined) options.program = value;
    else throw new TypeError(`Cannot read ${flag}: usage: interop [--only PATTERN] [--program FILE]`);
  }
  return options;
}

if (import.meta.main) Deno.exit(await main(parse(Deno.args)) ? 0 : 1);
