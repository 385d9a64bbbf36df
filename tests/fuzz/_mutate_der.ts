/** Mutations of DER that keep its structure, or break it where parsers look. */
import { type Bytes, join, mutateBytes } from "./_mutate_bytes.ts";
import type { Random } from "./_random.ts";

/** One element. */
interface Element {
  tag: number;
  /** Of a constructed one, and of a string that holds one. */
  children: Element[] | undefined;
  /** Before the children, the number of unused bits of a bit string. */
  prefix: Bytes;
  content: Bytes;
  /** Written in place of all this. */
  readonly raw?: Bytes;
  /** Writes the length so, if it is not to be the right one. */
  length?: (right: number) => Bytes;
}

const [BIT_STRING, OCTET_STRING] = [0x03, 0x04];
const MAX_DEPTH = 24;

/**
 * Changes DER in one to three places.
 *
 * @param bytes The DER.
 * @param random The choices.
 * @returns The changed bytes, or `undefined` if these are none.
 */
export function mutateDer(bytes: Uint8Array, random: Random): Bytes | undefined {
  const elements = parse(bytes, 0);
  if (elements === undefined) return undefined;
  for (let count = 1 + random.below(3); count > 0; count--) mutateOne(elements, random);
  return write(elements);
}

/** Whether bytes are the elements of some DER. */
export function isDer(bytes: Uint8Array): boolean {
  return bytes.length > 4 && bytes[0] === 0x30 && parse(bytes, 0) !== undefined;
}

function parse(bytes: Uint8Array, depth: number): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++]!;
    let length = bytes[at++];
    if ((tag & 0x1f) === 0x1f || length === undefined) return undefined;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4 || at + size > bytes.length) return undefined;
      length = bytes.subarray(at, at + size).reduce((value, byte) => value * 256 + byte, 0);
      at += size;
    }
    if (at + length > bytes.length) return undefined;
    elements.push(readElement(tag, bytes.slice(at, at + length), depth));
    at += length;
  }
  return elements;
}

function readElement(tag: number, content: Bytes, depth: number): Element {
  const isConstructed = (tag & 0x20) !== 0;
  const skipped = tag === BIT_STRING ? 1 : 0;
  const mayHold = isConstructed || ((tag === BIT_STRING || tag === OCTET_STRING) && content[skipped] === 0x30);
  const children = mayHold && depth < MAX_DEPTH ? parse(content.subarray(skipped), depth + 1) : undefined;
  return { tag, children, prefix: content.slice(0, skipped), content };
}

function write(elements: readonly Element[]): Bytes {
  return join(...elements.map((element) => {
    if (element.raw !== undefined) return element.raw;
    const content = element.children === undefined ? element.content : join(element.prefix, write(element.children));
    const length = element.length?.(content.length) ?? writeLength(content.length);
    return join(Uint8Array.of(element.tag), length, content);
  }));
}

function writeLength(length: number, size = length < 0x80 ? 0 : Math.ceil(Math.log2(length + 1) / 8)): Bytes {
  if (size === 0) return Uint8Array.of(length);
  return Uint8Array.from(
    { length: size + 1 },
    (_, i) => i === 0 ? 0x80 | size : Math.floor(length / 256 ** (size - i)) & 0xff,
  );
}

function clone(element: Element): Element {
  return { ...element, children: element.children?.map(clone) };
}

/** All lists of elements, the outermost first. */
function listsIn(elements: Element[]): Element[][] {
  return [elements, ...elements.flatMap(({ children }) => children === undefined ? [] : listsIn(children))];
}

function mutateOne(elements: Element[], random: Random): void {
  const lists = listsIn(elements).filter((list) => list.length > 0);
  if (lists.length === 0) return;
  const list = random.pick(lists);
  const at = random.below(list.length);
  const element = list[at]!;
  switch (random.below(11)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      list.splice(at, 0, clone(element));
      break;
    case 2:
      [list[0], list[at]] = [element, list[0]!];
      break;
    case 3:
      element.tag = random.oneIn(2) ? random.below(256) : element.tag ^ (1 << random.below(8));
      break;
    case 4:
      element.length = random.pick([
        (right: number) => writeLength(right + 1),
        (right: number) => writeLength(Math.max(0, right - 1)),
        (right: number) => writeLength(right, 1),
        (right: number) => writeLength(right, 4),
        (right: number) => writeLength(right, 9),
        () => Uint8Array.of(0x80),
        () => Uint8Array.of(0xff),
        () => Uint8Array.of(0x84, 0xff, 0xff, 0xff, 0xff),
        () => Uint8Array.of(0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      ]);
      break;
    case 5:
      list[at] = clone(random.pick(random.pick(lists))); // another element in its place
      break;
    case 6: {
      const depth = random.oneIn(20) ? 5_000 : 1 + random.below(50);
      const ends = Array.from({ length: depth }, () => Uint8Array.of(0x30, 0x80));
      list[at] = { tag: 0x30, children: undefined, prefix: new Uint8Array(), content: join(...ends, write([element])) };
      break;
    }
    case 7: {
      const copy = write([element]);
      const count = Math.min(random.oneIn(20) ? 20_000 : 1 + random.below(200), 1_000_000 / copy.length);
      const raw = join(...Array<Bytes>(Math.ceil(count)).fill(copy));
      list.splice(at, 0, { tag: 0, children: undefined, prefix: raw, content: raw, raw });
      break;
    }
    case 8:
      element.children = [];
      element.content = element.prefix;
      break;
    default:
      if (element.children !== undefined) return mutateOne(element.children, random);
      element.content = mutateBytes(element.content, random);
  }
}
