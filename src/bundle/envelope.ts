/** The DSSE envelope around a statement (OMS v1.0 §6.7; DSSE protocol v1.0). */
import { Buffer } from "node:buffer";
import { LIMITS } from "../limits.ts";
import { asBytes, asList, asObject, asText, isPresent, jsonError, type JsonPath } from "../json/read.ts";

/** The payload type of every OMS envelope. */
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** An envelope with exactly one signature. */
export interface Envelope {
  readonly payloadType: string;
  /** The exact bytes that were signed. */
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * The pre-authentication encoding (PAE) of the DSSE protocol: the bytes that are signed. These few lines avoid loading a
 * library for signatures with a key.
 *
 * @param payloadType Type of the payload.
 * @param payload The payload.
 * @returns The encoding.
 */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([paeHead(payloadType, payload.length), payload]);
}

/**
 * The part of the pre-authentication encoding before the payload.
 *
 * @param payloadType Type of the payload.
 * @param payloadBytes Its length in bytes.
 * @returns The first bytes of the encoding.
 */
export function paeHead(payloadType: string, payloadBytes: number): Uint8Array {
  // Lengths count UTF-8 bytes, not characters.
  return utf8(`DSSEv1 ${utf8(payloadType).length} ${payloadType} ${payloadBytes} `);
}

/**
 * The encoding that the Python tool signed before version 1.0 in place of PAE: it contains the payload as Python prints a
 * bytes literal. Accepted, never produced.
 *
 * @param payloadType Type of the payload.
 * @param payload The payload.
 * @returns The encoding, or `undefined` if the payload is larger than any that was signed then.
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
 * Reads an envelope except its payload, which can be large and stays as it is in the JSON. The field `keyid` decides
 * nothing and may be absent, empty or `null` (OMS v1.0 §4.1).
 *
 * @param value The JSON value.
 * @param path Where it is, for messages.
 * @returns The envelope.
 * @throws {VerificationError} If it is not an envelope (`SIGNATURE_INVALID`).
 */
export function parseEnvelopeHead(
  value: unknown,
  path: JsonPath,
): Omit<Envelope, "payload"> & { readonly payload: unknown } {
  const envelope = asObject(value, path, ["payload", "payloadType", "signatures"]);
  const signatures = asList(envelope.signatures, `${path}.signatures`, Infinity);
  if (signatures.length !== 1) {
    throw jsonError(`${path}.signatures`, `holds ${signatures.length} signatures: exactly one is needed`);
  }
  const signature = asObject(signatures[0], `${path}.signatures[0]`, ["sig", "keyid"]);
  if (isPresent(signature.keyid) && typeof signature.keyid !== "string") {
    throw jsonError(`${path}.signatures[0].keyid`, "is not a string");
  }
  return {
    payloadType: asText(envelope.payloadType, `${path}.payloadType`),
    payload: envelope.payload,
    signature: asBytes(signature.sig, `${path}.signatures[0].sig`),
  };
}
