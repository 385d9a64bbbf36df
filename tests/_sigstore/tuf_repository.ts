import type { Json, JsonObject } from "./canonical_json.ts";
import { type FaultOptions, Faults, type WireFault } from "./faults.ts";
import { bytesOf, sha256 } from "./keys.ts";
import { errorResponse, Server } from "./server.ts";
import { makeTufKey, type TufKey } from "./tuf_key.ts";

/** The roles of a repository, without delegated ones. */
export type TufRole = "root" | "timestamp" | "snapshot" | "targets";

/** What a role is signed with. */
export interface RoleKeys {
  readonly keys: readonly TufKey[];
  readonly threshold: number;
}

/** The keys of all roles. */
export type AllRoleKeys = Readonly<Record<TufRole, RoleKeys>>;

/** What metadata says, to be altered at will. */
// deno-lint-ignore no-explicit-any -- tests put anything into it
export type Signed = any;

/** What is to be otherwise than usual when metadata is written. */
export interface PublishOptions {
  /** When each role expires. In a year, if not given. */
  readonly expires?: Partial<Record<TufRole, Date>>;
  /** Which version each role has. One more than before, if not given. */
  readonly versions?: Partial<Record<TufRole, number>>;
  /** With which keys each role is signed. With its own, if not given; twice the same key is possible. */
  readonly signers?: Partial<Record<TufRole, readonly TufKey[]>>;
  /** Alters what is said before it is signed. */
  readonly alter?: Partial<Record<TufRole, (signed: Signed) => void>>;
  /** Which roles are not written again. */
  readonly without?: readonly TufRole[];
}

const YEAR = 365 * 86_400_000;

/**
 * A TUF repository laid out as Sigstore's is (consistent snapshots, metadata at the top, targets below `targets/`), with
 * keys of its own: of root and targets two in three have to sign. What it serves is in {@link files}; a test that keeps an
 * old copy of that can play it back.
 */
export class TufRepository implements AsyncDisposable {
  readonly faults: Faults = new Faults();
  readonly server: Server;
  /** What is served, by path. */
  files: Map<string, Uint8Array<ArrayBuffer>> = new Map();
  /** The keys of the present root. */
  keys: AllRoleKeys;
  readonly #targets = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #versions: Record<TufRole, number> = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };
  readonly #now: () => Date;

  /**
   * Starts one.
   *
   * @param targets By name; what is not bytes becomes JSON.
   * @param now What its clock says.
   */
  constructor(targets: Readonly<Record<string, unknown>>, now: () => Date = () => new Date()) {
    this.#now = now;
    this.keys = {
      root: makeRoleKeys(3, 2),
      timestamp: makeRoleKeys(1, 1),
      snapshot: makeRoleKeys(1, 1),
      targets: makeRoleKeys(3, 2),
    };
    this.server = new Server((_request, url) => this.#serve(url), this.faults);
    for (const [name, content] of Object.entries(targets)) this.setTarget(name, content);
    this.publishRoot();
    this.publish();
  }

  /** Where it is: the mirror's address. */
  get url(): string {
    return this.server.url;
  }

  /** The version of the newest root. */
  get rootVersion(): number {
    return this.#versions.root;
  }

  /** Makes it misbehave. */
  misbehave(fault: WireFault, options?: FaultOptions): void {
    this.faults.add(fault, options);
  }

  /** The bytes of a root, which are what a client starts from. */
  root(version = 1): Uint8Array<ArrayBuffer> {
    return this.files.get(`${version}.root.json`)!;
  }

  /** Puts a target in, of which nobody knows until {@link publish}. */
  setTarget(name: string, content: unknown): void {
    this.#targets.set(name, content instanceof Uint8Array ? content.slice() : bytesOf(JSON.stringify(content)));
  }

  /** Takes a target away, at the next {@link publish}. */
  removeTarget(name: string): void {
    this.#targets.delete(name);
  }

  /** A copy of all that is served now, to be put back with `repository.files = …`. */
  copyFiles(): Map<string, Uint8Array<ArrayBuffer>> {
    return new Map(this.files);
  }

  /** Writes targets, snapshot and timestamp again. */
  publish(options: PublishOptions = {}): void {
    const { without = [] } = options;
    if (!without.includes("targets")) this.#publishTargets(options);
    if (!without.includes("snapshot")) this.#publishSnapshot(options);
    if (!without.includes("timestamp")) this.#publishTimestamp(options);
  }

  /**
   * Writes the next root.
   *
   * @param keys Of roles whose keys are other ones from now on. The root is signed with the old and with the new keys.
   * @param options What is to be otherwise than usual.
   */
  publishRoot(keys: Partial<AllRoleKeys> = {}, options: PublishOptions = {}): void {
    const oldKeys = this.keys.root.keys;
    this.keys = { ...this.keys, ...keys };
    const all = Object.values(this.keys).flatMap(({ keys }) => keys);
    const roles = Object.entries(this.keys).map(([role, { keys, threshold }]) => [
      role,
      { keyids: keys.map(({ id }) => id), threshold },
    ]);
    const signers = [...new Set([...oldKeys, ...this.keys.root.keys])];
    const text = this.#sign("root", {
      consistent_snapshot: true,
      keys: Object.fromEntries(all.map(({ id, key }) => [id, key as unknown as Json])),
      roles: Object.fromEntries(roles),
    }, { ...options, signers: { root: options.signers?.root ?? signers } });
    this.files.set(`${this.#versions.root}.root.json`, text);
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  #publishTargets(options: PublishOptions): void {
    const targets: Record<string, Json> = {};
    for (const [name, content] of this.#targets) {
      const hash = sha256(content).toHex();
      targets[name] = { length: content.length, hashes: { sha256: hash } };
      this.files.set(`targets/${hash}.${name}`, content);
    }
    const text = this.#sign("targets", { targets }, options);
    this.files.set(`${this.#versions.targets}.targets.json`, text);
  }

  #publishSnapshot(options: PublishOptions): void {
    const meta = { "targets.json": this.#metaOf("targets") };
    const text = this.#sign("snapshot", { meta }, options);
    this.files.set(`${this.#versions.snapshot}.snapshot.json`, text);
  }

  #publishTimestamp(options: PublishOptions): void {
    const meta = { "snapshot.json": this.#metaOf("snapshot") };
    this.files.set("timestamp.json", this.#sign("timestamp", { meta }, options));
  }

  #metaOf(role: "targets" | "snapshot"): Json {
    const version = this.#versions[role];
    const bytes = this.files.get(`${version}.${role}.json`)!;
    return { version, length: bytes.length, hashes: { sha256: sha256(bytes).toHex() } };
  }

  #sign(role: TufRole, content: JsonObject, options: PublishOptions): Uint8Array<ArrayBuffer> {
    this.#versions[role] = options.versions?.[role] ?? this.#versions[role] + 1;
    const expires = options.expires?.[role] ?? new Date(this.#now().getTime() + YEAR);
    const signed: Signed = {
      _type: role,
      spec_version: "1.0.31",
      version: this.#versions[role],
      expires: expires.toISOString().replace(/\.\d+Z$/, "Z"),
      ...content,
    };
    options.alter?.[role]?.(signed);
    const signers = options.signers?.[role] ?? this.keys[role].keys;
    const signatures = signers.map((signer) => ({ keyid: signer.id, sig: signer.sign(signed) }));
    return bytesOf(JSON.stringify({ signatures, signed }, null, 1));
  }

  #serve(url: URL): Response {
    const bytes = this.files.get(decodeURIComponent(url.pathname.slice(1)));
    if (bytes === undefined) return errorResponse(404, "not found");
    return new Response(bytes, { headers: { "content-type": "application/json" } });
  }
}

/** New keys for a role. */
export function makeRoleKeys(count: number, threshold: number): RoleKeys {
  return { keys: Array.from({ length: count }, makeTufKey), threshold };
}
