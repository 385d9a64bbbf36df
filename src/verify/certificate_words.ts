/** Certificates in messages. */
import type { Certificate } from "../x509/certificate.ts";

/** A certificate may have no subject but only alternative names. */
export function nameOf({ subject, alternativeNames, serialNumber }: Certificate): string {
  const name = subject === "" ? alternativeNames[0] : subject;
  return name === undefined ? `with serial number ${shorten(serialNumber)}` : `"${shorten(name)}"`;
}

export function listRoots(roots: readonly Certificate[]): string {
  const names = roots.slice(0, 5).map(nameOf);
  const more = roots.length > names.length ? ` and ${roots.length - names.length} more` : "";
  return `${list(names, "none")}${more}`;
}

export function list(items: readonly string[], none: string): string {
  return items.length === 0 ? none : shorten(items.join(", "));
}

/** Who made a certificate chose its words, as many as they liked. */
export function shorten(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
