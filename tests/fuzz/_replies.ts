/** Answers of services: recorded once, and played back without any network. */

/** What a service was asked and what it answered. */
export interface Reply {
  /** Method, address and body of the request. */
  readonly request: string;
  readonly status: number;
  /** The answer in base64. */
  readonly body: string;
}

const realFetch = globalThis.fetch;

/**
 * Records what services answer.
 *
 * @param action What asks them.
 * @returns The answers, each request once.
 */
export async function record(action: () => Promise<unknown>): Promise<Reply[]> {
  const replies = new Map<string, Reply>();
  globalThis.fetch = async (input, init) => {
    const request = nameOf(input, init);
    const response = await realFetch(input, init);
    const bytes = new Uint8Array(await response.arrayBuffer());
    replies.set(request, { request, status: response.status, body: bytes.toBase64() });
    return new Response(bytes, { status: response.status, headers: response.headers });
  };
  try {
    await action();
  } finally {
    globalThis.fetch = realFetch;
  }
  return [...replies.values()];
}

/**
 * Answers requests with what was recorded; what was not asked then is not found.
 *
 * @param replies The answers.
 * @param changed An answer in place of the one of the same index.
 * @param index Which one is changed.
 */
export function playBack(replies: readonly Reply[], changed?: Uint8Array<ArrayBuffer>, index?: number): void {
  const known = new Map(replies.map((reply, i) => [reply.request, { reply, i }]));
  globalThis.fetch = (input, init) => {
    const found = known.get(nameOf(input, init));
    if (found === undefined) return Promise.resolve(new Response("not found", { status: 404 }));
    const body = found.i === index && changed !== undefined ? changed : Uint8Array.fromBase64(found.reply.body);
    return Promise.resolve(new Response(body.length > 0 ? body : null, { status: found.reply.status }));
  };
}

function nameOf(input: RequestInfo | URL, init?: RequestInit): string {
  const url = input instanceof Request ? input.url : String(input);
  const body = init?.body instanceof Uint8Array ? new TextDecoder().decode(init.body) : init?.body ?? "";
  return `${init?.method ?? "GET"} ${url} ${body}`.trimEnd();
}
