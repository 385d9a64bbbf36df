/**
 * The architecture as one table, and the tests that hold the source to it.
 *
 * Rows stand in dependency order: a room imports only rooms above it, so there are no cycles. Each row lists everything
 * the room's files use from elsewhere. An undeclared use fails, and so does a declared one that no longer exists.
 */
import { assertEquals } from "@std/assert";
import { basename, dirname, join, normalize } from "node:path";

interface Room {
  /** The directory, relative to the repository. Subdirectories are rooms of their own. */
  readonly path: string;
  /** Rooms that its files import. */
  readonly rooms?: readonly string[];
  /** npm and @std packages that its files import. */
  readonly packages?: readonly string[];
  /** Node built-in modules that its files import. */
  readonly node?: readonly string[];
  /** Files that use the `Deno` namespace. Rooms without this entry run on any JavaScript runtime. */
  readonly deno?: readonly string[];
}

const ROOMS: readonly Room[] = [
  {
    path: "src",
  },
  {
    path: "src/asn1",
  },
  {
    path: "src/lists",
    node: ["node:buffer"],
    deno: ["collect_garbage.ts"],
  },
  {
    path: "src/sigstore",
    node: ["node:crypto"],
  },
  {
    path: "wasm",
  },
  {
    path: "src/hash/engines",
    rooms: ["src/lists", "wasm"],
    packages: ["hash-wasm"],
    node: ["node:crypto"],
  },
  {
    path: "src/text",
    rooms: ["src"],
  },
  {
    path: "src/json",
    rooms: ["src", "src/lists", "src/text"],
  },
  {
    path: "src/keys",
    rooms: ["src", "src/asn1", "src/text"],
    node: ["node:buffer", "node:crypto"],
  },
  {
    path: "src/x509",
    rooms: ["src", "src/asn1", "src/text"],
    packages: ["@noble/curves"],
    node: ["node:buffer", "node:crypto"],
  },
  {
    path: "src/io",
    rooms: ["src", "src/json", "src/lists", "src/text"],
    node: ["node:buffer", "node:crypto", "node:fs", "node:path", "node:process"],
    deno: [
      "atomic_write.ts",
      "file_stamp.ts",
      "http.ts",
      "io_error.ts",
      "lock_file.ts",
      "permissions.ts",
      "planned_file.ts",
      "read_limited.ts",
      "user_directories.ts",
    ],
  },
  {
    path: "src/sigstore/documents",
    rooms: ["src", "src/json", "src/text"],
  },
  {
    path: "src/hash/tasks",
    rooms: ["src/io", "src/lists"],
  },
  {
    path: "src/model",
    rooms: ["src", "src/hash/engines", "src/io", "src/lists"],
    node: ["node:path"],
    deno: ["names.ts"],
  },
  {
    path: "src/sigstore/log",
    rooms: ["src", "src/io", "src/json", "src/text"],
    packages: ["@sigstore/protobuf-specs"],
    node: ["node:buffer", "node:crypto"],
  },
  {
    path: "src/sigstore/tokens",
    rooms: ["src", "src/io", "src/json", "src/text"],
    deno: ["host.ts"],
  },
  {
    path: "src/sigstore/tuf",
    rooms: ["src", "src/io", "src/json", "src/sigstore/documents", "src/text"],
    packages: ["@tufjs/canonical-json", "@tufjs/models"],
    node: ["node:crypto"],
    deno: ["cache.ts"],
  },
  {
    path: "src/hash/runners",
    rooms: ["src", "src/hash/engines", "src/hash/tasks", "src/io", "src/lists", "src/text"],
  },
  {
    path: "src/model/disk",
    rooms: ["src", "src/io", "src/lists", "src/model", "src/text"],
    node: ["node:path"],
    deno: [
      "count_files.ts",
      "disk_source.ts",
      "estimate_size.ts",
      "hugging_face_cache.ts",
      "ignore.ts",
      "links.ts",
      "walk.ts",
      "walked_directories.ts",
    ],
  },
  {
    path: "src/sigstore/login/ambient",
    rooms: ["src", "src/io", "src/json", "src/sigstore/tokens", "src/text"],
  },
  {
    path: "src/sigstore/trust",
    rooms: ["src", "src/io", "src/json", "src/sigstore/documents", "src/sigstore/tuf", "src/text"],
    packages: ["@sigstore/protobuf-specs", "@sigstore/tuf"],
    node: ["node:crypto"],
    deno: ["instance.ts", "trust.ts"],
  },
  {
    path: "src/hash/threads",
    rooms: ["src", "src/hash/engines", "src/hash/runners", "src/hash/tasks", "src/io", "src/lists"],
    deno: ["worker_source.ts"],
  },
  {
    path: "src/sigstore/login",
    rooms: ["src", "src/io", "src/sigstore/login/ambient", "src/sigstore/tokens", "src/text"],
    packages: ["openid-client"],
    deno: ["callback.ts", "open_browser.ts"],
  },
  {
    path: "src/sigstore/services",
    rooms: ["src", "src/io", "src/json", "src/sigstore/log", "src/sigstore/trust", "src/text"],
    packages: ["@sigstore/protobuf-specs", "asn1js", "pkijs"],
    node: ["node:buffer", "node:crypto"],
  },
  {
    path: "src/hash",
    rooms: ["src/hash/engines", "src/hash/tasks", "src/hash/threads", "src/lists"],
  },
  {
    path: "src/manifest",
    rooms: ["src", "src/hash", "src/hash/engines", "src/hash/tasks", "src/lists", "src/model"],
    node: ["node:crypto"],
  },
  {
    path: "src/manifest/legacy",
    rooms: ["src/hash", "src/hash/engines", "src/lists", "src/manifest", "src/model"],
    node: ["node:crypto"],
  },
  {
    path: "src/bundle",
    rooms: ["src", "src/io", "src/json"],
    node: ["node:buffer"],
  },
  {
    path: "src/oms",
    rooms: ["src", "src/hash/engines", "src/io", "src/json", "src/lists", "src/manifest", "src/model", "src/text"],
  },
  {
    path: "src/verify",
    rooms: [
      "src",
      "src/bundle",
      "src/json",
      "src/keys",
      "src/lists",
      "src/sigstore",
      "src/sigstore/log",
      "src/text",
      "src/x509",
    ],
    packages: ["@sigstore/bundle", "@sigstore/core", "@sigstore/protobuf-specs", "@sigstore/verify"],
    node: ["node:buffer", "node:crypto"],
  },
  {
    path: "src/monitor",
    rooms: [
      "src",
      "src/asn1",
      "src/bundle",
      "src/io",
      "src/json",
      "src/lists",
      "src/sigstore/log",
      "src/text",
      "src/verify",
      "src/x509",
    ],
    packages: ["@sigstore/protobuf-specs"],
    node: ["node:buffer", "node:crypto", "node:path"],
    deno: ["state.ts"],
  },
  {
    path: "src/sign",
    rooms: [
      "src",
      "src/bundle",
      "src/io",
      "src/keys",
      "src/sigstore/log",
      "src/sigstore/services",
      "src/sigstore/tokens",
      "src/sigstore/trust",
      "src/text",
      "src/verify",
      "src/x509",
    ],
    packages: ["@sigstore/bundle", "@sigstore/protobuf-specs"],
    node: ["node:buffer", "node:crypto"],
  },
  {
    path: "src/api",
    rooms: [
      "src",
      "src/bundle",
      "src/hash",
      "src/hash/engines",
      "src/hash/threads",
      "src/io",
      "src/lists",
      "src/manifest",
      "src/manifest/legacy",
      "src/model",
      "src/model/disk",
      "src/monitor",
      "src/oms",
      "src/sign",
      "src/sigstore/login",
      "src/sigstore/trust",
      "src/text",
      "src/verify",
      "src/x509",
    ],
    node: ["node:path"],
    deno: ["list_model.ts", "signature_file.ts"],
  },
  {
    path: "mod.ts",
    rooms: [
      "src",
      "src/api",
      "src/hash",
      "src/hash/engines",
      "src/hash/threads",
      "src/manifest",
      "src/monitor",
      "src/sign",
      "src/sigstore/log",
      "src/sigstore/login",
      "src/sigstore/trust",
      "src/verify",
      "src/x509",
    ],
  },
  {
    path: "src/cli",
    rooms: [
      "src",
      "src/api",
      "src/hash",
      "src/hash/engines",
      "src/hash/threads",
      "src/io",
      "src/keys",
      "src/manifest",
      "src/model/disk",
      "src/monitor",
      "src/sign",
      "src/sigstore/documents",
      "src/sigstore/login",
      "src/sigstore/tokens",
      "src/sigstore/trust",
      "src/text",
      "src/verify",
    ],
    packages: ["@std/cli", "fastest-levenshtein"],
    deno: ["key_files.ts", "monitor_progress.ts", "output.ts", "progress.ts", "signals.ts", "sigstore.ts"],
  },
  {
    path: "cli.ts",
    rooms: ["src/cli"],
    deno: ["cli.ts"],
  },
];

const ROOT = new URL("..", import.meta.url);
const EXPORT = /^export (?:declare |abstract |async )*(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;
const IMPORT = /(?:\bfrom|\bimport\(|\bimport)\s*"([^"\s]+)"/g;

interface SourceFile {
  readonly path: string;
  readonly room: string;
  /** The text without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

Deno.test("every room imports what the table declares, and nothing else", () => {
  const rooms = files.map((file) => file.room);
  for (const path of new Set(rooms)) assertEquals(used(path), declared(path), `the room ${path}`);
  assertEquals(ROOMS.map((room) => room.path).filter((path) => !rooms.includes(path)), [], "rooms without a file");
});

/** Arrows that still point up, to be turned. Never add one. */
const UPWARD: readonly string[] = [];

Deno.test("a room imports only rooms above it in the table", () => {
  const order = ROOMS.map((room) => room.path);
  const upward = ROOMS.flatMap(({ path, rooms = [] }) =>
    rooms.filter((other) => order.indexOf(other) >= order.indexOf(path)).map((other) => `${path} -> ${other}`)
  );
  assertEquals(upward.sort(), [...UPWARD].sort());
});

/** Imports that close a cycle between files, to be removed. Never add one. */
const CYCLES: readonly string[] = [];

Deno.test("no file imports itself through others", () => {
  const done = new Set<string>();
  const closing: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (done.has(path)) return;
    done.add(path);
    for (const next of localImports(byPath.get(path))) {
      if (trail.includes(next)) closing.push(`${path} -> ${next}`);
      else visit(next, [...trail, next]);
    }
  };
  for (const { path } of files) visit(path, [path]);
  assertEquals(closing.sort(), [...CYCLES].sort());
});

/** Names that two files export, to be made different. Never add one. */
const DOUBLED: readonly string[] = [
  "JsonObject",
  "asBytes",
  "asObject",
  "asOneOf",
  "asText",
  "isPresent",
];

Deno.test("no two files of src/ export the same name", () => {
  const owners = new Map<string, string[]>();
  for (const { path, code } of files.filter((file) => file.path.startsWith("src/"))) {
    for (const name of new Set(Array.from(code.matchAll(EXPORT), (match) => match[1]!))) {
      owners.set(name, [...owners.get(name) ?? [], path]);
    }
  }
  const doubled = [...owners].filter(([, paths]) => paths.length > 1);
  assertEquals(doubled.map(([name]) => name).sort(), [...DOUBLED].sort(), JSON.stringify(doubled));
});

function readFiles(): SourceFile[] {
  const paths = ["mod.ts", "cli.ts", ...listTypeScript("src"), ...listTypeScript("wasm")];
  return paths.map((path) => {
    const text = Deno.readTextFileSync(new URL(path, ROOT));
    const code = text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
    return { path, room: roomOf(path), code, imports: Array.from(code.matchAll(IMPORT), (match) => match[1]!) };
  });
}

function listTypeScript(directory: string): string[] {
  return [...Deno.readDirSync(new URL(directory, ROOT))].flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) return listTypeScript(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

/** The entry points stand for themselves. */
function roomOf(path: string): string {
  return path.includes("/") ? dirname(path) : path;
}

function localImports(file: SourceFile | undefined): string[] {
  if (file === undefined) return [];
  return file.imports.filter((name) => name.startsWith(".")).map((name) => normalize(join(dirname(file.path), name)));
}

/** `@scope/name/sub/path` and `name/sub/path` without the path inside the package. */
function packageOf(name: string): string {
  return name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/");
}

function used(room: string): Required<Room> {
  const own = files.filter((file) => file.room === room);
  const names = own.flatMap((file) => file.imports.filter((name) => !name.startsWith(".")));
  return {
    path: room,
    rooms: sorted(
      own.flatMap(localImports).filter((path) => path.endsWith(".ts")).map(roomOf).filter((r) => r !== room),
    ),
    packages: sorted(names.filter((name) => !name.startsWith("node:")).map(packageOf)),
    node: sorted(names.filter((name) => name.startsWith("node:"))),
    deno: sorted(own.filter((file) => /\bDeno\./.test(file.code)).map((file) => basename(file.path))),
  };
}

function declared(path: string): Required<Room> {
  const { rooms = [], packages = [], node = [], deno = [] } = ROOMS.find((room) => room.path === path) ?? { path };
  return { path, rooms: sorted(rooms), packages: sorted(packages), node: sorted(node), deno: sorted(deno) };
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

const files = readFiles();
const byPath = new Map(files.map((file) => [file.path, file]));
