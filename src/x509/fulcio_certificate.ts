/** The signer in a certificate of Sigstore's Fulcio: SAN, OIDC issuer and CI claims (Fulcio's `docs/oid-info.md`). */
import { VerificationError } from "../errors.ts";
import { quote } from "../text/quote.ts";
import { type Certificate, extensionValue } from "./certificate.ts";
import { DerReader, TAG } from "../asn1/der.ts";
import type { GeneralName } from "./general_names.ts";

/** The arc of Fulcio's extensions: raw bytes up to 1.6, a DER UTF8String from 1.8. */
const FULCIO = "1.3.6.1.4.1.57264.1";
/** The OIDC issuer as raw bytes. */
export const OLD_ISSUER = `${FULCIO}.1`;
/** 1.3.6.1.4.1.57264.1.7 in DER: a user name, used by private instances. */
const USERNAME = "2b0601040183bf300107";
/** The OIDC issuer as a UTF8String. */
export const ISSUER = `${FULCIO}.8`;
const OLD_EXTENSIONS: readonly string[] = [1, 2, 3, 4, 5, 6].map((number) => `${FULCIO}.${number}`);

/** The identity that the certificate authority certified. */
export interface FulcioIdentity {
  /** An e-mail address, a URI such as that of a workflow, or a user name. */
  readonly identity: string;
  /** The OIDC issuer of the identity. */
  readonly issuer: string;
}

/** What ran when a CI job signed, as its certificate says. */
export interface Workflow {
  /** The workflow or pipeline. */
  workflow?: string;
  /** The source repository. */
  repository?: string;
  /** Branch or tag. */
  ref?: string;
  /** The commit. */
  commit?: string;
  /** What started the run. */
  trigger?: string;
  /** Address of the run. */
  run?: string;
}

/** The OIDs of each claim: the current extension, then its older forms. */
const CI_EXTENSIONS: Readonly<Record<keyof Workflow, readonly string[]>> = {
  workflow: [`${FULCIO}.18`, `${FULCIO}.9`, `${FULCIO}.4`],
  repository: [`${FULCIO}.12`, `${FULCIO}.5`],
  ref: [`${FULCIO}.14`, `${FULCIO}.6`],
  commit: [`${FULCIO}.13`, `${FULCIO}.3`],
  trigger: [`${FULCIO}.20`, `${FULCIO}.2`],
  run: [`${FULCIO}.21`],
};

/**
 * Reads the certified identity. There must be exactly one identity and one issuer: of two, other programs could read the
 * other one.
 *
 * @param certificate The certificate.
 * @returns Identity and issuer.
 * @throws {VerificationError} If they are missing or ambiguous (`IDENTITY_UNCLEAR`).
 */
export function readFulcioIdentity(certificate: Certificate): FulcioIdentity {
  return { identity: readIdentity(certificate), issuer: readIssuer(certificate) };
}

/**
 * The OIDC issuer that a certificate names, for display only: it does not check that the two forms agree. Decisions use
 * {@linkcode readFulcioIdentity}.
 *
 * @param certificate The certificate.
 * @returns The issuer's URL, or `undefined` if the certificate names none.
 */
export function claimedOidcIssuer(certificate: Certificate): string | undefined {
  return extensionText(certificate, ISSUER) ?? extensionText(certificate, OLD_ISSUER);
}

/**
 * The text of an extension.
 *
 * @param certificate The certificate.
 * @param oid The extension.
 * @returns Its text, or `undefined` if the certificate does not have it or it is not text.
 */
export function extensionText(certificate: Certificate, oid: string): string | undefined {
  const value = extensionValue(certificate, oid);
  if (value === undefined) return undefined;
  try {
    return OLD_EXTENSIONS.includes(oid) ? decode(value) : readUtf8(value);
  } catch {
    return undefined;
  }
}

/** Reads the CI claims of a certificate. */
export function readWorkflow(certificate: Certificate): Workflow {
  const claims: Workflow = {};
  for (const [name, oids] of Object.entries(CI_EXTENSIONS)) {
    const text = oids.map((oid) => extensionText(certificate, oid)).find((text) => text !== undefined);
    if (text !== undefined) claims[name as keyof Workflow] = text;
  }
  return claims;
}

/** All forms of a claim in a certificate. They should agree, but need not. */
export function allCiTexts(certificate: Certificate, claim: "repository" | "ref" | "commit"): string[] {
  return CI_EXTENSIONS[claim].filter((oid) => extensionValue(certificate, oid) !== undefined)
    .map((oid) => extensionText(certificate, oid) ?? "");
}

function readIdentity({ generalNames: names }: Certificate): string {
  if (names.length !== 1) throw unclear(`it names ${names.length} identities; exactly one is needed`);
  const identity = textOf(names[0]!);
  if (identity === undefined || identity === "") {
    throw unclear("its identity is neither an e-mail address, a URI nor a user name");
  }
  return identity;
}

function textOf(name: GeneralName): string | undefined {
  if (name.form === "email" || name.form === "uri") return name.text;
  if (name.form !== "other") return undefined;
  try {
    return readUsername(name.der);
  } catch {
    return undefined;
  }
}

/** otherName: `[0] { OID, [0] { UTF8String } }` (RFC 5280 §4.2.1.6). */
function readUsername(der: Uint8Array): string | undefined {
  const name = new DerReader(new DerReader(der).next().content);
  const type = name.take(TAG.objectIdentifier);
  if (type.content.toHex() !== USERNAME) return undefined;
  const value = name.take(0xa0);
  name.finish("after a name");
  return readUtf8(value.content);
}

/** If both forms are present, they must agree. */
function readIssuer(certificate: Certificate): string {
  const forms = [ISSUER, OLD_ISSUER].filter((oid) => extensionValue(certificate, oid) !== undefined);
  const issuers = forms.map((oid) => extensionText(certificate, oid));
  if (issuers.length === 0) throw unclear("it does not name the issuer of the identity");
  if (issuers.some((issuer) => issuer === undefined || issuer === "")) throw unclear("its issuer cannot be read");
  const [issuer, other] = issuers as string[];
  if (other !== undefined && other !== issuer) {
    throw unclear(`it names two issuers, ${quote(issuer!)} and ${quote(other)}`);
  }
  return issuer!;
}

function readUtf8(der: Uint8Array): string {
  const reader = new DerReader(der);
  const text = decode(reader.take(TAG.utf8String).content);
  reader.finish("after a text");
  return text;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function unclear(reason: string, cause?: unknown): VerificationError {
  const message = `Cannot tell who signed by the signing certificate: ${reason}`;
  return new VerificationError("IDENTITY_UNCLEAR", message, { cause });
}
