/** Signatures that are known: what the log holds of them is no surprise. */
import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { preAuthEncoding } from "../oms/envelope.ts";
import { quote } from "../quote.ts";
import { readLimited } from "../read_limited.ts";
import type { EntryClaims } from "./entry_claims.ts";

/** The known signatures. */
export interface Expected {
  /**
   * The file of the signature that an entry belongs to.
   *
   * @param body The entry's bytes.
   * @param claims What the entry names.
   * @returns The file, or `undefined`: the entry is not known.
   */
  find(body: Uint8Array, claims: EntryClaims): string | undefined;
}

/** What tells the entries of one signature. */
interface Known {
  readonly path: string;
  /** SHA-256 of each entry in the bundle. */
  readonly bodies: readonly string[];
  /** SHA-256 of the certificate. */
  readonly certificate: string | undefined;
  /** Digests of what was signed: `sha256:…`. */
  readonly digests: readonly string[];
}

/**
 * Reads the known signatures.
 *
 * @param paths The signature files.
 * @returns What tells their entries from others.
 * @throws {UsageError} If a file is not a signature that a log could hold (`EXPECT`).
 * @throws {UnavailableError} If a file cannot be read.
 */
export function readExpected(paths: readonly string[]): Expected {
  const known = paths.map(readKnown);
  return {
    find: (body, { certificates, digests }) => {
      const hash = sha256(body);
      const hashes = certificates.map(sha256);
      // The bundle's own entry; or another one of the same signing, as when it went to two logs.
      return known.find((one) =>
        one.bodies.includes(hash) ||
        (one.certificate !== undefined && hashes.includes(one.certificate) &&
          digests.some((digest) => one.digests.includes(digest)))
      )?.path;
    },
  };
}

function readKnown(path: string): Known {
  const bytes = readLimited(path, LIMITS.signatureBytes, "the signature");
  let bundle: Bundle;
  try {
    bundle = JSON.parse(new TextDecoder().decode(bytes)) as Bundle;
  } catch (cause) {
    throw unfit(path, "it is not a signature", cause);
  }
  try {
    return { path, ...readBundle(bundle) };
  } catch (cause) {
    throw unfit(path, "it is not a signature that a transparency log could hold", cause);
  }
}

/** The members that are looked at, of a bundle of any version. The file is the user's own, and decides nothing else. */
interface Bundle {
  readonly verificationMaterial: {
    readonly certificate?: { readonly rawBytes: string };
    readonly x509CertificateChain?: { readonly certificates: readonly { readonly rawBytes: string }[] };
    readonly tlogEntries?: readonly { readonly canonicalizedBody?: string }[];
  };
  readonly dsseEnvelope?: { readonly payload: string; readonly payloadType: string };
  readonly messageSignature?: { readonly messageDigest: { readonly digest: string } };
}

function readBundle({ verificationMaterial, dsseEnvelope, messageSignature }: Bundle): Omit<Known, "path"> {
  const { certificate, x509CertificateChain, tlogEntries } = verificationMaterial;
  const leaf = certificate?.rawBytes ?? x509CertificateChain?.certificates[0]?.rawBytes;
  const bodies = (tlogEntries ?? []).map((entry) => entry.canonicalizedBody).filter((body) => typeof body === "string");
  if (leaf === undefined && bodies.length === 0) throw new TypeError("Cannot read the bundle: nothing in it is logged");
  const digests: string[] = [];
  if (dsseEnvelope !== undefined) {
    const payload = Uint8Array.fromBase64(dsseEnvelope.payload);
    // Rekor v1 holds the digest of the payload, Rekor v2 that of what was signed.
    digests.push(sha256(payload), sha256(preAuthEncoding(dsseEnvelope.payloadType, payload)));
  }
  if (messageSignature !== undefined) {
    digests.push(Uint8Array.fromBase64(messageSignature.messageDigest.digest).toHex());
  }
  return {
    bodies: bodies.map((body) => sha256(Uint8Array.fromBase64(body))),
    certificate: leaf === undefined ? undefined : sha256(Uint8Array.fromBase64(leaf)),
    digests: digests.map((digest) => `sha256:${digest}`),
  };
}

function unfit(path: string, reason: string, cause: unknown): UsageError {
  return new UsageError("EXPECT", `Cannot expect ${quote(path)}: ${reason}`, { cause });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
