/**
 * Puts a name in quotes for a message or a report, such that it stays on its line and cannot steer a terminal: control
 * and formatting characters, as a hostile file name may hold, are shown as escapes.
 *
 * @param name Any text.
 * @returns The text in double quotes, on one line.
 */
export function quote(name: string): string {
  return `"${escapeControls(name).replaceAll('"', '\\"')}"`;
}

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
