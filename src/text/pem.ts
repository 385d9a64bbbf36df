/** A PEM reader (RFC 7468, with the headers of RFC 1421). It reads a file as OpenSSL does, or rejects it. */
import { RefusedError } from "../errors.ts";
import { quote } from "./quote.ts";

/** One block of a PEM file. */
export interface PemBlock {
  /** The label in the BEGIN line, such as `PUBLIC KEY`. */
  readonly label: string;
  /** The headers of an encrypted block (RFC 1421), such as `Proc-Type`. */
  readonly headers: ReadonlyMap<string, string>;
  /** The decoded content. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/**
 * Reads all blocks of a PEM file. Explanatory text around the blocks is allowed, as certificate tools print it. Like
 * OpenSSL, it ignores white space at the end of a line. It never skips a malformed block, because the next block could be
 * another key.
 *
 * @param text The text of the file.
 * @param name The name of the file, for messages.
 * @returns At least one block, in the order of the file.
 * @throws {RefusedError} If there is none, or one is malformed (`NOT_PEM`). The message never shows the content.
 */
export function pemBlocks(text: string, name: string): PemBlock[] {
  const fail: Fail = (reason) => new RefusedError("NOT_PEM", `Cannot read ${quote(name)}: it is not PEM: ${reason}`);
  if (UTF16.test(text)) throw fail("it is UTF-16 text; convert it, as with `iconv -f UTF-16 -t UTF-8`");
  const blocks: PemBlock[] = [];
  const lines = text.replace(/^\ufeff/, "").split(LINE_BREAK);
  for (let i = 0; i < lines.length;) {
    const label = BEGIN_LINE.exec(trimEnd(lines[i]!))?.[1];
    if (label === undefined) {
      checkExplanation(trimEnd(lines[i]!), i, fail);
      i++;
      continue;
    }
    const end = findEnd(lines, i, label, fail);
    blocks.push(readBlock(label, lines.slice(i + 1, end), i, fail));
    lines[end] = readAfterEnd(trimEnd(lines[end]!).slice(endLine(label).length), end, fail);
    i = end;
  }
  if (blocks.length === 0) throw fail(describeOther(text));
  return blocks;
}

/** In concatenated files without a final line break, a block begins in the line that ends the previous one. */
function readAfterEnd(rest: string, index: number, fail: Fail): string {
  if (rest === "" || BEGIN_LINE.test(rest)) return rest;
  throw fail(`its line ${index + 1} is not a valid END line`);
}

/** Makes an error from a reason. */
type Fail = (reason: string) => RefusedError;

/** Two dashes in UTF-16, decoded as UTF-8 or Latin-1. */
const UTF16 = /-\0-\0/;
/** Some editors and transfers turn `\r\n` into `\r\r\n`: one line break with white space before it. */
const LINE_BREAK = /\r?\n|\r(?![\r\n])/;
const endLine = (label: string): string => `-----END ${label}-----`;
/** A label is printable ASCII (RFC 7468 §3). */
const BEGIN_LINE = /^-----BEGIN ([!-,.-~]+(?:[ -][!-,.-~]+)*)-----$/;

/** Lines outside of blocks are explanatory text, unless they look like part of a block. */
function checkExplanation(line: string, index: number, fail: Fail): void {
  const [begin, end] = [line.indexOf("-----BEGIN "), line.indexOf("-----END ")];
  if (begin === -1 && end === -1 || line.trimStart().startsWith("#")) return;
  const isWhole = begin !== -1 && line.indexOf("-----END ", begin) !== -1;
  if (isWhole && line.includes("\\n")) {
    throw fail('its line breaks are written as the two characters "\\n"; restore them, as with `printf "%b"`');
  }
  if (isWhole) {
    throw fail("it has lost its line breaks; there must be one after the BEGIN line and one before the END line");
  }
  if (/^\s+-----/.test(line)) throw fail(`its line ${index + 1} is indented, which a BEGIN or END line must not be`);
  if (end === 0) throw fail(`its line ${index + 1} ends a block that does not begin`);
  if (begin === 0 || /-----(BEGIN|END) [^-]+-----/.test(line)) {
    throw fail(`its line ${index + 1} is not a valid BEGIN or END line`);
  }
}

/** The index of the line that ends the block. */
function findEnd(lines: readonly string[], begin: number, label: string, fail: Fail): number {
  for (let i = begin + 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.startsWith(endLine(label))) return i;
    if (!line.includes("-----")) continue;
    throw fail(`the block that begins in its line ${begin + 1} does not end before line ${i + 1}`);
  }
  throw fail(`the block that begins in its line ${begin + 1} does not end: the file is cut off`);
}

function readBlock(label: string, lines: readonly string[], begin: number, fail: Fail): PemBlock {
  const headers = new Map<string, string>();
  let start = 0;
  for (; start < lines.length; start++) {
    const line = trimEnd(lines[start]!);
    const colon = line.indexOf(":");
    if (colon === -1 && line !== "") break;
    if (colon !== -1) headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  try {
    // White space is skipped; everything else must be canonical.
    const base64 = lines.slice(start).map(trimEnd).join("\n");
    return { label, headers, content: Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" }) };
  } catch {
    throw fail(`the block that begins in its line ${begin + 1} is not valid base64`);
  }
}

/** Removes trailing white space and control characters. A regular expression would take quadratic time. */
function trimEnd(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) <= 0x20) end--;
  return end === line.length ? line : line.slice(0, end);
}

/** Says what a file without a block probably is. */
function describeOther(text: string): string {
  if (text.trim() === "") return "it is empty";
  const what = 'it holds no line "-----BEGIN …-----"';
  if (text.startsWith("0")) return `${what}; if it is DER, convert it, as with \`openssl pkey -inform DER\``;
  if (!/[\r\n]/.test(text) && text.length < 1024) return `${what}; give the content of a PEM file, not its name`;
  return what;
}

/** Describes the content of a block, for messages. */
export function describeBlock(label: string): string {
  const known = BLOCKS[label];
  if (known !== undefined) return known;
  return label.endsWith("PRIVATE KEY") ? "a private key" : `a block of ${quote(label)}`;
}

const BLOCKS: Readonly<Record<string, string>> = {
  "CERTIFICATE": "a certificate",
  "X509 CERTIFICATE": "a certificate",
  "TRUSTED CERTIFICATE": "a certificate with OpenSSL's trust settings",
  "PUBLIC KEY": "a public key",
  "RSA PUBLIC KEY": "an RSA public key",
  "CERTIFICATE REQUEST": "a certificate request",
  "NEW CERTIFICATE REQUEST": "a certificate request",
  "EC PARAMETERS": "EC parameters without a key",
  "OPENSSH PRIVATE KEY": "an OpenSSH private key",
  "RSA PRIVATE KEY": "an RSA private key",
  "DSA PRIVATE KEY": "a DSA private key",
  "ENCRYPTED COSIGN PRIVATE KEY": "a private key in cosign's encrypted format",
  "ENCRYPTED SIGSTORE PRIVATE KEY": "a private key in cosign's encrypted format",
};
