/** Detects secrets in untrusted text, such as an error page that repeats the request. */

/** Texts that share this many characters in a row with a secret are not shown. */
const SHARED_LENGTH = 8;

/** Secrets too short to be told from ordinary words are compared as a whole. */
const LEAST_LENGTH = 4;

/**
 * Whether a text repeats part of a secret: verbatim, in other letter case, percent-encoded, with escapes in between, in
 * hex or in base64.
 *
 * @param text The text.
 * @param secrets What must not appear in it.
 * @returns Whether the text must not be shown.
 */
export function repeatsSecret(text: string, secrets: readonly string[]): boolean {
  const shown = [text, decodePercent(text)].map(normalize);
  return secrets.flatMap(encodings).some((secret) => shown.some((one) => shares(one, secret)));
}

/** Keeps letters and digits only, so that escapes, line breaks and separators cannot hide a match. */
function normalize(text: string): string {
  return text.toLowerCase().replaceAll(/\\[a-z]|[^\p{L}\p{N}]/gu, "");
}

function encodings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  // The base64 encoding depends on the offset of the secret in a group of three bytes.
  const base64 = [0, 1, 2].map((skipped) => bytes.subarray(skipped).toBase64().slice(0, -3));
  return [secret, decodePercent(secret), bytes.toHex(), ...base64].map(normalize);
}

function shares(text: string, secret: string): boolean {
  if (secret.length <= SHARED_LENGTH) return secret.length >= LEAST_LENGTH && text.includes(secret);
  const parts = new Set<string>();
  for (let at = 0; at + SHARED_LENGTH <= secret.length; at++) parts.add(secret.slice(at, at + SHARED_LENGTH));
  for (let at = 0; at + SHARED_LENGTH <= text.length; at++) {
    if (parts.has(text.slice(at, at + SHARED_LENGTH))) return true;
  }
  return false;
}

function decodePercent(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
