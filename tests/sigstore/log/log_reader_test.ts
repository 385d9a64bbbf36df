/** Both versions of Rekor, through one suite. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnavailableError, UsageError, VerificationError } from "../../../src/errors.ts";
import type { LogEntry, LogReader } from "../../../src/sigstore/log/log_reader.ts";
import { CompactRange } from "../../../src/sigstore/log/merkle.ts";
import { openLog } from "../../../src/sigstore/log/open_log.ts";
import { IMPATIENT, makeKey, RekorV1, RekorV2, signCheckpoint, trustedRoot } from "./_log_server.ts";
import { MemoryTree } from "./_memory_tree.ts";

type Server = RekorV1 | RekorV2;
const VERSIONS = [{ version: 1, start: () => new RekorV1() }, { version: 2, start: () => new RekorV2() }] as const;

async function readers(server: Server): Promise<LogReader[]> {
  const log = await openLog(server.url, server.root, { retryPolicy: IMPATIENT });
  return await log.trees();
}

async function reader(server: Server): Promise<LogReader> {
  return (await readers(server)).at(-1)!;
}

const options = { retryPolicy: IMPATIENT };

async function walk(tree: LogReader, from: number): Promise<LogEntry[]> {
  const all: LogEntry[] = [];
  for await (const { entries } of tree.entries(await tree.rangeAt(from, options), options)) all.push(...entries);
  return all;
}

const text = (entry: LogEntry): string => new TextDecoder().decode(entry.body);

async function failsWith(code: string, act: () => Promise<unknown>, type = VerificationError): Promise<void> {
  const error = await assertRejects(act, type);
  assertEquals(error.code, code, error.message);
}

for (const { version, start } of VERSIONS) {
  Deno.test(`v${version}: the version is found out, and the checkpoint is the log's`, async () => {
    await using server = start();
    server.grow(5);
    const log = await openLog(server.url, server.root, options);
    assertEquals(log.version, version);
    const [tree] = await log.trees();
    assertEquals(tree!.checkpoint.treeSize, 5);
    assertEquals(tree!.checkpoint.rootHash.toHex(), server.tree.head().rootHash.toHex());
  });

  Deno.test(`v${version}: entries from any place on, in order, each once`, async () => {
    await using server = start();
    server.grow(700);
    const tree = await reader(server);
    for (const from of [0, 1, 2, 4, 9, 255, 256, 257, 512, 698, 699, 700]) {
      const entries = await walk(tree, from);
      assertEquals(entries.map((entry) => entry.index), Array.from({ length: 700 - from }, (_, i) => from + i));
      assert(entries.every((entry) => text(entry) === JSON.stringify({ kind: "test", index: entry.index })));
    }
  });

  Deno.test(`v${version}: a walk goes on where a batch ended, under a larger tree`, async () => {
    await using server = start();
    server.grow(300);
    let range = new CompactRange();
    for await (const batch of (await reader(server)).entries(range, options)) range = batch.range;
    assertEquals(range.head.rootHash.toHex(), server.tree.head().rootHash.toHex());
    server.grow(30);
    const later = await reader(server);
    const indexes: number[] = [];
    for await (const { entries } of later.entries(range, options)) indexes.push(...entries.map(({ index }) => index));
    assertEquals(indexes, Array.from({ length: 30 }, (_, i) => 300 + i));
  });

  Deno.test(`v${version}: consistent with every earlier tree, and with no other`, async () => {
    await using server = start();
    server.grow(530);
    const tree = await reader(server);
    for (const size of [0, 1, 2, 3, 100, 255, 256, 257, 512, 529, 530]) {
      await tree.consistency(server.tree.head(size), tree.checkpoint, options);
    }
    const other = new MemoryTree();
    for (let i = 0; i < 600; i++) other.append(new Uint8Array([i % 251]));
    for (const size of [1, 2, 300, 530, 531, 600]) {
      await failsWith("LOG_CONSISTENCY", () => tree.consistency(other.head(size), tree.checkpoint, options));
    }
  });

  Deno.test(`v${version}: an entry stands where it stands`, async () => {
    await using server = start();
    server.grow(300);
    const tree = await reader(server);
    for (const index of [0, 1, 255, 256, 299]) {
      const { entry, checkpoint } = await tree.inclusion(index, options);
      assertEquals(text(entry), JSON.stringify({ kind: "test", index }));
      assertEquals(checkpoint.treeSize, 300);
    }
    const error = await assertRejects(() => tree.inclusion(300, options), VerificationError);
    assert(["LOG_INCLUSION", "LOG_ENTRY_MISSING"].includes(error.code));
  });

  Deno.test(`v${version}: a checkpoint of another key, name or version is refused`, async () => {
    await using server = start();
    server.grow(5);
    const lies = [
      signCheckpoint(makeKey(server.key.kind), server.name, server.tree.head(), `${server.name} - 12`),
      signCheckpoint(makeKey(server.key.kind), server.name, server.tree.head()),
      signCheckpoint(server.key, "other.example", server.tree.head(), "other.example - 12"),
      version === 1
        ? signCheckpoint(server.key, server.name, server.tree.head())
        : signCheckpoint(server.key, server.name, server.tree.head(), `${server.name} - 12`),
    ];
    for (const note of lies) {
      server.lie = (path) => {
        if (path === "/api/v2/checkpoint" && version === 2) return new Response(note);
        return path === "/api/v1/log" ? Response.json({ signedTreeHead: note }) : undefined;
      };
      await failsWith("LOG_CHECKPOINT", () => readers(server));
    }
  });

  Deno.test(`v${version}: keys are those of the trusted root, never asked of the log`, async () => {
    await using server = start();
    server.grow(5);
    const root = trustedRoot([{ url: server.url, key: makeKey(server.key.kind), name: server.name }]);
    const log = await openLog(server.url, root, options);
    await failsWith("LOG_CHECKPOINT", () => log.trees());
    assert(server.asked.every((path) => !path.includes("publicKey")));
  });

  Deno.test(`v${version}: a log that the trusted root does not know is not asked at all`, async () => {
    await using server = start();
    const root = trustedRoot([{ url: "https://log.example", key: server.key, name: "log.example" }]);
    await failsWith("LOG_UNKNOWN", () => openLog(server.url, root, options), UsageError);
    for (
      const url of ["http://log.example", "https://me@log.example", "https://log.example/?x", "ftp://log.example", ""]
    ) {
      await failsWith("LOG_URL", () => openLog(url, root, options), UsageError);
    }
    assertEquals(server.asked, []);
  });

  Deno.test(`v${version}: an entry that is swapped is never given`, async () => {
    await using server = start();
    server.grow(300);
    const tree = await reader(server);
    const honest = server.tree;
    const forged = new MemoryTree();
    honest.entries.forEach((entry, i) => forged.append(i === 299 ? new TextEncoder().encode("{}") : entry));
    server.tree = forged;
    // The server now answers for the forged tree; the checkpoint is of the honest one.
    const seen: number[] = [];
    await failsWith("LOG_CONSISTENCY", async () => {
      for await (const { entries } of tree.entries(new CompactRange(), options)) {
        seen.push(...entries.map((e) => e.index));
      }
    });
    assertEquals(seen.includes(299), false);
    const other = await assertRejects(
      () =>
        tree.inclusion(299, options).then(({ checkpoint }) => tree.consistency(tree.checkpoint, checkpoint, options)),
      VerificationError,
    );
    assertEquals(other.code, "LOG_CONSISTENCY");
  });

  Deno.test(`v${version}: 429 and 500 are tried again; a log that stays so is unavailable`, async () => {
    await using server = start();
    server.grow(20);
    let count = 0;
    // No request can meet more of these than it has tries.
    server.lie = () => ++count < IMPATIENT.tries ? new Response("busy", { status: [429, 500][count % 2]! }) : undefined;
    assertEquals((await walk(await reader(server), 0)).length, 20);
    server.lie = () => new Response("no", { status: 503 });
    await failsWith("SERVICE_FAILED", () => readers(server), UnavailableError);
  });

  Deno.test(`v${version}: answers that are no answers are an error of the service, and bounded`, async () => {
    await using server = start();
    server.grow(300);
    const tree = await reader(server);
    const endless = (): Response => {
      const chunk = new Uint8Array(1 << 20);
      return new Response(new ReadableStream({ pull: (stream) => stream.enqueue(chunk) }));
    };
    const answers: (() => Response)[] = [
      () => new Response(""),
      () => new Response("<html>"),
      () => Response.json({ hashes: "x", entries: [] }),
      () => Response.json([[]]),
      () => Response.json([{ a: { body: 1 } }]),
      () => Response.redirect("http://127.0.0.1:1/"),
      endless,
    ];
    for (const answer of answers) {
      server.lie = () => answer();
      await assertRejects(() => walk(tree, 0), UnavailableError);
      await assertRejects(
        () => tree.consistency(server.tree.head(100), { ...tree.checkpoint }, options),
        UnavailableError,
      );
    }
  });

  Deno.test(`v${version}: a walk can be stopped`, async () => {
    await using server = start();
    server.grow(300);
    const tree = await reader(server);
    const stop = new AbortController();
    server.lie = () => {
      stop.abort(new Error("enough"));
      return undefined;
    };
    await assertRejects(
      async () => {
        for await (const _ of tree.entries(new CompactRange(), { ...options, signal: stop.signal }));
      },
      Error,
      "enough",
    );
  });
}

Deno.test("v2: a partial tile that gave way to the full one is read from that", async () => {
  await using server = new RekorV2();
  server.grow(300);
  const tree = await reader(server);
  server.grow(300);
  server.lie = (path) => path.includes(".p/") ? new Response("gone", { status: 404 }) : undefined;
  assertEquals((await walk(tree, 0)).length, 300);
});

Deno.test("v2: a tile that is not delivered is missing", async () => {
  await using server = new RekorV2();
  server.grow(300);
  const tree = await reader(server);
  server.lie = (path) => path.includes("entries") ? new Response("gone", { status: 404 }) : undefined;
  await failsWith("LOG_ENTRY_MISSING", () => walk(tree, 0));
});

Deno.test("v1: an entry that is left out is missing; one in the place of another is a contradiction", async () => {
  await using server = new RekorV1();
  server.grow(30);
  const tree = await reader(server);
  const entries = (indexes: number[]): Response => Response.json(indexes.map((index) => server.entry(index)));
  server.lie = async (path, request) => {
    if (!path.endsWith("retrieve")) return undefined;
    const { logIndexes } = await request.json();
    return entries(logIndexes.filter((index: number) => index !== 17));
  };
  await failsWith("LOG_ENTRY_MISSING", () => walk(tree, 0));
  // 16 twice, in place of 17.
  server.lie = async (path, request) => {
    if (!path.endsWith("retrieve")) return undefined;
    const { logIndexes } = await request.json();
    return entries(logIndexes.map((index: number) => index === 17 ? 16 : index));
  };
  await failsWith("LOG_INCLUSION", () => walk(tree, 0));
});

Deno.test("v1: the time of an entry counts only with the log's signature on it", async () => {
  await using server = new RekorV1();
  server.grow(3);
  const [tree] = await readers(server);
  const { entry } = await tree!.inclusion(2, options);
  assertEquals(entry.time(), new Date((1_700_000_000 + 2) * 1000));
  server.lie = (path) => {
    if (!path.includes("logIndex")) return undefined;
    const [id, value] = Object.entries(server.entry(2)!)[0]!;
    return Response.json({ [id]: { ...value, integratedTime: 1_800_000_000 } });
  };
  assertEquals((await tree!.inclusion(2, options)).entry.time(), undefined);
});

Deno.test("v1: a log that went through several trees counts on through them", async () => {
  await using server = new RekorV1();
  server.grow(12);
  server.rotate("77");
  server.grow(5);
  server.rotate("78");
  server.grow(9);
  const trees = await readers(server);
  assertEquals(trees.map((tree) => [tree.checkpoint.treeId, tree.offset, tree.checkpoint.treeSize]), [
    ["1193050959916656506", 0, 12],
    ["77", 12, 5],
    ["78", 17, 9],
  ]);
  const indexes = (await Promise.all(trees.map((tree) => walk(tree, 0)))).flat().map((entry) => entry.index);
  assertEquals(indexes, Array.from({ length: 26 }, (_, i) => i));
  await trees[1]!.consistency(server.inactive[1]!.tree.head(3), trees[1]!.checkpoint, options);
  // The log now shows a tree for another: its index leads to an entry of that one, with its proof.
  server.lie = (path) => path.includes("logIndex=13") ? Response.json(server.entry(1)) : undefined;
  await failsWith("LOG_ENTRY_MISSING", () => trees[1]!.inclusion(1, options));
});

Deno.test("v2: entries are read with one request for 256 of them", async () => {
  await using server = new RekorV2();
  server.grow(20_000, (index) => `{"kind":"hashedrekord","pad":"${"x".repeat(1500)}","index":${index}}`);
  const tree = await reader(server);
  server.asked.length = 0;
  let count = 0;
  for await (const { entries } of tree.entries(new CompactRange(), options)) count += entries.length;
  assertEquals(count, 20_000);
  // Each tile once, and two tiles of hashes.
  assertEquals(server.asked.length, Math.ceil(20_000 / 256) + 2, server.asked.join("\n"));
});

Deno.test("v1: the search index is asked by name, and gives only what is proven to be in the log", async () => {
  await using server = new RekorV1();
  server.grow(30);
  const log = await openLog(server.url, server.root, options);
  const trees = await log.trees();
  const asked: unknown[] = [];
  const ids = [17, 3, 17].map((index) => Object.keys(server.entry(index)!)[0]!);
  server.lie = async (path, request) => {
    if (path === "/api/v1/index/retrieve") {
      asked.push(await request.json());
      return Response.json(ids);
    }
    if (!path.endsWith("entries/retrieve")) return undefined;
    const { entryUUIDs } = await request.json();
    return Response.json(entryUUIDs.map((id: string) => server.entry(id === ids[0] ? 17 : 3)));
  };
  const found = await log.search!({ subject: "https://example.com/workflow" }, trees);
  assertEquals(found.map((entry) => entry.index), [3, 17]);
  assertEquals(asked, [{ subject: "https://example.com/workflow" }]);

  for (const answer of [["../log"], ["00"], [7], {}, Array.from({ length: 10_001 }, () => ids[0])]) {
    server.lie = () => Response.json(answer);
    await failsWith("LOG_REPLY", () => log.search!({ email: "a@b.example" }, trees), UnavailableError);
  }
});
