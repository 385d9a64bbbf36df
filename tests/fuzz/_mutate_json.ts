/** Mutations of JSON that keep its structure, down into what its texts hold in base64, hex or PEM. */
import { mutateBytes, mutateText } from "./_mutate_bytes.ts";
import type { Random } from "./_random.ts";

// deno-lint-ignore no-explicit-any -- any JSON
type Json = any;

/** JSON as it is written: it may have a member twice, and numbers that JavaScript does not know. */
class Raw {
  constructor(readonly text: string) {}
}

/** Members by name, in order; a name may stand there twice. */
type Node = Raw | string | Node[] | Members;
class Members {
  constructor(readonly list: [name: string, value: Node][]) {}
}

/** Changes what a text holds that is encoded in it. */
export type InnerMutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/**
 * Changes JSON in one to three places.
 *
 * @param text The JSON.
 * @param random The choices.
 * @param inner Changes bytes that stand in a text as base64 or hex.
 * @returns The changed text, or `undefined` if it is not JSON of an object or a list.
 */
export function mutateJson(text: string, random: Random, inner: InnerMutation): string | undefined {
  let parsed: Json;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const holder = new Members([["", toNode(parsed)]]);
  for (let count = 1 + random.below(3); count > 0; count--) mutateOne(holder, random, inner);
  return write(holder.list[0]?.[1] ?? new Raw(""));
}

function toNode(value: Json): Node {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(toNode);
  if (typeof value !== "object" || value === null) return new Raw(JSON.stringify(value));
  return new Members(Object.entries(value).map(([name, member]) => [name, toNode(member)]));
}

function write(node: Node): string {
  if (node instanceof Raw) return node.text;
  if (typeof node === "string") return JSON.stringify(node);
  if (Array.isArray(node)) return `[${node.map(write).join(",")}]`;
  return `{${node.list.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(",")}}`;
}

/** A place for a value: in a list or among members. */
interface Slot {
  readonly parent: Node[] | Members;
  readonly index: number;
}

function slotsIn(node: Node): Slot[] {
  const parent = node instanceof Raw || typeof node === "string" ? undefined : node;
  if (parent === undefined) return [];
  const values = Array.isArray(parent) ? parent : parent.list.map(([, value]) => value);
  return values.flatMap((value, index) => [{ parent, index }, ...slotsIn(value)]);
}

function get({ parent, index }: Slot): Node {
  return Array.isArray(parent) ? parent[index]! : parent.list[index]![1];
}

function set({ parent, index }: Slot, value: Node): void {
  if (Array.isArray(parent)) parent[index] = value;
  else parent.list[index]![1] = value;
}

/** Values that parsers stumble over. */
const ODD_VALUES = [
  "null",
  "true",
  "0",
  "-1",
  "-0",
  "1.5",
  "1e400",
  "-1e400",
  "9007199254740993",
  "18446744073709551616",
  "1e-400",
  '""',
  '"0"',
  '"AA=="',
  "[]",
  "{}",
  "[null]",
  '{"__proto__":{"a":1}}',
  '{"constructor":1,"toString":1,"length":1}',
  '"\\ud800"',
  '"\\u0000"',
  '"1970-01-01T00:00:00Z"',
  '"0001-01-01T00:00:00Z"',
  '"9999-12-31T23:59:60Z"',
  '"2026-11-02T00:00:00+99:99"',
  '"http://127.0.0.1:1/\\u202e"',
  "NaN",
  "undefined",
  "",
  "01",
  "'a'",
];

function mutateOne(holder: Members, random: Random, inner: InnerMutation): void {
  const slots = slotsIn(holder);
  const slot = random.pick(slots);
  if (slot === undefined) return;
  const { parent, index } = slot;
  const value = get(slot);
  switch (random.below(12)) {
    case 0:
      (Array.isArray(parent) ? parent : parent.list).splice(index, 1);
      return;
    case 1: { // twice: an item, or a member of that name
      const copy = new Raw(write(random.oneIn(2) ? value : get(random.pick(slots))));
      if (Array.isArray(parent)) parent.splice(index, 0, copy);
      else parent.list.splice(index + random.below(2), 0, [parent.list[index]![0], copy]);
      return;
    }
    case 2: {
      const other = random.pick(slots);
      const [mine, theirs] = [value, get(other)];
      // One may be within the other, which JSON cannot be.
      if (slotsIn(mine).length + slotsIn(theirs).length > 0) return set(slot, new Raw(write(theirs)));
      set(slot, theirs);
      set(other, mine);
      return;
    }
    case 3:
      return set(slot, new Raw(random.pick(ODD_VALUES)));
    case 4: // another type
      return set(
        slot,
        random.pick<Node>([[value], new Members([["a", value]]), new Raw(JSON.stringify(write(value)))]),
      );
    case 5:
      if (!Array.isArray(parent)) parent.list[index]![0] = otherName(parent.list[index]![0], random);
      return;
    case 6: // many
      if (Array.isArray(parent)) {
        const item = write(value);
        const count = Math.min(many(random), Math.ceil(MOST_ADDED / item.length));
        parent.splice(index, 0, ...Array<Node>(count).fill(new Raw(item)));
      } else {
        const named = (i: number): [string, Node] => [`${parent.list[index]![0]}${i}`, new Raw("0")];
        parent.list.push(...Array.from({ length: many(random) }, (_, i) => named(i)));
      }
      return;
    case 7: { // deep
      const depth = random.oneIn(10) ? 100_000 : 1 + random.below(100);
      const [open, close] = random.oneIn(2) ? ["[", "]"] : ['{"a":', "}"];
      return set(slot, new Raw(open.repeat(depth) + write(value) + close.repeat(depth)));
    }
    case 8:
      return set(slot, new Raw(` \n\t${write(value)}\r `));
    default: {
      // Mostly the texts: in them is what counts.
      const texts = slots.filter((one) => typeof get(one) === "string");
      if (texts.length === 0) return;
      const at = random.pick(texts);
      set(at, mutateEncoded(get(at) as string, random, inner));
    }
  }
}

/** Bytes that one mutation adds at most: what has more is refused by its size alone. */
const MOST_ADDED = 4_000_000;

function many(random: Random): number {
  return random.oneIn(50) ? 100_000 : 1 + random.below(300);
}

function otherName(name: string, random: Random): string {
  return random.pick([
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    name.toUpperCase(),
    `${name} `,
    "__proto__",
    "constructor",
    "",
    `${name}\0`,
    mutateText(name, random),
  ]);
}

function mutateEncoded(text: string, random: Random, inner: InnerMutation): string {
  if (random.oneIn(4)) return mutateText(text, random);
  if (/^[0-9a-f]{8,}$/.test(text) && text.length % 2 === 0) return hex(inner(fromHex(text), random));
  if (/^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    return new Uint8Array(inner(Uint8Array.fromBase64(text), random)).toBase64();
  }
  if (text.includes("\n")) return new TextDecoder().decode(inner(new TextEncoder().encode(text), random));
  return random.oneIn(2)
    ? mutateText(text, random)
    : new TextDecoder().decode(mutateBytes(new TextEncoder().encode(text), random));
}

function hex(bytes: Uint8Array): string {
  return new Uint8Array(bytes).toHex();
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.fromHex(text);
}
