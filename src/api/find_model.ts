/** Finds what belongs to a model, for signing as for verifying. */
import { RefusedError, UsageError } from "../errors.ts";
import { ioError } from "../io/io_error.ts";
import { LIMITS } from "../limits.ts";
import type { SerializationMethod } from "../manifest/manifest.ts";
import { refuseRepository } from "../model/disk/hugging_face_cache.ts";
import { GIT_DIRECTORY, GIT_PATHS, insideModel, resolveIgnorePath } from "../model/disk/ignore.ts";
import { modelName } from "../model/names.ts";
import { type Model, walkModel, type WalkOptions } from "../model/disk/walk.ts";
import { option } from "../text/option.ts";
import { quote } from "../text/quote.ts";
import { resolve } from "node:path";
import type { ModelOptions, WorkOptions } from "./options.ts";
import { isLeftOver } from "./signature_file.ts";

/** A model's place, before it is walked. */
export interface ModelPlace {
  /** The model's path, without a slash at its end. */
  readonly path: string;
  /** The model's name, for people. */
  readonly name: string;
  readonly isFile: boolean;
  /** The signature file. */
  readonly signature: string;
  /** The signature's name relative to the model, if it lies inside. */
  readonly signatureName: string | undefined;
  /** Names relative to the model that the user wants left out. */
  readonly ignorePaths: readonly string[];
  /** Whether the git paths are left out. */
  readonly ignoreGitPaths: boolean;
}

/**
 * Looks where a model and its signature are.
 *
 * @param modelPath The model's path, as the user gave it.
 * @param options The signature and the paths to leave out.
 * @returns The place.
 * @throws {UnavailableError} If there is no such model.
 * @throws {UsageError} If a path to leave out leaves the model, or the signature is the model.
 */
export function locateModel(modelPath: string, options: ModelOptions): ModelPlace {
  const path = modelPath.replace(/(?<=.)[/]+$/, "");
  if (path === "") throw new UsageError("MODEL", "Cannot use an empty path as the model");
  refuseRepository(path);
  const isFile = isModelFile(path);
  const signature = options.signature ?? (isFile ? `${path}.sig` : `${path}/model.sig`);
  if (signature === "") throw new UsageError("SIGNATURE", `Cannot use an empty path for ${option("signature")}`);
  const signatureName = isFile ? undefined : insideModel(path, signature);
  if (signatureName === "" || resolve(signature) === resolve(path)) {
    throw new UsageError("SIGNATURE", `Cannot use ${option("signature")} ${quote(signature)}: it is the model itself`);
  }
  return {
    path,
    name: modelName(path),
    isFile,
    signature,
    signatureName,
    ignorePaths: (options.ignorePaths ?? []).map((ignored) => resolveIgnorePath(path, ignored)),
    ignoreGitPaths: options.ignoreGitPaths ?? true,
  };
}

function isModelFile(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch (error) {
    // A link that leads nowhere is there all the same: the walk says what is wrong with it.
    if (error instanceof Deno.errors.NotFound && isLink(path)) return true;
    throw ioError("read the model", path, error);
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

/**
 * The paths to leave out of a model that is to be signed, without the signature itself.
 *
 * @param place The model's place.
 * @param method The serialization.
 * @returns Names relative to the model.
 * @throws {UsageError} If the signature lies where `h1` and `h2` do not allow it.
 */
export function pathsToIgnore(place: ModelPlace, method: SerializationMethod): Set<string> {
  if (place.isFile) return new Set();
  const isOms = method === "files" || method === "shards";
  if (!isOms) checkSignatureAtTop(place, method);
  const git = place.ignoreGitPaths ? (isOms ? GIT_PATHS : GIT_DIRECTORY) : [];
  return new Set([...git, ...place.ignorePaths]);
}

/**
 * The paths that a signature or a report lists as left out.
 *
 * @param place The model's place.
 * @param ignored The paths to leave out.
 * @returns These and the signature, if it lies in the model; sorted, each once.
 */
export function pathsToReport(place: ModelPlace, ignored: ReadonlySet<string>): string[] {
  const signature = place.signatureName === undefined ? [] : [place.signatureName];
  return [...new Set([...ignored, ...signature])].sort();
}

/**
 * Whether the directory of the signature is among those that are walked when the model is signed.
 *
 * @param place The model's place.
 * @param method The serialization.
 * @returns Whether it is.
 */
export function isSignatureWalked(place: ModelPlace, method: SerializationMethod): boolean {
  const { signatureName } = place;
  if (signatureName === undefined) return false;
  return !pathsToIgnore(place, method).values().some((path) => signatureName.startsWith(`${path}/`));
}

/** `h1` and `h2` know a signature at the model's top or outside, as they were first published. */
function checkSignatureAtTop(place: ModelPlace, method: SerializationMethod): void {
  if (place.signatureName?.includes("/")) {
    throw new UsageError(
      "SIGNATURE",
      `Cannot use ${option("signature")} ${
        quote(place.signature)
      } with ${method}: a signature inside the model must be at its top`,
    );
  }
}

/** How to walk a model on disk. */
interface FindOptions extends Pick<WalkOptions, "skip" | "allowSymlinks" | "collectUnsupported"> {
  /** Whether a name belongs to the model although it looks like what a killed run left behind. */
  readonly isSigned?: (name: string) => boolean;
  /** Called for each file that a killed run left behind. */
  readonly onLeftOver?: (path: string, name: string) => void;
}

/** What was found in a model. */
export interface FoundModel extends Model {
  /** Names that are there but were left out, other than the signature itself. Everything below them was left out too. */
  readonly leftOut: readonly string[];
}

/**
 * Walks a model. The signature file itself is never part of it, and is not listed as left out either. What killed runs
 * left while they wrote a signature is no part of it, but is listed.
 *
 * @param place The model's place.
 * @param find What to leave out, and how to treat what may not be part of a model.
 * @param options Whom to warn, and what ends the walk.
 * @param fileName The name for a model that is one file: its base name (OMS v1.0 §6.1.2), or what a signature calls it.
 * @returns What the model holds.
 */
export async function findFiles(
  place: ModelPlace,
  { skip, isSigned, onLeftOver, ...walk }: FindOptions,
  options: WorkOptions,
  fileName: string = place.name,
): Promise<FoundModel> {
  const { onWarning, signal } = options;
  const leftOut: string[] = [];
  const model = await walkModel(place.path, fileName, {
    ...walk,
    skip: (name) => {
      if (isSignatureFile(place, name)) return true;
      if (!skip?.(name)) {
        const path = `${place.path}/${name}`;
        if (!isLeftOver(path) || isSigned?.(name)) return false;
        onLeftOver?.(path, name);
      }
      if (leftOut.length === LIMITS.resources) throw tooManyLeftOut();
      leftOut.push(name);
      return true;
    },
    ...(onWarning === undefined ? {} : { onWarning }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { ...model, leftOut };
}

/** Only a file can be the signature: a directory that has taken its name is treated like any other. */
function isSignatureFile({ path, signatureName }: ModelPlace, name: string): boolean {
  if (name !== signatureName) return false;
  try {
    return Deno.statSync(`${path}/${name}`).isFile;
  } catch {
    return false; // The walk reports what is wrong with it.
  }
}

function tooManyLeftOut(): RefusedError {
  return new RefusedError(
    "TOO_MANY_FILES",
    `Cannot leave out more than ${LIMITS.resources} files or directories: the model has more`,
  );
}
