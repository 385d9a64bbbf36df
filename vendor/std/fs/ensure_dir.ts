/**
 * Ensures that a directory exists, like `mkdir -p`: creates it with the parents it lacks, and does nothing if it is
 * there already. A link to a directory will do.
 *
 * @param dir The path of the directory, as a string or URL.
 * @returns A promise that resolves once the directory exists.
 * @throws {Error} If something other than a directory is at that path.
 */
export async function ensureDir(dir: string | URL): Promise<void> {
  if (await isExistingDir(dir)) return;
  try {
    await Deno.mkdir(dir, { recursive: true });
  } catch (error) {
    // Somebody else may have made it since we looked.
    if (!(error instanceof Deno.errors.AlreadyExists) || !await isExistingDir(dir)) throw error;
  }
}

/** Tells whether the directory is there; throws if what is there is no directory. */
async function isExistingDir(path: string | URL): Promise<boolean> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  if (info.isDirectory) return true;
  const kind = info.isFile ? "file" : "other";
  throw new Error(`Failed to ensure directory exists: expected 'dir', got '${kind}'`);
}
