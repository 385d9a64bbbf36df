/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An object of JSON. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * JSON as RFC 8785 writes it: members in order of their UTF-16 units, nothing between them.
 *
 * @param value What to write.
 * @param quoted How texts are written, where that is another way.
 */
export function canonicalJson(value: Json, quoted: (text: string) => string = JSON.stringify): string {
  if (typeof value === "string") return quoted(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, quoted)).join(",")}]`;
  const object = value as JsonObject;
  const members = Object.keys(object).sort().map((key) => `${quoted(key)}:${canonicalJson(object[key]!, quoted)}`);
  return `{${members.join(",")}}`;
}
