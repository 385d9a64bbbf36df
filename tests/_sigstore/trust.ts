import type { TestCertificate } from "../_certificates.ts";
import type { Period } from "./certificate_authority.ts";
import type { ServiceKey } from "./keys.ts";
import type { TestSigstore } from "./test_sigstore.ts";

/** When a key is to be trusted. A key without a start must not be, by any verifier. */
export interface SerializedPeriod {
  start?: string;
  end?: string;
}

/** A log in a trusted root. */
export interface SerializedLog {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor: SerializedPeriod };
  logId: { keyId: string };
  checkpointKeyId?: { keyId: string };
  operator: string;
}

/** An authority in a trusted root. */
export interface SerializedAuthority {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor: SerializedPeriod;
  operator: string;
}

/** A trusted root in JSON. */
export interface SerializedTrustedRoot {
  mediaType: string;
  tlogs: SerializedLog[];
  certificateAuthorities: SerializedAuthority[];
  ctlogs: SerializedLog[];
  timestampAuthorities: SerializedAuthority[];
}

/** A service in a signing config. */
export interface SerializedService {
  url: string;
  majorApiVersion: number;
  validFor: SerializedPeriod;
  operator: string;
}

/** A signing config in JSON, v0.2. */
export interface SerializedSigningConfig {
  mediaType: string;
  caUrls: SerializedService[];
  oidcUrls: SerializedService[];
  rekorTlogUrls: SerializedService[];
  rekorTlogConfig: { selector: string; count?: number };
  tsaUrls: SerializedService[];
  tsaConfig: { selector: string; count?: number };
}

/** Both in one. */
export interface SerializedClientTrustConfig {
  mediaType: string;
  trustedRoot: SerializedTrustedRoot;
  signingConfig: SerializedSigningConfig;
}

const OPERATOR = "sigstore.test";

/** What a verifier is to trust. */
export function trustedRootOf(sigstore: TestSigstore): SerializedTrustedRoot {
  const { rekorV1, rekorV2, fulcio, ctLog, timestampAuthority, period } = sigstore;
  const rekorV2Id = { keyId: rekorV2.logId.toBase64() };
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [
      log(rekorV1.url, rekorV1.key, rekorV1.logId, period),
      { ...log(rekorV2.url, rekorV2.key, rekorV2.logId, period), checkpointKeyId: rekorV2Id },
    ],
    certificateAuthorities: [
      authority(fulcio.url, ["sigstore.test", "sigstore"], fulcio.authority.chain, fulcio.authority.period),
    ],
    ctlogs: [log("https://ctfe.sigstore.test/test", ctLog.key, ctLog.logId, period)],
    timestampAuthorities: [
      authority(
        timestampAuthority.url,
        ["sigstore.test", "sigstore-tsa"],
        timestampAuthority.chain,
        timestampAuthority.period,
      ),
    ],
  };
}

/** Where a signer is to go. */
export function signingConfigOf(sigstore: TestSigstore, rekor: 1 | 2): SerializedSigningConfig {
  const service = (url: string, majorApiVersion: number): SerializedService => ({
    url,
    majorApiVersion,
    validFor: { start: sigstore.period.start.toISOString() },
    operator: OPERATOR,
  });
  const v1 = service(sigstore.rekorV1.url, 1);
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service(sigstore.fulcio.url, 1)],
    oidcUrls: [service(sigstore.issuer.url, 1)],
    rekorTlogUrls: rekor === 2 ? [service(sigstore.rekorV2.url, 2), v1] : [v1],
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: [service(sigstore.timestampAuthority.url, 1)],
    tsaConfig: { selector: "ANY" },
  };
}

function log(baseUrl: string, key: ServiceKey, id: Uint8Array, period: Period): SerializedLog {
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: key.spki.toBase64(),
      keyDetails: key.details,
      validFor: { start: period.start.toISOString() },
    },
    logId: { keyId: id.toBase64() },
    operator: OPERATOR,
  };
}

function authority(
  uri: string,
  [organization, commonName]: readonly [string, string],
  chain: readonly TestCertificate[],
  period: Period,
): SerializedAuthority {
  return {
    subject: { organization, commonName },
    uri,
    certChain: { certificates: chain.map(({ der }) => ({ rawBytes: der.toBase64() })) },
    validFor: { start: period.start.toISOString() },
    operator: OPERATOR,
  };
}
