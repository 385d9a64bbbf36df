/**
 * HTTP client for Sigstore services, with limits on size, time and number of tries. It does not follow redirects.
 *
 * No value of a header or query, no user name and no password may leave the process through an error. Messages are
 * therefore built from known words alone. Errors of `fetch`, which quote addresses and header values, are never passed
 * on. An answer that repeats anything confidential is not shown.
 */
import { JSON_BOUNDS, parseStrictJson } from "../json/parse.ts";
import { ModelSigningError, UnavailableError } from "../errors.ts";
import { type Attempt, retry, type RetryPolicy, SYSTEM_CLOCK } from "./retry.ts";
import { quote } from "../text/quote.ts";
import { repeatsSecret } from "../text/redact.ts";

/** A request to a service. */
export interface ServiceRequest {
  /** What messages call the service, such as `the certificate authority`. */
  readonly service: string;
  /** The address. */
  readonly url: URL;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Confidential parts of the body. Headers, query and credentials in the address are always confidential. */
  readonly secrets?: readonly string[];
  /** Accepted statuses, besides 200 to 299. */
  readonly accept?: readonly number[];
  /** Upper bound on the answer in bytes. */
  readonly maxBytes?: number;
  /** Aborts the request. */
  readonly signal?: AbortSignal | undefined;
  /** Replaces {@linkcode REQUEST_POLICY}. */
  readonly retryPolicy?: RequestPolicy | undefined;
}

/** The answer of a service. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The retry policy for a service, and the time limit of each try. */
export interface RequestPolicy extends RetryPolicy {
  /** Time limit of one try in milliseconds, from the first byte sent to the last received. */
  readonly tryMs: number;
}

/** Rekor v2 answers once the entry is in the log, which takes some seconds. Its clients must wait at least 20. */
export const REQUEST_POLICY: RequestPolicy = { tryMs: 30_000, tries: 4, pauseMs: 500, maxPauseMs: 20_000 };

/** Rekor v1 returns the entry in base64 with its envelope. Certificates and proofs take some kilobytes. */
const MAX_BYTES = 8_000_000;

/** An error that may not recur at the next try. */
class TransientFailure extends Error {
  readonly pauseMs: number | undefined;
  constructor(message: string, pauseMs?: number) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

/**
 * Sends a request. Retries with backoff if the service is busy or fails temporarily.
 *
 * Redirects are not followed: the request is meant for this service alone. Proxies and additional certificate
 * authorities are those configured for Deno (`HTTPS_PROXY`, `DENO_CERT`, `DENO_TLS_CA_STORE`).
 *
 * @param request The request.
 * @returns The answer.
 * @throws {UnavailableError} If there is no usable answer. The message names the service and what it answered.
 */
export async function ask(request: ServiceRequest): Promise<ServiceAnswer> {
  checkRequest(request);
  const policy = request.retryPolicy ?? REQUEST_POLICY;
  return await retry(policy, () => attempt(request, policy), request.signal);
}

async function attempt(request: ServiceRequest, policy: RequestPolicy): Promise<Attempt<ServiceAnswer>> {
  try {
    return { done: await tryOnce(request, policy) };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (!(error instanceof TransientFailure)) throw error;
    const { message, pauseMs } = error;
    const tried = policy.tries === 1 ? "" : `, and it was tried ${policy.tries} times`;
    return {
      otherwise: () => {
        throw failure(request, `${message}${tried}`);
      },
      pauseMs,
    };
  }
}

/**
 * Sends a request and parses the answer as JSON.
 *
 * @param request The request.
 * @returns The parsed answer. Nothing in it is checked.
 * @throws {UnavailableError} If there is no usable answer, or it is not JSON.
 */
export async function askForJson(request: ServiceRequest): Promise<unknown> {
  const headers = { ...request.headers, accept: "application/json" };
  return parseAnswer(request, await ask({ ...request, headers }));
}

/** Parses an answer as JSON. */
export function parseAnswer(request: ServiceRequest, { bytes }: ServiceAnswer): unknown {
  try {
    // Its size was limited while reading it.
    return parseStrictJson(bytes, { ...JSON_BOUNDS, bytes: Infinity });
  } catch {
    // The parser's own error quotes the answer.
    throw failure(request, `its answer is not JSON: ${excerpt(request, bytes)}`);
  }
}

/** Makes an address end with a slash. Without it, a relative path would replace the last part of the address. */
export function directory(url: URL): URL {
  if (url.pathname.endsWith("/")) return url;
  const result = new URL(url);
  result.pathname += "/";
  return result;
}

/** The error for a service without a usable answer. It names only the host of the address. */
export function failure({ service, url }: ServiceRequest, reason: string, cause?: unknown): UnavailableError {
  const message = `Cannot get an answer from ${service} at ${quote(url.host)}: ${reason}`;
  return new UnavailableError("SERVICE_FAILED", message, { cause });
}

/** RFC 9110 §5.6.2: a token. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** RFC 9110 §5.5, without obs-text: printable ASCII with spaces and tabs between. */
const HEADER_VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;

/**
 * Checks that a request can be sent, without sending it. The runtime quotes an invalid header in its error, and
 * silently trims others.
 *
 * @param request The request.
 * @throws {UnavailableError} If it has a header that cannot be sent. The value is not shown.
 */
export function checkRequest(request: ServiceRequest): void {
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (!HEADER_NAME.test(name)) throw failure(request, "a header for it has an invalid name");
    if (HEADER_VALUE.test(value)) continue;
    throw failure(
      request,
      `the value for the header ${quote(name)} cannot be sent (it is not shown): it holds a line break or another ` +
        "character that headers must not have",
    );
  }
}

async function tryOnce(
  request: ServiceRequest,
  { tryMs, clock = SYSTEM_CLOCK }: RequestPolicy,
): Promise<ServiceAnswer> {
  const timer = AbortSignal.timeout(tryMs);
  const signal = request.signal === undefined ? timer : AbortSignal.any([timer, request.signal]);
  try {
    const response = await fetch(request.url, {
      method: request.method ?? "GET",
      headers: { ...request.headers },
      redirect: "manual",
      signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const bytes = await readBody(request, response);
    checkStatus(request, response, bytes, clock.now());
    return { status: response.status, headers: response.headers, bytes };
  } catch (error) {
    if (error instanceof ModelSigningError || error instanceof TransientFailure) throw error;
    if (error instanceof Deno.errors.NotCapable) throw permissionError(request);
    if (timer.aborted) throw new TransientFailure(`it did not answer within ${tryMs / 1000} seconds`);
    throw connectionFailure(request, error);
  }
}

function checkStatus(request: ServiceRequest, response: Response, bytes: Uint8Array, now: number): void {
  const { status, headers } = response;
  if (status >= 200 && status < 300 || request.accept?.includes(status)) return;
  if (status >= 300 && status < 400) {
    throw failure(request, `the server redirected (status ${status}); redirects are not followed`);
  }
  const answer = `it answered with status ${status}: ${excerpt(request, bytes)}`;
  if (status === 429 || status >= 500) throw new TransientFailure(answer, retryAfter(headers, now));
  throw failure(request, answer);
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

async function readBody(request: ServiceRequest, response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const most = request.maxBytes ?? MAX_BYTES;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the body: the rest is not received.
    if (size > most) throw failure(request, `its answer exceeds the limit of ${most} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function permissionError({ service, url }: ServiceRequest): UnavailableError {
  return new UnavailableError(
    "PERMISSION",
    `Cannot ask ${service}: this needs the permission --allow-net=${url.host}`,
  );
}

/** Reasons for connection errors of the runtime. Its own text holds the whole address, so it is not passed on. */
const CONNECTION_FAILURES: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/proxy authentication required/i, "the proxy asks for a user and a password; set them in HTTPS_PROXY"],
  [/tunnel|proxy/i, "the proxy does not connect to it; see HTTPS_PROXY and NO_PROXY"],
  [/dns error|lookup address/i, "its name cannot be resolved (DNS)"],
  [/connection refused/i, "connection refused"],
  [/network is unreachable|no route to host|host is unreachable/i, "the network cannot reach it"],
  [/requests to port \d+ are blocked/i, "requests to its port are blocked"],
  [
    /invalid HTTP version|InvalidContentType|invalid content type|corrupt message|wrong version/i,
    "it does not speak HTTP here, or does so without TLS (https) where it was expected, or the other way round",
  ],
  [
    /connection reset|broken pipe|closed before|incomplete message|unexpected end|unexpected eof|handshake eof/i,
    "it closed the connection",
  ],
  [/timed? ?out/i, "the connection timed out"],
  [/body|end of file/i, "the connection broke off before the answer was complete"],
];

/** Reasons for certificate errors (`rustls`). Another try would not help. */
const CERTIFICATE_FAILURES: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /UnknownIssuer|self.?signed/i,
    "its TLS certificate is of an authority that is not trusted here; if a proxy or a private authority is right, name " +
    "the PEM file of its certificate with DENO_CERT or NODE_EXTRA_CA_CERTS, or set DENO_TLS_CA_STORE=system to trust " +
    "what the operating system trusts (SSL_CERT_FILE alone has no effect)",
  ],
  [/not ?valid ?yet/i, "its TLS certificate is not valid yet; see that this machine's clock is right"],
  [/expired/i, "its TLS certificate has expired; see that this machine's clock is right"],
  [/not ?valid ?for ?name/i, "its TLS certificate is for another host"],
  [/peer certificate|certificate/i, "its TLS certificate is not acceptable"],
];

function connectionFailure(request: ServiceRequest, error: unknown): Error {
  const text = wordsOf(error, 0);
  const fatal = CERTIFICATE_FAILURES.find(([pattern]) => pattern.test(text));
  if (fatal !== undefined) return failure(request, fatal[1]);
  const [, reason = "the request failed"] = CONNECTION_FAILURES.find(([pattern]) => pattern.test(text)) ?? [];
  return new TransientFailure(reason);
}

/** The messages of an error and its causes, without addresses, which might contain the words searched for. */
function wordsOf(error: unknown, depth: number): string {
  if (!(error instanceof Error) || depth > 4) return "";
  return `${error.message} ${wordsOf(error.cause, depth + 1)}`.replaceAll(/\w+:\/\/\S+/g, "");
}

const EXCERPT_LENGTH = 200;
/** Leading white space is skipped within this many bytes. */
const EXCERPT_BYTES = 4_096;

/** The beginning of an answer, escaped for display. It may contain anything. */
function excerpt(request: ServiceRequest, bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, EXCERPT_BYTES)).trim();
  if (text === "") return "nothing";
  // Read a little more than is shown: a secret may begin just before the cut.
  if (repeatsSecret(text.slice(0, 2 * EXCERPT_LENGTH), secretsOf(request))) {
    return "an answer that repeats what was sent, and so is not shown";
  }
  return quote(text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text);
}

/** Headers that only state the kind of content. */
const PUBLIC_HEADERS = ["accept", "content-type", "metadata-flavor"];

function secretsOf({ secrets = [], headers = {}, url }: ServiceRequest): string[] {
  const confidential = Object.entries(headers).filter(([name]) => !PUBLIC_HEADERS.includes(name.toLowerCase()));
  const credentials = [url.username, url.password, ...url.searchParams.values()];
  // A password follows the name of its scheme, in base64.
  const words = confidential.flatMap(([, value]) => value.split(/\s+/).slice(-1)).flatMap((
    word,
  ) => [word, ...decoded(word)]);
  return [...secrets.flatMap((secret) => secret.split(".")), ...words, ...credentials].filter((text) => text !== "");
}

/** User name and password of the Basic scheme (RFC 7617). */
function decoded(word: string): string[] {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(word)).split(":");
  } catch {
    return [];
  }
}
