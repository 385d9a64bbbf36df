/** The shape of every signing method. */
import { paeHead } from "../oms/envelope.ts";
import { type Bundle, type Material, serializeBundle } from "../oms/bundle.ts";
import { chunksOf, lengthOf, type Source } from "../io/byte_source.ts";
import type { SignerInfo } from "../verify/signer_info.ts";
import type { EcPrivateKey } from "../keys/ec_key.ts";
import { createHash, createSign, sign } from "node:crypto";

/** What is signed: a statement in an envelope, or the plain bytes of an `h1` or `h2` digest. */
export type Content =
  | { readonly kind: "envelope"; readonly payloadType: string; readonly payload: Source }
  | { readonly kind: "message"; readonly message: Uint8Array };

/** A signature. */
export interface Signed {
  /** The text of the signature file, in pieces. */
  readonly text: Iterable<string>;
  /** Who signed. */
  readonly signer: SignerInfo;
}

/** Signs content by one method. */
export interface Signer {
  /** Signs. What can be refused beforehand was refused when the signer was opened. */
  sign(content: Content): Promise<Signed>;
}

/**
 * Signs with an EC key: ECDSA with the hash of the key's curve.
 *
 * @param content What to sign.
 * @param key The private key.
 * @param material What the bundle is to hold for the verifier.
 * @returns The text of the signature file, in pieces.
 */
export function signWithKey(content: Content, key: EcPrivateKey, material: Material): Iterable<string> {
  return serializeBundle({ material, content: signContent(content, key) });
}

function signContent(content: Content, { key, curve }: EcPrivateKey): Bundle["content"] {
  if (content.kind === "envelope") {
    const { payloadType, payload } = content;
    const signing = createSign(curve.hash).update(paeHead(payloadType, lengthOf(payload)));
    for (const chunk of chunksOf(payload)) signing.update(chunk);
    return { ...content, signature: new Uint8Array(signing.sign(key)) };
  }
  return {
    kind: "message",
    algorithm: curve.bundleHash,
    digest: new Uint8Array(createHash(curve.hash).update(content.message).digest()),
    signature: new Uint8Array(sign(curve.hash, content.message, key)),
  };
}
