/**
 * What an entry of a known kind says was signed, and by whom: read from the exact members where that kind has them. Anyone can add
 * entries with further members or certificates; whatever decides that an entry is harmless must not be found just anywhere.
 */
import { createHash } from "node:crypto";
import { JsonError, parseStrictJson } from "../json/parse.ts";

/** The signing that an entry records. */
export interface SignedContent {
  /** Digest of the payload or of the bytes that were signed, as {@linkcode digestKey} writes it. */
  readonly digest: string;
  /** The certificate of each signature, in DER: at least one. */
  readonly signers: readonly Uint8Array[];
}

/** What a digest in an entry is of: the envelope's payload, or the bytes that the signature covers. */
export type Digested = "payload" | "signed";

/** A digest together with what it is of. */
export function digestKey(of: Digested, algorithm: string, bytes: Uint8Array): string {
  return `${of} ${algorithm}:${bytes.toHex()}`;
}

/**
 * The digests by which entries may record a message or an envelope.
 *
 * @param of What the digests are of.
 * @param bytes The payload, or the bytes that the signature covers.
 * @returns One for each algorithm that logs accept.
 */
export function digestKeys(of: Digested, bytes: Uint8Array): string[] {
  return Object.keys(DIGEST_BYTES).map((algorithm) =>
    digestKey(of, algorithm, createHash(algorithm).update(bytes).digest())
  );
}

/**
 * Reads an entry strictly.
 *
 * @param body The entry's bytes.
 * @returns What was signed by whom, or `undefined` if the entry is of a kind that is not known, is not formed as that kind
 * is, or has a signature without a certificate.
 */
export function readSignedContent(body: Uint8Array): SignedContent | undefined {
  try {
    const { kind, apiVersion, spec } = asObject(parseStrictJson(body));
    const content = KINDS.get(`${asText(kind)} ${asText(apiVersion)}`)?.(asObject(spec));
    return content !== undefined && content.signers.length > 0 ? content : undefined;
  } catch (error) {
    if (
      error instanceof FormError || error instanceof JsonError || error instanceof SyntaxError ||
      error instanceof TypeError
    ) return undefined;
    throw error;
  }
}

/** An entry that is not formed as its kind is. */
class FormError extends Error {}

type Json = Readonly<Record<string, unknown>>;

/** One reader for each kind and version, as Rekor writes them (`pkg/types` of rekor, `api/proto` of rekor-tiles). */
const KINDS: ReadonlyMap<string, (spec: Json) => SignedContent> = new Map<string, (spec: Json) => SignedContent>([
  ["hashedrekord 0.0.1", readArtifact],
  ["rekord 0.0.1", readArtifact],
  ["hashedrekord 0.0.2", ({ hashedRekordV002 }) => {
    const { data, signature } = asObject(hashedRekordV002);
    return { digest: readDigest("signed", data), signers: [readVerifier(asObject(signature))] };
  }],
  ["dsse 0.0.1", ({ payloadHash, signatures }) => ({
    digest: readHash("payload", payloadHash),
    signers: asList(signatures).map(({ verifier }) => readPem(verifier)),
  })],
  ["dsse 0.0.2", ({ dsseV002 }) => {
    const { payloadHash, signatures } = asObject(dsseV002);
    return { digest: readDigest("payload", payloadHash), signers: asList(signatures).map(readVerifier) };
  }],
  ["intoto 0.0.1", ({ content, publicKey }) => ({
    digest: readHash("payload", asObject(content).payloadHash),
    signers: [readPem(publicKey)],
  })],
  ["intoto 0.0.2", ({ content }) => {
    const { payloadHash, envelope } = asObject(content);
    return {
      digest: readHash("payload", payloadHash),
      signers: asList(asObject(envelope).signatures).map(({ publicKey }) => readPem(publicKey)),
    };
  }],
]);

function readArtifact({ data, signature }: Json): SignedContent {
  return {
    digest: readHash("signed", asObject(data).hash),
    signers: [readPem(asObject(asObject(signature).publicKey).content)],
  };
}

const DIGEST_BYTES: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/** Rekor v1: `{"algorithm": "sha256", "value": hex}`. */
function readHash(of: Digested, value: unknown): string {
  const hash = asObject(value);
  return checkedDigest(of, asText(hash.algorithm), Uint8Array.fromHex(asText(hash.value)));
}

/** Rekor v2: `{"algorithm": "SHA2_256", "digest": base64}`. */
function readDigest(of: Digested, value: unknown): string {
  const { algorithm, digest } = asObject(value);
  const name = /^SHA2_(\d{3})$/.exec(asText(algorithm))?.[1];
  return checkedDigest(of, `sha${name}`, Uint8Array.fromBase64(asText(digest)));
}

function checkedDigest(of: Digested, algorithm: string, bytes: Uint8Array): string {
  if (DIGEST_BYTES[algorithm] !== bytes.length) throw new FormError("the digest is not one of its algorithm");
  return digestKey(of, algorithm, bytes);
}

/** Rekor v2: `{"verifier": {"x509Certificate": {"rawBytes": base64}}}`. */
function readVerifier({ verifier }: Json): Uint8Array {
  return Uint8Array.fromBase64(asText(asObject(asObject(verifier).x509Certificate).rawBytes));
}

/**
 * Rekor v1: PEM in base64; the first certificate is the signer's, others are its issuers. Text around the blocks is no
 * matter, but no parser may take another block for the first: each must be a whole one.
 */
function readPem(value: unknown): Uint8Array {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(asText(value)));
  const blocks = [...text.matchAll(CERTIFICATE_BLOCK)];
  const begins = text.split(BEGIN).length - 1;
  if (blocks.length === 0 || begins !== blocks.length) throw new FormError("it is not PEM of certificates");
  return Uint8Array.fromBase64(blocks[0]![1]!);
}

const BEGIN = "-----BEGIN";

/** Between its lines only base64, without headers. */
const CERTIFICATE_BLOCK =
  /^-----BEGIN CERTIFICATE-----[ \t]*\r?\n([A-Za-z0-9+/=\s]+)^-----END CERTIFICATE-----[ \t]*\r?$/gm;

function asObject(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new FormError("it is not an object");
  return value as Json;
}

function asList(value: unknown): Json[] {
  if (!Array.isArray(value)) throw new FormError("it is not a list");
  return value.map(asObject);
}

function asText(value: unknown): string {
  if (typeof value !== "string") throw new FormError("it is not a string");
  return value;
}
