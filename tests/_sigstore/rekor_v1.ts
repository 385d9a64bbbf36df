import type { SerializedTLogEntry } from "./bundle_json.ts";
import { canonicalJson } from "./canonical_json.ts";
import { type FaultOptions, Faults, type WireFault } from "./faults.ts";
import { bytesOf, makeServiceKey, type ServiceKey, sha256 } from "./keys.ts";
import {
  forgeryOf,
  type LogFault,
  type LogForgery,
  LogState,
  proofFor,
  spoiled,
  spoiledCheckpoint,
  type TreeView,
} from "./log_state.ts";
import { type CanonicalEntry, canonicalEntry, EntryError } from "./rekor_v1_entry.ts";
import { errorResponse, jsonResponse, Server } from "./server.ts";
import { checkpoint, type NoteSigner, plainSigner } from "./signed_note.ts";

/** An entry as it lies in the log. */
export interface LoggedEntry extends CanonicalEntry {
  /** Over all shards. */
  readonly logIndex: number;
  /** Within its shard. */
  readonly treeIndex: number;
  readonly uuid: string;
  /** Seconds. */
  readonly integratedTime: number;
}

/** An entry as Rekor v1 answers, by its UUID. */
export type EntryAnswer = Record<string, {
  body: string;
  integratedTime: number;
  logID: string;
  logIndex: number;
  verification: {
    inclusionProof?: {
      checkpoint: string;
      hashes: string[];
      logIndex: number;
      rootHash: string;
      treeSize: number;
    };
    signedEntryTimestamp?: string;
  };
}>;

/** One tree of the log: when it has grown large, it is frozen and another one begun. */
interface Shard {
  readonly treeId: string;
  /** The index of its first entry. */
  readonly start: number;
  readonly state: LogState;
}

/** Rekor answers no more in one go. */
const MOST_RETRIEVED = 10;

/**
 * The transparency log Rekor v1, with a true tree: it checks what is proposed, stores the canonical form, proves and
 * signs as the real one does.
 */
export class RekorV1 implements AsyncDisposable {
  readonly faults: Faults<LogFault> = new Faults();
  readonly server: Server;
  readonly key: ServiceKey = makeServiceKey();
  readonly entries: LoggedEntry[] = [];
  readonly #shards: Shard[] = [];
  readonly #now: () => Date;

  /**
   * Starts it.
   *
   * @param now What its clock says.
   */
  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
    this.#shards.push(newShard(0));
    this.server = new Server((request, url) => this.#answer(request, url), this.faults);
  }

  /** Where it is. */
  get url(): string {
    return this.server.url;
  }

  /** Its id: the hash of its key. */
  get logId(): Uint8Array<ArrayBuffer> {
    return sha256(this.key.spki);
  }

  /** The active tree. */
  get state(): LogState {
    return this.#active.state;
  }

  /** The id of the active tree, a decimal number. */
  get treeId(): string {
    return this.#active.treeId;
  }

  /** The first line of its checkpoints. */
  get origin(): string {
    return this.#originOf(this.#active);
  }

  /** Makes it misbehave. */
  misbehave(fault: LogFault | WireFault, options?: FaultOptions): void {
    this.faults.add(fault, options);
  }

  /** Freezes the active tree and begins another one. Indexes go on; indexes within the tree restart at 0. */
  beginShard(): void {
    this.#shards.push(newShard(this.entries.length));
  }

  /**
   * Adds an entry as if it had been posted.
   *
   * @param proposed The entry, in the form of the API.
   * @param at When.
   * @param isChecked Whether the log looks at the signature; no honest log does without.
   * @throws {EntryError} If Rekor would refuse it.
   */
  add(proposed: unknown, at: Date = this.#now(), isChecked = true): LoggedEntry {
    return this.addCanonical(canonicalEntry(proposed, isChecked), at);
  }

  /** Adds an entry that nobody checked. */
  addCanonical(entry: CanonicalEntry, at: Date = this.#now()): LoggedEntry {
    const { state, treeId } = this.#active;
    const treeIndex = state.append(entry.body);
    const uuid = treeHex(treeId) + state.tree.leafHash(treeIndex).toHex();
    const integratedTime = Math.floor(at.getTime() / 1000);
    const logged = { ...entry, logIndex: this.entries.length, treeIndex, uuid, integratedTime };
    this.entries.push(logged);
    return logged;
  }

  /** An entry as the API answers it. */
  entryAnswer(entry: LoggedEntry, forgery: LogForgery = {}, view?: TreeView): EntryAnswer {
    const shard = this.#shardOf(entry);
    const whole = view ?? shard.state.whole;
    const shown = { ...whole, size: forgery.treeSize ?? whole.size };
    const signed = {
      body: entry.body.toBase64(),
      integratedTime: secondsOf(forgery.integratedTime) ?? entry.integratedTime,
      logID: this.logId.toHex(),
      logIndex: entry.logIndex,
    };
    const promise = (forgery.promiseKey ?? this.key).sign(bytesOf(canonicalJson(signed)));
    const inclusionProof = {
      checkpoint: this.checkpoint(shown, forgery, shard),
      hashes: proofFor(shown, entry.treeIndex, forgery).map((hash) => hash.toHex()),
      logIndex: entry.treeIndex,
      rootHash: shown.tree.root(shown.size).toHex(),
      treeSize: shown.size,
    };
    const verification = {
      ...(forgery.noProof ? {} : { inclusionProof }),
      ...(forgery.noPromise ? {} : { signedEntryTimestamp: promise.toBase64() }),
    };
    return { [entry.uuid]: { ...signed, verification } };
  }

  /** An entry as a bundle has it. */
  bundleEntry(entry: LoggedEntry, forgery: LogForgery = {}): SerializedTLogEntry {
    return bundleEntryOf(this.entryAnswer(entry, forgery));
  }

  /** A checkpoint of what the log shows. */
  checkpoint(view: TreeView = this.state.whole, forgery: LogForgery = {}, shard: Shard = this.#active): string {
    const signer = this.#signer(forgery);
    const origin = forgery.origin === undefined ? this.#originOf(shard) : `${forgery.origin} - ${shard.treeId}`;
    const text = checkpoint(origin, view.size, view.tree.root(view.size), signer);
    return forgery.wrongCheckpointSignature ? spoiledCheckpoint(text) : text;
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  get #active(): Shard {
    return this.#shards.at(-1)!;
  }

  #shardOf(entry: LoggedEntry): Shard {
    return this.#shards.findLast(({ start }) => start <= entry.logIndex)!;
  }

  #originOf(shard: Shard): string {
    return `${this.server.host} - ${shard.treeId}`;
  }

  #signer(forgery: LogForgery): NoteSigner {
    return plainSigner(forgery.origin ?? this.server.host, forgery.checkpointKey ?? this.key);
  }

  async #answer(request: Request, url: URL): Promise<Response> {
    const route = `${request.method} ${url.pathname}`;
    switch (route) {
      case "POST /api/v1/log/entries":
        return this.#create(await jsonOf(request));
      case "GET /api/v1/log/entries":
        return this.#byIndex(Number(url.searchParams.get("logIndex") ?? NaN));
      case "POST /api/v1/log/entries/retrieve":
        return this.#retrieve(await jsonOf(request));
      case "GET /api/v1/log":
        return this.#info();
      case "GET /api/v1/log/proof":
        return this.#consistency(url.searchParams);
      case "GET /api/v1/log/publicKey":
        return new Response(this.key.publicKey.export({ type: "spki", format: "pem" }).toString(), {
          headers: { "content-type": "application/x-pem-file" },
        });
      case "POST /api/v1/index/retrieve":
        return this.#search(await jsonOf(request));
    }
    const uuid = /^GET \/api\/v1\/log\/entries\/([0-9a-f]{64}|[0-9a-f]{80})$/.exec(route)?.[1];
    return uuid === undefined ? errorResponse(404, "path not found") : this.#show(this.#byUuid(uuid));
  }

  #create(proposed: unknown): Response {
    let entry: CanonicalEntry;
    try {
      entry = canonicalEntry(proposed);
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      return errorResponse(400, `error processing entry: ${error.message}`);
    }
    const body = entry.body.toBase64();
    const known = this.entries.find((other) => this.#shardOf(other) === this.#active && other.body.toBase64() === body);
    if (known !== undefined) {
      const location = `/api/v1/log/entries/${known.uuid}`;
      return errorResponse(409, `an equivalent entry already exists in the transparency log with UUID ${known.uuid}`, {
        location,
      });
    }
    const logged = this.addCanonical(entry);
    const headers = { location: `/api/v1/log/entries/${logged.uuid}`, etag: logged.uuid };
    return jsonResponse(this.#shown(logged), 201, headers);
  }

  #byUuid(uuid: string): LoggedEntry | undefined {
    return this.entries.find((entry) => entry.uuid === uuid || entry.uuid.slice(16) === uuid);
  }

  #byIndex(index: number): Response {
    if (!Number.isInteger(index) || index < 0) return errorResponse(422, "logIndex in query must be of type int64");
    return this.#show(this.entries[index]);
  }

  #show(entry: LoggedEntry | undefined): Response {
    return entry === undefined ? errorResponse(404, "entry not found") : this.#answerWith([entry], ([shown]) => shown);
  }

  /** The answers for entries, unless the tree as it is shown does not have them. */
  #answerWith(entries: readonly LoggedEntry[], form: (answers: EntryAnswer[]) => unknown): Response {
    try {
      return jsonResponse(form(entries.map((entry) => this.#shown(entry))));
    } catch (error) {
      if (error instanceof RangeError) return errorResponse(404, "entry not found");
      throw error;
    }
  }

  /** As the faults of the moment have it. */
  #shown(asked: LoggedEntry): EntryAnswer {
    const { start, state } = this.#shardOf(asked);
    const entry = this.entries[start + state.shown(asked.treeIndex, this.faults)]!;
    const view = state.view(this.faults);
    const forgery = forgeryOf(this.faults, this.#now());
    const answer = this.entryAnswer(entry, forgery, view);
    // A log that swaps entries puts the other one under the name that was asked for.
    return { [asked.uuid]: Object.values(answer)[0]! };
  }

  #retrieve(query: unknown): Response {
    const { entryUUIDs = [], logIndexes = [], entries = [] } = query as Record<string, unknown[]>;
    const count = entryUUIDs.length + logIndexes.length + entries.length;
    if (count === 0) {
      return errorResponse(422, "validation failure list: entryUUIDs, entries or logIndexes is required");
    }
    if (count > MOST_RETRIEVED) {
      return errorResponse(422, `more than max allowed ${MOST_RETRIEVED} entries in request`);
    }
    const found = [
      ...entryUUIDs.map((uuid) => this.#byUuid(String(uuid))),
      ...entries.map((proposed) => this.#byBody(canonicalEntry(proposed).body)),
      ...logIndexes.map((index) => this.entries[Number(index)]),
    ].filter((entry) => entry !== undefined);
    return this.#answerWith(found, (answers) => answers);
  }

  #byBody(body: Uint8Array): LoggedEntry | undefined {
    const wanted = body.toBase64();
    return this.entries.find((entry) => entry.body.toBase64() === wanted);
  }

  #info(): Response {
    const view = this.state.view(this.faults, "/api/v1/log");
    const forgery = forgeryOf(this.faults, this.#now());
    const inactiveShards = this.#shards.slice(0, -1).map((shard) => this.#shardInfo(shard, shard.state.whole, {}));
    return jsonResponse({ ...this.#shardInfo(this.#active, view, forgery), inactiveShards });
  }

  #shardInfo(shard: Shard, view: TreeView, forgery: LogForgery): Record<string, unknown> {
    return {
      rootHash: view.tree.root(view.size).toHex(),
      signedTreeHead: this.checkpoint(view, forgery, shard),
      treeID: shard.treeId,
      treeSize: view.size,
    };
  }

  #consistency(query: URLSearchParams): Response {
    const firstSize = Number(query.get("firstSize") ?? 1);
    const lastSize = Number(query.get("lastSize") ?? NaN);
    const treeId = query.get("treeID") ?? this.treeId;
    const shard = this.#shards.find((shard) => shard.treeId === treeId);
    if (shard === undefined) return errorResponse(400, `tree ${treeId} is unknown`);
    if (!(firstSize >= 1) || !(lastSize >= 1)) return errorResponse(422, "firstSize and lastSize must be 1 or more");
    if (firstSize > lastSize) {
      return errorResponse(400, `firstSize(${firstSize}) must be less than lastSize(${lastSize})`);
    }
    const { tree, size } = shard.state.view(this.faults, "/api/v1/log/proof");
    if (lastSize > size) {
      return errorResponse(
        400,
        `the tree size requested(${lastSize}) was greater than what is currently observable(${size})`,
      );
    }
    const proof = tree.consistencyProof(firstSize, lastSize);
    const hashes = this.faults.take("wrongConsistency") ? spoiled(proof) : proof;
    return jsonResponse({ rootHash: tree.root(size).toHex(), hashes: hashes.map((hash) => hash.toHex()) });
  }

  #search(query: unknown): Response {
    const { email, hash, publicKey, operator = "or" } = query as Record<string, string> & {
      publicKey?: { format: string; content: string };
    };
    if (email === undefined && hash === undefined && publicKey === undefined) {
      return errorResponse(400, "at least one of email, hash or publicKey is required");
    }
    if (email !== undefined && !email.includes("@")) return errorResponse(422, "email in body must be of type email");
    if (publicKey !== undefined && publicKey.format !== "x509") return errorResponse(400, "unsupported PKI format");
    const wanted = [email, hash, publicKey && sha256(Uint8Array.fromBase64(publicKey.content)).toHex()]
      .filter((key) => key !== undefined).map((key) => key.toLowerCase());
    const isFound = (keys: readonly string[]): boolean =>
      operator === "and" ? wanted.every((key) => keys.includes(key)) : wanted.some((key) => keys.includes(key));
    return jsonResponse(this.entries.filter(({ keys }) => isFound(keys)).map(({ uuid }) => uuid));
  }
}

/** An answer of the API, as a bundle has it. */
export function bundleEntryOf(answer: EntryAnswer): SerializedTLogEntry {
  const [entry] = Object.values(answer);
  const { body, logID, logIndex, integratedTime, verification } = entry!;
  const { inclusionProof, signedEntryTimestamp } = verification;
  const { kind, apiVersion } = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(body)));
  return {
    logIndex: `${logIndex}`,
    logId: { keyId: base64OfHex(logID) },
    kindVersion: { kind, version: apiVersion },
    integratedTime: `${integratedTime}`,
    ...(signedEntryTimestamp === undefined ? {} : { inclusionPromise: { signedEntryTimestamp } }),
    ...(inclusionProof === undefined ? {} : {
      inclusionProof: {
        logIndex: `${inclusionProof.logIndex}`,
        rootHash: base64OfHex(inclusionProof.rootHash),
        treeSize: `${inclusionProof.treeSize}`,
        hashes: inclusionProof.hashes.map(base64OfHex),
        checkpoint: { envelope: inclusionProof.checkpoint },
      },
    }),
    canonicalizedBody: body,
  };
}

function newShard(start: number): Shard {
  const [high] = crypto.getRandomValues(new BigUint64Array(1));
  return { treeId: `${high! >> 1n}`, start, state: new LogState() };
}

/** A tree's id as UUIDs begin with it. */
function treeHex(treeId: string): string {
  return BigInt(treeId).toString(16).padStart(16, "0");
}

function secondsOf(date: Date | undefined): number | undefined {
  return date && Math.floor(date.getTime() / 1000);
}

function base64OfHex(hex: string): string {
  return Uint8Array.fromHex(hex).toBase64();
}

async function jsonOf(request: Request): Promise<unknown> {
  return await request.json().catch(() => ({}));
}
