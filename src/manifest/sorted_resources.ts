/** The resources of a signature in the order of OMS v1.0 §6.4, in whatever order it lists them. */
import { PackedNames } from "../model/packed_names.ts";
import { Resources } from "./manifest.ts";

/** Resources whose names rise by code point, where not one of them is there twice. */
export type SortedResources = Resources & { readonly names: PackedNames };

/**
 * Sorts resources.
 *
 * @param resources The resources. They are not to be used any more: their memory may be given back.
 * @returns The same by rising name.
 */
export function sortResources(resources: Resources): SortedResources {
  const names = resources.names instanceof PackedNames ? resources.names : PackedNames.of(resources.names);
  if (names.isAscending) return new Resources(names, resources.digests) as SortedResources;

  const sorted = new PackedNames();
  const digests = new Uint8Array(resources.digests.length);
  const size = digests.length / names.length;
  names.order().forEach((index, i) => {
    sorted.push(names.at(index)!);
    digests.set(resources.digest(index), i * size);
  });
  names.free();
  return new Resources(sorted, digests) as SortedResources;
}
