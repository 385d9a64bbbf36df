/** The paths that are left out of a model: by default, by the caller, and the signature itself (OMS v1.0 §6.2). */
import { UsageError } from "../errors.ts";
import type { SerializationMethod } from "../manifest/manifest.ts";
import { GIT_DIRECTORY, GIT_PATHS } from "../model/disk/ignore.ts";
import { option } from "../text/option.ts";
import { quote } from "../text/quote.ts";
import type { ModelLocation } from "./locate_model.ts";

/**
 * The paths to leave out of a model that is to be signed, without the signature itself.
 *
 * @param location The model's location.
 * @param method The serialization.
 * @returns Names relative to the model.
 * @throws {UsageError} If the signature lies where `h1` and `h2` do not allow it.
 */
export function pathsToIgnore(location: ModelLocation, method: SerializationMethod): Set<string> {
  if (location.source.kind === "file") return new Set();
  const isOms = method === "files" || method === "shards";
  if (!isOms) checkSignatureAtTop(location, method);
  const git = location.ignoreGitPaths ? (isOms ? GIT_PATHS : GIT_DIRECTORY) : [];
  return new Set([...git, ...location.ignorePaths]);
}

/**
 * The paths that a signature or a report lists as left out.
 *
 * @param location The model's location.
 * @param ignored The paths to leave out.
 * @returns These and the signature, if it lies in the model; sorted, each once.
 */
export function pathsToReport(location: ModelLocation, ignored: ReadonlySet<string>): string[] {
  const signature = location.signatureName === undefined ? [] : [location.signatureName];
  return [...new Set([...ignored, ...signature])].sort();
}

/**
 * Whether the directory of the signature is among those that are walked when the model is signed.
 *
 * @param location The model's location.
 * @param method The serialization.
 * @returns Whether it is.
 */
export function isSignatureWalked(location: ModelLocation, method: SerializationMethod): boolean {
  const { signatureName } = location;
  if (signatureName === undefined) return false;
  return !pathsToIgnore(location, method).values().some((path) => signatureName.startsWith(`${path}/`));
}

/** `h1` and `h2` know a signature at the model's top or outside, as they were first published. */
function checkSignatureAtTop(location: ModelLocation, method: SerializationMethod): void {
  if (location.signatureName?.includes("/")) {
    throw new UsageError(
      "SIGNATURE",
      `Cannot use ${option("signature")} ${
        quote(location.signature)
      } with ${method}: a signature inside the model must be at its top`,
    );
  }
}
