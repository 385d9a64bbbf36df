import { canonicalJson, type Json, type JsonObject } from "./canonical_json.ts";
import { bytesOf, makeServiceKey, sha256 } from "./keys.ts";

/** A key as metadata of TUF has it. */
export interface SerializedTufKey {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public: string };
}

/** A key of a TUF repository. */
export interface TufKey {
  readonly id: string;
  readonly key: SerializedTufKey;
  /** A signature over metadata, in hex. */
  sign(signed: JsonObject): string;
}

/** Makes a new key, of the kind that Sigstore's root has. */
export function makeTufKey(): TufKey {
  const { publicKey, sign } = makeServiceKey();
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const key = { keytype: "ecdsa", scheme: "ecdsa-sha2-nistp256", keyval: { public: pem } };
  return {
    id: sha256(tufCanonical(key)).toHex(),
    key,
    sign: (signed) => sign(bytesOf(tufCanonical(signed))).toHex(),
  };
}

/** The canonical JSON of TUF, in which a text has but two escapes. */
export function tufCanonical(value: Json): string {
  return canonicalJson(value, (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
}
