import { VerificationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { parseShardName, type ResourceManifest } from "../manifest/manifest.ts";
import { readBundleJson } from "../oms/bundle.ts";
import { PAYLOAD_TYPE } from "../oms/envelope.ts";
import {
  asBytes,
  asList,
  asNumeral,
  asOpenObject,
  asText,
  isPresent,
  jsonError,
  type JsonObject,
} from "../json/read.ts";
import { StatementReader } from "../oms/statement.ts";
import { checkPath } from "./check_options.ts";
import { namingSignature, openSignature } from "./signature_file.ts";

/** Who a signature claims to be by. Nothing of it is verified. */
export interface ClaimedSigner {
  /** Hex SHA-256 of the public key's PEM text. */
  keyHint?: string;
  /** Distinguished name of the certificate's subject. */
  subject?: string;
  /** Distinguished name of the certificate's issuer. */
  issuer?: string;
  /** E-mail addresses and URLs of the certificate: with Sigstore, the identity. */
  identities?: string[];
  /** With Sigstore, who vouched for the identity. */
  identityProvider?: string;
  /** Beginning of the certificate's validity, ISO 8601. */
  notBefore?: string;
  /** End of the certificate's validity, ISO 8601. */
  notAfter?: string;
}

/** An entry of a transparency log, as the signature claims it. */
export interface ClaimedLogEntry {
  /** Position in the log. */
  logIndex: string | null;
  /** Base64 of the log's id. */
  logId: string | null;
  /** When the log took it, ISO 8601; newer logs do not say. */
  integratedTime: string | null;
}

/** What {@linkcode inspect} found. Nothing of it is verified. */
export interface InspectResult {
  /** Always `false`: inspecting verifies nothing. */
  verified: false;
  /** Media type of the bundle. */
  mediaType: string;
  /** The signing method, by what the bundle holds. */
  method: "key" | "certificate" | "sigstore" | null;
  /** Who claims to have signed. */
  signer: ClaimedSigner;
  /** What was signed: type of the payload in the envelope, or `null` for plain bytes. */
  payloadType: string | null;
  /** Type of the statement's predicate. */
  predicateType: string | null;
  /** Names and digests of what the statement is about. */
  subjects: { name: string | null; digest: Record<string, string> }[];
  /** The serialization method, where the signature says it. */
  serialization: string | null;
  /** The hash algorithm of files or shards, where the signature says it. */
  hashAlgorithm: string | null;
  /** Number of files, where the signature lists them. */
  files: number | null;
  /** Bytes of the model, where the signature lists shards. */
  bytes: number | null;
  /** Paths that were left out, where the signature records them. */
  ignorePaths: string[] | null;
  /** Digest of the signed bytes, of `h1` and `h2`, as `ALGORITHM:HEX`. */
  messageDigest: string | null;
  /** Entries in transparency logs. */
  logEntries: ClaimedLogEntry[];
}

/**
 * Says what a signature file holds. It verifies nothing: whatever it says may be made up. It reads any Sigstore bundle,
 * also one that is not of a model.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inspect } from "@model-signing/model-signing";
 *
 * const path = await Deno.makeTempFile();
 * const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
 * await Deno.writeTextFile(path, JSON.stringify({ mediaType, verificationMaterial: { publicKey: { hint: "ab" } } }));
 * const { method, signer, verified } = await inspect(path);
 * assertEquals([method, signer.keyHint, verified], ["key", "ab", false]);
 * await Deno.remove(path);
 * ```
 *
 * @param signaturePath The signature file.
 * @returns What it holds.
 * @throws {VerificationError} If it is not a Sigstore bundle.
 * @throws {UnavailableError} If it cannot be read.
 */
export async function inspect(signaturePath: string): Promise<InspectResult> {
  checkPath(signaturePath, "signaturePath");
  using signature = openSignature(signaturePath);
  try {
    const statement = new ClaimedStatement();
    const bundle = readBundleJson(signature, (bytes) => statement.append(bytes));
    return await readBundle(asOpenObject(bundle, "it"), statement);
  } catch (error) {
    throw namingSignature(error, signaturePath);
  }
}

async function readBundle(bundle: JsonObject, statement: ClaimedStatement): Promise<InspectResult> {
  const mediaType = asText(bundle.mediaType, "mediaType");
  if (!mediaType.startsWith("application/vnd.dev.sigstore.bundle")) {
    throw new VerificationError(
      "NOT_A_BUNDLE",
      "Cannot inspect the signature: its mediaType is not one of a Sigstore bundle",
    );
  }
  const material = isPresent(bundle.verificationMaterial)
    ? asOpenObject(bundle.verificationMaterial, "verificationMaterial")
    : {};
  const logEntries = readLogEntries(material);
  return {
    verified: false,
    mediaType,
    method: methodOf(material, logEntries),
    signer: await readSigner(material),
    ...readContent(bundle, statement),
    logEntries,
  };
}

/** Up to version 0.2 of the bundle, Sigstore too wrote a certificate chain; what it always has is a log entry. */
function methodOf(material: JsonObject, logEntries: ClaimedLogEntry[]): InspectResult["method"] {
  if (isPresent(material.publicKey)) return "key";
  if (isPresent(material.certificate)) return "sigstore";
  if (!isPresent(material.x509CertificateChain)) return null;
  return logEntries.length > 0 ? "sigstore" : "certificate";
}

async function readSigner(material: JsonObject): Promise<ClaimedSigner> {
  const der = leafCertificate(material);
  if (der === undefined) {
    const key = isPresent(material.publicKey) ? asOpenObject(material.publicKey, "verificationMaterial.publicKey") : {};
    return typeof key.hint === "string" ? { keyHint: key.hint } : {};
  }
  const { parseCertificate } = await import("../x509/certificate.ts");
  const { claimedOidcIssuer } = await import("../x509/fulcio_certificate.ts");
  const leaf = parseCertificate(der, "the signing certificate in the signature");
  const provider = claimedOidcIssuer(leaf);
  return {
    subject: leaf.subject,
    issuer: leaf.issuer,
    identities: [...leaf.alternativeNames],
    ...(provider === undefined ? {} : { identityProvider: provider }),
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
  };
}

function leafCertificate(material: JsonObject): Uint8Array | undefined {
  const place = "verificationMaterial";
  if (isPresent(material.certificate)) {
    const certificate = asOpenObject(material.certificate, `${place}.certificate`);
    return asBytes(certificate.rawBytes, `${place}.certificate.rawBytes`);
  }
  if (!isPresent(material.x509CertificateChain)) return undefined;
  const chain = asOpenObject(material.x509CertificateChain, `${place}.x509CertificateChain`);
  const certificates = asList(chain.certificates, `${place}.x509CertificateChain.certificates`, Infinity);
  const leaf = asOpenObject(certificates[0], `${place}.x509CertificateChain.certificates[0]`);
  return asBytes(leaf.rawBytes, `${place}.x509CertificateChain.certificates[0].rawBytes`);
}

function readLogEntries(material: JsonObject): ClaimedLogEntry[] {
  if (!isPresent(material.tlogEntries)) return [];
  return asList(material.tlogEntries, "verificationMaterial.tlogEntries", Infinity).map((item, i) => {
    const entry = asOpenObject(item, `verificationMaterial.tlogEntries[${i}]`);
    const logId = isPresent(entry.logId) ? asOpenObject(entry.logId, "logId").keyId : undefined;
    return {
      logIndex: isPresent(entry.logIndex) ? asNumeral(entry.logIndex, "logIndex") : null,
      logId: typeof logId === "string" ? logId : null,
      integratedTime: readTime(entry.integratedTime),
    };
  });
}

/** Seconds since 1970 as text; 0 stands for a log that does not say. */
function readTime(value: unknown): string | null {
  const seconds = isPresent(value) ? Number(asNumeral(value, "integratedTime")) : 0;
  const isTime = Number.isSafeInteger(seconds) && seconds > 0 && seconds < 253402300800;
  return isTime ? new Date(seconds * 1000).toISOString() : null;
}

type Content = Omit<InspectResult, "verified" | "mediaType" | "method" | "signer" | "logEntries">;

const NO_CONTENT: Content = {
  payloadType: null,
  predicateType: null,
  subjects: [],
  serialization: null,
  hashAlgorithm: null,
  files: null,
  bytes: null,
  ignorePaths: null,
  messageDigest: null,
};

function readContent(bundle: JsonObject, statement: ClaimedStatement): Content {
  if (isPresent(bundle.messageSignature)) return { ...NO_CONTENT, messageDigest: readMessageDigest(bundle) };
  if (!isPresent(bundle.dsseEnvelope)) return NO_CONTENT;
  const envelope = asOpenObject(bundle.dsseEnvelope, "dsseEnvelope");
  const payloadType = asText(envelope.payloadType, "dsseEnvelope.payloadType");
  // If it is a text it was cut out, and what is left is empty.
  if (envelope.payload !== "") asText(envelope.payload, "dsseEnvelope.payload");
  if (payloadType !== PAYLOAD_TYPE) return { ...NO_CONTENT, payloadType };
  return { ...NO_CONTENT, payloadType, ...statement.finish() };
}

function readMessageDigest(bundle: JsonObject): string | null {
  const message = asOpenObject(bundle.messageSignature, "messageSignature");
  if (!isPresent(message.messageDigest)) return null;
  const digest = asOpenObject(message.messageDigest, "messageSignature.messageDigest");
  const bytes = asBytes(digest.digest, "messageSignature.messageDigest.digest");
  return `${asText(digest.algorithm, "messageSignature.messageDigest.algorithm")}:${bytes.toHex()}`;
}

/** What a payload claims, if it is an in-toto statement, read as it comes. */
class ClaimedStatement {
  readonly #subjects: Content["subjects"] = [];
  #failure: { error: unknown } | undefined;
  readonly #reader = new StatementReader((items) => this.#addSubjects(items));

  append(bytes: Uint8Array): void {
    this.#reader.append(bytes);
  }

  finish(): Partial<Content> {
    const { predicateType, subject } = asOpenObject(this.#reader.finishJson(), "the statement");
    if (this.#failure !== undefined) throw this.#failure.error;
    if (isPresent(subject)) asList(subject, "subject", Infinity);
    const manifest = this.#readManifest();
    return {
      predicateType: typeof predicateType === "string" ? predicateType : null,
      subjects: this.#subjects,
      ...(manifest === undefined ? {} : describeManifest(manifest)),
    };
  }

  #addSubjects(items: readonly unknown[]): boolean {
    if (this.#failure !== undefined) return false;
    try {
      for (const item of items) this.#addSubject(item);
      return true;
    } catch (error) {
      this.#failure = { error };
      return false;
    }
  }

  #addSubject(item: unknown): void {
    const place = `subject[${this.#subjects.length}]`;
    const subject = readSubject(asOpenObject(item, place));
    if (this.#subjects.push(subject) > LIMITS.resources) {
      throw jsonError("subject", `holds too many items: at most ${LIMITS.resources} are allowed`);
    }
  }

  /** A statement about something else than a model has no manifest, and a broken one is shown as far as it goes. */
  #readManifest(): ResourceManifest | undefined {
    try {
      return this.#reader.finish().manifest;
    } catch (error) {
      if (error instanceof VerificationError) return undefined;
      throw error;
    }
  }
}

/** In-toto names some 20 algorithms. */
const MOST_DIGESTS = 32;

function readSubject(subject: JsonObject): Content["subjects"][number] {
  const digests = isPresent(subject.digest) ? Object.entries(asOpenObject(subject.digest, "digest")) : [];
  if (digests.length > MOST_DIGESTS) throw jsonError("subject", `has an item of more than ${MOST_DIGESTS} digests`);
  return {
    name: typeof subject.name === "string" ? subject.name : null,
    digest: Object.fromEntries(digests.map(([algorithm, hex]) => [algorithm, asText(hex, "a digest of the subject")])),
  };
}

function describeManifest({ serialization, resources }: ResourceManifest): Partial<Content> {
  const { method, hashAlgorithm, ignorePaths } = serialization;
  const described = {
    serialization: method,
    hashAlgorithm,
    ignorePaths: ignorePaths === undefined ? null : [...ignorePaths],
  };
  if (method === "files") return { ...described, files: resources.length };
  const ranges = Array.from(resources.names, parseShardName).filter((range) => range !== undefined);
  return {
    ...described,
    files: new Set(ranges.map((range) => range.file)).size,
    bytes: ranges.reduce((sum, range) => sum + range.end - range.start, 0),
  };
}
