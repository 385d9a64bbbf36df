/** Sources of models: where a model comes from, and what it holds. */
import type { RefusedError } from "../errors.ts";
import type { ModelFiles } from "./files.ts";

/**
 * Where a model comes from. Signing and verifying use a model through this interface only, so a new source is one new
 * implementation of it. `disk/` is the first.
 */
export interface ModelSource {
  /** Name of the model, such as `bert`. For people: it becomes the subject of a signature (OMS v1.0 §6.5). */
  readonly name: string;
  /** Path or address of the model, for messages. */
  readonly location: string;
  /** Whether the model is one file or a directory. */
  readonly kind: ModelKind;
  /** Lists what the model holds. */
  list(options: ListOptions): Promise<Listing>;
}

/** Whether a model is one file or a directory. */
export type ModelKind = "file" | "directory";

/** How to list a model. */
export interface ListOptions {
  /** The name to give to the file of a model that is one file; by default the model's name. */
  fileName?: string;
  /**
   * Whether to leave out a name and everything below it. What is left out is not looked at. A source on disk also passes
   * the path of the entry.
   */
  skip?: (name: string, path?: string) => boolean;
  /** Whether to follow symlinks; otherwise a symlink is an error. */
  allowSymlinks?: boolean;
  /** Whether to follow a model that is itself a symlink, such as `current`. */
  followsModelLink?: boolean;
  /** Whether to list entries that may not be part of a model in `unsupported`; otherwise the first one is an error. */
  collectUnsupported?: boolean;
  /** Called with what the user should know but what is not an error. */
  onWarning?: (message: string) => void;
  /** Ends the listing. */
  signal?: AbortSignal;
}

/** What a model holds. */
export interface Listing {
  /** Whether the model is one file or a directory. */
  readonly kind: ModelKind;
  /** The files, in no particular order. */
  readonly files: ModelFiles;
  /** Names of all directories below the model, in no particular order. */
  readonly directories: readonly string[];
  /** Those of the directories that are symlinks. */
  readonly linkedDirectories: readonly string[];
  /** Entries that may not be part of a model: symlinks, special files, names that are not UTF-8. */
  readonly unsupported: readonly UnsupportedEntry[];
  /**
   * Counts the files at and below a name that was left out. Nothing is opened, and symlinks are not followed.
   *
   * @param name The name, relative to the model.
   * @param budget Reduced by every directory entry that is counted.
   * @param signal Ends the count.
   */
  countFiles(name: string, budget: EntryBudget, signal?: AbortSignal): Promise<FileCount>;
  /**
   * Checks that the model still holds what was listed. To be called after the last file was read: that the files
   * themselves did not change is checked while they are read.
   *
   * @throws {UnavailableError} If something was added, removed or replaced (`FILE_CHANGED`).
   */
  checkUnchanged(): Promise<void>;
}

/** An entry that may not be part of a model. */
export interface UnsupportedEntry {
  /** Its name relative to the model. */
  readonly name: string;
  /** Why it may not be part of a model. */
  readonly error: RefusedError;
}

/** How many directory entries may still be counted. Several counts can share one budget. */
export interface EntryBudget {
  left: number;
}

/** The number of files at a name. */
export interface FileCount {
  /** Every entry that is not a directory, or `null` if a directory cannot be read or the budget ran out. */
  readonly files: number | null;
  /** Whether the name itself is a directory. */
  readonly isDirectory: boolean;
}
