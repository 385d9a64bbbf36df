/** Addresses in messages. Only scheme, host and path are shown: user, password, query and fragment may hold secrets. */
import { quote } from "./quote.ts";

/**
 * Quotes an address for a message.
 *
 * @param address The address, which may be malformed.
 * @returns Scheme, host and path in quotes. Text that is not a URL is shown only if it cannot hold credentials.
 */
export function quoteAddress(address: string | URL): string {
  const url = URL.parse(address);
  if (url === null) return /[@?#]/.test(`${address}`) ? "a malformed address (not shown)" : quote(`${address}`);
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  // Show the original text if there is nothing to hide: parsing may add a slash.
  if (isPlain && !/[@?#]/.test(`${address}`)) return quote(`${address}`);
  return quote(`${url.protocol}//${url.host}${url.pathname}`);
}
