/** The DSSE envelope around a statement (OMS v1.0 §6.7). */
import { Buffer } from "node:buffer";
import { LIMITS } from "../limits.ts";
import { asBytes, asList, asObject, asText, isPresent, jsonError, type Place } from "../json/read.ts";

/** The type of the payload of every OMS envelope. */
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** An envelope with exactly one signature. */
export interface Envelope {
  readonly payloadType: string;
  /** The very bytes that were signed. */
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * The bytes that a signature of an envelope is made over: the pre-authentication encoding of the DSSE protocol. A few
 * lines here save loading a library for every signature with a key.
 *
 * @param payloadType Type of the payload.
 * @param payload The payload.
 * @returns The encoding.
 */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([paeHead(payloadType, payload.length), payload]);
}

/**
 * What stands before the payload in the pre-authentication encoding.
 *
 * @param payloadType Type of the payload.
 * @param payloadBytes Its length in bytes.
 * @returns The beginning of the encoding.
 */
export function paeHead(payloadType: string, payloadBytes: number): Uint8Array {
  // The length of a text counts in bytes of UTF-8, not in characters.
  return utf8(`DSSEv1 ${utf8(payloadType).length} ${payloadType} ${payloadBytes} `);
}

/**
 * What the Python tool signed before its version 1.0 in place of the pre-authentication encoding: the payload stands
 * there as Python prints a bytes literal. Only ever accepted, never produced.
 *
 * @param payloadType Type of the payload.
 * @param payload The payload.
 * @returns The faulty encoding, or `undefined` for a payload that is larger than any of that time.
 */
export function legacyPythonPae(payloadType: string, payload: Uint8Array): Uint8Array | undefined {
  if (payload.length > LIMITS.oldPayloadBytes) return undefined;
  const head = `DSSEV1 ${payloadType.length} ${payloadType} ${payload.length} `;
  return Buffer.concat([utf8(head), pythonBytesLiteral(payload)]);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const [SINGLE, DOUBLE, BACKSLASH] = [0x27, 0x22, 0x5c];

/** `repr()` of Python's `bytes`. */
function pythonBytesLiteral(bytes: Uint8Array): Uint8Array {
  const mark = bytes.includes(SINGLE) && !bytes.includes(DOUBLE) ? DOUBLE : SINGLE;
  const forms = Array.from({ length: 256 }, (_, byte) => Buffer.from(pythonForm(byte, mark), "latin1"));
  const literal = new Uint8Array(bytes.reduce((sum, byte) => sum + forms[byte]!.length, 3));
  literal.set([0x62, mark]);
  let at = 2;
  for (const byte of bytes) {
    literal.set(forms[byte]!, at);
    at += forms[byte]!.length;
  }
  literal[at] = mark;
  return literal;
}

function pythonForm(byte: number, mark: number): string {
  const character = String.fromCharCode(byte);
  if (byte === BACKSLASH || byte === mark) return `\\${character}`;
  const named = { "\t": "\\t", "\n": "\\n", "\r": "\\r" }[character];
  if (named !== undefined) return named;
  return byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, "0")}` : character;
}

/**
 * Reads an envelope but for its payload, which may be large and is left as it is in the JSON. The field `keyid` decides
 * nothing and may be absent, empty or `null` (OMS v1.0 §4.1).
 *
 * @param value The JSON value.
 * @param place Where it stands, for messages.
 * @returns The envelope.
 * @throws {VerificationError} If it is not one.
 */
export function parseEnvelopeHead(
  value: unknown,
  place: Place,
): Omit<Envelope, "payload"> & { readonly payload: unknown } {
  const envelope = asObject(value, place, ["payload", "payloadType", "signatures"]);
  const signatures = asList(envelope.signatures, `${place}.signatures`, Infinity);
  if (signatures.length !== 1) {
    throw jsonError(`${place}.signatures`, `holds ${signatures.length} signatures: exactly one is needed`);
  }
  const signature = asObject(signatures[0], `${place}.signatures[0]`, ["sig", "keyid"]);
  if (isPresent(signature.keyid) && typeof signature.keyid !== "string") {
    throw jsonError(`${place}.signatures[0].keyid`, "is not a text");
  }
  return {
    payloadType: asText(envelope.payloadType, `${place}.payloadType`),
    payload: envelope.payload,
    signature: asBytes(signature.sig, `${place}.signatures[0].sig`),
  };
}
