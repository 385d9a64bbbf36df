/** The interface of every signing method. */
import { createHash } from "node:crypto";
import type { Material, NewBundle } from "../bundle/bundle.ts";
import { paeHead } from "../bundle/envelope.ts";
import { serializeBundle } from "../bundle/write.ts";
import { chunksOf, lengthOf, type Source } from "../io/byte_source.ts";
import type { SignerInfo } from "../verify/signer_info.ts";
import { signAndVerify, type SigningKey } from "./signing_key.ts";

/** What is signed: a statement in a DSSE envelope, or the bytes of an `h1` or `h2` digest. */
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

/** Signs content with one method. */
export interface Signer {
  /** Signs. Keys and options were checked when the signer was created. */
  sign(content: Content): Promise<Signed>;
}

/**
 * Signs content and writes the bundle (OMS v1.0 §4).
 *
 * @param content What to sign.
 * @param key The private key.
 * @param material What the bundle holds for the verifier.
 * @returns The text of the signature file, in pieces.
 * @throws {UnavailableError} If the key's signature does not verify (`KEY_FAILED`).
 */
export async function signWithKey(content: Content, key: SigningKey, material: Material): Promise<Iterable<string>> {
  return serializeBundle({ material, content: await signContent(content, key) });
}

async function signContent(content: Content, key: SigningKey): Promise<NewBundle["content"]> {
  if (content.kind === "envelope") return { ...content, signature: await signAndVerify(key, encodePae(content)) };
  const { hash, bundleHash } = key.publicKey.curve;
  return {
    kind: "message",
    algorithm: bundleHash,
    digest: new Uint8Array(createHash(hash).update(content.message).digest()),
    signature: await signAndVerify(key, content.message),
  };
}

/** The PAE of an envelope (DSSE v1.0), without holding the payload in memory. */
function encodePae({ payloadType, payload }: Extract<Content, { kind: "envelope" }>): Source {
  const head = paeHead(payloadType, lengthOf(payload));
  return {
    *chunks(): Generator<Uint8Array> {
      yield head;
      yield* chunksOf(payload);
    },
  };
}
