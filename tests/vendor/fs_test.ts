import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { copy, ensureDir, exists, walk, type WalkEntry, type WalkOptions } from "@std/fs";
import { copy as copyAlone } from "@std/fs/copy";
import { ensureDir as ensureDirAlone } from "@std/fs/ensure-dir";
import { exists as existsAlone } from "@std/fs/exists";
import { walk as walkAlone } from "@std/fs/walk";
import { join, relative, toFileUrl } from "./_paths.ts";

/** Runs a test in a directory of its own. */
function testIn(name: string, fn: (dir: string) => Promise<void>, options: { ignore?: boolean } = {}): void {
  Deno.test({
    name,
    ...options,
    async fn(): Promise<void> {
      const dir = await Deno.realPath(await Deno.makeTempDir());
      try {
        await fn(dir);
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}

/** Making links takes a privilege on Windows. */
const noLinks = { ignore: Deno.build.os === "windows" };

/** `a.txt`, `sub/b.txt` and `sub/deep/c.txt`. */
async function makeTree(root: string): Promise<void> {
  await Deno.mkdir(join(root, "sub", "deep"), { recursive: true });
  await Deno.writeTextFile(join(root, "a.txt"), "a");
  await Deno.writeTextFile(join(root, "sub", "b.txt"), "b");
  await Deno.writeTextFile(join(root, "sub", "deep", "c.txt"), "c");
}

/** The paths that a walk yields below its root, sorted; the root is the empty string. */
async function walked(root: string, options?: WalkOptions): Promise<string[]> {
  const entries = await Array.fromAsync(walk(root, options));
  return entries.map((entry) => relative(root, entry.path)).sort();
}

Deno.test("fs: each function has an entry point of its own", () => {
  assertEquals([copyAlone, ensureDirAlone, existsAlone, walkAlone], [copy, ensureDir, exists, walk]);
});

testIn("ensureDir() creates the directory and its parents", async (dir) => {
  const path = join(dir, "x", "y", "z");
  await ensureDir(path);
  assert((await Deno.stat(path)).isDirectory);
});

testIn("ensureDir() leaves a directory that exists as it is", async (dir) => {
  await makeTree(dir);
  assertEquals(await ensureDir(dir), undefined);
  assertEquals(await Deno.readTextFile(join(dir, "a.txt")), "a");
});

testIn("ensureDir() takes a URL", async (dir) => {
  await ensureDir(toFileUrl(join(dir, "with blank")));
  assert((await Deno.stat(join(dir, "with blank"))).isDirectory);
});

testIn("ensureDir() accepts a link to a directory", async (dir) => {
  await Deno.mkdir(join(dir, "real"));
  await Deno.symlink(join(dir, "real"), join(dir, "link"));
  await ensureDir(join(dir, "link"));
  assert((await Deno.lstat(join(dir, "link"))).isSymlink);
}, noLinks);

testIn("ensureDir() rejects if a file is there", async (dir) => {
  await Deno.writeTextFile(join(dir, "file"), "");
  const message = "Failed to ensure directory exists: expected 'dir', got 'file'";
  await assertRejects(() => ensureDir(join(dir, "file")), Error, message);
});

testIn("ensureDir() can be called twice at once", async (dir) => {
  await Promise.all([ensureDir(join(dir, "x", "y")), ensureDir(join(dir, "x", "y"))]);
  assert((await Deno.stat(join(dir, "x", "y"))).isDirectory);
});

testIn("exists() tells whether something is there", async (dir) => {
  await makeTree(dir);
  assertEquals(await exists(join(dir, "a.txt")), true);
  assertEquals(await exists(join(dir, "sub")), true);
  assertEquals(await exists(toFileUrl(join(dir, "a.txt"))), true);
  assertEquals(await exists(join(dir, "missing")), false);
  assertEquals(await exists(join(dir, "missing", "below")), false);
});

testIn("exists() tells a file from a directory", async (dir) => {
  await makeTree(dir);
  assertEquals(await exists(join(dir, "a.txt"), { isFile: true }), true);
  assertEquals(await exists(join(dir, "a.txt"), { isDirectory: true }), false);
  assertEquals(await exists(join(dir, "sub"), { isFile: true }), false);
  assertEquals(await exists(join(dir, "sub"), { isDirectory: true }), true);
  assertEquals(await exists(join(dir, "missing"), { isDirectory: true }), false);
});

testIn("exists() rejects if both kinds are asked for", async (dir) => {
  await assertRejects(() => exists(dir, { isFile: true, isDirectory: true }), TypeError);
});

testIn("exists() follows links", async (dir) => {
  await makeTree(dir);
  await Deno.symlink(join(dir, "sub"), join(dir, "to sub"));
  await Deno.symlink(join(dir, "missing"), join(dir, "to nothing"));
  assertEquals(await exists(join(dir, "to sub"), { isDirectory: true }), true);
  assertEquals(await exists(join(dir, "to nothing")), false);
}, noLinks);

testIn("copy() copies a file", async (dir) => {
  await makeTree(dir);
  await copy(join(dir, "a.txt"), join(dir, "copy.txt"));
  assertEquals(await Deno.readTextFile(join(dir, "copy.txt")), "a");
  assertEquals(await Deno.readTextFile(join(dir, "a.txt")), "a");
});

testIn("copy() copies a directory with all below it", async (dir) => {
  await makeTree(join(dir, "from"));
  await Deno.mkdir(join(dir, "from", "empty"));
  await copy(join(dir, "from"), join(dir, "to"));
  assertEquals(await walked(join(dir, "to")), await walked(join(dir, "from")));
  assertEquals(await Deno.readTextFile(join(dir, "to", "sub", "deep", "c.txt")), "c");
});

testIn("copy() takes URLs", async (dir) => {
  await makeTree(dir);
  await copy(toFileUrl(join(dir, "sub")), toFileUrl(join(dir, "other")));
  assertEquals(await Deno.readTextFile(join(dir, "other", "b.txt")), "b");
});

testIn("copy() overwrites only if asked to", async (dir) => {
  await makeTree(join(dir, "from"));
  await Deno.writeTextFile(join(dir, "b.txt"), "old");
  const [src, dest] = [join(dir, "from", "sub", "b.txt"), join(dir, "b.txt")];
  await assertRejects(() => copy(src, dest), Deno.errors.AlreadyExists, `'${dest}' already exists.`);
  await assertRejects(() => copy(src, dest, { overwrite: false }), Deno.errors.AlreadyExists);
  assertEquals(await Deno.readTextFile(dest), "old");
  await copy(src, dest, { overwrite: true });
  assertEquals(await Deno.readTextFile(dest), "b");
});

testIn("copy() overwrites below a directory and leaves the rest", async (dir) => {
  await makeTree(join(dir, "from"));
  await makeTree(join(dir, "to"));
  await Deno.writeTextFile(join(dir, "to", "sub", "b.txt"), "old");
  await Deno.writeTextFile(join(dir, "to", "sub", "mine.txt"), "mine");
  await assertRejects(() => copy(join(dir, "from"), join(dir, "to")), Deno.errors.AlreadyExists);
  await copy(join(dir, "from"), join(dir, "to"), { overwrite: true });
  assertEquals(await Deno.readTextFile(join(dir, "to", "sub", "b.txt")), "b");
  assertEquals(await Deno.readTextFile(join(dir, "to", "sub", "mine.txt")), "mine");
});

testIn("copy() copies a link as a link", async (dir) => {
  await makeTree(join(dir, "from"));
  await Deno.symlink("a.txt", join(dir, "from", "link"));
  await copy(join(dir, "from"), join(dir, "to"));
  await copy(join(dir, "from", "link"), join(dir, "alone"));
  assertEquals(await Deno.readLink(join(dir, "to", "link")), "a.txt");
  assertEquals(await Deno.readLink(join(dir, "alone")), "a.txt");
}, noLinks);

testIn("copy() rejects a source that is not there", async (dir) => {
  await assertRejects(() => copy(join(dir, "missing"), join(dir, "to")), Deno.errors.NotFound);
  assertEquals(await exists(join(dir, "to")), false);
});

testIn("copy() rejects a destination that is the source", async (dir) => {
  await makeTree(dir);
  const path = join(dir, "a.txt");
  await assertRejects(() => copy(path, path), Error, "Source and destination cannot be the same");
  await assertRejects(() => copy(path, toFileUrl(path), { overwrite: true }), Error, "cannot be the same");
});

testIn("copy() rejects a directory below itself, but not beside itself", async (dir) => {
  await makeTree(join(dir, "from"));
  const [src, dest] = [join(dir, "from"), join(dir, "from", "sub", "copy")];
  await assertRejects(() => copy(src, dest), Error, `Cannot copy '${src}' to a subdirectory of itself`);
  await copy(src, `${src}2`);
  assertEquals(await exists(`${src}2`, { isDirectory: true }), true);
});

testIn("copy() rejects a directory over a file", async (dir) => {
  await makeTree(dir);
  const [src, dest] = [join(dir, "sub"), join(dir, "a.txt")];
  const message = `Cannot overwrite non-directory '${dest}' with directory '${src}'`;
  await assertRejects(() => copy(src, dest, { overwrite: true }), Error, message);
  assertEquals(await Deno.readTextFile(dest), "a");
});

testIn("walk() yields the root and everything below it", async (dir) => {
  await makeTree(dir);
  assertEquals(await walked(dir), ["", "a.txt", "sub", "sub/b.txt", "sub/deep", "sub/deep/c.txt"]);
});

testIn("walk() yields a directory before its contents", async (dir) => {
  await makeTree(dir);
  const paths = (await Array.fromAsync(walk(dir))).map((entry) => relative(dir, entry.path));
  assertEquals(paths[0], "");
  assert(paths.indexOf("sub") < paths.indexOf("sub/b.txt"));
  assert(paths.indexOf("sub/deep") < paths.indexOf("sub/deep/c.txt"));
});

testIn("walk() tells path, name and kind of each", async (dir) => {
  await makeTree(dir);
  const entries = new Map<string, WalkEntry>();
  for await (const entry of walk(dir)) entries.set(relative(dir, entry.path), entry);
  const [isFile, isDirectory, isSymlink] = [true, true, false];
  assertEquals(entries.get("sub/b.txt"), {
    path: join(dir, "sub", "b.txt"),
    name: "b.txt",
    isFile,
    isDirectory: false,
    isSymlink,
  });
  assertEquals(entries.get("sub"), { path: join(dir, "sub"), name: "sub", isFile: false, isDirectory, isSymlink });
  assertEquals(entries.get("")?.path, dir);
  assertStringIncludes(dir, entries.get("")!.name);
});

testIn("walk() takes a URL", async (dir) => {
  await makeTree(dir);
  const paths = (await Array.fromAsync(walk(toFileUrl(dir)))).map((entry) => relative(dir, entry.path));
  assertEquals(paths.sort(), await walked(dir));
});

testIn("walk() leaves out files or directories", async (dir) => {
  await makeTree(dir);
  assertEquals(await walked(dir, { includeFiles: false }), ["", "sub", "sub/deep"]);
  assertEquals(await walked(dir, { includeDirs: false }), ["a.txt", "sub/b.txt", "sub/deep/c.txt"]);
  assertEquals(await walked(dir, { includeDirs: false, includeFiles: false }), []);
});

testIn("walk() goes no deeper than asked", async (dir) => {
  await makeTree(dir);
  assertEquals(await walked(dir, { maxDepth: -1 }), []);
  assertEquals(await walked(dir, { maxDepth: 0 }), [""]);
  assertEquals(await walked(dir, { maxDepth: 1 }), ["", "a.txt", "sub"]);
  assertEquals(await walked(dir, { maxDepth: 2, includeDirs: false }), ["a.txt", "sub/b.txt"]);
  assertEquals(await walked(dir, { maxDepth: Infinity }), await walked(dir));
});

testIn("walk() yields links and does not follow them", async (dir) => {
  await makeTree(dir);
  await Deno.symlink(join(dir, "sub"), join(dir, "link"));
  await Deno.symlink(join(dir, "missing"), join(dir, "dangling"));
  assertEquals(await walked(dir, { maxDepth: 1, includeDirs: false }), ["a.txt", "dangling", "link"]);
  const link = (await Array.fromAsync(walk(dir))).find((entry) => entry.name === "link");
  assertEquals(link, { path: join(dir, "link"), name: "link", isFile: false, isDirectory: false, isSymlink: true });
  assertEquals((await walked(dir)).filter((path) => path.startsWith("link/")), []);
}, noLinks);

testIn("walk() of a relative root yields relative paths", async () => {
  for await (const entry of walk(".", { maxDepth: 1 })) {
    assertMatch(entry.path, /^[^/\\]+$/);
    if (entry.path !== ".") assertEquals(entry.path, entry.name);
  }
});

testIn("walk() rejects a root that is not there", async (dir) => {
  for (const options of [{}, { includeDirs: false }]) {
    const error = await assertRejects(() => Array.fromAsync(walk(join(dir, "missing"), options)));
    assertInstanceOf(error, Deno.errors.NotFound);
  }
});
