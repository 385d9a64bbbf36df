import type { Bundle, MessageSignature } from "../../src/bundle/bundle.ts";
import type { Envelope } from "../../src/bundle/envelope.ts";
import { readBundle } from "../../src/bundle/read.ts";
import { GrowingBytes } from "../../src/lists/growing_bytes.ts";
import type { SignerInfo } from "../../src/verify/signer_info.ts";
import type { PayloadSink, UnverifiedMessageSignature, VerifiedEnvelope, Verifier } from "../../src/verify/verifier.ts";

/** A verified envelope with its payload, or a message signature. */
export type VerifiedWhole = (VerifiedEnvelope & { payload: Uint8Array }) | UnverifiedMessageSignature;

/** Verifies a signature and keeps the payload. */
export async function verifyWhole(verifier: Verifier, signature: Uint8Array): Promise<VerifiedWhole> {
  const payload = new GrowingBytes();
  const verified = await verifier.verify(readBundle(signature), payload);
  return verified.kind === "message" ? verified : { ...verified, payload: payload.bytes };
}

/** Reads and verifies a signature file. */
export async function verifyBytes(
  verifier: Verifier,
  signature: Uint8Array,
  payload?: PayloadSink,
): Promise<VerifiedEnvelope | UnverifiedMessageSignature> {
  return await verifier.verify(readBundle(signature), payload);
}

/** The signer of a verified envelope. */
export function signerOf(verified: VerifiedEnvelope | UnverifiedMessageSignature): SignerInfo {
  if (verified.kind === "message") throw new TypeError("A message signature has no signer until it is verified");
  return verified.signer;
}

/** The content of a bundle with its payload. */
export function wholeContent({ content }: Bundle): ({ kind: "envelope" } & Envelope) | MessageSignature {
  if (content.kind === "message") return content;
  const { payloadBytes: _, readPayload, ...envelope } = content;
  const payload = new GrowingBytes();
  readPayload((bytes) => payload.append(bytes));
  return { ...envelope, payload: payload.bytes };
}
