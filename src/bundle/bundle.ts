/** What a Sigstore bundle says (OMS v1.0 §4, `sigstore_bundle.proto`), before anything of it is verified. */
import type { Source } from "../io/byte_source.ts";
import type { JsonObject } from "../json/read.ts";
import type { Envelope } from "./envelope.ts";
import type { BundleLogEntry } from "./evidence.ts";

/** The media type of every bundle that OMS has written. */
export const MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** The versions of the bundle format. Up to version 0.2 the method `sigstore` writes a certificate chain. */
export const BUNDLE_VERSIONS: ReadonlyMap<string, BundleVersion> = new Map([
  ["application/vnd.dev.sigstore.bundle+json;version=0.1", "0.1"],
  ["application/vnd.dev.sigstore.bundle+json;version=0.2", "0.2"],
  ["application/vnd.dev.sigstore.bundle+json;version=0.3", "0.3"],
  [MEDIA_TYPE, "0.3"],
]);

/** A version of the bundle format. */
export type BundleVersion = "0.1" | "0.2" | "0.3";

/** How a bundle was signed: with a key, a key and its certificate, or an identity. */
export type BundleMethod = "key" | "certificate" | "sigstore";

/** A bundle of any method. Nothing in it is verified. */
export interface Bundle {
  readonly version: BundleVersion;
  /** The method that the bundle claims. */
  readonly method: BundleMethod;
  readonly material: Material;
  readonly content: BundleEnvelope | MessageSignature;
  /** RFC 3161 timestamps: the responses of the authorities, in DER. */
  readonly timestamps: readonly Uint8Array[];
  /** Transparency log entries. */
  readonly logEntries: readonly BundleLogEntry[];
  /** The JSON, for `@sigstore/bundle`. The payload of an envelope, which may be large, is empty in it. */
  readonly json: JsonObject;
}

/** What a signature is verified with. */
export type Material = PublicKeyMaterial | CertificateMaterial;

/** Which key a bundle names (OMS v1.0 §11.1). */
export interface PublicKeyMaterial {
  readonly kind: "publicKey";
  /** Hex SHA-256 of the key's PEM text. */
  readonly hint?: string;
  /** The key's PEM text, before OMS v1.1. */
  readonly rawBytes?: Uint8Array;
  /** Key and hash, before OMS v1.1. */
  readonly keyDetails?: string;
}

/** Certificates in DER. */
export interface CertificateMaterial {
  readonly kind: "certificate" | "x509CertificateChain";
  /** Leaf first. The kind `certificate` has one. */
  readonly certificates: readonly Uint8Array[];
}

/** A signature over plain bytes, for the serializations `h1` and `h2`. */
export interface MessageSignature {
  readonly kind: "message";
  /** Algorithm of the digest, as Sigstore names it. */
  readonly algorithm: MessageDigestAlgorithm;
  /** Digest of the message, not of the model. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

/** The digest algorithms that a message signature may have. */
export const MESSAGE_DIGEST_ALGORITHMS = ["SHA2_256", "SHA2_384", "SHA2_512"] as const;

/** The digest algorithm of a message signature. */
export type MessageDigestAlgorithm = typeof MESSAGE_DIGEST_ALGORITHMS[number];

/** A DSSE envelope in a file. Its payload can be larger than is good to hold in memory, so it stays in the file. */
export interface BundleEnvelope extends Omit<Envelope, "payload"> {
  readonly kind: "envelope";
  /** Length of the payload in bytes. */
  readonly payloadBytes: number;
  /** Reads the payload piece by piece. The bytes of a piece are overwritten by the next one. */
  readPayload(take: (bytes: Uint8Array) => void): void;
}

/** A bundle to write. */
export interface NewBundle {
  readonly material: Material;
  readonly content: NewEnvelope | MessageSignature;
}

/** A DSSE envelope to write. */
export interface NewEnvelope extends Omit<Envelope, "payload"> {
  readonly kind: "envelope";
  readonly payload: Source;
}
