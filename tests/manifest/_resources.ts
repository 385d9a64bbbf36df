import { type Resource, Resources } from "../../src/manifest/resources.ts";

/** Resources from a list, whose digests are of one length. */
export function resourcesOf(...list: readonly Resource[]): Resources {
  const digests = list.flatMap(({ digest }) => [...digest]);
  return new Resources(list.map(({ name }) => name), Uint8Array.from(digests));
}
