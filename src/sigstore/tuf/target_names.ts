/** The targets of a Sigstore repository that this program fetches. */

/** The file that every repository of a Sigstore instance has. */
export const TRUSTED_ROOT = "trusted_root.json";
export const SIGNING_CONFIG = "signing_config.v0.2.json";
export const REKOR_V2_SIGNING_CONFIG = "signing_config_rekor_v2.v0.2.json";

/** The files that are fetched. No other name from a repository is ever used. */
export const TARGETS: readonly string[] = [TRUSTED_ROOT, SIGNING_CONFIG, REKOR_V2_SIGNING_CONFIG];
