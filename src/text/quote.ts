/**
 * Quotes a name for a message or report, on one line and safe for a terminal: control and formatting characters, as in
 * hostile file names, are escaped.
 *
 * @param name Any text.
 * @returns The text in double quotes, on one line.
 */
export function quote(name: string): string {
  const shown = name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN)}…` : name;
  return `"${escapeControls(shown).replaceAll('"', '\\"')}"`;
}

/** Untrusted names may be of any length. No path is longer. */
const MOST_SHOWN = 4096;

/**
 * Escapes control and formatting characters, and keeps all others.
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
 * Escapes everything but ASCII, so that names that look the same can be told apart.
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
