/** The table of error codes, compared with the source. */
import { assert, assertEquals } from "@std/assert";
import { ERROR_CODES, type ErrorCodeInfo } from "../src/error_codes.ts";

const SOURCE = new URL("../src/", import.meta.url);
const INFO: Readonly<Record<string, ErrorCodeInfo>> = ERROR_CODES;

function* sources(directory: URL): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const url = new URL(isDirectory ? `${name}/` : name, directory);
    if (isDirectory) yield* sources(url);
    else if (name.endsWith(".ts") && !["error_codes.ts", "worker_source.ts"].includes(name)) {
      yield Deno.readTextFileSync(url);
    }
  }
}

const texts = [...sources(SOURCE)];

Deno.test("every code in the table is used", () => {
  const used = new Set(texts.flatMap((text) => text.match(/"[A-Z][A-Z0-9_]+"/g) ?? []));
  assertEquals(Object.keys(INFO).filter((code) => !used.has(`"${code}"`)), []);
});

Deno.test("errors are of a class that the table lists for their code", () => {
  const pattern = /new (VerificationError|RefusedError|UsageError|UnavailableError)\(\s*"([A-Z0-9_]+)"/g;
  const made = texts.flatMap((text) => [...text.matchAll(pattern)]).map(([, name, code]) => [name!, code!] as const);
  assert(made.length > 50);
  assertEquals(made.filter(([name, code]) => !INFO[code]?.classes.some((one) => one === name)), []);
});

Deno.test("every row is written in sentences", () => {
  for (const [code, { meaning, advice, classes }] of Object.entries(INFO)) {
    assert(meaning.endsWith(".") && advice.endsWith(".") && classes.length > 0, code);
  }
});
