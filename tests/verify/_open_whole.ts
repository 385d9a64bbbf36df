import type { MessageSignature, StoredBundle } from "../../src/oms/bundle.ts";
import type { Envelope } from "../../src/oms/envelope.ts";
import { GrowingBytes } from "../../src/lists/growing_bytes.ts";
import type { UnverifiedMessageSignature, VerifiedEnvelope, Verifier } from "../../src/verify/verifier.ts";

/** An opened signature with the payload that was verified. */
export type OpenedWhole = (VerifiedEnvelope & { payload: Uint8Array }) | UnverifiedMessageSignature;

/** Opens a signature and keeps the payload. */
export async function openWhole(verifier: Verifier, signature: Uint8Array): Promise<OpenedWhole> {
  const payload = new GrowingBytes();
  const opened = await verifier.open(signature, payload);
  return opened.kind === "message" ? opened : { ...opened, payload: payload.bytes };
}

/** The content of a bundle with its payload. */
export function wholeContent({ content }: StoredBundle): ({ kind: "envelope" } & Envelope) | MessageSignature {
  if (content.kind === "message") return content;
  const { payloadBytes: _, readPayload, ...envelope } = content;
  const payload = new GrowingBytes();
  readPayload((bytes) => payload.append(bytes));
  return { ...envelope, payload: payload.bytes };
}
