/**
 * BLAKE3, four chunks or nodes at a time in the lanes of vectors. Section numbers are those of the BLAKE3 paper (2020).
 */
import { BLAKE3_BLOCK_WORDS } from "./layout.ts";
import { BEGIN } from "./sha256.ts";
import {
  byteOrder,
  func,
  get,
  i32,
  lanes,
  load,
  loop,
  plus,
  reorder,
  set,
  splat,
  store,
  tee,
  transpose,
  type Wat,
} from "./wat.ts";

/** §2.1, table 3: the flags of a compression. */
const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;

/** §2.2, table 2. */
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const BLOCK = 64;
const CHUNK = 1024;
const VALUE = 32;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const STATE = range(16).map((i) => `v${i}`);
const CHAIN = range(8).map((i) => `h${i}`);
const ROWS = range(4).map((i) => `x${i}`);
const SPARE = ["y0", "y1"];
const POINTERS = range(4).map((i) => `p${i}`);

const add = (a: Wat, b: Wat): Wat => `(i32x4.add ${a} ${b})`;
const xor = (a: Wat, b: Wat): Wat => `(v128.xor ${a} ${b})`;

/** Rotates to the right. Rotations by whole bytes are one instruction, with the byte order in a register. */
function rotate(word: Wat, bits: number): Wat {
  if (bits % 8 === 0) return reorder(word, get(`by_${bits}`));
  const twice = [tee("z", word), get("z")] as const;
  return `(v128.or (i32x4.shr_u ${twice[0]} ${i32(bits)}) (i32x4.shl ${twice[1]} ${i32(32 - bits)}))`;
}

/** Word `i` of the block, in all lanes. The words are in memory: there are too few registers for them and the state. */
const word = (i: number): Wat => load("v128.load", i32(0), BLAKE3_BLOCK_WORDS + 16 * i);

/** §2.2: the quarter round on four words of the state, step by step. */
function quarterRound([a, b, c, d]: readonly [string, string, string, string], x: Wat, y: Wat): Wat[] {
  return [
    set(a, add(add(get(a), x), get(b))),
    set(d, rotate(xor(get(d), get(a)), 16)),
    set(c, add(get(c), get(d))),
    set(b, rotate(xor(get(b), get(c)), 12)),
    set(a, add(add(get(a), y), get(b))),
    set(d, rotate(xor(get(d), get(a)), 8)),
    set(c, add(get(c), get(d))),
    set(b, rotate(xor(get(b), get(c)), 7)),
  ];
}

/** Four independent quarter rounds, interleaved step by step: faster than one after the other. */
function fourQuarters(diagonal: number, words: readonly number[]): Wat[] {
  const quarters = range(4).map((i) => {
    const place = (row: number): string => STATE[4 * row + (i + diagonal * row) % 4]!;
    return quarterRound([place(0), place(1), place(2), place(3)], word(words[2 * i]!), word(words[2 * i + 1]!));
  });
  return quarters[0]!.flatMap((_, step) => quarters.map((quarter) => quarter[step]!));
}

/** §2.2: seven rounds over the state. */
function rounds(): Wat[] {
  let order = range(16);
  const code: Wat[] = [];
  for (let i = 0; i < 7; i++) {
    code.push(...fourQuarters(0, order.slice(0, 8)), ...fourQuarters(1, order.slice(8)));
    order = PERMUTATION.map((from) => order[from]!);
  }
  return code;
}

/**
 * `blake3_four(p, stride, blocks, size, counter, first, last, out)`: compresses the blocks of four chunks or nodes, which
 * begin `stride` bytes apart, and writes their four chaining values to `out`, back to back. `size` is the number
 * of bytes in the last block, `counter` that of the first of four chunks. `first` and `last` are the flags of the first
 * and of the last block, or of both in one.
 */
function blake3Four(): Wat {
  const isFirst = `(i32.eq ${get("left")} ${get("blocks")})`;
  const isLast = `(i32.eq ${get("left")} ${i32(1)})`;
  const ifElse = (condition: Wat, yes: Wat, no: Wat): Wat => `(select ${yes} ${no} ${condition})`;
  const flags = `(i32.or ${ifElse(isFirst, get("first"), i32(0))} ${ifElse(isLast, get("last"), i32(0))})`;
  const counter = `(i64.trunc_f64_u ${get("counter")})`;
  // Chunks are numbered, nodes are not. Four chunks begin at a multiple of four, so nothing carries to the upper half.
  const count = `(i32x4.mul (i32x4.splat (i32.eq ${get("stride")} ${i32(CHUNK)})) ${lanes(0, 1, 2, 3)})`;
  return func("blake3_four", {
    params: {
      p: "i32",
      stride: "i32",
      blocks: "i32",
      size: "i32",
      counter: "f64",
      first: "i32",
      last: "i32",
      out: "i32",
    },
    locals: {
      i32: [...POINTERS, "left"],
      v128: [...STATE, ...CHAIN, ...ROWS, ...SPARE, "z", "low", "high", "by_8", "by_16"],
    },
  }, [
    set("by_8", byteOrder([1, 2, 3, 0])),
    set("by_16", byteOrder([2, 3, 0, 1])),
    set("low", add(`(i32x4.splat (i32.wrap_i64 ${counter}))`, count)),
    set("high", `(i32x4.splat (i32.wrap_i64 (i64.shr_u ${counter} (i64.const 32))))`),
    ...POINTERS.map((pointer, i) =>
      set(pointer, i === 0 ? get("p") : `(i32.add ${get(POINTERS[i - 1]!)} ${get("stride")})`)
    ),
    ...CHAIN.map((name, i) => set(name, splat(BEGIN[i]!))),
    set("left", get("blocks")),
    loop("block", [
      ...loadBlocks(),
      ...CHAIN.map((name, i) => set(STATE[i]!, get(name))),
      ...range(4).map((i) => set(STATE[8 + i]!, splat(BEGIN[i]!))),
      set(STATE[12]!, get("low")),
      set(STATE[13]!, get("high")),
      set(STATE[14]!, `(i32x4.splat ${ifElse(isLast, get("size"), i32(BLOCK))})`),
      set(STATE[15]!, `(i32x4.splat ${flags})`),
      ...rounds(),
      ...CHAIN.map((name, i) => set(name, xor(get(STATE[i]!), get(STATE[8 + i]!)))),
      ...POINTERS.map((pointer) => set(pointer, plus(get(pointer), BLOCK))),
    ], tee("left", plus(get("left"), -1))),
    ...[0, 4].flatMap((half) => {
      const { first, columns } = transpose(CHAIN.slice(half, half + 4), SPARE);
      return [...first, ...columns.map((value, i) => store("v128.store", get("out"), value, VALUE * i + 4 * half))];
    }),
  ]);
}

/** Stores the words of one block of each lane for `word`. */
function loadBlocks(): Wat[] {
  return range(4).flatMap((quarter) => {
    const { first, columns } = transpose(ROWS, SPARE);
    return [
      ...ROWS.map((row, i) => set(row, load("v128.load", get(POINTERS[i]!), 16 * quarter))),
      ...first,
      ...columns.map((column, i) => store("v128.store", i32(0), column, BLAKE3_BLOCK_WORDS + 16 * (4 * quarter + i))),
    ];
  });
}

/**
 * `blake3_subtree(p, chunks, counter, out)`: §2.1, the tree over complete chunks from `p` on, except its topmost node.
 * Their number is a power of two. Writes the two chaining values below the topmost node, or one for a single chunk. There
 * must be space at `out` for the values of all chunks: each level of the tree overwrites the one below.
 */
function blake3Subtree(): Wat {
  const four = (...args: Wat[]): Wat => `(call $blake3_four ${args.join(" ")})`;
  const at = (size: number): Wat => `(i32.mul ${get("i")} ${i32(size)})`;
  const each = (label: string, body: Wat): Wat =>
    `${set("i", i32(0))}\n${
      loop(label, [body, set("i", plus(get("i"), 4))], `(i32.lt_u ${get("i")} ${get("chunks")})`)
    }`;
  const chunks = four(
    `(i32.add ${get("p")} ${at(CHUNK)})`,
    i32(CHUNK),
    i32(CHUNK / BLOCK),
    i32(BLOCK),
    `(f64.add ${get("counter")} (f64.convert_i32_u ${get("i")}))`,
    i32(CHUNK_START),
    i32(CHUNK_END),
    `(i32.add ${get("out")} ${at(VALUE)})`,
  );
  const nodes = four(
    `(i32.add ${get("out")} ${at(BLOCK)})`,
    i32(BLOCK),
    i32(1),
    i32(BLOCK),
    "(f64.const 0)",
    i32(PARENT),
    i32(0),
    `(i32.add ${get("out")} ${at(VALUE)})`,
  );
  const halve = set("chunks", `(i32.shr_u ${get("chunks")} ${i32(1)})`);
  return func("blake3_subtree", {
    params: { p: "i32", chunks: "i32", counter: "f64", out: "i32" },
    locals: { i32: ["i"] },
  }, [
    each("leaf", chunks),
    `(block $done (loop $level`,
    `(br_if $done (i32.le_u ${get("chunks")} ${i32(2)}))`,
    halve,
    each("node", nodes),
    `(br $level)))`,
  ]);
}

/** The functions of BLAKE3. */
export function blake3Functions(): Wat[] {
  return [blake3Four(), blake3Subtree()];
}
