/** The resources of a signature in the order of OMS v1.0 §6.4, in whatever order it lists them. */
import { collectAfter } from "../lists/collect_garbage.ts";
import { PackedNames } from "../lists/packed_names.ts";
import { Resources } from "./manifest.ts";

/** Resources by rising code points of their names; those of one name stand next to each other. */
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

  collectAfter(names.length);
  // One column after the other, as both forms of one are there at a time.
  const order = names.order();
  const digests = sortDigests(resources, order);
  const sorted = new PackedNames();
  for (const index of order) sorted.push(names.at(index)!);
  names.free();
  return new Resources(sorted, digests) as SortedResources;
}

function sortDigests(resources: Resources, order: Uint32Array): Uint8Array<ArrayBuffer> {
  const sorted = new Uint8Array(resources.digests.length);
  const size = sorted.length / resources.length;
  order.forEach((index, i) => sorted.set(resources.digest(index), i * size));
  resources.digests.buffer.transfer(0);
  return sorted;
}
