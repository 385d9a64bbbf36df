/** The options that choose the Sigstore instance. */
import { UsageError } from "../errors.ts";
import type { TrustChoice } from "../sigstore/trust/trust.ts";
import type { Options } from "./parse.ts";

/**
 * Which instance the options name.
 *
 * @param options The options.
 * @returns The choice.
 * @throws {UsageError} If they name more than one.
 */
export function trustChoice(options: Options): TrustChoice {
  const [trustedRootFile, trustConfigFile] = [options.value("trusted-root"), options.value("trust-config")];
  const staging = options.flag("use-staging") ?? false;
  const named = [
    ...(trustedRootFile === undefined ? [] : ["--trusted-root"]),
    ...(trustConfigFile === undefined ? [] : ["--trust-config"]),
    ...(staging ? ["--use-staging"] : []),
  ];
  if (named.length > 1) {
    throw new UsageError("OPTION", `Cannot use ${named.join(" with ")}: each names whom to trust, so give one alone`);
  }
  if (trustedRootFile !== undefined) return { trustedRootFile };
  if (trustConfigFile !== undefined) return { trustConfigFile };
  return { staging, offline: options.flag("offline") ?? false };
}
