import { type FaultOptions, Faults, type WireFault } from "./faults.ts";
import { errorResponse, jsonResponse, Server } from "./server.ts";
import { TokenKey, type TokenOptions } from "./tokens.ts";

/** An OIDC issuer. */
export class Issuer implements AsyncDisposable {
  readonly faults: Faults = new Faults();
  readonly server: Server;
  readonly key: TokenKey;
  readonly #now: () => Date;

  private constructor(key: TokenKey, now: () => Date) {
    this.key = key;
    this.#now = now;
    this.server = new Server((request, url) => this.#answer(request, url), this.faults);
  }

  /** Starts one. */
  static async start(now: () => Date): Promise<Issuer> {
    return new Issuer(await TokenKey.create(), now);
  }

  /** Its name, which is where it is. */
  get url(): string {
    return this.server.url;
  }

  /** Makes it misbehave. */
  misbehave(fault: WireFault, options?: FaultOptions): void {
    this.faults.add(fault, options);
  }

  /** Makes a token, without any login. */
  token(options: TokenOptions = {}): Promise<string> {
    return this.key.sign(options, this.url, this.#now());
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  #answer(_request: Request, url: URL): Response {
    if (url.pathname === "/.well-known/openid-configuration") {
      return jsonResponse({ issuer: this.url, jwks_uri: `${this.url}/jwks` });
    }
    return url.pathname === "/jwks" ? jsonResponse({ keys: [this.key.publicJwk] }) : errorResponse(404, "not found");
  }
}
