/** The shape of every verifying method, and what those with an EC key share. */
import { createHash, createVerify, verify } from "node:crypto";
import { VerificationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { EcKey } from "../keys/ec_key.ts";
import type { MessageSignature, StoredBundle, StoredEnvelope } from "../oms/bundle.ts";
import { type Envelope, legacyPythonPae, paeHead, PAYLOAD_TYPE } from "../oms/envelope.ts";
import { GrowingBytes } from "../lists/growing_bytes.ts";
import type { SignerInfo } from "./signer_info.ts";
import type { Source } from "../io/byte_source.ts";
import { quote } from "../text/quote.ts";

/** A signature whose signer is known and trusted. */
export type VerifiedSignature = VerifiedEnvelope | UnverifiedMessageSignature;

/** An envelope whose signature was verified. Its payload has gone to the sink. */
export interface VerifiedEnvelope {
  readonly kind: "envelope";
  readonly signer: SignerInfo;
}

/** Takes the payload of an envelope, the very bytes that were signed. */
export interface PayloadSink {
  /**
   * Takes the next bytes, which are overwritten afterwards. They are read but once, and so come before they are
   * verified: nothing of them is to be used, be it for an error, before {@linkcode Verifier.open} has returned.
   */
  append(bytes: Uint8Array): void;
}

/** A signature over plain bytes, which the bundle does not hold: it can be verified once they are known. */
export interface UnverifiedMessageSignature {
  readonly kind: "message";
  readonly signer: SignerInfo;
  /** Whether the bytes are those that the signature claims to be over. Proves nothing by itself. */
  claimsDigestOf(message: Uint8Array): boolean;
  /** Verifies the signature over the bytes. Throws a `VerificationError` (`SIGNATURE_WRONG`) if it is not theirs. */
  verify(message: Uint8Array): void;
}

/** Verifies signature files by one method. */
export interface Verifier {
  /** Reads a signature file, checks who signed, and verifies what can be verified without the model. */
  open(signature: Source, payload?: PayloadSink): Promise<VerifiedSignature>;
}

/**
 * Verifies the content of a bundle with the signer's key (OMS v1.0 §8.2).
 *
 * @param bundle The bundle.
 * @param key The key, already known to be the signer's.
 * @param signer Who that is.
 * @param payload Takes the payload of an envelope.
 * @returns The verified envelope, or the message signature to verify when the message is known.
 * @throws {VerificationError} If the signature is not one of this key over the envelope (`SIGNATURE_WRONG`), or the
 * payload is of another type (`PAYLOAD_TYPE`).
 */
export function verifyWithKey(
  { content }: StoredBundle,
  key: EcKey,
  signer: SignerInfo,
  payload?: PayloadSink,
): VerifiedSignature {
  if (content.kind === "message") return openMessage(content, key, signer);
  if (!isEnvelopeSignedBy(content, key, payload)) throw wrongSignature();
  checkPayloadType(content);
  return { kind: "envelope", signer };
}

/**
 * Checks that an envelope holds a statement.
 *
 * @param envelope The envelope.
 * @throws {VerificationError} If its payload is of another type (`PAYLOAD_TYPE`).
 */
export function checkPayloadType({ payloadType }: Pick<Envelope, "payloadType">): void {
  if (payloadType === PAYLOAD_TYPE) return;
  throw new VerificationError(
    "PAYLOAD_TYPE",
    `Cannot verify the signature: its payload is of type ${quote(payloadType)}, not ${PAYLOAD_TYPE}`,
  );
}

/** The right encoding first; then the two faults of the Python tool before its version 1.0. */
function isEnvelopeSignedBy(envelope: StoredEnvelope, key: EcKey, payload: PayloadSink | undefined): boolean {
  const { payloadType, payloadBytes, signature } = envelope;
  const right = createVerify(key.curve.hash).update(paeHead(payloadType, payloadBytes));
  const old = payloadBytes <= LIMITS.oldPayloadBytes ? new GrowingBytes() : undefined;
  // All of them get the same bytes: what another process writes to the file meanwhile is verified or not taken.
  envelope.readPayload((bytes) => {
    right.update(bytes);
    old?.append(bytes);
    payload?.append(bytes);
  });
  if (isVerified(() => right.verify(key.key, signature))) {
    old?.free();
    return true;
  }
  const faulty = old && legacyPythonPae(payloadType, old.bytes);
  if (faulty === undefined) return false;
  return isSignedBy(faulty, signature, key, key.curve.hash) || isSignedBy(faulty, signature, key, "sha256");
}

function openMessage(content: MessageSignature, key: EcKey, signer: SignerInfo): UnverifiedMessageSignature {
  const { hash, bundleHash } = key.curve;
  if (content.algorithm !== bundleHash) {
    throw new VerificationError(
      "SIGNATURE_INVALID",
      `Cannot verify the signature: it is over ${content.algorithm}, but its key needs ${bundleHash}`,
    );
  }
  return {
    kind: "message",
    signer,
    claimsDigestOf: (message) => createHash(hash).update(message).digest().equals(content.digest),
    verify: (message) => {
      if (!isSignedBy(message, content.signature, key, hash)) throw wrongSignature();
    },
  };
}

function isSignedBy(bytes: Uint8Array, signature: Uint8Array, { key }: EcKey, hash: string): boolean {
  return isVerified(() => verify(hash, bytes, key, signature));
}

function isVerified(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false; // Deno throws for a signature that is not DER, and for P-521 with SHA-256.
  }
}

function wrongSignature(): VerificationError {
  return new VerificationError(
    "SIGNATURE_WRONG",
    "Cannot verify the signature: it was not made with this key, or it was changed since",
  );
}
