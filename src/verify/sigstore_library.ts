/** Verifies log entries and signatures with `@sigstore/verify`. Certificates and times are verified without it. */
import "../sigstore/node_crypto_patch.ts";
import { type Bundle as LibraryBundle, bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, Verifier as LibraryVerifier } from "@sigstore/verify";
import { Buffer } from "node:buffer";
import { createPublicKey } from "node:crypto";
import type { Bundle } from "../bundle/bundle.ts";
import { VerificationError } from "../errors.ts";
import type { JsonObject } from "../json/read.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { VerificationKeys } from "./sigstore_trust.ts";

/** A bundle with what it does not hold in memory. */
export interface LibraryInput {
  readonly bundle: Bundle;
  /** The signing certificate. */
  readonly leaf: Certificate;
  /** The payload of an envelope. */
  readonly payload: Uint8Array | undefined;
  /** The message of a message signature, once it is known. */
  readonly message: Uint8Array | undefined;
}

/**
 * Verifies all log entries that the bundle has, and the signature. Without the message, the signature of a message is
 * not verified.
 *
 * @param input What to verify.
 * @param keys The keys to trust.
 * @throws {VerificationError} If it does not verify (`SIGNATURE_WRONG`).
 */
export function verifyWithLibrary(input: LibraryInput, { library }: VerificationKeys): void {
  const { bundle, leaf, message } = input;
  try {
    const publicKey = createPublicKey({ key: Buffer.from(leaf.publicKey), format: "der", type: "spki" });
    const trusted = { ...library, publicKey: () => ({ publicKey, validFor: () => true }) };
    const entity = toSignedEntity(toLibraryBundle(input), message && Buffer.from(message));
    const isWithoutMessage = bundle.content.kind === "message" && message === undefined;
    const known: Entity = { ...entity, key: { $case: "public-key", hint: "" }, timestamps: [] };
    const tlogThreshold = bundle.logEntries.length > 0 ? 1 : 0;
    const verifier = new LibraryVerifier(trusted, { tlogThreshold, timestampThreshold: 0 });
    verifier.verify(isWithoutMessage ? withoutMessage(known) : known);
  } catch (cause) {
    // Hostile input can make the library throw anything.
    const { code } = cause as { code?: unknown };
    throw mismatch(REASONS.get(code) ?? "it cannot be read", cause);
  }
}

/** The reasons, by the library's codes. */
const REASONS: ReadonlyMap<unknown, string> = new Map([
  ["SIGNATURE_ERROR", "it was not made with the key in its certificate, or the signature file was changed"],
  ["TLOG_BODY_ERROR", "its entry in the transparency log is about another signature"],
  ["TLOG_ERROR", "it has no entry, or the same entry twice, in a trusted transparency log"],
  ["TLOG_INCLUSION_PROMISE_ERROR", "a trusted transparency log has not promised to include its entry"],
  ["TLOG_INCLUSION_PROOF_ERROR", "its entry is not proven to be in a trusted transparency log"],
  ["TLOG_MISSING_INCLUSION_ERROR", "its entry is not proven to be in a trusted transparency log"],
]);

/** The error for a signature that does not verify. */
export function mismatch(reason: string, cause?: unknown): VerificationError {
  return new VerificationError("SIGNATURE_WRONG", `Cannot verify the signature: ${reason}`, { cause });
}

/** The bundle in the library's form. The library refuses an empty payload in JSON, so it is given the bytes instead. */
export function toLibraryBundle({ bundle: { json }, payload }: LibraryInput): LibraryBundle {
  if (payload === undefined) return bundleFromJSON(json);
  const bundle = bundleFromJSON({ ...json, dsseEnvelope: { ...json.dsseEnvelope as JsonObject, payload: "AA==" } });
  if (bundle.content.$case !== "dsseEnvelope") throw new TypeError("Cannot read the bundle: its envelope is missing");
  bundle.content.dsseEnvelope.payload = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return bundle;
}

type Entity = ReturnType<typeof toSignedEntity>;

/** The entity without its signature, which is verified when the message is known. */
function withoutMessage(entity: Entity): Entity {
  const { signature } = entity;
  return {
    ...entity,
    signature: {
      signature: signature.signature,
      compareSignature: (other) => signature.compareSignature(other),
      compareDigest: (other) => signature.compareDigest(other),
      compareSignedDigest: (other) => signature.compareSignedDigest(other),
      verifySignature: () => true,
    },
  };
}
