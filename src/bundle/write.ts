/** The writer of Sigstore bundles (OMS v1.0 §6.8). */
import { base64Pieces } from "../io/byte_source.ts";
import { type Material, MEDIA_TYPE, type NewBundle } from "./bundle.ts";

/** The first characters of every signature file that this program writes. */
export const SIGNATURE_BEGIN = `{"mediaType":"${MEDIA_TYPE}"`;

/**
 * Writes a bundle as the text of a signature file.
 *
 * @param bundle The bundle.
 * @returns JSON, ending with a newline, in pieces.
 */
export function* serializeBundle({ material, content }: NewBundle): Generator<string> {
  const text = JSON.stringify({
    mediaType: MEDIA_TYPE,
    verificationMaterial: { ...serializeMaterial(material), tlogEntries: [] },
    ...serializeContent(content),
  }) + "\n";
  if (content.kind === "message") return yield text;
  const at = text.indexOf(PAYLOAD_BEGIN) + PAYLOAD_BEGIN.length;
  yield text.slice(0, at);
  yield* base64Pieces(content.payload);
  yield text.slice(at);
}

const PAYLOAD_BEGIN = '"dsseEnvelope":{"payload":"';

function serializeMaterial(material: Material): Record<string, unknown> {
  if (material.kind === "publicKey") return { publicKey: { hint: material.hint } };
  const certificates = material.certificates.map((der) => ({ rawBytes: der.toBase64() }));
  return material.kind === "certificate"
    ? { certificate: certificates[0] }
    : { x509CertificateChain: { certificates } };
}

function serializeContent(content: NewBundle["content"]): Record<string, unknown> {
  const signature = content.signature.toBase64();
  if (content.kind === "message") {
    const messageDigest = { algorithm: content.algorithm, digest: content.digest.toBase64() };
    return { messageSignature: { messageDigest, signature } };
  }
  const { payloadType } = content;
  // keyid is empty, not absent: older versions of the Python tool require the member.
  const signatures = [{ sig: signature, keyid: "" }];
  return { dsseEnvelope: { payload: "", payloadType, signatures } };
}
