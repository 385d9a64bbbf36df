/**
 * A browser as far as logging in needs one: it follows redirects, keeps cookies, and fills in and sends the form of
 * each page, until a page has none. As a program it stands in for `xdg-open`, and logs in as LOGIN_NAME.
 */

/** Pages and redirects after which it has lost its way. */
const MOST_STEPS = 30;

/**
 * Opens a page and goes through all forms that follow.
 *
 * @param address Of the first page.
 * @param name What to log in as.
 * @param code What to type where a page asks for the code of a device.
 * @returns The text of the last page.
 * @throws {Error} If a page is not there, or the forms do not end.
 */
export async function browse(address: string, name: string, code = ""): Promise<string> {
  const jar = new Map<string, Map<string, string>>();
  let next = new Request(address);
  for (let step = 0; step < MOST_STEPS; step++) {
    const url = new URL(next.url);
    const cookies = jar.get(url.host) ?? new Map<string, string>();
    jar.set(url.host, cookies);
    const answer = await fetch(next, { redirect: "manual", headers: headers(next, cookies) });
    for (const line of answer.headers.getSetCookie()) keep(cookies, line);
    const text = await answer.text();
    const location = answer.headers.get("location");
    if (location !== null) {
      next = new Request(new URL(location, url));
      continue;
    }
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text.slice(0, 500)}`);
    const form = fillIn(text, url, name, code);
    if (form === undefined) return text;
    next = form;
  }
  throw new Error(`${address} leads to more than ${MOST_STEPS} pages`);
}

function headers(request: Request, cookies: ReadonlyMap<string, string>): Headers {
  const all = new Headers(request.headers);
  all.set("accept", "text/html");
  if (cookies.size > 0) all.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
  return all;
}

/** The paths that cookies are for make no difference here: one site is one login. */
function keep(cookies: Map<string, string>, line: string): void {
  const [, name, value] = line.match(/^([^=]+)=([^;]*)/) ?? [];
  if (name === undefined || value === undefined) return;
  if (value === "") cookies.delete(name);
  else cookies.set(name, value);
}

/** The page's form, filled in and sent; `undefined` if it has none. */
function fillIn(page: string, url: URL, name: string, code: string): Request | undefined {
  const [, attributes, body] = page.match(/<form([^>]*)>([\s\S]*?)<\/form>/) ?? [];
  if (attributes === undefined || body === undefined) return undefined;
  const typed: Record<string, string> = { login: name, password: "any", user_code: code };
  const fields = [...body.matchAll(/<input([^>]*)>/g)].map(([, input]): [string, string] => {
    const field = attribute(input!, "name") ?? "";
    return [field, typed[field] || (attribute(input!, "value") ?? "")];
  });
  return new Request(new URL(attribute(attributes, "action") ?? "", url), {
    method: "POST",
    body: new URLSearchParams(fields.filter(([field]) => field !== "")),
  });
}

function attribute(tag: string, name: string): string | undefined {
  const value = tag.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];
  return value?.replaceAll("&amp;", "&");
}

if (import.meta.main) await browse(Deno.args[0]!, Deno.env.get("LOGIN_NAME") ?? "");
