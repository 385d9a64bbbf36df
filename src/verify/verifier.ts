/** The interface of every verification method. A type here exists only for what has been proven by then. */
import { type Bundle, type BundleMethod, MEDIA_TYPE } from "../bundle/bundle.ts";
import { type Envelope, PAYLOAD_TYPE } from "../bundle/envelope.ts";
import { VerificationError } from "../errors.ts";
import { jsonError } from "../json/read.ts";
import { quote } from "../text/quote.ts";
import type { SignerInfo } from "./signer_info.ts";

/** Verifies bundles by one method. */
export interface Verifier {
  /**
   * Verifies a bundle.
   *
   * @param bundle The bundle.
   * @param payload Takes the payload of an envelope.
   * @returns The verified envelope, or a message signature to verify when the message is known.
   * @throws {VerificationError} If the signature or its signer does not verify.
   */
  verify(bundle: Bundle, payload?: PayloadSink): Promise<SignatureCheck>;
}

/** What a bundle alone can prove: all of an envelope, nothing of a message signature. */
export type SignatureCheck = VerifiedEnvelope | UnverifiedMessageSignature;

/** Takes the payload of an envelope, the exact bytes that were signed. */
export interface PayloadSink {
  /**
   * Takes the next bytes, which are overwritten afterwards. The payload is read only once, so the bytes arrive before
   * they are verified: use nothing of them, not even in an error, until {@linkcode Verifier.verify} has returned.
   */
  append(bytes: Uint8Array): void;
}

/** What a verified signature proves. */
interface VerifiedSignature {
  /** Who signed. */
  readonly signer: SignerInfo;
  /** What was trusted besides what the caller gave. */
  readonly trust?: TrustReport;
}

/** What was trusted. */
export interface TrustReport {
  /** Where it comes from, for people. */
  origin: string;
  /** When its instance published it, ISO 8601; `null` for a file, which does not state it. */
  asOf: string | null;
}

/** An envelope whose signature was verified over the payload that went to the sink. */
export interface VerifiedEnvelope extends VerifiedSignature {
  readonly kind: "envelope";
}

/** A message whose signature was verified. */
export interface VerifiedMessage extends VerifiedSignature {
  readonly kind: "message";
}

/** A signature over plain bytes that are not in the bundle. It names no signer until it is verified over them. */
export interface UnverifiedMessageSignature {
  readonly kind: "message";
  /** Whether the signature claims to be over these bytes. This proves nothing. */
  claimsDigestOf(message: Uint8Array): boolean;
  /** Verifies the signature over these bytes. Throws a `VerificationError` (`SIGNATURE_WRONG`) if it does not match. */
  verify(message: Uint8Array): VerifiedMessage;
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

const SIGNED_WITH: Readonly<Record<BundleMethod, string>> = {
  key: "a key",
  certificate: "a certificate",
  sigstore: "an identity",
};

/** The error for a bundle of another method than the one that the user chose. */
export function otherMethod(chosen: BundleMethod, actual: BundleMethod): VerificationError {
  return new VerificationError(
    "OTHER_METHOD",
    `Cannot verify with method ${chosen}: the signature was made with ${SIGNED_WITH[actual]}; use method ${actual}`,
  );
}

/**
 * Checks the version of a bundle of the methods `key` and `certificate`.
 *
 * @param bundle The bundle.
 * @throws {VerificationError} If the version is not the one that OMS uses (`SIGNATURE_INVALID`).
 */
export function checkOmsVersion({ version, json }: Bundle): void {
  if (version !== "0.3") throw jsonError("mediaType", `is ${quote(String(json.mediaType))}: it must be ${MEDIA_TYPE}`);
}
