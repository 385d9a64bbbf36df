/**
 * What an entry of a transparency log names: digests, certificates and keys. Anyone may add entries of any kind, and new
 * kinds appear; so an entry is not read by its kind but searched for what it holds, wherever that stands.
 */
import { Buffer } from "node:buffer";

/** What an entry names. Nothing of it is verified, but that the entry is in the log. */
export interface EntryClaims {
  /** Its kind and version, such as `dsse 0.0.1`; `null`: it does not say. */
  readonly kind: string | null;
  /** Digests as `algorithm:hex`, such as `sha256:…`: the artifact's first, if the kind is a known one. */
  readonly digests: readonly string[];
  /** Certificates in DER. */
  readonly certificates: readonly Uint8Array[];
  /** Public keys as SubjectPublicKeyInfo in DER, but for those in certificates. */
  readonly keys: readonly Uint8Array[];
}

/** A public key in PEM and base64 is longer. */
const SHORTEST_PEM = 100;

/** The digest of these is the payload's, which is the artifact or names it; an envelope's digest names itself. */
const ARTIFACT_MEMBERS = ["data", "payloadHash", "hash"];

interface Found {
  readonly digests: { readonly digest: string; readonly member: string }[];
  readonly certificates: Uint8Array[];
  readonly keys: Uint8Array[];
}

/**
 * Reads an entry.
 *
 * @param body The entry's bytes.
 * @returns What it names, or `undefined` if it is not JSON.
 */
export function readClaims(body: Uint8Array): EntryClaims | undefined {
  let entry: unknown;
  try {
    // Faults in texts are passed over, as the log's own reader does: they must not hide the rest.
    entry = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
  const found: Found = { digests: [], certificates: [], keys: [] };
  search(entry, found);
  const rank = (member: string): number => (ARTIFACT_MEMBERS.indexOf(member) + 10) % 10;
  return {
    kind: kindOf(entry),
    digests: [...new Set(found.digests.sort((a, b) => rank(a.member) - rank(b.member)).map(({ digest }) => digest))],
    certificates: found.certificates,
    keys: found.keys,
  };
}

function kindOf(entry: unknown): string | null {
  if (!isObject(entry) || typeof entry.kind !== "string") return null;
  return typeof entry.apiVersion === "string" ? `${entry.kind} ${entry.apiVersion}` : entry.kind;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/**
 * Neither the number nor the depth is limited: an attacker could hide an entry behind enough others. The size of the
 * entry limits both.
 */
function search(entry: unknown, found: Found): void {
  if (typeof entry === "string") searchText(entry, found);
  // In the order of the document, one object at a time: a list of all that is still to be searched took a gigabyte for an
  // entry of twelve million characters, and recursion would end at some depth.
  const open: Level[] = isObject(entry) ? [enter(entry, "", found)] : [];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const { names, items, member } = level;
    if (level.next === items.length) {
      open.pop();
      continue;
    }
    const name = names === undefined ? member : names[level.next]!;
    const inner = items[level.next];
    level.next += 1;
    // So that brackets within brackets take no memory.
    if (level.next === items.length) open.pop();
    if (typeof inner === "string") searchText(inner, found);
    // In data, "hash" says less than what it is the hash of.
    if (isObject(inner)) open.push(enter(inner, name === "hash" && member === "data" ? member : name, found));
  }
}

/** An object or a list that is being searched. */
interface Level {
  /** The member that it stands in. */
  readonly member: string;
  /** The names of its members; a list has none. */
  readonly names: readonly string[] | undefined;
  readonly items: readonly unknown[];
  next: number;
}

function enter(value: Record<string, unknown>, member: string, found: Found): Level {
  if (Array.isArray(value)) return { member, names: undefined, items: value, next: 0 };
  const digest = digestIn(value);
  if (digest !== undefined) found.digests.push({ digest, member });
  addRaw(value.x509Certificate, found.certificates);
  addRaw(value.publicKey, found.keys);
  return { member, names: Object.keys(value), items: Object.values(value), next: 0 };
}

/** Rekor v1 writes digests in hex, Rekor v2 in base64. */
function digestIn({ algorithm, value, digest }: Record<string, unknown>): string | undefined {
  if (typeof algorithm !== "string" || algorithm.length > 32) return undefined;
  const name = algorithm.toLowerCase().replace(/^sha2_/, "sha");
  if (typeof value === "string" && /^[0-9a-f]{1,256}$/i.test(value)) return `${name}:${value.toLowerCase()}`;
  const bytes = typeof digest === "string" && digest.length <= 256 ? decode(digest) : undefined;
  return bytes && `${name}:${bytes.toHex()}`;
}

/** Rekor v2 holds certificates and keys in DER. */
function addRaw(holder: unknown, found: Uint8Array[]): void {
  if (!isObject(holder) || typeof holder.rawBytes !== "string") return;
  const bytes = decode(holder.rawBytes);
  if (bytes !== undefined) found.push(bytes);
}

/** Rekor v1 holds them in PEM, most often in base64 once more. */
function searchText(text: string, found: Found): void {
  if (text.length < SHORTEST_PEM) return;
  const bytes = text.startsWith("-----BEGIN") ? undefined : decode(text);
  const pem = bytes === undefined ? text : Buffer.from(bytes.buffer).toString("latin1");
  // One pass over the marks, as the text may be long and full of them. A block reaches from the last beginning before an
  // end: a beginning without an end must not hide the block behind it.
  let begin: { label: string; start: number } | undefined;
  for (const mark of pem.matchAll(MARK)) {
    const [whole, label] = mark;
    if (label !== undefined) {
      begin = { label, start: mark.index + whole.length };
      continue;
    }
    const list = begin === undefined ? undefined : listFor(begin.label, found);
    const der = list && decodeBlock(pem.slice(begin!.start, mark.index));
    if (der !== undefined) list!.push(der);
    begin = undefined;
  }
}

/** Labels are short; the label of an end is not looked at. */
const MARK = /-----END |-----BEGIN ([A-Za-z0-9 ]{1,64})-----/g;

/** The content of a PEM block. Not by trying: exceptions for a hundred thousand broken blocks take seconds. */
function decodeBlock(text: string): Uint8Array | undefined {
  const base64 = text.replace(/\s+/g, "");
  return base64.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? decode(base64) : undefined;
}

function listFor(label: string, found: Found): Uint8Array[] | undefined {
  if (label.endsWith("CERTIFICATE")) return found.certificates;
  return label === "PUBLIC KEY" ? found.keys : undefined;
}

function decode(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return undefined;
  }
}
