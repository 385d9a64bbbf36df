/** Every link in every page leads to a file, and to a heading in it, that exist. */
import { assert, assertEquals } from "@std/assert";
import { dirname, join, normalize } from "node:path/posix";
import { anchorsOf, type Page, proseOf, readPages, ROOT } from "./_pages.ts";

const pages = await readPages();

/** Targets of links and pictures. */
function targetsOf(page: Page): string[] {
  const prose = proseOf(page).replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g), ...prose.matchAll(/^\[[^\]]+\]: (\S+)$/gm)].map(([, target]) =>
    target!
  );
}

for (const page of pages) {
  Deno.test(`links of ${page.path}`, () => {
    for (const target of targetsOf(page)) {
      const where = `${page.path} links to ${target}`;
      if (/^[a-z]+:/.test(target)) {
        assert(target.startsWith("https://") && URL.canParse(target), where);
        continue;
      }
      const [file, anchor] = target.split("#") as [string, string | undefined];
      const path = file === "" ? page.path : normalize(join(dirname(page.path), file));
      assert(!path.startsWith(".."), `${where}, outside the repository`);
      assert(exists(path), `${where}, which does not exist`);
      if (anchor === undefined) continue;
      const linked = pages.find((other) => other.path === path);
      assert(linked !== undefined && anchorsOf(linked).has(anchor), `${where}: there is no such heading`);
    }
  });
}

Deno.test("README leads to every page in docs", () => {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const reached = new Set(["README.md"]);
  for (const path of reached) {
    const page = byPath.get(path);
    for (const target of page === undefined ? [] : targetsOf(page)) {
      const [file] = target.split("#");
      if (file !== "" && !/^[a-z]+:/.test(target)) reached.add(normalize(join(dirname(path), file!)));
    }
  }
  const docs = pages.map(({ path }) => path).filter((path) => path.startsWith("docs/") || !path.includes("/"));
  assertEquals(docs.filter((path) => !reached.has(path)), []);
});

Deno.test("every picture in docs is used", async () => {
  for await (const { name } of Deno.readDir(`${ROOT}/docs/images`)) {
    assert(pages.some(({ text }) => text.includes(`images/${name}`)), name);
  }
});

Deno.test("README has at most 250 lines", () => {
  const { text } = pages.find(({ path }) => path === "README.md")!;
  assert(text.split("\n").length <= 251);
});

/** Such as `src/cli/options.ts` or `src/hash/`. */
const REPOSITORY_PATH = /^(?:src|tests|bench|tasks|docs|wasm|examples|vendor)\/[\w./-]*$/;

for (const page of pages) {
  Deno.test(`paths named in ${page.path} exist`, () => {
    for (const [, name] of proseOf(page).matchAll(/`([^`\n]+)`/g)) {
      if (REPOSITORY_PATH.test(name!)) assert(exists(name!), `${page.path} names ${name}, which does not exist`);
      // A page may name a file beside it.
      const beside = [dirname(page.path), dirname(dirname(page.path)), "."].map((directory) => `${directory}/${name}`);
      if (/^\w+\.ts$/.test(name!)) assert(beside.some(exists), `${page.path} names ${name}, which does not exist`);
    }
  });
}

Deno.test("ARCHITECTURE names every room", () => {
  const { text } = pages.find(({ path }) => path === "ARCHITECTURE.md")!;
  const rooms = [...Deno.readDirSync(`${ROOT}/src`)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  assertEquals(rooms.filter((name) => !text.includes(`| \`src/${name}/\` `)), []);
});

function exists(path: string): boolean {
  try {
    Deno.statSync(`${ROOT}/${path}`);
    return true;
  } catch {
    return false;
  }
}
