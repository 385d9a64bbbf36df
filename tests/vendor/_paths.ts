/** Paths for the tests, which are to run without any package but those under test. @module */
import * as path from "node:path";
import { pathToFileURL } from "node:url";

/** Joins the parts of a path. */
export const join: (...parts: string[]) => string = path.join;

/** The path as a URL. */
export const toFileUrl: (path: string) => URL = pathToFileURL;

/** The path from one to the other, with `/` on every system. */
export function relative(from: string, to: string): string {
  return path.relative(from, to).replaceAll("\\", "/");
}
