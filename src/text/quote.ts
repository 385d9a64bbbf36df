/**
 * Puts a name in quotes for a message or a report, such that it stays on its line and cannot steer a terminal: control
 * and formatting characters, as a hostile file name may hold, are shown as escapes.
 *
 * @param name Any text.
 * @returns The text in double quotes, on one line.
 */
export function quote(name: string): string {
  const shown = name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN)}…` : name;
  return `"${escapeControls(shown).replaceAll('"', '\\"')}"`;
}

/** What came from outside may be of any length; no path is longer. */
const MOST_SHOWN = 4096;

/**
 * Shows control and formatting characters as escapes and leaves all others as they are.
 *
 * @param text Any text.
 * @returns The text on one line.
 */
export function escapeControls(text: string): string {
  return text.replaceAll("\\", "\\\\").replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/**
 * Shows everything but ASCII as escapes, so that names which look alike can be told apart.
 *
 * @param text Any text.
 * @returns The text in ASCII, on one line.
 */
export function escapeNonAscii(text: string): string {
  return escapeControls(text).replace(
    /[^\x20-\x7e]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
