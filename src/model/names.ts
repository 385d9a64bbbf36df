/** Names of files in a model: order, and which names are allowed (OMS v1.0 §5.2.1, §6.1.2). */
import { LIMITS } from "../limits.ts";
import { basename, resolve } from "node:path";

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Compares two names by Unicode code points, as OMS v1.0 §5.2.1 orders them, which is also the order of their UTF-8
 * bytes. JavaScript's own order is by UTF-16 units, which differs if a character above U+FFFF is compared with one at or above U+E000.
 *
 * @param a One name.
 * @param b Another name.
 * @returns Negative if `a` sorts before `b`, 0 if they are equal, positive otherwise.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compareCodePoints } from "./names.ts";
 * assertEquals(["a/z", "\u{1f600}", "\uff5e", "a-b"].sort(compareCodePoints), ["a-b", "a/z", "\uff5e", "\u{1f600}"]);
 * ```
 */
export function compareCodePoints(a: string, b: string): number {
  // The common case: without surrogates, units are code points, and the built-in comparison is far faster.
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Ranks surrogates, which encode the code points above U+FFFF, after all other units. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x10000 : unit;
}

/**
 * Checks the name of a resource or an ignored path: it must be relative, canonical, and unable to leave the model
 * (OMS v1.0 §6.1.2).
 *
 * @param name The name, as recorded in a manifest.
 * @param windows Whether the name must be safe on Windows, where more characters have a meaning in paths.
 * @returns Why the name is invalid, to follow "the name …", or `undefined` if it is valid.
 */
export function invalidNameReason(name: string, windows: boolean = Deno.build.os === "windows"): string | undefined {
  if (name === "") return "is empty";
  if (utf8Length(name) > LIMITS.nameBytes) return `is longer than ${LIMITS.nameBytes} bytes`;
  if (name.includes("\0")) return "holds a NUL character";
  if (!name.isWellFormed()) return "is not valid Unicode";
  if (name.startsWith("/")) return "is absolute";
  if (windows && /[\\:]/.test(name)) return "holds a character that has a meaning in paths on Windows";
  const parts = name.split("/");
  if (parts.includes("..")) return 'holds ".." and may leave the model';
  if (parts.includes(".") || parts.includes("")) return "is not canonical";
  if (parts.length > LIMITS.depth) return `is more than ${LIMITS.depth} directories deep`;
  return undefined;
}

/** Length in UTF-8, or an upper bound of it if the name is clearly short enough. */
function utf8Length(name: string): number {
  return 3 * name.length <= LIMITS.nameBytes ? 3 * name.length : new TextEncoder().encode(name).length;
}

/**
 * Joins the name of a directory in the model and the name of one of its entries.
 *
 * @param directory Name of the directory relative to the model, "" for the model itself.
 * @param name Name of the entry in that directory.
 * @returns The name relative to the model, with `/`.
 */
export function joinName(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

/**
 * The name of a model: the last component of its path, however the path is written. It is informational (OMS v1.0 §6.5).
 *
 * @param path The model's path, such as `models/bert`, `bert/`, `.` or `..`.
 * @returns The name, never empty.
 */
export function modelName(path: string): string {
  return basename(resolve(path)) || "model";
}
