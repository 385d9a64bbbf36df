/** Identity tokens as issuers make them. */

/** The claims of a good token; a name set to `undefined` is left out. */
export function claims(other: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: "https://accounts.google.com",
    sub: "1234567890",
    aud: "sigstore",
    iat: now - 10,
    exp: now + 600,
    email: "ada@example.com",
    email_verified: true,
    ...other,
  };
}

/** A token with these claims, and some signature. */
export function token(other: Record<string, unknown> = {}, header: unknown = { alg: "RS256" }): string {
  return `${part(header)}.${part(claims(other))}.c2lnbmF0dXJl`;
}

/** One part of a token. */
export function part(value: unknown): string {
  return encode(JSON.stringify(value));
}

/** UTF-8 text in base64url. */
export function encode(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
