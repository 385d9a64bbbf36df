/** A machine for tests: what the real one would offer is listed. */
import { ask, REQUEST_POLICY } from "../../../src/io/http.ts";
import type { Host } from "../../../src/sigstore/tokens/host.ts";

/** What there is on the machine. */
export interface Machine {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What programs print, by their command line. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Origins that are played by others. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Path of a service that never answers: requests to it time out after 50 ms, all others after 30 s. */
  readonly silentPath?: string;
}

/** Makes a machine. */
export function machine({ env = {}, files = {}, programs = {}, hosts = {}, silentPath }: Machine = {}): Host {
  return {
    env: (name) => env[name],
    readText: (path) => files[path],
    run: (program, args) => {
      const output = programs[[program, ...args].join(" ")];
      if (output === undefined) throw new Error(`nobody expects ${program} ${args.join(" ")}`);
      return Promise.resolve(output);
    },
    ask: (request) => {
      const origin = hosts[request.url.origin] ?? request.url.origin;
      const url = new URL(request.url.pathname + request.url.search, origin);
      const tryMs = url.pathname === silentPath ? 50 : REQUEST_POLICY.tryMs;
      return ask({ ...request, url, retryPolicy: { ...REQUEST_POLICY, tries: 1, tryMs } });
    },
  };
}
