/** Options for {@linkcode exists}. */
export interface ExistsOptions {
  /**
   * Whether the path must also be a directory, or a link to one.
   *
   * @default {false}
   */
  isDirectory?: boolean;
  /**
   * Whether the path must also be a file, or a link to one.
   *
   * @default {false}
   */
  isFile?: boolean;
}

/**
 * Tells whether a path exists. Links are followed: one that leads nowhere does not exist. Do not ask this before an
 * operation on the file, as the answer may be out of date by then: do the operation and handle its error.
 *
 * @param path The path, as a string or URL.
 * @param options What else to ask of it.
 * @returns A promise of `true` if the path exists and is what the options ask for, else of `false`.
 * @throws {TypeError} If both `isDirectory` and `isFile` are set.
 */
export async function exists(path: string | URL, options?: ExistsOptions): Promise<boolean> {
  if (options?.isDirectory && options.isFile) {
    throw new TypeError("Cannot check the path as isDirectory and isFile exclude each other: both are set");
  }
  try {
    const info = await Deno.stat(path);
    if (options?.isDirectory) return info.isDirectory;
    if (options?.isFile) return info.isFile;
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // The system hides what is there; that is no proof of absence.
    if (error instanceof Deno.errors.PermissionDenied && await mayRead(path)) return true;
    throw error;
  }
}

async function mayRead(path: string | URL): Promise<boolean> {
  return (await Deno.permissions.query({ name: "read", path })).state === "granted";
}
