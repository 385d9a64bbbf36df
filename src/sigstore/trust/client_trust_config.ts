/** A client trust config: trusted root and signing config of an instance in one document. */
import type { SigningConfig, TrustedRoot } from "@sigstore/protobuf-specs";
import { asObject, asOneOf, type JsonObject, readDocument, TrustFormatError } from "../documents/read.ts";
import { readSigningConfig } from "./signing_config.ts";
import { readTrustedRoot } from "./trusted_root.ts";

const MEDIA_TYPE = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";

/**
 * Reads a client trust config, strictly: as {@linkcode parseTrustedRoot} and {@linkcode parseSigningConfig} do.
 *
 * @param text The JSON.
 * @param name What it is for messages, such as the file in quotes.
 * @returns Its two parts.
 * @throws {VerificationError} With code `TRUST_INVALID` if it is not as it must be.
 */
export function parseClientTrustConfig(
  text: string,
  name: string,
): { trustedRoot: TrustedRoot; signingConfig: SigningConfig } {
  return readDocument(text, name, (document) => {
    asOneOf(document.mediaType, "mediaType", [MEDIA_TYPE]);
    return {
      trustedRoot: readPart(document, "trustedRoot", readTrustedRoot),
      signingConfig: readPart(document, "signingConfig", readSigningConfig),
    };
  });
}

/** Names the part in what its reader says. */
function readPart<T>(document: JsonObject, member: string, read: (part: JsonObject) => T): T {
  const part = asObject(document[member], member);
  try {
    return read(part);
  } catch (error) {
    if (!(error instanceof TrustFormatError)) throw error;
    throw new TrustFormatError(`in its ${member}, ${error.message}`);
  }
}
