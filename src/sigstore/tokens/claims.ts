/** Claims of a JSON Web Token (RFC 7519), decoded without verification. */

import { parseStrictJson } from "../../json/parse.ts";

/** Characters of a token; real ones have about 1,000 to 4,000. */
export const MOST_TOKEN_LENGTH = 65_536;

/** Header, claims and signature, each in base64url. */
const SHAPE = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Whether a text has the outer shape of a signed token. */
export function isTokenShaped(text: string): boolean {
  return text.length <= MOST_TOKEN_LENGTH && SHAPE.test(text);
}

/**
 * The claims of a signed token.
 *
 * @param text The token.
 * @param fail Makes the error from a reason. No reason holds a part of the token.
 * @returns The claims; nothing about them is checked.
 */
export function decodeClaims(text: string, fail: (reason: string) => Error): Record<string, unknown> {
  if (text.length > MOST_TOKEN_LENGTH) throw fail(`it exceeds the limit of ${MOST_TOKEN_LENGTH} characters`);
  const parts = SHAPE.exec(text);
  const header = decodePart(parts?.[1]);
  const claims = decodePart(parts?.[2]);
  if (header === undefined || claims === undefined) {
    throw fail("it is not a JSON Web Token, which has three parts with a dot between");
  }
  if (typeof header.alg !== "string" || header.alg.toLowerCase() === "none") throw fail("it is not signed");
  return claims;
}

function decodePart(part: string | undefined): Record<string, unknown> | undefined {
  if (part === undefined) return undefined;
  try {
    // The parser's own error would quote the token, so it goes no further.
    const value = parseStrictJson(Uint8Array.fromBase64(part, { alphabet: "base64url" }));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value is an object with names. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether an address is safe to send secrets to: https, or this very machine; and without a password in it. */
export function isSecureUrl(address: string | URL): boolean {
  const url = URL.parse(address);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || url.protocol === "http:" && isLoopback(url.hostname);
}

/** The whole name is compared: `localhost.example.com` is elsewhere. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
