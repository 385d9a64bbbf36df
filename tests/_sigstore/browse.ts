/** Where a browser came to. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** More redirects and forms than any login has. */
const MOST_STEPS = 20;

/**
 * A browser, as far as logins need one: it follows redirects, keeps cookies, and sends the first form of a page that has
 * nothing to fill in.
 *
 * @param start Where to begin.
 * @returns The page at the end.
 */
export async function browse(start: string): Promise<Page> {
  const cookies = new Map<string, string>();
  let request: Step = { url: start };
  for (let step = 0; step < MOST_STEPS; step++) {
    const { url, form } = request;
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: cookieHeader(cookies, url) },
      ...(form === undefined ? {} : { method: "POST", body: form }),
    });
    keepCookies(cookies, url, response.headers);
    const text = await response.text();
    const next = nextStep(url, response, text);
    if (next === undefined) return { url, status: response.status, text };
    request = next;
  }
  throw new Error(`Cannot browse from ${start}: more than ${MOST_STEPS} steps`);
}

interface Step {
  readonly url: string;
  readonly form?: URLSearchParams;
}

function nextStep(url: string, response: Response, text: string): Step | undefined {
  const location = response.headers.get("location");
  if (location !== null) return { url: new URL(location, url).href };
  const form = /<form[^>]*\baction="([^"]*)"[^>]*>(.*?)<\/form>/s.exec(text);
  if (form === null) return undefined;
  const [, action, inner] = form;
  const inputs = [...inner!.matchAll(/<input\s[^>]*>/g)].map(([input]) => input);
  const fields = inputs.map((input) => [attribute(input, "name"), attribute(input, "value")] as const);
  // A field that the user has to fill in ends it.
  if (fields.some(([name, value]) => name !== undefined && value === undefined)) return undefined;
  const entries = fields.filter(([name]) => name !== undefined).map(([name, value]) => [name!, value!]);
  return { url: new URL(unescaped(action!), url).href, form: new URLSearchParams(entries) };
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : unescaped(value);
}

function unescaped(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** Cookies belong to a host; paths do not matter here. */
function keepCookies(cookies: Map<string, string>, url: string, headers: Headers): void {
  const { host } = new URL(url);
  for (const cookie of headers.getSetCookie()) {
    const [pair] = cookie.split(";");
    const equals = pair!.indexOf("=");
    const key = `${host} ${pair!.slice(0, equals)}`;
    const value = pair!.slice(equals + 1);
    if (value === "") cookies.delete(key);
    else cookies.set(key, value);
  }
}

function cookieHeader(cookies: ReadonlyMap<string, string>, url: string): string {
  const prefix = `${new URL(url).host} `;
  return [...cookies].filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => `${key.slice(prefix.length)}=${value}`).join("; ");
}
