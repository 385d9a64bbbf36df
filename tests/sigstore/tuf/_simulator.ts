/** A TUF repository that can be changed at will, and a client of it: what the public suite tuf-conformance works with. */
import { Buffer } from "node:buffer";
import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { ModelSigningError } from "../../../src/errors.ts";
import type { Clock } from "../../../src/io/retry.ts";
import { type FetchOptions, fetchTrust } from "../../../src/sigstore/tuf/refresh.ts";
import { keptFile, repositoryDirectory } from "../../../src/sigstore/tuf/cache.ts";
import { readCachedTrust } from "../../../src/sigstore/tuf/offline.ts";
import type { TufRepository, TufTrust } from "../../../src/sigstore/tuf/targets.ts";
import { TempDirectory } from "../../_temp_directory.ts";

// deno-lint-ignore no-explicit-any -- metadata is changed at will
export type Json = any;

/** A top-level role. */
export type Role = "root" | "timestamp" | "snapshot" | "targets";
export const ROLES: readonly Role[] = ["root", "timestamp", "snapshot", "targets"];

/** Midday on a day of no importance: nothing depends on the real time. */
export const NOW: Date = new Date("2026-06-15T12:00:00Z");
const DAY_MS = 86_400_000;

/** A time so many days from {@linkcode NOW}, as metadata has it. */
export function inDays(days: number): string {
  return new Date(NOW.getTime() + days * DAY_MS).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A key that signs metadata. */
export interface Signer {
  readonly id: string;
  readonly key: Json;
  sign(data: Uint8Array): string;
}

type KeyMaker = () => { publicKey: KeyObject; privateKey: KeyObject };
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const rsa: KeyMaker = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = (namedCurve: string): KeyMaker => () => generateKeyPairSync("ec", { namedCurve });

/** The kinds of keys, by scheme: key type, how to make one, digest. */
const KINDS: Record<string, [keytype: string, make: KeyMaker, digest: string | null]> = {
  "ed25519": ["ed25519", () => generateKeyPairSync("ed25519"), null],
  "ecdsa-sha2-nistp256": ["ecdsa", ec("P-256"), "sha256"],
  "ecdsa-sha2-nistp384": ["ecdsa", ec("P-384"), "sha384"],
  "ecdsa-sha2-nistp521": ["ecdsa", ec("P-521"), "sha512"],
  "rsassa-pss-sha256": ["rsa", rsa, "sha256"],
  "rsassa-pss-sha512": ["rsa", rsa, "sha512"],
};

/** Makes a new key of a scheme. */
export function makeSigner(scheme = "ed25519", spoil: (key: Json) => void = () => {}): Signer {
  const [keytype, make, digest] = KINDS[scheme]!;
  const { publicKey, privateKey } = make();
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const key = { keytype, scheme, keyval: { public: pem } };
  spoil(key);
  return {
    id: sha256(encode(canonical(key))),
    key,
    sign: (data) =>
      Buffer.from(sign(digest, data, keytype === "rsa" ? { key: privateKey, ...PSS } : privateKey)).toString("hex"),
  };
}

/** The same key in another notation: its raw bytes in hex. */
export function inHex(signer: Signer, id = "00"): Signer {
  const pem: string = signer.key.keyval.public;
  const raw = Uint8Array.fromBase64(pem.replaceAll(/-----[A-Z ]+-----|\n/g, "")).slice(-32);
  return { ...signer, id, key: { ...signer.key, keyval: { public: raw.toHex() } } };
}

/** JSON with sorted members and no white space. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === "string") return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${canonical(name)}:${canonical(value[name])}`).join()}}`;
}

export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What a path answers with: bytes, or whatever a function makes. */
type Answer = Uint8Array<ArrayBuffer> | (() => Response | Promise<Response>);

/** The repository: `await using repo = new Simulator();`. It has published version 1 of each role. */
export class Simulator implements AsyncDisposable {
  /** What each role says. A change is served once it is published. */
  readonly md: Record<Role, Json>;
  readonly signers: Record<Role, Signer[]>;
  /** Whether length and digest of a metadata file are stated where it is referred to. */
  statesDigests = true;
  /** What is served, by path. */
  readonly files = new Map<string, Answer>();
  /** The requests, by path. */
  requests: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.signers = {
      root: [makeSigner()],
      timestamp: [makeSigner()],
      snapshot: [makeSigner()],
      targets: [makeSigner()],
    };
    const common = (role: Role): Json => ({
      _type: role,
      spec_version: "1.0.34",
      version: 0,
      expires: inDays(30),
    });
    this.md = {
      root: { ...common("root"), consistent_snapshot: true, keys: {}, roles: {} },
      timestamp: { ...common("timestamp"), meta: {} },
      snapshot: { ...common("snapshot"), meta: {} },
      targets: { ...common("targets"), targets: {} },
    };
    for (const role of ROLES) this.useSigners(role, this.signers[role]);
    this.addTarget("trusted_root.json", "{}");
    this.publish("root", "targets", "snapshot", "timestamp");
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(new URL(request.url).pathname),
    );
  }

  /** Its address. */
  get mirror(): URL {
    return new URL(`http://127.0.0.1:${this.#server.addr.port}/tuf/`);
  }

  /** What the present root says of a role. */
  role(role: Role): { keyids: string[]; threshold: number; [member: string]: unknown } {
    return this.md.root.roles[role];
  }

  /** Gives a role these keys and no others; published by the next root. */
  useSigners(role: Role, signers: readonly Signer[], threshold = 1): void {
    this.signers[role] = [...signers];
    this.md.root.roles[role] = { keyids: signers.map(({ id }) => id), threshold };
    for (const { id, key } of signers) this.md.root.keys[id] = key;
  }

  /** Replaces the keys of a role. */
  rotate(role: Role): void {
    this.useSigners(role, this.signers[role].map(() => makeSigner()), this.role(role).threshold);
  }

  /** Adds a key to a role. */
  addSigner(role: Role, signer: Signer = makeSigner()): Signer {
    this.useSigners(role, [...this.signers[role], signer], this.role(role).threshold);
    return signer;
  }

  /** Lists a target and serves it. */
  addTarget(name: string, text: string, algorithms: readonly string[] = ["sha256"]): void {
    const bytes = encode(text);
    const hashes = Object.fromEntries(
      algorithms.map((algorithm) => [algorithm, createHash(algorithm).update(bytes).digest("hex")]),
    );
    this.md.targets.targets[name] = { length: bytes.length, hashes };
    this.files.set(`targets/${name}`, bytes);
    for (const hash of Object.values(hashes)) this.files.set(`targets/${hash}.${name}`, bytes);
  }

  /** Publishes the next version of each role, in this order; roles that refer to it must be published after it. */
  publish(...roles: Role[]): void {
    for (const role of roles) {
      this.md[role].version++;
      this.republish(role);
    }
  }

  /** Publishes a role as it is, without a new version. */
  republish(role: Role): void {
    if (role === "snapshot") this.#refer("snapshot", "targets");
    if (role === "timestamp") this.#refer("timestamp", "snapshot");
    this.serve(role, this.sign(role));
  }

  /** Serves a document as the present version of a role. */
  serve(role: Role, document: Json): void {
    const bytes = encode(JSON.stringify(document));
    this.files.set(`${role}.json`, bytes);
    if (role !== "timestamp") this.files.set(`${this.md[role].version}.${role}.json`, bytes);
  }

  /** What a role says, signed. */
  sign(role: Role, signers: readonly Signer[] = this.signers[role]): Json {
    const signed = structuredClone(this.md[role]);
    const bytes = encode(canonical(signed));
    return { signed, signatures: signers.map((signer) => ({ keyid: signer.id, sig: signer.sign(bytes) })) };
  }

  /** The bytes that a path serves. */
  bytes(path: string): Uint8Array<ArrayBuffer> {
    return this.files.get(path) as Uint8Array<ArrayBuffer>;
  }

  #refer(role: Role, to: Role): void {
    const bytes = this.bytes(`${to}.json`);
    const digest = this.statesDigests ? { length: bytes.length, hashes: { sha256: sha256(bytes) } } : {};
    this.md[role].meta[`${to}.json`] = { version: this.md[to].version, ...digest };
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

/** A client with an empty cache, which begins with version 1 of the root: `using client = new Client(repo);`. */
export class Client implements Disposable {
  readonly #directory = new TempDirectory();
  readonly #root: Uint8Array<ArrayBuffer>;
  readonly #mirror: URL;

  constructor(repo: Simulator, root: Uint8Array<ArrayBuffer> = repo.bytes("1.root.json")) {
    this.#root = root;
    this.#mirror = repo.mirror;
  }

  get repository(): TufRepository & { readonly cacheDirectory: string } {
    return { mirror: this.#mirror, root: this.#root, cacheDirectory: this.#directory.path };
  }

  /** The file that holds what is kept. */
  get keptFile(): string {
    return keptFile(repositoryDirectory(this.#directory.path, this.#mirror));
  }

  /** Asks the repository. */
  fetch(options: FetchOptions = {}, days = 0): Promise<TufTrust> {
    const retryPolicy = { tryMs: 30_000, tries: 1, pauseMs: 1, maxPauseMs: 1 };
    return fetchTrust(this.repository, { force: true, retryPolicy, clock: clockAt(days), ...options });
  }

  /** Asks the repository; "ok", or the code of the error. */
  async refresh(days = 0): Promise<string> {
    try {
      await this.fetch({}, days);
      return "ok";
    } catch (error) {
      if (error instanceof ModelSigningError) return error.code;
      throw error;
    }
  }

  /** What is trusted without the network: the trusted root, or the code of the error. */
  async offline(): Promise<string | undefined> {
    try {
      return (await readCachedTrust(this.repository))?.trustedRoot;
    } catch (error) {
      if (error instanceof ModelSigningError) return error.code;
      throw error;
    }
  }

  /** What is kept, as the file has it. */
  kept(): Json {
    return JSON.parse(Deno.readTextFileSync(this.keptFile));
  }

  /** The version of a role that is kept; `undefined` if there is none. */
  version(role: Role): number | undefined {
    const kept = this.kept();
    const root = kept.roots.at(-1)?.bytes ?? this.#root.toBase64();
    const bytes = role === "root" ? root : kept.seen[role];
    return bytes === undefined ? undefined : parse(Uint8Array.fromBase64(bytes)).signed.version;
  }

  /** The versions of root, timestamp, snapshot and targets that are kept. */
  versions(): (number | undefined)[] {
    return ROLES.map((role) => this.version(role));
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}

/** A document. */
export function parse(bytes: Uint8Array): Json {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** A clock that stands still and counts how long it was waited. */
export function clockAt(days: number): Clock & { waitedMs: number } {
  return {
    waitedMs: 0,
    now: () => NOW.getTime() + days * DAY_MS,
    sleep(ms: number): Promise<void> {
      this.waitedMs += ms;
      return Promise.resolve();
    },
  };
}
