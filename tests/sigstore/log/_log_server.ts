/** Transparency logs on loopback, as small as they can be, that tell any lie a test asks for. */
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { TreeHead } from "../../../src/sigstore/log/merkle.ts";
import type { RequestPolicy } from "../../../src/io/http.ts";
import { MemoryTree } from "./_memory_tree.ts";

/** Tests do not wait. */
export const IMPATIENT: RequestPolicy = { tryMs: 30_000, tries: 3, pauseMs: 1, maxPauseMs: 1 };

/** Answers in place of the log, or not. */
export type Lie = (path: string, request: Request) => Response | undefined | Promise<Response | undefined>;

/** A key of a log. */
export interface TestKey {
  readonly kind: "p256" | "p384" | "ed25519" | "rsa";
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array;
}

export function makeKey(kind: TestKey["kind"]): TestKey {
  const { privateKey, publicKey } = kind === "ed25519"
    ? generateKeyPairSync("ed25519")
    : kind === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: kind === "p256" ? "P-256" : "P-384" });
  return { kind, privateKey, spki: new Uint8Array(publicKey.export({ format: "der", type: "spki" })) };
}

const DETAILS = {
  p256: "PKIX_ECDSA_P256_SHA_256",
  p384: "PKIX_ECDSA_P384_SHA_384",
  ed25519: "PKIX_ED25519",
  rsa: "PKIX_RSA_PKCS1V15_2048_SHA256",
} as const;

const DIGESTS = { p256: "sha256", p384: "sha384", ed25519: null, rsa: "sha256" } as const;

/** A server signs the same things again and again; once is enough. */
const SIGNED = new WeakMap<KeyObject, Map<string, Uint8Array>>();

export function signWith({ kind, privateKey }: TestKey, text: string): Uint8Array {
  const known = SIGNED.getOrInsertComputed(privateKey, () => new Map());
  return known.getOrInsertComputed(
    text,
    () => new Uint8Array(sign(DIGESTS[kind], new TextEncoder().encode(text), privateKey)),
  );
}

const sha256 = (...parts: (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** The whole id of a key: C2SP signed-note for Ed25519, the hash of the key for others. */
export function keyId(key: TestKey, name: string): Uint8Array {
  return key.kind === "ed25519" ? sha256(`${name}\n\x01`, key.spki.subarray(-32)) : sha256(key.spki);
}

/** A signed checkpoint. */
export function signCheckpoint(
  key: TestKey,
  name: string,
  { treeSize, rootHash }: TreeHead,
  origin = name,
  more = "",
): string {
  const text = `${origin}\n${treeSize}\n${rootHash.toBase64()}\n${more}`;
  const line = new Uint8Array([...keyId(key, name).subarray(0, 4), ...signWith(key, text)]).toBase64();
  return `${text}\n\u2014 ${name} ${line}\n`;
}

/** A trusted root with the logs. */
export function trustedRoot(
  logs: readonly { url: string; key: TestKey; name: string; start?: string | null; end?: string }[],
): TrustedRoot {
  return TrustedRoot.fromJSON({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: logs.map(({ url, key, name, start = "2021-01-01T00:00:00Z", end }) => ({
      baseUrl: url,
      hashAlgorithm: "SHA2_256",
      publicKey: {
        rawBytes: key.spki.toBase64(),
        keyDetails: DETAILS[key.kind],
        validFor: start === null ? undefined : { start, end },
      },
      logId: { keyId: keyId(key, name).toBase64() },
    })),
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities: [],
  });
}

/** What both versions have. */
abstract class LogServer {
  readonly key: TestKey;
  tree = new MemoryTree();
  /** Told before the truth. */
  lie: Lie = () => undefined;
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(kind: TestKey["kind"]) {
    this.key = makeKey(kind);
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      const path = pathname + search;
      this.asked.push(path);
      return await this.lie(path, request) ?? await this.answer(path, request);
    });
  }

  get name(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  get url(): string {
    return `http://${this.name}`;
  }

  get root(): TrustedRoot {
    return trustedRoot([this]);
  }

  grow(count: number, make = (index: number): string => JSON.stringify({ kind: "test", index })): void {
    for (let i = 0; i < count; i++) this.tree.append(new TextEncoder().encode(make(this.tree.size)));
  }

  abstract answer(path: string, request: Request): Response | Promise<Response>;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const NOT_FOUND = (): Response => Response.json({ code: 404, message: "not found" }, { status: 404 });

/** A Rekor v2: tiles. */
export class RekorV2 extends LogServer {
  /** The size of the tree that is published. */
  published: number | undefined;

  constructor(kind: TestKey["kind"] = "ed25519") {
    super(kind);
  }

  checkpoint(size = this.published ?? this.tree.size): string {
    return signCheckpoint(this.key, this.name, this.tree.head(size));
  }

  answer(path: string): Response {
    const size = this.published ?? this.tree.size;
    if (path === "/api/v2/checkpoint") return new Response(this.checkpoint());
    const match = /^\/api\/v2\/tile\/(entries|\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
    if (match === null) return NOT_FOUND();
    const index = Number(match[2]!.replaceAll(/[x/]/g, ""));
    const width = Number(match[3] ?? 256);
    const span = match[1] === "entries" ? 1 : 256 ** Number(match[1]);
    const start = index * 256 * span;
    if (start + width * span > size) return NOT_FOUND();
    const at = Array.from({ length: width }, (_, i) => start + i * span);
    if (match[1] !== "entries") {
      return new Response(concat(at.map((first) => this.tree.root(first, first + span))));
    }
    return new Response(concat(at.flatMap((first) => {
      const entry = this.tree.entries[first]!;
      return [new Uint8Array([entry.length >> 8, entry.length & 255]), entry];
    })));
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A Rekor v1: a database of entries, in one tree or several. */
export class RekorV1 extends LogServer {
  /** Trees that the log went through, oldest first. */
  readonly inactive: { treeId: string; tree: MemoryTree }[] = [];
  treeId = "1193050959916656506";
  /** The most entries that one request gives. */
  static readonly MOST = 10;

  constructor(kind: TestKey["kind"] = "p256") {
    super(kind);
  }

  /** Goes on in another tree. */
  rotate(treeId: string): void {
    this.inactive.push({ treeId: this.treeId, tree: this.tree });
    this.tree = new MemoryTree();
    this.treeId = treeId;
  }

  checkpoint(tree = this.tree, treeId = this.treeId, size = tree.size): string {
    return signCheckpoint(this.key, this.name, tree.head(size), `${this.name} - ${treeId}`);
  }

  async answer(path: string, request: Request): Promise<Response> {
    const url = new URL(path, this.url);
    const query = url.searchParams;
    switch (url.pathname) {
      case "/api/v1/log":
        return Response.json({
          ...this.#info(this.tree, this.treeId),
          inactiveShards: this.inactive.map(({ tree, treeId }) => this.#info(tree, treeId)),
        });
      case "/api/v1/log/proof":
        return this.#proof(Number(query.get("firstSize")), Number(query.get("lastSize")), query.get("treeID"));
      case "/api/v1/log/entries":
        return this.#byIndex(Number(query.get("logIndex")));
      case "/api/v1/log/entries/retrieve":
        return this.#retrieve((await request.json()).logIndexes);
      default:
        return NOT_FOUND();
    }
  }

  #info(tree: MemoryTree, treeID: string): Record<string, unknown> {
    const { treeSize, rootHash } = tree.head();
    return { treeID, treeSize, rootHash: rootHash.toHex(), signedTreeHead: this.checkpoint(tree, treeID) };
  }

  #proof(from: number, to: number, treeId: string | null): Response {
    const { tree } = [...this.inactive, this].find((one) => one.treeId === treeId) ?? this;
    if (from < 1 || from > to || to > tree.size) return Response.json({ code: 400 }, { status: 400 });
    const hashes = tree.consistencyProof(from, to).map((hash) => hash.toHex());
    return Response.json({ rootHash: tree.root(0, to).toHex(), hashes });
  }

  #byIndex(logIndex: number): Response {
    const entry = this.entry(logIndex);
    return entry === undefined ? NOT_FOUND() : Response.json(entry);
  }

  #retrieve(indexes: number[]): Response {
    if (indexes.length > RekorV1.MOST) return Response.json({ code: 422 }, { status: 422 });
    return Response.json(indexes.map((index) => this.entry(index)).filter((entry) => entry !== undefined));
  }

  /** What the server says of an entry; the test may say otherwise. */
  entry(logIndex: number, body?: Uint8Array): Record<string, Record<string, unknown>> | undefined {
    let index = logIndex;
    for (const { tree, treeId } of [...this.inactive, this]) {
      if (index < tree.size) return this.#entry(tree, treeId, index, logIndex, body ?? tree.entries[index]!);
      index -= tree.size;
    }
    return undefined;
  }

  #entry(
    tree: MemoryTree,
    treeId: string,
    index: number,
    logIndex: number,
    bytes: Uint8Array,
  ): Record<string, Record<string, unknown>> {
    const logID = keyId(this.key, this.name).toHex();
    const [body, integratedTime] = [bytes.toBase64(), 1_700_000_000 + logIndex];
    const promise = signWith(this.key, JSON.stringify({ body, integratedTime, logID, logIndex }));
    const { treeSize, rootHash } = tree.head();
    const id = BigInt(treeId).toString(16).padStart(16, "0") + tree.leaf(index).toHex();
    const inclusionProof = {
      checkpoint: this.checkpoint(tree, treeId),
      hashes: tree.inclusionProof(index, tree.size).map((hash) => hash.toHex()),
      logIndex: index,
      rootHash: rootHash.toHex(),
      treeSize,
    };
    const verification = { inclusionProof, signedEntryTimestamp: promise.toBase64() };
    return { [id]: { body, integratedTime, logID, logIndex, verification } };
  }
}
