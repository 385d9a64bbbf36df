/** As much of the Hugging Face Hub as `huggingface_hub` needs to download a model, on loopback. */
import { createHash } from "node:crypto";

/** A model on the hub: its one revision, and its files by name. */
export interface HubModel {
  /** Such as `acme/bert`. */
  readonly id: string;
  readonly commit: string;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Files of this size are stored as Git LFS objects and served by another host. */
const LARGE_BYTES = 1_000;

/** A hub that serves one model until the end of the block. */
export class HuggingFaceHub implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #model: HubModel;

  /** Starts to serve. */
  constructor(model: HubModel) {
    this.#model = model;
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: (): void => {} },
      (request) => this.#answer(request),
    );
  }

  /** Where it is, for `HF_ENDPOINT`. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const { id, commit } = this.#model;
    const path = decodeURIComponent(new URL(request.url).pathname);
    if (path.startsWith(`/api/models/${id}/tree/`)) return Response.json(this.#entries());
    if (path === `/api/models/${id}` || path.startsWith(`/api/models/${id}/revision/`)) {
      const siblings = this.#entries().map(({ path }) => ({ rfilename: path }));
      return Response.json({ _id: "1", id, modelId: id, sha: commit, private: false, gated: false, siblings });
    }
    const file = new RegExp(`^/(?:(cdn)|${id}/resolve/[^/]+)/(.+)$`).exec(path);
    const bytes = this.#model.files.get(file?.[2] ?? "");
    if (bytes === undefined) return new Response(null, { status: 404, headers: { "x-error-code": "EntryNotFound" } });
    return file?.[1] === "cdn" ? send(request, bytes, {}) : this.#resolve(request, file![2]!, bytes);
  }

  #entries(): { type: string; path: string; size: number; oid: string; lfs?: unknown }[] {
    return Array.from(this.#model.files, ([path, bytes]) => {
      const lfs = isLarge(bytes) ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } } : {};
      return { type: "file", path, size: bytes.length, oid: gitBlob(bytes), ...lfs };
    });
  }

  #resolve(request: Request, name: string, bytes: Uint8Array<ArrayBuffer>): Response {
    const headers = {
      "x-repo-commit": this.#model.commit,
      etag: `"${isLarge(bytes) ? sha256(bytes) : gitBlob(bytes)}"`,
    };
    if (!isLarge(bytes)) return send(request, bytes, headers);
    return new Response(null, {
      status: 302,
      headers: {
        ...headers,
        "x-linked-size": `${bytes.length}`,
        "x-linked-etag": headers.etag,
        // Another name: redirects within one host are followed already where the headers are looked at.
        location: `http://localhost:${this.#server.addr.port}/cdn/${encodeURIComponent(name)}`,
      },
    });
  }
}

function isLarge({ length }: Uint8Array): boolean {
  return length >= LARGE_BYTES;
}

function send(request: Request, bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Response {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
  if (from === undefined) {
    const body = request.method === "HEAD" ? null : bytes;
    return new Response(body, { headers: { ...headers, "content-length": `${bytes.length}` } });
  }
  const end = Math.min(Number(to || Infinity), bytes.length - 1);
  const range = `bytes ${from}-${end}/${bytes.length}`;
  return new Response(bytes.slice(Number(from), end + 1), {
    status: 206,
    headers: { ...headers, "content-range": range },
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** How Git names a file's content. */
function gitBlob(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
