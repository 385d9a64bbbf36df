/** Verifies the content of a bundle with a signer's EC key (OMS v1.0 §8.2). */
import { createHash, createVerify, verify } from "node:crypto";
import type { Bundle, BundleEnvelope, MessageSignature } from "../bundle/bundle.ts";
import { legacyPythonPae, paeHead } from "../bundle/envelope.ts";
import { VerificationError } from "../errors.ts";
import type { EcKey } from "../keys/ec_key.ts";
import { LIMITS } from "../limits.ts";
import { GrowingBytes } from "../lists/growing_bytes.ts";
import type { SignerInfo } from "./signer_info.ts";
import {
  checkPayloadType,
  type PayloadSink,
  type SignatureCheck,
  type UnverifiedMessageSignature,
} from "./verifier.ts";

/**
 * Verifies the content of a bundle with a key.
 *
 * @param bundle The bundle.
 * @param key The key, which the caller has found to be the signer's.
 * @param signer Who signed, if the signature verifies.
 * @param payload Takes the payload of an envelope.
 * @returns The verified envelope, or a message signature to verify when the message is known.
 * @throws {VerificationError} If the signature does not match (`SIGNATURE_WRONG`), is over the digest of another curve
 * (`SIGNATURE_INVALID`), or the payload is of another type (`PAYLOAD_TYPE`).
 */
export function verifyWithKey(
  { content }: Bundle,
  key: EcKey,
  signer: SignerInfo,
  payload?: PayloadSink,
): SignatureCheck {
  if (content.kind === "message") return messageSignature(content, key, signer);
  if (!isEnvelopeSignedBy(content, key, payload)) throw mismatch();
  checkPayloadType(content);
  return { kind: "envelope", signer };
}

/** Verifies over the DSSE PAE; then over the two encodings that the Python tool signed before version 1.0. */
function isEnvelopeSignedBy(envelope: BundleEnvelope, key: EcKey, payload: PayloadSink | undefined): boolean {
  const { payloadType, payloadBytes, signature } = envelope;
  const pae = createVerify(key.curve.hash).update(paeHead(payloadType, payloadBytes));
  const legacyPayload = payloadBytes <= LIMITS.oldPayloadBytes ? new GrowingBytes() : undefined;
  // One read serves all: bytes that another process writes to the file meanwhile are verified, or not used.
  envelope.readPayload((bytes) => {
    pae.update(bytes);
    legacyPayload?.append(bytes);
    payload?.append(bytes);
  });
  if (isMatch(() => pae.verify(key.key, signature))) {
    legacyPayload?.free();
    return true;
  }
  const legacy = legacyPayload && legacyPythonPae(payloadType, legacyPayload.bytes);
  if (legacy === undefined) return false;
  return isSignedBy(legacy, signature, key, key.curve.hash) || isSignedBy(legacy, signature, key, "sha256");
}

function messageSignature(content: MessageSignature, key: EcKey, signer: SignerInfo): UnverifiedMessageSignature {
  const { hash, bundleHash } = key.curve;
  if (content.algorithm !== bundleHash) {
    throw new VerificationError(
      "SIGNATURE_INVALID",
      `Cannot verify the signature: it is over ${content.algorithm}, but its key needs ${bundleHash}`,
    );
  }
  return {
    kind: "message",
    claimsDigestOf: (message) => createHash(hash).update(message).digest().equals(content.digest),
    verify: (message) => {
      if (!isSignedBy(message, content.signature, key, hash)) throw mismatch();
      return { kind: "message", signer };
    },
  };
}

function isSignedBy(bytes: Uint8Array, signature: Uint8Array, { key }: EcKey, hash: string): boolean {
  return isMatch(() => verify(hash, bytes, key, signature));
}

function isMatch(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false; // Deno throws for a signature that is not DER, and for P-521 with SHA-256.
  }
}

function mismatch(): VerificationError {
  return new VerificationError(
    "SIGNATURE_WRONG",
    "Cannot verify the signature: it was not made with this key, or the signature file was changed",
  );
}
