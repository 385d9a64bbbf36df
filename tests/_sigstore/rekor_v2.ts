import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { concat, pem } from "../_certificates.ts";
import type { SerializedTLogEntry } from "./bundle_json.ts";
import { canonicalJson } from "./canonical_json.ts";
import { verifyOverDigest } from "./ecdsa_over_digest.ts";
import { type FaultOptions, Faults, type WireFault } from "./faults.ts";
import { bytesOf, makeServiceKey, type ServiceKey, type ServiceKeyKind } from "./keys.ts";
import {
  forgeryOf,
  type LogFault,
  type LogForgery,
  LogState,
  proofFor,
  spoiledCheckpoint,
  type TreeView,
} from "./log_state.ts";
import { errorResponse, jsonResponse, Server } from "./server.ts";
import { checkpoint, type NoteSigner, noteSigner } from "./signed_note.ts";

/** The digest that belongs to each kind of key, as Rekor v2 names both. */
const ALGORITHMS: Readonly<Record<string, { readonly hash: string; readonly length: number; readonly curve: string }>> =
  {
    PKIX_ECDSA_P256_SHA_256: { hash: "SHA2_256", length: 32, curve: "prime256v1" },
    PKIX_ECDSA_P384_SHA_384: { hash: "SHA2_384", length: 48, curve: "secp384r1" },
  };

/** Hashes or entries in a whole tile (C2SP tlog-tiles). */
const TILE_WIDTH = 256;

/** The request to log a signature over a digest. */
export interface HashedRekordRequest {
  readonly digest: string;
  readonly signature: {
    readonly content: string;
    readonly verifier: {
      readonly keyDetails: string;
      readonly x509Certificate?: { readonly rawBytes: string };
      readonly publicKey?: { readonly rawBytes: string };
    };
  };
}

/** Why Rekor refuses a request. */
class RequestError extends Error {}

/**
 * The transparency log Rekor v2 (rekor-tiles): it takes signatures over digests only, promises nothing, tells no time, and
 * is read by tiles.
 */
export class RekorV2 implements AsyncDisposable {
  readonly faults: Faults<LogFault> = new Faults();
  readonly server: Server;
  readonly key: ServiceKey;
  readonly state: LogState = new LogState();
  readonly #now: () => Date;

  /**
   * Starts it.
   *
   * @param keyKind Of its key: Ed25519 as the public one has, or P-256.
   * @param now What its clock says.
   */
  constructor(keyKind: ServiceKeyKind = "Ed25519", now: () => Date = () => new Date()) {
    this.key = makeServiceKey(keyKind);
    this.#now = now;
    this.server = new Server((request, url) => this.#answer(request, url), this.faults);
  }

  /** Where it is. */
  get url(): string {
    return this.server.url;
  }

  /** The first line of its checkpoints: its address without the scheme. */
  get origin(): string {
    return this.server.host;
  }

  /** Its id: the key id of a signed note, whole. */
  get logId(): Uint8Array<ArrayBuffer> {
    return this.#signer({}).keyId;
  }

  /** The entries, in canonical JSON. */
  get entries(): readonly Uint8Array<ArrayBuffer>[] {
    return this.state.leaves;
  }

  /** Makes it misbehave. */
  misbehave(fault: LogFault | WireFault, options?: FaultOptions): void {
    this.faults.add(fault, options);
  }

  /**
   * Adds an entry as if it had been posted.
   *
   * @param request The request, in the form of the API.
   * @param isChecked Whether the log looks at the signature; no honest log does without.
   * @returns Its index.
   * @throws {Error} If Rekor would refuse it.
   */
  add(request: HashedRekordRequest, isChecked = true): number {
    return this.addCanonical(canonicalBody(request, isChecked));
  }

  /** Adds an entry that nobody checked. */
  addCanonical(body: Uint8Array<ArrayBuffer>): number {
    return this.state.append(body);
  }

  /** An entry as the log answers it, which is as a bundle has it. */
  bundleEntry(index: number, forgery: LogForgery = {}, view: TreeView = this.state.whole): SerializedTLogEntry {
    const shown = { ...view, size: forgery.treeSize ?? view.size };
    return {
      logIndex: `${index}`,
      logId: { keyId: this.logId.toBase64() },
      kindVersion: { kind: "hashedrekord", version: "0.0.2" },
      ...(forgery.integratedTime === undefined
        ? {}
        : { integratedTime: `${Math.floor(forgery.integratedTime.getTime() / 1000)}` }),
      ...(forgery.noProof ? {} : {
        inclusionProof: {
          logIndex: `${index}`,
          rootHash: shown.tree.root(shown.size).toBase64(),
          treeSize: `${shown.size}`,
          hashes: proofFor(shown, index, forgery).map((hash) => hash.toBase64()),
          checkpoint: { envelope: this.checkpoint(shown, forgery) },
        },
      }),
      canonicalizedBody: view.leaves[index]!.toBase64(),
    };
  }

  /** A checkpoint of what the log shows. */
  checkpoint(view: TreeView = this.state.whole, forgery: LogForgery = {}): string {
    const signer = this.#signer(forgery);
    const text = checkpoint(signer.name, view.size, view.tree.root(view.size), signer);
    return forgery.wrongCheckpointSignature ? spoiledCheckpoint(text) : text;
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  #signer(forgery: LogForgery): NoteSigner {
    return noteSigner(forgery.origin ?? this.origin, forgery.checkpointKey ?? this.key);
  }

  async #answer(request: Request, url: URL): Promise<Response> {
    const route = `${request.method} ${url.pathname}`;
    if (route === "POST /api/v2/log/entries") return this.#create(await request.json().catch(() => undefined));
    if (route === "GET /api/v2/checkpoint") return this.#checkpoint();
    const tile = /^GET \/api\/v2\/tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(route);
    if (tile === null) return errorResponse(404, "Not Found");
    const [, level, number, width] = tile;
    return this.#tile(level!, Number(number!.replace(/[x/]/g, "")), width === undefined ? TILE_WIDTH : Number(width));
  }

  #create(body: unknown): Response {
    const request = body as { hashedRekordRequestV002?: HashedRekordRequest } | undefined;
    // Since June 2026 this is the one type: an envelope is logged by the digest of what its signature is over.
    if (request?.hashedRekordRequestV002 === undefined) return gatewayError("invalid type, must be hashedrekord");
    let entry: Uint8Array<ArrayBuffer>;
    try {
      entry = canonicalBody(request.hashedRekordRequestV002);
    } catch {
      return gatewayError("invalid hashedrekord request");
    }
    const text = entry.toBase64();
    const known = this.state.leaves.findIndex((leaf) => leaf.toBase64() === text);
    if (known >= 0) {
      return jsonResponse({ code: 6, message: "an equivalent entry already exists", details: [] }, 409, {
        "x-log-index": `${known}`,
      });
    }
    const index = this.state.shown(this.addCanonical(entry), this.faults);
    const view = this.state.view(this.faults);
    return jsonResponse(this.bundleEntry(index, forgeryOf(this.faults, this.#now()), view), 201);
  }

  #checkpoint(): Response {
    const view = this.state.view(this.faults, "/api/v2/checkpoint");
    const text = this.checkpoint(view, forgeryOf(this.faults, this.#now()));
    return new Response(text, {
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache" },
    });
  }

  #tile(level: string, number: number, width: number): Response {
    const view = this.state.view(this.faults, "/api/v2/tile/");
    const height = level === "entries" ? 0 : Number(level);
    const perHash = TILE_WIDTH ** height;
    const hashes = Math.floor(view.size / perHash) - number * TILE_WIDTH;
    if (width < 1 || width > TILE_WIDTH || width > hashes) return errorResponse(404, "Not Found");
    const first = number * TILE_WIDTH;
    const parts = Array.from({ length: width }, (_, i) => this.#tilePart(level, first + i, perHash, view));
    return new Response(concat(parts), { headers: { "content-type": "application/octet-stream" } });
  }

  #tilePart(level: string, index: number, perHash: number, view: TreeView): Uint8Array {
    if (level !== "entries") return view.tree.node(index * perHash, perHash);
    // A log that swaps entries swaps the first two.
    const shown = index < 2 && this.state.tree.size > 1 && this.faults.take("entrySwapped") ? 1 - index : index;
    const leaf = view.leaves[shown]!;
    return concat([Uint8Array.of(leaf.length >> 8, leaf.length & 0xff), leaf]);
  }
}

/** Checks a request as Rekor v2 does, and writes what it stores. */
function canonicalBody(request: HashedRekordRequest, isChecked = true): Uint8Array<ArrayBuffer> {
  const { content, verifier } = request.signature;
  const { keyDetails, x509Certificate, publicKey } = verifier;
  const algorithm = ALGORITHMS[keyDetails];
  const key = keyOf(x509Certificate?.rawBytes, publicKey?.rawBytes);
  const digest = Uint8Array.fromBase64(request.digest);
  if (algorithm === undefined || key.asymmetricKeyDetails?.namedCurve !== algorithm.curve) {
    throw new RequestError("the key is not of the kind that it is said to be");
  }
  if (digest.length !== algorithm.length) throw new RequestError("the digest is not as long as it should be");
  if (isChecked && !verifyOverDigest(digest, key, Uint8Array.fromBase64(content))) {
    throw new RequestError("the signature is wrong");
  }
  const whose = x509Certificate === undefined
    ? { publicKey: { rawBytes: publicKey!.rawBytes } }
    : { x509Certificate: { rawBytes: x509Certificate.rawBytes } };
  return bytesOf(canonicalJson({
    apiVersion: "0.0.2",
    kind: "hashedrekord",
    spec: {
      hashedRekordV002: {
        data: { algorithm: algorithm.hash, digest: request.digest },
        signature: { content, verifier: { keyDetails, ...whose } },
      },
    },
  }));
}

function keyOf(certificate: string | undefined, publicKey: string | undefined): KeyObject {
  if (certificate !== undefined) {
    return new X509Certificate(pem("CERTIFICATE", Uint8Array.fromBase64(certificate))).publicKey;
  }
  return createPublicKey(pem("PUBLIC KEY", Uint8Array.fromBase64(publicKey ?? "")));
}

/** An error as the gateway before gRPC writes it. */
function gatewayError(message: string): Response {
  return jsonResponse({ code: 3, message, details: [] }, 400);
}
