/**
 * The form of timestamps (RFC 3161, RFC 5652). `@sigstore/verify` checks what is signed in them; around it stands what
 * nobody signs and the library passes over. Here it must be what it can only be, so that no byte can change unnoticed.
 */
import { VerificationError } from "../errors.ts";
import { checkDer, DerReader, type Element, TAG } from "../keys/der.ts";
import { isSameBytes } from "../same_bytes.ts";

const SIGNED_DATA = "2a864886f70d010702";
const TIMESTAMP_INFO = "2a864886f70d0109100104";
/** SHA-256, SHA-384 and SHA-512. */
const DIGESTS = ["608648016503040201", "608648016503040202", "608648016503040203"];
/** ECDSA with these digests; RSA, whose digest is named beside it; RSA with SHA-256. */
const SIGNATURES = [
  "2a8648ce3d040302",
  "2a8648ce3d040303",
  "2a8648ce3d040304",
  "2a864886f70d010101",
  "2a864886f70d01010b",
];
const CERTIFICATES = 0xa0;
const EXPLICIT = 0xa0;
const SIGNED_ATTRIBUTES = 0xa0;

/**
 * Checks the form of a timestamp, and that the certificates in it are known ones.
 *
 * @param der The response of the timestamp authority.
 * @param trusted The certificates of the trusted timestamp authorities.
 * @throws {VerificationError} If it is malformed or holds another certificate (`TIMESTAMP_INVALID`).
 */
export function checkTimestampForm(der: Uint8Array, trusted: readonly Uint8Array[]): void {
  try {
    checkDer(der);
    checkResponse(new DerReader(der), trusted);
  } catch (cause) {
    const message = "Cannot verify the signature: a timestamp in it is malformed, or of an authority not trusted";
    throw new VerificationError("TIMESTAMP_INVALID", message, { cause });
  }
}

/** TimeStampResp (RFC 3161 §2.4.2): granted, and nothing else said about it. */
function checkResponse(input: DerReader, trusted: readonly Uint8Array[]): void {
  const response = inside(input);
  const status = new DerReader(response.take(TAG.sequence).content);
  checkNumber(status, 0);
  status.finish("behind the status");
  const token = inside(response);
  if (token.take(TAG.objectIdentifier).content.toHex() !== SIGNED_DATA) throw new Error("not signed data");
  const content = new DerReader(token.take(EXPLICIT).content);
  checkSignedData(inside(content), trusted);
  content.finish("behind the content");
  token.finish("behind the token");
  response.finish("behind the response");
  input.finish("behind the timestamp");
}

/** SignedData (RFC 5652 §5.1): one digest, one signer, no revocation lists. */
function checkSignedData(data: DerReader, trusted: readonly Uint8Array[]): void {
  checkNumber(data, 3);
  const digests = new DerReader(data.take(TAG.set).content);
  const digest = algorithmOf(digests.take(TAG.sequence), DIGESTS);
  digests.finish("behind the digest");
  checkContent(inside(data));
  checkCertificates(data.takeOptional(CERTIFICATES), trusted);
  const signers = new DerReader(data.take(TAG.set).content);
  checkSigner(inside(signers), digest);
  signers.finish("behind the signer");
  data.finish("behind the signed data");
}

/** EncapsulatedContentInfo (RFC 5652 §5.2). The library takes the first element in the octets for all that is signed. */
function checkContent(content: DerReader): void {
  if (content.take(TAG.objectIdentifier).content.toHex() !== TIMESTAMP_INFO) throw new Error("not a timestamp");
  const octets = new DerReader(content.take(EXPLICIT).content);
  const info = new DerReader(octets.take(TAG.octetString).content);
  info.take(TAG.sequence);
  info.finish("behind the signed content");
  octets.finish("behind the octets");
  content.finish("behind the content");
}

function checkCertificates(field: Element | undefined, trusted: readonly Uint8Array[]): void {
  if (field === undefined) return;
  const certificates = new DerReader(field.content);
  while (!certificates.isEmpty) {
    const { bytes } = certificates.next();
    if (!trusted.some((one) => isSameBytes(one, bytes))) throw new Error("a certificate that is not trusted");
  }
}

/** SignerInfo (RFC 5652 §5.3): named by issuer and serial number, with signed attributes and no others. */
function checkSigner(signer: DerReader, digest: string): void {
  checkNumber(signer, 1);
  const id = new DerReader(signer.take(TAG.sequence).content);
  id.take(TAG.sequence);
  id.take(TAG.integer);
  id.finish("behind the id of the signer");
  if (algorithmOf(signer.take(TAG.sequence), DIGESTS) !== digest) throw new Error("two digests");
  signer.take(SIGNED_ATTRIBUTES);
  algorithmOf(signer.take(TAG.sequence), SIGNATURES);
  signer.take(TAG.octetString);
  signer.finish("behind the signature");
}

function inside(reader: DerReader): DerReader {
  return new DerReader(reader.take(TAG.sequence).content);
}

function checkNumber(reader: DerReader, expected: number): void {
  const { content } = reader.take(TAG.integer);
  if (content.length !== 1 || content[0] !== expected) throw new Error("another version or status");
}

/** AlgorithmIdentifier without parameters, or with NULL, which means the same for all of these. */
function algorithmOf({ content }: Element, known: readonly string[]): string {
  const algorithm = new DerReader(content);
  const oid = algorithm.take(TAG.objectIdentifier).content.toHex();
  algorithm.takeOptional(TAG.null);
  algorithm.finish("behind an algorithm");
  if (!known.includes(oid)) throw new Error("an unknown algorithm");
  return oid;
}
