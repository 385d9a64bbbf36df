/** Locates a model on disk, its signature, and the paths to leave out. */
import { UsageError } from "../errors.ts";
import { DiskSource } from "../model/disk/disk_source.ts";
import { insideModel, resolveIgnorePath } from "../model/disk/ignore.ts";
import type { ModelSource } from "../model/source.ts";
import { option } from "../text/option.ts";
import { quote } from "../text/quote.ts";
import { resolve } from "node:path";
import type { ModelOptions } from "./options.ts";

/** A model, its signature, and what the caller wants to leave out. Nothing is listed yet. */
export interface ModelLocation {
  /** Where the model comes from. */
  readonly source: ModelSource;
  /** Path of the signature file. */
  readonly signature: string;
  /** Name of the signature relative to the model, if it is inside. */
  readonly signatureName: string | undefined;
  /** Names relative to the model that the caller wants to leave out. */
  readonly ignorePaths: readonly string[];
  /** Whether the git paths are left out. */
  readonly ignoreGitPaths: boolean;
}

/**
 * Locates a model on disk and its signature.
 *
 * @param modelPath Path of the model.
 * @param options The signature and the paths to leave out.
 * @returns The location.
 * @throws {UnavailableError} If there is no such model.
 * @throws {UsageError} If a path to leave out is outside the model, or the signature is the model.
 */
export function locateModel(modelPath: string, options: ModelOptions): ModelLocation {
  const source = new DiskSource(modelPath);
  const path = source.location;
  const isFile = source.kind === "file";
  const signature = options.signature ?? (isFile ? `${path}.sig` : `${path}/model.sig`);
  if (signature === "") throw new UsageError("SIGNATURE", `Cannot use an empty path for ${option("signature")}`);
  const signatureName = isFile ? undefined : insideModel(path, signature);
  if (signatureName === "" || resolve(signature) === resolve(path)) {
    throw new UsageError("SIGNATURE", `Cannot use ${option("signature")} ${quote(signature)}: it is the model itself`);
  }
  return {
    source,
    signature,
    signatureName,
    ignorePaths: (options.ignorePaths ?? []).map((ignored) => resolveIgnorePath(path, ignored)),
    ignoreGitPaths: options.ignoreGitPaths ?? true,
  };
}
