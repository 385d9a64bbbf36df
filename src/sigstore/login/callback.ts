/** The loopback server that takes the issuer's answer from the browser (RFC 8252 §7.3). */
import { RefusedError, UnavailableError } from "../../errors.ts";
import { page } from "./page.ts";
import { mayUse } from "../../io/permissions.ts";

/** The path that Sigstore's issuers expect. */
const PATH = "/auth/callback";

/** What `localhost` may mean to a browser. */
const [IPV4, IPV6] = ["127.0.0.1", "[::1]"] as const;

/** Milliseconds for the last page to be sent. */
const LAST_PAGE_TIME = 1_000;

/** Ports tried until one is free on both addresses. */
const TRIES = 10;

/** Waits for one answer to one login. Leaving its block ends it. */
export class CallbackServer implements AsyncDisposable {
  readonly #state: string;
  readonly #servers: Deno.HttpServer<Deno.NetAddr>[];
  readonly #stop = new AbortController();
  readonly #answer = Promise.withResolvers<URL>();
  readonly #outcome = Promise.withResolvers<boolean>();
  #answered = false;

  /**
   * Opens the server on a port that the system chooses.
   *
   * @param state What the answer must repeat.
   * @throws {UnavailableError} If no port can be had (`LISTEN`).
   */
  constructor(state: string) {
    this.#state = state;
    this.#servers = this.#listen();
    // It may fail before anybody waits for it.
    this.#answer.promise.catch(() => {});
  }

  /** Where the issuer is to send the browser. */
  get redirectUri(): string {
    return `http://localhost:${this.#servers[0]!.addr.port}${PATH}`;
  }

  /** The first answer: the redirect address with its query. Fails if it answers some other login. */
  get answer(): Promise<URL> {
    return this.#answer.promise;
  }

  /** Says how the login ended, so that the waiting browser shows it. */
  finish(worked: boolean): void {
    this.#outcome.resolve(worked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.finish(false);
    // Do not wait for clients that are still connected then.
    const timer = setTimeout(() => this.#stop.abort(), LAST_PAGE_TIME);
    await Promise.all(this.#servers.map((server) => server.shutdown()));
    clearTimeout(timer);
  }

  /** A port that another program has on one of the addresses would give the browser's answer to that program. */
  #listen(): Deno.HttpServer<Deno.NetAddr>[] {
    for (let tries = 0; tries < TRIES; tries++) {
      const first = this.#serve(IPV4, 0);
      try {
        return mayUse({ name: "net", host: IPV6 }) ? [first, this.#serve("::1", first.addr.port)] : [first];
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse)) return [first]; // There is no IPv6 here.
        void first.shutdown();
      }
    }
    throw new UnavailableError("LISTEN", "Cannot wait for the browser: no port is free on localhost");
  }

  #serve(hostname: string, port: number): Deno.HttpServer<Deno.NetAddr> {
    if (!mayUse({ name: "net", host: IPV4 })) {
      throw new UnavailableError("LISTEN", `Cannot wait for the browser: this needs --allow-net=${IPV4}`);
    }
    // The defaults of the last two print to the console.
    const onError = (): Response => page(500, "This page cannot be shown.");
    const options = { hostname, port, signal: this.#stop.signal, onError, onListen: () => {} };
    return Deno.serve(options, (request) => this.#handle(new URL(request.url), request.method));
  }

  async #handle(url: URL, method: string): Promise<Response> {
    // A page elsewhere whose name is made to mean this machine is asked for by that name.
    const here = ["localhost", IPV4, IPV6].includes(url.hostname);
    if (!here || url.pathname !== PATH) return page(404, "There is nothing here.");
    if (method !== "GET") return page(405, "This page is for browsers to read.");
    if (this.#answered) return page(400, "This login has its answer already.");
    this.#answered = true;
    return await this.#take(url);
  }

  async #take({ search, searchParams }: URL): Promise<Response> {
    const states = searchParams.getAll("state");
    if (states.length !== 1 || states[0] !== this.#state) {
      // Somebody knows of this login and is not its issuer: it is over.
      this.#answer.reject(wrongState());
      return page(400, "This is not the answer to the login that was begun. The login was stopped.");
    }
    this.#answer.resolve(new URL(`${this.redirectUri}${search}`));
    if (await this.#outcome.promise) return page(200, "You are logged in. You may close this page.");
    return page(400, "The login failed. The program that began it says why.");
  }
}

function wrongState(): RefusedError {
  const message = "Cannot log in: the browser brought the answer to another login, which may be an attack; try again";
  return new RefusedError("LOGIN_STATE", message);
}
