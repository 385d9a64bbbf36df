import { fileURLToPath } from "node:url";

/**
 * Turns a `file:` URL into a path of this system and leaves a path as it is.
 *
 * @param pathOrUrl The path or URL.
 * @returns The path.
 */
export function toPath(pathOrUrl: string | URL): string {
  return pathOrUrl instanceof URL ? fileURLToPath(pathOrUrl) : pathOrUrl;
}
