/**
 * Replaces a small text file, whole or not at all.
 *
 * @param folder Its folder, which must exist.
 * @param name Its name.
 * @param text What it is to hold.
 * @throws {Error} What the system says, if it cannot be written; nothing is left behind then.
 */
export function writeWhole(folder: string, name: string, text: string): void {
  const temporary = Deno.makeTempFileSync({ dir: folder, prefix: `${name}-` });
  try {
    Deno.writeTextFileSync(temporary, text);
    Deno.renameSync(temporary, `${folder}/${name}`);
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  }
}
