/**
 * What ships with the program: the starting points of TUF, and what to trust where the network is not to be used. All of
 * it is imported as JSON modules, which needs no permission at run time.
 *
 * The public instance's root and trusted root are the seed that `@sigstore/tuf` carries. That has no seed for staging and
 * no signing configs: `shipped/` holds those that sigstore 4.5.1 on PyPI carries, as they are.
 */
import seeds from "@sigstore/tuf/seeds.json" with { type: "json" };
import publicSigningConfig from "./shipped/public_signing_config.json" with { type: "json" };
import stagingRoot from "./shipped/staging_root.json" with { type: "json" };
import stagingSigningConfig from "./shipped/staging_signing_config.json" with { type: "json" };
import stagingTrustedRoot from "./shipped/staging_trusted_root.json" with { type: "json" };

/** What ships for one instance. */
export interface ShippedTrust {
  /** What people call the instance. */
  readonly instance: string;
  /** Address of its TUF repository. */
  readonly mirror: URL;
  /** The TUF root to start from. */
  readonly root: Uint8Array<ArrayBuffer>;
  /** The trusted root, JSON. */
  readonly trustedRoot: string;
  /** The signing config, JSON. */
  readonly signingConfig: string;
  /** When this was what the instance published; it may have been so for longer. */
  readonly asOf: Date;
}

const PUBLIC_MIRROR = "https://tuf-repo-cdn.sigstore.dev";
const STAGING_MIRROR = "https://tuf-repo-cdn.sigstage.dev";

/** When @sigstore/tuf 5.0.1 was published. */
const PUBLIC_AS_OF = "2026-11-05T00:19:12Z";
/** The newest date in the staging trusted root, as the day on which it was fetched is not known. */
const STAGING_AS_OF = "2026-01-14T00:00:00Z";

/** The public instance. */
export function shippedPublic(): ShippedTrust {
  const seed = seeds[PUBLIC_MIRROR];
  return {
    instance: "the public Sigstore instance",
    mirror: new URL(PUBLIC_MIRROR),
    root: Uint8Array.fromBase64(seed["root.json"]),
    trustedRoot: new TextDecoder().decode(Uint8Array.fromBase64(seed.targets["trusted_root.json"])),
    signingConfig: JSON.stringify(publicSigningConfig),
    asOf: new Date(PUBLIC_AS_OF),
  };
}

/** The public instance for tests: it promises nothing. */
export function shippedStaging(): ShippedTrust {
  return {
    instance: "Sigstore's staging instance",
    mirror: new URL(STAGING_MIRROR),
    // TUF signatures cover the canonical form, so the root may be serialized again.
    root: new TextEncoder().encode(JSON.stringify(stagingRoot)),
    trustedRoot: JSON.stringify(stagingTrustedRoot),
    signingConfig: JSON.stringify(stagingSigningConfig),
    asOf: new Date(STAGING_AS_OF),
  };
}
