/** The files that tell a client of these services where they are and which keys they have. */

import type { CtLog } from "./ct_log.ts";
import type { Fulcio } from "./fulcio.ts";
import { sha256 } from "./keys.ts";
import type { RekorV1 } from "./rekor_v1.ts";
import type { RekorV2 } from "./rekor_v2.ts";
import type { TimestampAuthority } from "./timestamp_authority.ts";

/** Everything that signs. */
export interface Services {
  readonly issuer: string;
  readonly fulcio: Fulcio;
  readonly ctLog: CtLog;
  readonly rekorV1: RekorV1;
  readonly rekorV2: RekorV2;
  readonly timestampAuthority: TimestampAuthority;
}

/** Which log to sign with. */
export type LogVersion = "v1" | "v2";

/** Paths of what was written. */
export interface TrustFiles {
  readonly trustedRoot: string;
  /** One ClientTrustConfig for each log that signing may choose; what they trust is the same. */
  readonly trustConfig: Readonly<Record<LogVersion, string>>;
}

/** The operator of all services. */
const OPERATOR = "stack.test";

/** Some clients compare with whole seconds: everything is valid since before the first of them was started. */
const HOUR_MS = 3_600_000;

/** Writes them into a directory. */
export async function writeTrustFiles(services: Services, directory: string): Promise<TrustFiles> {
  const validFor = { start: new Date(Date.now() - HOUR_MS).toISOString() };
  const root = await trustedRoot(services, validFor);
  const files: TrustFiles = {
    trustedRoot: `${directory}/trusted_root.json`,
    trustConfig: { v1: `${directory}/trust_config_v1.json`, v2: `${directory}/trust_config_v2.json` },
  };
  await writeJson(files.trustedRoot, root);
  for (const [version, path] of Object.entries(files.trustConfig)) {
    await writeJson(path, {
      mediaType: "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
      trustedRoot: root,
      signingConfig: signingConfig(services, version as LogVersion, validFor),
    });
  }
  return files;
}

type Validity = { start: string };

async function trustedRoot(services: Services, validFor: Validity): Promise<unknown> {
  const { fulcio, ctLog, rekorV1, rekorV2, timestampAuthority } = services;
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [
      log(rekorV1.url, rekorV1.publicKey, "PKIX_ECDSA_P256_SHA_256", await sha256(rekorV1.publicKey), validFor),
      log(rekorV2.url, rekorV2.publicKey, "PKIX_ED25519", rekorV2.logId, validFor),
    ],
    certificateAuthorities: [authority(fulcio.url, fulcio.chain, validFor)],
    ctlogs: [log(ctLog.url, ctLog.publicKey, "PKIX_ECDSA_P256_SHA_256", await sha256(ctLog.publicKey), validFor)],
    timestampAuthorities: [authority(timestampAuthority.url, timestampAuthority.chain, validFor)],
  };
}

function log(baseUrl: string, key: Uint8Array, keyDetails: string, id: Uint8Array, validFor: Validity): unknown {
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: key.toBase64(), keyDetails, validFor },
    logId: { keyId: id.toBase64() },
  };
}

function authority(uri: string, chain: readonly Uint8Array[], validFor: Validity): unknown {
  return {
    subject: { organization: OPERATOR, commonName: OPERATOR },
    uri,
    certChain: { certificates: chain.map((der) => ({ rawBytes: der.toBase64() })) },
    validFor,
  };
}

function signingConfig(services: Services, version: LogVersion, validFor: Validity): unknown {
  const service = (url: string, majorApiVersion = 1): unknown => ({
    url,
    majorApiVersion,
    validFor,
    operator: OPERATOR,
  });
  const { issuer, fulcio, rekorV1, rekorV2, timestampAuthority } = services;
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service(fulcio.url)],
    oidcUrls: [service(issuer)],
    rekorTlogUrls: [version === "v1" ? service(rekorV1.url) : service(rekorV2.url, 2)],
    rekorTlogConfig: { selector: "ANY" },
    // v1 says itself when it took an entry; v2 does not.
    ...(version === "v1" ? {} : { tsaUrls: [service(timestampAuthority.url)], tsaConfig: { selector: "ANY" } }),
  };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
