/** Rekor v2: the tiled log in a directory, and the web server that gives its tiles out. */

import type { Programs } from "./build.ts";
import { newKey, publicDer, sha256 } from "./keys.ts";
import { freePorts } from "./ports.ts";
import { get, type Processes } from "./processes.ts";

/** A log of signatures, running. */
export interface RekorV2 extends AsyncDisposable {
  readonly url: string;
  /** In DER. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** What names it in bundles: the key id of its checkpoints, uncut. */
  readonly logId: Uint8Array<ArrayBuffer>;
}

/** Starts it. */
export async function startRekorV2(processes: Processes, programs: Programs, directory: string): Promise<RekorV2> {
  const storage = `${directory}/rekor-v2`;
  await Deno.mkdir(storage);
  const [http, grpc, metrics] = freePorts(3);
  const front = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: (): void => {} },
    (request) => answer(request, `http://127.0.0.1:${http}`, storage),
  );
  const origin = `127.0.0.1:${front.addr.port}`;
  const key = newKey("Ed25519");
  await Deno.writeTextFile(`${directory}/rekor-v2.pem`, key.export({ type: "pkcs8", format: "pem" }).toString());
  processes.start("rekor-v2", programs.rekorV2, [
    "serve",
    "--http-address=127.0.0.1",
    `--http-port=${http}`,
    "--grpc-address=127.0.0.1",
    `--grpc-port=${grpc}`,
    `--http-metrics-port=${metrics}`,
    `--hostname=${origin}`,
    `--storage-dir=${storage}`,
    `--signer-filepath=${directory}/rekor-v2.pem`,
    "--batch-max-age=100ms",
    "--checkpoint-interval=200ms",
  ]);
  await processes.ready("rekor-v2", async () => {
    const health = await get(`http://127.0.0.1:${http}/healthz`);
    if (!health.includes('"SERVING"')) throw new Error(`it says ${health}`);
  });
  const publicKey = publicDer(key);
  return {
    url: `http://${origin}`,
    publicKey,
    logId: await noteKeyId(origin, publicKey),
    [Symbol.asyncDispose]: () => front.shutdown(),
  };
}

/**
 * The log itself only takes entries; its operator lets a web server give out its files, under the same address.
 *
 * @param log Where entries go.
 * @param storage The files.
 */
async function answer(request: Request, log: string, storage: string): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/v2/log/entries") {
    const { method, headers } = request;
    return await fetch(`${log}${pathname}`, { method, headers, body: await request.bytes() });
  }
  const [, path] = pathname.match(/^\/api\/v2\/(checkpoint|tile\/[\w./]+)$/) ?? [];
  if (path === undefined || path.includes("..")) return new Response("no such file\n", { status: 404 });
  const file = await Deno.readFile(`${storage}/${path}`).catch(() => undefined);
  return file === undefined ? new Response("no such file\n", { status: 404 }) : new Response(file);
}

/** The key id of a signed note with an Ed25519 key (C2SP signed-note), not cut to its first four bytes. */
async function noteKeyId(origin: string, publicKey: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const raw = publicKey.slice(-32);
  return await sha256(Uint8Array.of(...new TextEncoder().encode(`${origin}\n`), 1, ...raw));
}
