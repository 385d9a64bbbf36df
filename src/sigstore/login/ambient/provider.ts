/** The shape of a place that hands out identity tokens by itself. */
import type { Host } from "../../tokens/host.ts";

/** A place, such as a CI service, that hands out a token for the job that runs there. */
export interface AmbientProvider {
  /** What people call it. */
  readonly name: string;
  /** Whether the program runs there. */
  detect(environment: Host): boolean;
  /**
   * Checks what can be known without the network, such as whether the job may have a token at all, or a needed program is
   * there: called before hours of hashing.
   *
   * @param request For whom it is to be made out, and where.
   * @returns The token's text where it is there already, to be checked; `undefined` where it is fetched when it is needed.
   */
  prepare(request: TokenRequest): string | undefined;
  /**
   * Gets a token.
   *
   * @param request For whom it is to be made out, where, and what stops it.
   * @returns The token's text, not checked.
   */
  token(request: TokenRequest): Promise<string>;
  /** Whether a token from here may name this issuer. */
  acceptsIssuer(issuer: string, environment: Host): boolean;
}

/** What a provider needs to know. */
export interface TokenRequest {
  readonly audience: string;
  readonly environment: Host;
  readonly signal?: AbortSignal | undefined;
}
