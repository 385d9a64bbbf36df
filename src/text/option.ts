/** Names of options in messages. */

/** An option that a message may name. */
export type OptionName =
  | "allowSymlinks"
  | "certificateOids"
  | "forceOutOfBand"
  | "from"
  | "githubRef"
  | "githubRepository"
  | "githubSha"
  | "hashAlgorithm"
  | "identity"
  | "identityProvider"
  | "identityProviderRegexp"
  | "identityRegexp"
  | "identityToken"
  | "ignorePaths"
  | "ignoreUnsignedFiles"
  | "offline"
  | "quick"
  | "serialization"
  | "shardSize"
  | "signature"
  | "staging"
  | "state"
  | "trustConfigFile"
  | "trustedRootFile"
  | "useAmbientCredentials";

/**
 * Names an option in a message, as the library's callers know it. The command line shows the flag instead
 * (src/cli/flags.ts).
 *
 * @param name The option.
 * @returns The name in backticks.
 */
export function option(name: OptionName): string {
  return `\`${name}\``;
}
