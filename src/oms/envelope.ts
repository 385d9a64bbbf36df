/** The DSSE envelope around a statement (OMS v1.0 §6.7). */
import { dsse } from "@sigstore/core";
import { Buffer } from "node:buffer";
import { asBytes, asList, asObject, asText, isPresent, jsonError, type Place } from "./json.ts";

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
 * The bytes that a signature of an envelope is made over: the pre-authentication encoding of the DSSE protocol.
 *
 * @param payloadType Type of the payload.
 * @param payload The payload.
 * @returns The encoding.
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  return dsse.preAuthEncoding(payloadType, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
}

/**
 * What the Python tool signed before its version 1.0 in place of the pre-authentication encoding: the payload stands
 * there as Python prints a bytes literal. Only ever accepted, never produced.
 *
 * @param payloadType Type of the payload.
 * @param payload The payload.
 * @returns The faulty encoding.
 */
export function faultyPreAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEV1 ${payloadType.length} ${payloadType} ${payload.length} `;
  return new TextEncoder().encode(head + pythonBytesLiteral(payload));
}

/** `repr()` of Python's `bytes`. */
function pythonBytesLiteral(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const mark = latin1.includes("'") && !latin1.includes('"') ? '"' : "'";
  // deno-lint-ignore no-control-regex -- these are just the characters that Python escapes
  const escaped = latin1.replace(/[\\'\x00-\x1f\x7f-\xff]/g, (character) => {
    if (character === "'" && mark === '"') return character;
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `b${mark}${escaped}${mark}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

/**
 * Reads an envelope. The field `keyid` decides nothing and may be absent, empty or `null` (OMS v1.0 §4.1).
 *
 * @param value The JSON value.
 * @param place Where it stands, for messages.
 * @returns The envelope.
 * @throws {VerificationError} If it is not one.
 */
export function parseEnvelope(value: unknown, place: Place): Envelope {
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
    payload: asBytes(envelope.payload, `${place}.payload`),
    signature: asBytes(signature.sig, `${place}.signatures[0].sig`),
  };
}
