/** What a TUF repository tells of trust. */
import { VerificationError } from "../../errors.ts";
import { quote } from "../../text/quote.ts";
import { REKOR_V2_SIGNING_CONFIG, SIGNING_CONFIG, TRUSTED_ROOT } from "./target_names.ts";
import type { VerifiedState } from "./verify_state.ts";

/** A TUF repository, and where to start from. */
export interface TufRepository {
  /** Its address; the metadata lie directly below. */
  readonly mirror: URL;
  /** The root to start from, which the user or this program trusts. */
  readonly root: Uint8Array<ArrayBuffer>;
  /** The file that holds it; `undefined` if it ships with this program. */
  readonly rootFile?: string | undefined;
  /** The program's cache directory; without one nothing is kept. */
  readonly cacheDirectory: string | undefined;
}

/** What a repository tells. */
export interface TufTrust {
  /** The trusted root, JSON. */
  readonly trustedRoot: string;
  /** The signing config, JSON, if the repository has one. */
  readonly signingConfig: string | undefined;
  /** The signing config with Rekor v2, JSON, if the repository has a second one for those who want it already. */
  readonly rekorV2SigningConfig: string | undefined;
  /** When it was fetched. */
  readonly asOf: Date;
  /** When the first of its metadata expires. */
  readonly expires: Date;
  /** Version of its newest root. */
  readonly rootVersion: number;
}

/**
 * The error for a root to start from that is not one: the repository is not to blame.
 *
 * @param repository The repository, and the file of the root.
 * @param cause What is wrong with the root.
 */
export function startRootError({ mirror, rootFile }: TufRepository, cause: Error): VerificationError {
  const file = rootFile === undefined ? "" : `, in ${quote(rootFile)},`;
  return new VerificationError(
    "TUF_REFUSED",
    `Cannot use the TUF repository at ${
      quote(mirror.host)
    }: the root to start from${file} is not fit: ${cause.message}; ` +
      "get the right one, and choose the instance with `trust init`",
    { cause },
  );
}

/** A verified state as what it tells. */
export function asTufTrust({ files, expires, rootVersion }: VerifiedState, asOf: Date): TufTrust {
  const text = (name: string): string | undefined =>
    files[name] === undefined ? undefined : new TextDecoder().decode(files[name]);
  return {
    trustedRoot: text(TRUSTED_ROOT) ?? "",
    signingConfig: text(SIGNING_CONFIG),
    rekorV2SigningConfig: text(REKOR_V2_SIGNING_CONFIG),
    asOf,
    expires,
    rootVersion,
  };
}
