import type { FaultOptions, Faults, WireFault } from "./faults.ts";

/** Answers one request. */
export type Handler = (request: Request, url: URL) => Response | Promise<Response>;

/** A request that a server got, for tests that look at what was asked. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
}

/** A service on loopback, on a port of the system's choice, that misbehaves as its faults say. */
export class Server implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** All requests so far. */
  readonly requests: SeenRequest[] = [];

  /**
   * Starts it.
   *
   * @param handler Answers rightly.
   * @param faults When not to. Those of the service's own are for the handler to look at.
   */
  // deno-lint-ignore no-explicit-any -- a server knows only the faults that all have
  constructor(handler: Handler, faults: Faults<any>) {
    const options = {
      hostname: "127.0.0.1",
      port: 0,
      signal: this.#abort.signal,
      onListen: (): void => {},
      onError: (error: unknown): Response => errorResponse(500, String(error)),
    };
    this.#server = Deno.serve(options, async (request) => {
      const url = new URL(request.url);
      const path = url.pathname + url.search;
      this.requests.push({ method: request.method, path, headers: request.headers });
      const fault = faults.takeWireFault(url.pathname);
      return fault === undefined ? await handler(request, url) : await this.#misbehave(fault, request, url, handler);
    });
  }

  /** Where it is, without a slash at the end. */
  get url(): string {
    return `http://${this.host}`;
  }

  /** Its name and port. */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Stops it at once, whatever it is doing. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#server.finished;
  }

  async #misbehave(
    fault: FaultOptions & { readonly kind: WireFault },
    request: Request,
    url: URL,
    handler: Handler,
  ): Promise<Response> {
    switch (fault.kind) {
      case "tooManyRequests":
        return errorResponse(429, "too many requests", { "retry-after": `${fault.retryAfter ?? 0}` });
      case "serverError":
        return errorResponse(500, "internal error");
      case "notFound":
        return errorResponse(404, "not found");
      case "redirect":
        return new Response(null, { status: 307, headers: { location: fault.location ?? "/" } });
      case "notJson":
        return new Response("<html>Please log in</html>", { headers: { "content-type": "text/html" } });
      case "nothing":
        return new Response(null);
      case "endless":
        return new Response(endless(fault.filling ?? " "), { headers: { "content-type": "application/json" } });
      case "cutOff":
        return await half(await handler(request, url), fault.cut ?? pause(5));
      case "stalled":
        return await half(await handler(request, url));
      case "slow":
        return await this.#never();
    }
  }

  /** Waits until the server stops. */
  async #never(): Promise<Response> {
    const { signal } = this.#abort;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return new Response(null);
  }
}

/** An answer in JSON. */
export function jsonResponse(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json", ...headers } });
}

/** An error as these services give it. */
export function errorResponse(status: number, message: string, headers: Record<string, string> = {}): Response {
  return jsonResponse({ code: status, message }, status, headers);
}

function endless(filling: string): ReadableStream<Uint8Array> {
  const chunk = new TextEncoder().encode(filling.repeat(Math.ceil(65536 / filling.length)));
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

/** Half of an answer; then the connection breaks when `cut` resolves, or nothing more comes. */
async function half(whole: Response, cut?: Promise<void>): Promise<Response> {
  const body = new Uint8Array(await whole.arrayBuffer());
  const stream = new ReadableStream<Uint8Array>({
    start(controller): void {
      controller.enqueue(body.subarray(0, Math.ceil(body.length / 2)));
      cut?.then(() => controller.error(new Error("cut off, as the test asked")));
    },
  });
  return new Response(stream, { status: whole.status, headers: whole.headers });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
