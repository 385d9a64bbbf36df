/** A service on loopback. Leaving its block ends it: `await using service = new Service(…)`. */
export class Service implements AsyncDisposable {
  /** What it was asked. */
  readonly requests: { method: string; url: URL; headers: Headers; body: string }[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();

  constructor(handle: (request: Request, body: string) => Response | Promise<Response>) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: this.#stop.signal };
    this.#server = Deno.serve(options, async (request) => {
      const body = await request.text();
      this.requests.push({ method: request.method, url: new URL(request.url), headers: request.headers, body });
      return await handle(request, body);
    });
  }

  /** Its scheme, host and port. */
  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#server.finished;
  }
}
