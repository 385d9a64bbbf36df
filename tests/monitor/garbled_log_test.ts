/** What the network makes of a log's answers is no evidence against the log: only what it signed is. */
import { assertEquals } from "@std/assert";
import { UnavailableError, VerificationError } from "../../src/errors.ts";
import { watchLogs, type WatchOptions } from "../../src/monitor/watch_logs.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { IMPATIENT, type Lie, RekorV1, RekorV2 } from "../sigstore/log/_log_server.ts";
import { MemoryTree } from "../sigstore/log/_memory_tree.ts";

type Server = RekorV1 | RekorV2;

const PAGE = "<!doctype html>\n<title>Sign in to the network</title>\n<p>Grüß Gott</p>\n";
const page = (text = PAGE): Response => new Response(text, { headers: { "content-type": "text/html" } });
/** A page whose size is that of a tile. */
const pageOf = (bytes: number): Response => page(PAGE.padEnd(bytes - 2, " ")); // two letters take two bytes

class Scene implements AsyncDisposable {
  readonly server: Server;
  readonly directory = new TempDirectory();
  readonly #version: 1 | 2 | undefined;

  constructor(server: Server, version?: 1 | 2) {
    this.server = server;
    this.#version = version;
  }

  look(options: Partial<WatchOptions> = {}): Promise<unknown> {
    return watchLogs({
      watch: { identity: "jane@example.com" },
      trustedRoot: this.server.root,
      logs: [{ url: this.server.url, version: this.#version }],
      state: `${this.directory.path}/state.json`,
      from: 0,
      retryPolicy: IMPATIENT,
      onFinding: () => {},
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.directory[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

const garbled: [what: string, answer: () => Response][] = [
  ["a page", () => page()],
  ["a page as plain text", () => new Response(PAGE)],
  ["a page of 8192 bytes", () => pageOf(8192)],
  ["a page of 320 bytes", () => pageOf(320)],
  ["nothing", () => new Response("")],
  ["other JSON", () => Response.json({ message: "hello" })],
  ["a list", () => Response.json([])],
  ["null", () => Response.json(null)],
  ["no UTF-8", () => new Response(new Uint8Array([0xff, 0xfe, 0xfd]))],
  ["500", () => new Response("oh", { status: 500 })],
  ["503", () => page("<h1>busy</h1>")],
  ["404", () => new Response("gone", { status: 404 })],
  ["403", () => new Response("no", { status: 403 })],
  ["a redirect", () => Response.redirect("http://127.0.0.1:1/login")],
];

const PATHS: Record<1 | 2, string[]> = {
  1: ["", "/api/v1/log", "/api/v1/log/proof", "/api/v1/log/entries/retrieve"],
  2: ["", "/api/v2/checkpoint", "/api/v2/tile/0/", "/api/v2/tile/entries/"],
};

for (const version of [1, 2] as const) {
  const start = (): Server => version === 1 ? new RekorV1() : new RekorV2();

  for (const known of [true, false]) {
    Deno.test(`v${version}, version ${known ? "known" : "found out"}: garbled answers are an environment error, and the next look goes on`, async () => {
      await using scene = new Scene(start(), known ? version : undefined);
      const { server } = scene;
      server.grow(300);
      await scene.look();
      for (const path of PATHS[version]) {
        for (const [what, answer] of garbled) {
          server.grow(3);
          server.lie = (asked) =>
            asked.split("?")[0]!.startsWith(path) && asked !== "/api/v1/log/" ? answer() : undefined;
          const exact: Lie = (asked) => asked.split("?")[0] === path ? answer() : undefined;
          if (path === "/api/v1/log") server.lie = exact;
          let error: unknown;
          await scene.look().catch((caught) => error = caught);
          assertEquals([path, what, error instanceof UnavailableError], [path, what, true], String(error));
          server.lie = () => undefined;
          await scene.look();
        }
      }
    });
  }

  Deno.test(`v${version}: an answer that is damaged once does not end the look`, async () => {
    await using scene = new Scene(start(), version);
    const { server } = scene;
    server.grow(300);
    await scene.look();
    server.grow(300);
    let lies = 0;
    // Well-formed, and wrong: another hash, or another byte in an entry.
    server.lie = async (path, request) => {
      if (lies > 0 || !/proof|retrieve|tile/.test(path)) return undefined;
      lies += 1;
      const answer = await server.answer(path, request.clone());
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (version === 2) bytes[bytes.length - 3]! ^= 1;
      const text = new TextDecoder().decode(bytes);
      const json = text.replace(/("hashes":\["|"body":"e)(.)/, (_, start, one) => start + (one === "a" ? "b" : "a"));
      return new Response(version === 2 ? bytes : json);
    };
    await scene.look();
    assertEquals(lies, 1);
  });

  Deno.test(`v${version}: what never leads to the signed checkpoint is evidence`, async () => {
    await using scene = new Scene(start(), version);
    const { server } = scene;
    server.grow(20);
    await scene.look();
    server.grow(20);
    const honest = server.tree;
    const [note, served] = [server.checkpoint(), new MemoryTree()];
    honest.entries.forEach((entry, i) => served.append(i === 30 ? new TextEncoder().encode("{}") : entry));
    server.tree = served;
    server.checkpoint = () => note;
    await assertFails(() => scene.look(), VerificationError, "LOG_CONTRADICTION");
  });

  Deno.test(`v${version}: two roots for one size are evidence at once, also if the next answer is right again`, async () => {
    await using scene = new Scene(start(), version);
    const { server } = scene;
    server.grow(20);
    await scene.look();
    const honest = server.tree;
    const forked = new MemoryTree();
    honest.entries.forEach((entry, i) => forked.append(i === 3 ? new TextEncoder().encode("{}") : entry));
    let asked = 0;
    server.lie = (path) => {
      if (/checkpoint|\/log$/.test(path)) server.tree = asked++ === 0 ? forked : honest;
      return undefined;
    };
    await assertFails(() => scene.look(), VerificationError, "LOG_CONTRADICTION", "two different trees");
  });

  Deno.test(`v${version}: an older checkpoint that stays is no evidence if the log proves the newer one`, async () => {
    await using scene = new Scene(start(), version);
    const { server } = scene;
    server.grow(20);
    const old = server.checkpoint();
    server.grow(20);
    await scene.look();
    server.checkpoint = () => old;
    await assertFails(() => scene.look(), UnavailableError, "LOG_STALE", "20", "40");
    // One that has lost its entries cannot prove it.
    const lost = new MemoryTree();
    server.tree.entries.slice(0, 20).forEach((entry) => lost.append(entry));
    server.tree = lost;
    await assertFails(() => scene.look(), VerificationError, "LOG_CONTRADICTION", "shrank from 40 to 20");
  });
}

Deno.test("a Rekor v1 behind a server that answers every other path with a page, or a redirect to one", async () => {
  for (
    const answer of [
      () => page(),
      () => new Response(""),
      () => Response.redirect("http://127.0.0.1:1/"),
      () => new Response("x", { status: 401 }),
    ]
  ) {
    await using scene = new Scene(new RekorV1());
    scene.server.grow(5);
    scene.server.lie = (path) => path.startsWith("/api/v1/") ? undefined : answer();
    await scene.look();
  }
});

Deno.test("a tree that the log no longer shows is evidence", async () => {
  await using scene = new Scene(new RekorV1(), 1);
  const server = scene.server as RekorV1;
  server.grow(5);
  await scene.look();
  server.rotate("77");
  server.grow(5);
  server.inactive.pop();
  await assertFails(() => scene.look(), VerificationError, "LOG_CONTRADICTION", "no longer has the tree");
});
