/** Text files of keys and certificates (RFC 7468). */
import { RefusedError } from "../errors.ts";
import { quote } from "../quote.ts";

/** One block of a PEM file. */
export interface PemBlock {
  /** What stands behind BEGIN, such as `PUBLIC KEY`. */
  readonly label: string;
  /** The block as text, from BEGIN to END. */
  readonly text: string;
}

/**
 * Finds the blocks of a PEM file. Text around them is allowed: certificate tools print there what a block holds.
 *
 * @param text The file's text.
 * @param name The file's name, for messages.
 * @returns At least one block.
 * @throws {RefusedError} If there is none (`NOT_PEM`).
 */
export function pemBlocks(text: string, name: string): PemBlock[] {
  const found: PemBlock[] = [];
  let begin: { label: string; index: number } | undefined;
  // One pass over the marks: a search for the end of each beginning would take hours for a file full of beginnings.
  for (const mark of text.matchAll(/-----(BEGIN|END) ([A-Z0-9 ]+)-----(\r?\n)?/g)) {
    const [whole, kind, label, lineEnd] = mark;
    if (kind === "BEGIN") begin = lineEnd === undefined ? undefined : { label: label!, index: mark.index };
    else if (begin !== undefined && begin.label === label) {
      found.push({ label, text: text.slice(begin.index, mark.index + whole.trimEnd().length) });
      begin = undefined;
    }
  }
  if (found.length === 0) {
    throw new RefusedError("NOT_PEM", `Cannot read ${quote(name)}: it is not PEM, it holds no "-----BEGIN …" block`);
  }
  return found;
}

/** What a block is, in words, for messages. */
export function describeBlock(label: string): string {
  if (label === "CERTIFICATE" || label === "X509 CERTIFICATE" || label === "TRUSTED CERTIFICATE") {
    return "a certificate";
  }
  if (label === "PUBLIC KEY") return "a public key";
  if (label === "RSA PUBLIC KEY") return "an RSA public key";
  if (label === "CERTIFICATE REQUEST" || label === "NEW CERTIFICATE REQUEST") return "a certificate request";
  if (label === "EC PARAMETERS") return "EC parameters without a key";
  if (label === "OPENSSH PRIVATE KEY") return "an OpenSSH private key";
  if (label === "RSA PRIVATE KEY") return "an RSA private key";
  if (label === "DSA PRIVATE KEY") return "a DSA private key";
  if (label.endsWith("PRIVATE KEY")) return "a private key";
  return `a block of ${quote(label)}`;
}
