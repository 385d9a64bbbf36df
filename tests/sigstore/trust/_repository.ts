/** A TUF repository of our own on loopback, which can be made to misbehave. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { TempDirectory } from "../../_temp_directory.ts";

// deno-lint-ignore no-explicit-any -- metadata are spoiled at will
export type Json = any;

const DAY_MS = 24 * 60 * 60 * 1000;

/** A time from now, as metadata have it. */
export function daysFromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A key that signs metadata. */
export interface TufKey {
  readonly id: string;
  readonly json: Json;
  readonly privateKey: KeyObject;
}

/** Makes a key, on P-256 or Ed25519. */
export function makeKey(type: "ed25519" | "ecdsa" = "ed25519"): TufKey {
  const { publicKey, privateKey } = type === "ed25519"
    ? generateKeyPairSync("ed25519")
    : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyval = { public: publicKey.export({ type: "spki", format: "pem" }).toString() };
  const json = { keytype: type, scheme: type === "ed25519" ? "ed25519" : "ecdsa-sha2-nistp256", keyval };
  return { id: sha256(encode(canonical(json))), json, privateKey };
}

/** Metadata signed by some keys. */
export function signed(content: Json, keys: readonly TufKey[]): Json {
  const bytes = encode(canonical(content));
  const signatures = keys.map(({ id, privateKey }) => ({
    keyid: id,
    sig: sign(privateKey.asymmetricKeyType === "ec" ? "sha256" : null, bytes, privateKey).toString("hex"),
  }));
  return { signed: content, signatures };
}

/** JSON with sorted members and no white space. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === "string") return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${canonical(name)}:${canonical(value[name])}`).join()}}`;
}

export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

type Role = "timestamp" | "snapshot" | "targets";

/** The repository: `await using repository = new TestRepository();`. It serves its first state at once. */
export class TestRepository implements AsyncDisposable {
  /** What it serves, by path. */
  readonly files = new Map<string, Uint8Array<ArrayBuffer> | (() => Response | Promise<Response>)>();
  /** The paths that were asked for. */
  requests: string[] = [];
  rootKeys: TufKey[] = [makeKey("ecdsa"), makeKey()];
  readonly keys: Record<Role, TufKey> = { timestamp: makeKey("ecdsa"), snapshot: makeKey(), targets: makeKey() };
  readonly versions: Record<Role, number> = { timestamp: 0, snapshot: 0, targets: 0 };
  rootVersion = 0;
  targets: Record<string, string>;
  /** Changes metadata before they are signed, by role. */
  spoil: Partial<Record<Role | "root", (content: Json) => void>> = {};
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(targets: Record<string, string> = { "trusted_root.json": "{}" }) {
    this.targets = targets;
    this.publishRoot();
    this.publish();
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(new URL(request.url).pathname),
    );
  }

  /** Its address. */
  get mirror(): URL {
    return new URL(`http://127.0.0.1:${this.#server.addr.port}/tuf`);
  }

  /** The first root, which a user begins with. */
  get firstRoot(): Uint8Array<ArrayBuffer> {
    return this.files.get("1.root.json") as Uint8Array<ArrayBuffer>;
  }

  /** Publishes the next root, signed by the keys of the one before as well. */
  publishRoot(newKeys: TufKey[] = this.rootKeys, expires = daysFromNow(300)): void {
    const all = [...new Set([...this.rootKeys, ...newKeys])];
    const content = this.rootContent(newKeys, expires);
    this.spoil.root?.(content);
    this.put(`${this.rootVersion}.root.json`, signed(content, all));
    this.rootKeys = newKeys;
  }

  /** What the next root says. */
  rootContent(rootKeys: TufKey[], expires: string): Json {
    const role = (keys: TufKey[], threshold = 1): Json => ({ keyids: keys.map((key) => key.id), threshold });
    return {
      _type: "root",
      spec_version: "1.0.31",
      version: ++this.rootVersion,
      expires,
      consistent_snapshot: true,
      keys: Object.fromEntries([...rootKeys, ...Object.values(this.keys)].map((key) => [key.id, key.json])),
      roles: {
        root: role(rootKeys, rootKeys.length),
        timestamp: role([this.keys.timestamp]),
        snapshot: role([this.keys.snapshot]),
        targets: role([this.keys.targets]),
      },
    };
  }

  /** Publishes targets, snapshot and timestamp again. */
  publish(expires: Partial<Record<Role, string>> = {}): void {
    const files = Object.entries(this.targets).map(([name, text]) => [name, fileOf(encode(text))]);
    for (const [name, text] of Object.entries(this.targets)) {
      this.files.set(`targets/${sha256(encode(text))}.${name}`, encode(text));
    }
    const targets = this.#publishRole("targets", { targets: Object.fromEntries(files) }, expires.targets, true);
    const snapshot = this.#publishRole("snapshot", { meta: { "targets.json": targets } }, expires.snapshot, true);
    this.#publishRole("timestamp", { meta: { "snapshot.json": snapshot } }, expires.timestamp, false);
  }

  #publishRole(role: Role, members: Json, expires = daysFromNow(7), isVersioned: boolean): Json {
    const version = ++this.versions[role];
    const content = { _type: role, spec_version: "1.0.31", version, expires, ...members };
    this.spoil[role]?.(content);
    const bytes = this.put(
      isVersioned ? `${version}.${role}.json` : `${role}.json`,
      signed(content, [this.keys[role]]),
    );
    return { version: content.version, ...fileOf(bytes) };
  }

  /** Serves a document. */
  put(path: string, document: Json): Uint8Array<ArrayBuffer> {
    const bytes = encode(JSON.stringify(document));
    this.files.set(path, bytes);
    return bytes;
  }

  /** All that it serves now, to serve it again later. */
  remember(): () => void {
    const files = new Map(this.files);
    return () => {
      this.files.clear();
      for (const [path, content] of files) this.files.set(path, content);
    };
  }

  async #answer(path: string): Promise<Response> {
    const name = decodeURIComponent(path).replace(/^\/tuf\//, "");
    this.requests.push(name);
    const file = this.files.get(name);
    if (file === undefined) return new Response("none", { status: 404 });
    return typeof file === "function" ? await file() : new Response(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function fileOf(bytes: Uint8Array): Json {
  return { length: bytes.length, hashes: { sha256: sha256(bytes) } };
}

/** A user with an empty cache: `using user = new User(repository);`. */
export class User implements Disposable {
  readonly #directory = new TempDirectory();
  readonly #root: Uint8Array<ArrayBuffer>;
  readonly #mirror: URL;

  constructor(repository: TestRepository) {
    this.#root = repository.firstRoot;
    this.#mirror = repository.mirror;
  }

  /** The repository as the user knows it. */
  get repository(): { mirror: URL; root: Uint8Array<ArrayBuffer>; cacheDirectory: string } {
    return { mirror: this.#mirror, root: this.#root, cacheDirectory: this.#directory.path };
  }

  /** The file in which what was fetched is kept. */
  get keptFile(): string {
    const [directory] = [...Deno.readDirSync(`${this.#directory.path}/tuf`)];
    return `${this.#directory.path}/tuf/${directory!.name}/kept.json`;
  }

  /** Changes what is kept. */
  changeKept(change: (kept: Json) => void): void {
    const kept = JSON.parse(Deno.readTextFileSync(this.keptFile));
    change(kept);
    Deno.writeTextFileSync(this.keptFile, JSON.stringify(kept));
  }

  /** Makes what is kept older, as the file says. */
  age(days: number): void {
    this.changeKept((kept) => kept.complete.fetchedAt = daysFromNow(-days));
  }

  /** What else there is in the directory: nothing may be left behind. */
  leftovers(): string[] {
    const directory = this.keptFile.replace(/kept\.json$/, "");
    return [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
      !["kept.json", "lock"].includes(name)
    );
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}
