/** Requests to the services of Sigstore: bounded in size, time and number, and never led elsewhere. */
import { ModelSigningError, UnavailableError } from "../errors.ts";
import { quote } from "../quote.ts";

/** Whom to ask for what. */
export interface ServiceRequest {
  /** What messages call the service, such as `the certificate authority`. */
  readonly service: string;
  /** The address. */
  readonly url: URL;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** What is sent and must never be shown: an answer may repeat it. */
  readonly secret?: string;
  /** Answers that are no failure, besides 200 to 299. */
  readonly accept?: readonly number[];
  /** Most bytes of an answer. */
  readonly maxBytes?: number;
  /** Stops the request. */
  readonly signal?: AbortSignal | undefined;
  /** Other values than {@linkcode PATIENCE}, for tests. */
  readonly patience?: Patience | undefined;
}

/** What a service answered. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How long to wait, and how often to try. */
export interface Patience {
  /** Milliseconds that one try may take, from the first byte sent to the last received. */
  readonly tryMs: number;
  /** Tries in all. */
  readonly tries: number;
  /** Milliseconds before the second try; doubled with each further one. */
  readonly pauseMs: number;
  /** The longest pause that a service may ask for, in milliseconds. */
  readonly maxPauseMs: number;
}

/** Rekor v2 answers when the entry stands in the log, which takes some seconds: a minimum of 20 is asked for. */
export const PATIENCE: Patience = { tryMs: 30_000, tries: 4, pauseMs: 500, maxPauseMs: 20_000 };

/** An entry comes back in base64 with its envelope; certificates and proofs take some kilobytes. */
const MAX_BYTES = 8_000_000;

/** A failure that may pass by itself. */
class PassingFailure extends Error {
  readonly pauseMs: number | undefined;
  constructor(message: string, pauseMs?: number) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

/**
 * Asks a service, again after a growing pause if it is busy or failing for the moment.
 *
 * Redirects are not followed: what is sent is for this service alone. Proxies and further certificate authorities are
 * those that Deno is set up with (`HTTPS_PROXY`, `DENO_CERT`, `DENO_TLS_CA_STORE`).
 *
 * @param request Whom to ask for what.
 * @returns The answer.
 * @throws {UnavailableError} If there is no good answer; the message names the service and says what it answered.
 */
export async function ask(request: ServiceRequest): Promise<ServiceAnswer> {
  const { tries, pauseMs, maxPauseMs } = request.patience ?? PATIENCE;
  for (let number = 1;; number++) {
    try {
      return await tryOnce(request);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      if (number >= tries) throw failure(request, `${error.message}, and it was tried ${tries} times`, error);
      await pause(Math.min(error.pauseMs ?? pauseMs * 2 ** (number - 1), maxPauseMs), request.signal);
    }
  }
}

/**
 * Asks a service for JSON.
 *
 * @param request Whom to ask for what.
 * @returns The parsed answer; nothing about it is checked.
 * @throws {UnavailableError} If there is no good answer, or it is not JSON.
 */
export async function askForJson(request: ServiceRequest): Promise<unknown> {
  const headers = { ...request.headers, accept: "application/json" };
  return parseAnswer(request, await ask({ ...request, headers }));
}

/** The JSON in an answer. */
export function parseAnswer(request: ServiceRequest, { bytes }: ServiceAnswer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw failure(request, `its answer is not JSON: ${excerpt(request, bytes)}`, cause);
  }
}

/** An address to which paths are added must end with a slash, or its last part is replaced. */
export function folder(url: URL): URL {
  return url.pathname.endsWith("/") ? url : new URL(`${url.href}/`);
}

/** The error for a service whose answer is of no use. */
export function failure({ service, url }: ServiceRequest, reason: string, cause?: unknown): UnavailableError {
  const message = `Cannot get an answer from ${service} at ${quote(url.host)}: ${reason}`;
  return new UnavailableError("SERVICE_FAILED", message, { cause });
}

async function tryOnce(request: ServiceRequest): Promise<ServiceAnswer> {
  const { tryMs } = request.patience ?? PATIENCE;
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
    checkStatus(request, response, bytes);
    return { status: response.status, headers: response.headers, bytes };
  } catch (error) {
    if (error instanceof ModelSigningError || error instanceof PassingFailure) throw error;
    if (error instanceof Deno.errors.NotCapable) throw permissionError(request, error);
    if (timer.aborted) throw new PassingFailure(`it did not answer within ${tryMs / 1000} seconds`);
    throw new PassingFailure(quote(reasonOf(error)));
  }
}

function checkStatus(request: ServiceRequest, { status, headers }: Response, bytes: Uint8Array): void {
  if (status >= 200 && status < 300 || request.accept?.includes(status)) return;
  if (status >= 300 && status < 400) {
    throw failure(request, `it answered with status ${status}, which leads elsewhere; that is not followed`);
  }
  const answer = `it answered with status ${status}: ${excerpt(request, bytes)}`;
  if (status === 429 || status >= 500) throw new PassingFailure(answer, retryAfter(headers));
  throw failure(request, answer);
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function readBody(request: ServiceRequest, response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const most = request.maxBytes ?? MAX_BYTES;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the body, so no more of it is received.
    if (size > most) throw failure(request, `its answer is longer than ${most} bytes, which no such answer is`);
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

function permissionError({ service, url }: ServiceRequest, cause: Error): UnavailableError {
  const message = `Cannot ask ${service}: this needs the permission --allow-net=${url.host}`;
  return new UnavailableError("NO_PERMISSION", message, { cause });
}

/** The innermost message says most: "connection refused", not "error sending request". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed";
  const inner = error.cause instanceof Error ? error.cause.message : "";
  return inner === "" ? error.message : inner;
}

const EXCERPT_LENGTH = 200;

/** The beginning of an answer, for people; it may be anything. */
function excerpt(request: ServiceRequest, bytes: Uint8Array): string {
  const whole = new TextDecoder().decode(bytes);
  const text = secretsOf(request).reduce((rest, secret) => rest.replaceAll(secret, "…"), whole).trim();
  if (text === "") return "nothing";
  return quote(text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text);
}

/** Of a token each part is one; a password too stands behind the last space of its header. */
function secretsOf({ secret = "", headers }: ServiceRequest): string[] {
  const authorization = new Headers(headers).get("authorization")?.split(" ").at(-1) ?? "";
  return [secret, authorization].flatMap((text) => text.split(".")).filter((part) => part !== "");
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => {
    clearTimeout(timer);
    reject(signal!.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", stop);
    resolve();
  }, ms);
  signal?.addEventListener("abort", stop, { once: true });
  return promise;
}
