import { TransparencyLogEntry } from "@sigstore/protobuf-specs";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnavailableError, VerificationError } from "../../../src/errors.ts";
import { checkLog } from "../../../src/sigstore/log/check_log.ts";
import { IMPATIENT, keyId, makeKey, RekorV1, RekorV2, signCheckpoint, trustedRoot } from "./_log_server.ts";
import { MemoryTree } from "./_memory_tree.ts";

const options = { retryPolicy: IMPATIENT };

type Server = RekorV1 | RekorV2;
const VERSIONS = [{ version: 1, start: () => new RekorV1() }, { version: 2, start: () => new RekorV2() }] as const;

/** The entry as a bundle has it that was made when the log was as it is now. */
function entryOf(server: Server, index: number, offset = 0): TransparencyLogEntry {
  const { tree } = server;
  return TransparencyLogEntry.fromJSON({
    logIndex: `${offset + index}`,
    logId: { keyId: keyId(server.key, server.name).toBase64() },
    kindVersion: { kind: "test", version: "0.0.1" },
    integratedTime: "0",
    inclusionProof: {
      logIndex: `${index}`,
      treeSize: `${tree.size}`,
      rootHash: tree.head().rootHash.toBase64(),
      hashes: tree.inclusionProof(index, tree.size).map((hash) => hash.toBase64()),
      checkpoint: { envelope: server.checkpoint() },
    },
    canonicalizedBody: tree.entries[index]!.toBase64(),
  });
}

async function failsWith(code: string, act: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(act, VerificationError);
  assertEquals(error.code, code, error.message);
}

for (const { version, start } of VERSIONS) {
  Deno.test(`v${version}: the entry is still there, in a log that has grown since`, async () => {
    await using server = start();
    server.grow(270);
    const entry = entryOf(server, 260);
    server.grow(40);
    const check = await checkLog(entry, server.root, options);
    assertEquals(check, {
      log: server.url,
      origin: version === 1 ? `${server.name} - 1193050959916656506` : server.name,
      logIndex: 260,
      treeSize: 310,
      rootHash: server.tree.head().rootHash.toHex(),
      bundleTreeSize: 270,
    });
  });

  Deno.test(`v${version}: the log has not grown at all`, async () => {
    await using server = start();
    server.grow(1);
    const check = await checkLog(entryOf(server, 0), server.root, options);
    assertEquals([check.treeSize, check.bundleTreeSize], [1, 1]);
  });

  Deno.test(`v${version}: split view: the log shows another tree now, with a checkpoint that it signed`, async () => {
    await using server = start();
    server.grow(100);
    const entry = entryOf(server, 42);
    const honest = server.tree;
    server.tree = new MemoryTree();
    honest.entries.forEach((bytes, i) => server.tree.append(i === 7 ? new TextEncoder().encode("{}") : bytes));
    server.grow(20);
    await failsWith("LOG_CONSISTENCY", () => checkLog(entry, server.root, options));
  });

  Deno.test(`v${version}: shrunk tree: the log was rolled back behind the bundle's checkpoint`, async () => {
    await using server = start();
    server.grow(100);
    const entry = entryOf(server, 42);
    const { entries } = server.tree;
    server.tree = new MemoryTree();
    entries.slice(0, 60).forEach((bytes) => server.tree.append(bytes));
    await failsWith("LOG_CONSISTENCY", () => checkLog(entry, server.root, options));
  });

  Deno.test(`v${version}: the log holds another entry there than the bundle`, async () => {
    await using server = start();
    server.grow(100);
    const entry = entryOf(server, 42);
    // Without a proof there is nothing but the body to compare.
    entry.inclusionProof = undefined;
    entry.canonicalizedBody = entryOf(server, 41).canonicalizedBody;
    if (version === 1) await failsWith("LOG_ENTRY_CHANGED", () => checkLog(entry, server.root, options));
    const forged = entryOf(server, 42);
    forged.canonicalizedBody = entry.canonicalizedBody;
    await failsWith("LOG_INCLUSION", () => checkLog(forged, server.root, options));
    const moved = entryOf(server, 42);
    moved.logIndex = "41";
    await failsWith("LOG_ENTRY_CHANGED", () => checkLog(moved, server.root, options));
  });

  Deno.test(`v${version}: a checkpoint in the bundle that is not the log's is refused before the log is asked`, async () => {
    await using server = start();
    server.grow(10);
    const entry = entryOf(server, 3);
    entry.inclusionProof!.checkpoint!.envelope = signCheckpoint(
      makeKey(server.key.kind),
      server.name,
      server.tree.head(),
      server.checkpoint().split("\n")[0],
    );
    await failsWith("LOG_CHECKPOINT", () => checkLog(entry, server.root, options));
    const stranger = entryOf(server, 3);
    stranger.logId!.keyId.fill(1);
    await failsWith("LOG_UNKNOWN", () => checkLog(stranger, server.root, options));
    const root = trustedRoot([{ url: server.url, key: makeKey(server.key.kind), name: server.name }]);
    await failsWith("LOG_UNKNOWN", () => checkLog(entryOf(server, 3), root, options));
    assertEquals(server.asked, []);
  });

  Deno.test(`v${version}: a log that cannot be reached is no verification failure`, async () => {
    const server = start();
    server.grow(10);
    const [entry, root] = [entryOf(server, 3), server.root];
    server.lie = () => new Response("broken", { status: 500 });
    await assertRejects(() => checkLog(entry, root, options), UnavailableError);
    await server[Symbol.asyncDispose]();
    await assertRejects(() => checkLog(entry, root, options), UnavailableError);
  });

  Deno.test(`v${version}: the log grows while it is asked`, async () => {
    await using server = start();
    server.grow(100);
    const entry = entryOf(server, 42);
    let answers = 0;
    server.lie = () => {
      if (answers++ > 0) server.grow(1);
      return undefined;
    };
    const check = await checkLog(entry, server.root, options);
    assert(check.treeSize > 100 && check.treeSize <= server.tree.size);
  });
}

Deno.test("v1: an entry in a tree that the log no longer appends to", async () => {
  await using server = new RekorV1();
  server.grow(12);
  server.rotate("77");
  server.grow(20);
  const entry = entryOf(server, 5, 12);
  server.grow(3);
  server.rotate("78");
  server.grow(9);
  const check = await checkLog(entry, server.root, options);
  assertEquals([check.logIndex, check.treeSize, check.bundleTreeSize], [17, 23, 20]);
  server.inactive.pop();
  await failsWith("LOG_ENTRY_MISSING", () => checkLog(entry, server.root, options));
});

Deno.test("v1: the log lost the entry", async () => {
  await using server = new RekorV1();
  server.grow(12);
  const entry = entryOf(server, 5);
  server.lie = (path) => path.includes("logIndex") ? Response.json({ code: 404 }, { status: 404 }) : undefined;
  await failsWith("LOG_ENTRY_MISSING", () => checkLog(entry, server.root, options));
  server.lie = (path) => path.includes("logIndex") ? Response.json({}) : undefined;
  await failsWith("LOG_ENTRY_MISSING", () => checkLog(entry, server.root, options));
  server.lie = (path) => path.includes("logIndex") ? Response.json(server.entry(4)) : undefined;
  await failsWith("LOG_ENTRY_MISSING", () => checkLog(entry, server.root, options));
});

Deno.test("v1: a proof for another tree size or index is refused", async () => {
  await using server = new RekorV1();
  server.grow(12);
  const entry = entryOf(server, 5);
  const other = entryOf(server, 6);
  server.lie = (path) => {
    if (!path.includes("logIndex")) return undefined;
    const answer = structuredClone(server.entry(5)!);
    const [value] = Object.values(answer) as [{ verification: { inclusionProof: { hashes: string[] } } }];
    value.verification.inclusionProof.hashes = other.inclusionProof!.hashes.map((hash) => hash.toString("hex"));
    return Response.json(answer);
  };
  await failsWith("LOG_INCLUSION", () => checkLog(entry, server.root, options));
});

Deno.test("v2: the log may be read at another address than it is named by", async () => {
  await using server = new RekorV2();
  server.grow(12);
  const entry = entryOf(server, 5);
  await using mirror = new RekorV2();
  mirror.tree = server.tree;
  mirror.checkpoint = () => server.checkpoint();
  const check = await checkLog(entry, server.root, { ...options, urls: ["https://other.example", mirror.url] });
  assertEquals(check.log, mirror.url);
  assertEquals(server.asked, []);
});
