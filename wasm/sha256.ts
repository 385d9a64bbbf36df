/**
 * SHA-256 (FIPS 180-4) three times over: on four messages in the four lanes of a vector, on two messages, and on one.
 * The rounds are written once; what a word is and how it is rotated differs.
 */
import { SHA256_BEGIN, SHA256_DIGEST, SHA256_K, SHA256_STATE } from "./layout.ts";
import {
  byteOrder,
  chain,
  func,
  get,
  i32,
  load,
  loop,
  plus,
  reorder,
  set,
  shuffle,
  store,
  tee,
  transpose,
  type Wat,
} from "./wat.ts";

/** How a round calculates with words. */
interface Words {
  type: "v128" | "i32";
  add(...words: Wat[]): Wat;
  xor(...words: Wat[]): Wat;
  and(...words: Wat[]): Wat;
  /** Bits of `yes` where `which` has ones, of `no` where it has zeros. */
  choose(which: string, yes: string, no: string): Wat;
  rotate(word: string, bits: number): Wat;
  shift(word: string, bits: number): Wat;
  /** Makes a word whole again of which sums of `rotate` are a part. */
  whole(word: Wat): Wat;
  /** The constant of a round. */
  constant(round: number): Wat;
}

/** A word of each of four messages. There is no rotation of lanes: two shifts and an `or` are the shortest way. */
const four: Words = {
  type: "v128",
  add: (...words) => chain("i32x4.add", words),
  xor: (...words) => chain("v128.xor", words),
  and: (...words) => chain("v128.and", words),
  choose: (which, yes, no) => `(v128.bitselect ${get(yes)} ${get(no)} ${get(which)})`,
  rotate: (word, bits) =>
    `(v128.or (i32x4.shr_u ${get(word)} ${i32(bits)}) (i32x4.shl ${get(word)} ${i32(32 - bits)}))`,
  shift: (word, bits) => `(i32x4.shr_u ${get(word)} ${i32(bits)})`,
  whole: (word) => word,
  // From memory: a constant in the code takes four instructions to get into a register.
  constant: (round) => load("v128.load32_splat", get("k"), SHA256_K + 4 * round),
};

/**
 * A word of each of two messages, each twice, side by side in 64 bits: then one shift of 64 bits has in its lower half
 * what a rotation of the 32 would be. The upper half is wrong until `whole` makes it equal to the lower.
 */
const two: Words = {
  ...four,
  rotate: (word, bits) => `(i64x2.shr_u ${get(word)} ${i32(bits)})`,
  whole: (word) => `(i8x16.shuffle 0 1 2 3 0 1 2 3 8 9 10 11 8 9 10 11 ${word} ${word})`,
};

/** A word of one message. */
const one: Words = {
  type: "i32",
  add: (...words) => chain("i32.add", words),
  xor: (...words) => chain("i32.xor", words),
  and: (...words) => chain("i32.and", words),
  choose: (which, yes, no) => `(i32.xor ${get(no)} (i32.and ${get(which)} (i32.xor ${get(yes)} ${get(no)})))`,
  rotate: (word, bits) => `(i32.rotr ${get(word)} ${i32(bits)})`,
  shift: (word, bits) => `(i32.shr_u ${get(word)} ${i32(bits)})`,
  whole: (word) => word,
  constant: (round) => load("i32.load", get("k"), SHA256_K + 4 * round),
};

const STATE = ["a", "b", "c", "d", "e", "f", "g", "h"];
const BEFORE = STATE.map((name) => `${name}_before`);
/** The last sixteen words of the schedule; more are never needed. */
const SCHEDULE = Array.from({ length: 16 }, (_, i) => `w${i}`);
const BLOCK = 64;

const w = (t: number): string => SCHEDULE[t % 16]!;

/** §6.2.2: the rounds over one block, whose words are in `SCHEDULE`. */
function compress(words: Words): Wat[] {
  const { xor } = words;
  const code = STATE.map((name, i) => set(BEFORE[i]!, get(name)));
  code.push(set("ab1", xor(get("b"), get("c"))), set("k", i32(0)));
  const sixteen = SCHEDULE.flatMap((_, t) => [...round(words, t), expand(words, t + 16)]);
  const next = tee("k", plus(get("k"), 16 * 4));
  code.push(loop("rounds", sixteen, `(i32.lt_u ${next} ${i32(48 * 4)})`));
  code.push(...SCHEDULE.flatMap((_, t) => round(words, t)));
  return [...code, ...STATE.map((name, i) => set(name, words.add(get(name), get(BEFORE[i]!))))];
}

/** §6.2.2, step 1: W(t) takes the place of W(t-16). */
function expand({ add, xor, rotate, shift, whole }: Words, t: number): Wat {
  const [w15, w2] = [w(t - 15), w(t - 2)];
  const sigma0 = xor(rotate(w15, 7), rotate(w15, 18), shift(w15, 3));
  const sigma1 = xor(rotate(w2, 17), rotate(w2, 19), shift(w2, 10));
  return set(w(t), whole(add(add(get(w(t - 16)), sigma0), add(get(w(t - 7)), sigma1))));
}

/** §6.2.2, step 3. Instead of words moving on by one name, each round calls them by the next name. */
function round(words: Words, t: number): Wat[] {
  const { add, xor, and, choose, rotate, whole, constant } = words;
  const name = (i: number): string => STATE[(i + 64 - t) % 8]!;
  const [a, b, d, e, f, g, h] = [name(0), name(1), name(3), name(4), name(5), name(6), name(7)];
  // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and this round's a ^ b is the next one's b ^ c.
  const [ab, bc] = t % 2 === 0 ? ["ab0", "ab1"] as const : ["ab1", "ab0"] as const;
  const sum1 = xor(rotate(e, 6), rotate(e, 11), rotate(e, 25));
  const sum0 = xor(rotate(a, 2), rotate(a, 13), rotate(a, 22));
  return [
    set("t1", add(get(h), add(get(w(t)), constant(t)), choose(e, f, g), sum1)),
    set(d, whole(add(get(d), get("t1")))),
    set(ab, xor(get(a), get(b))),
    set(h, whole(add(get("t1"), add(sum0, xor(get(b), and(get(ab), get(bc))))))),
  ];
}

/** Address of a lane's part of a word of the state. */
const stateOf = (lane: Wat): Wat => `(i32.shl ${lane} ${i32(2)})`;

/** Runs `body` for each block, with the pointers moving on. */
function eachBlock(pointers: readonly string[], body: readonly Wat[]): Wat {
  const move = pointers.map((pointer) => set(pointer, plus(get(pointer), BLOCK)));
  return loop("block", [...body, ...move], `(local.tee $blocks ${plus(get("blocks"), -1)})`);
}

const LOCALS = [...STATE, ...BEFORE, ...SCHEDULE, "t1", "ab0", "ab1"];

/** `sha256_four(p0, p1, p2, p3, blocks)`: compresses as many blocks in all four lanes. */
function sha256Four(): Wat {
  const pointers = ["p0", "p1", "p2", "p3"];
  const rows = ["x0", "x1", "x2", "x3"];
  const body: Wat[] = [];
  for (let quarter = 0; quarter < 4; quarter++) {
    rows.forEach((row, i) => body.push(set(row, load("v128.load", get(pointers[i]!), 16 * quarter))));
    const { first, columns } = transpose(rows, ["y0", "y1"]);
    body.push(...first, ...columns.map((column, i) => set(w(4 * quarter + i), reorder(column, get("big_endian")))));
  }
  return func("sha256_four", {
    params: { p0: "i32", p1: "i32", p2: "i32", p3: "i32", blocks: "i32" },
    locals: { v128: [...LOCALS, ...rows, "y0", "y1", "big_endian"], i32: ["k"] },
  }, [
    set("big_endian", byteOrder([3, 2, 1, 0])),
    ...STATE.map((name, i) => set(name, load("v128.load", i32(0), SHA256_STATE + 16 * i))),
    eachBlock(pointers, [...body, ...compress(four)]),
    ...STATE.map((name, i) => store("v128.store", i32(0), get(name), SHA256_STATE + 16 * i)),
  ]);
}

/** `sha256_two(lane0, p0, lane1, p1, blocks)`: compresses as many blocks in two of the lanes. */
function sha256Two(): Wat {
  const body: Wat[] = [];
  for (let quarter = 0; quarter < 4; quarter++) {
    for (const i of [0, 1]) {
      body.push(set(`x${i}`, reorder(load("v128.load", get(`p${i}`), 16 * quarter), get("big_endian"))));
    }
    for (let i = 0; i < 4; i++) body.push(set(w(4 * quarter + i), twice("x0", "x1", i)));
  }
  const splat = (lane: string, i: number): Wat => load("v128.load32_splat", get(lane), SHA256_STATE + 16 * i);
  const put = (lane: string, name: string, from: number, i: number): Wat =>
    store("i32.store", get(lane), `(i32x4.extract_lane ${from} ${get(name)})`, SHA256_STATE + 16 * i);
  return func("sha256_two", {
    params: { lane0: "i32", p0: "i32", lane1: "i32", p1: "i32", blocks: "i32" },
    locals: { v128: [...LOCALS, "x0", "x1", "big_endian"], i32: ["k"] },
  }, [
    set("big_endian", byteOrder([3, 2, 1, 0])),
    ...["lane0", "lane1"].map((lane) => set(lane, stateOf(get(lane)))),
    ...STATE.flatMap((name, i) => [
      set("x0", splat("lane0", i)),
      set("x1", splat("lane1", i)),
      set(name, twice("x0", "x1", 0)),
    ]),
    eachBlock(["p0", "p1"], [...body, ...compress(two)]),
    ...STATE.flatMap((name, i) => [put("lane0", name, 0, i), put("lane1", name, 2, i)]),
  ]);
}

/** Word `i` of both, each twice. */
function twice(one: string, other: string, i: number): Wat {
  const word = [0, 1, 2, 3].map((byte) => 4 * i + byte);
  const after = word.map((byte) => byte + 16);
  return shuffle([...word, ...word, ...after, ...after], get(one), get(other));
}

/** `sha256_one(lane, p, blocks)`: compresses blocks in one of the lanes. */
function sha256One(): Wat {
  return func("sha256_one", {
    params: { lane: "i32", p: "i32", blocks: "i32" },
    locals: { i32: [...LOCALS, "k"], v128: ["big_endian"] },
  }, [
    set("big_endian", byteOrder([3, 2, 1, 0])),
    set("lane", stateOf(get("lane"))),
    ...STATE.map((name, i) => set(name, load("i32.load", get("lane"), SHA256_STATE + 16 * i))),
    eachBlock(["p"], [
      ...SCHEDULE.map((name, i) => set(name, bigEndian(load("i32.load", get("p"), 4 * i)))),
      ...compress(one),
    ]),
    ...STATE.map((name, i) => store("i32.store", get("lane"), get(name), SHA256_STATE + 16 * i)),
  ]);
}

/** Turns the bytes of an `i32` round. */
function bigEndian(word: Wat): Wat {
  return `(i32x4.extract_lane 0 ${reorder(`(i32x4.splat ${word})`, get("big_endian"))})`;
}

/** `sha256_begin(lane)`: §5.3.3. */
function sha256Begin(): Wat {
  return func("sha256_begin", { params: { lane: "i32" } }, [
    set("lane", stateOf(get("lane"))),
    ...STATE.map((_, i) =>
      store("i32.store", get("lane"), load("i32.load", i32(0), SHA256_BEGIN + 4 * i), SHA256_STATE + 16 * i)
    ),
  ]);
}

/**
 * `sha256_pad(p, used, length)`: §5.1.1. Ends a message of `length` bytes, the last `used` of which stand from `p` on and
 * are less than a block. Gives the number of blocks that there are from `p` on now, 1 or 2.
 */
function sha256Pad(): Wat {
  const blocks = `(i32.add ${i32(1)} (i32.gt_u ${get("used")} ${i32(BLOCK - 9)}))`;
  return func("sha256_pad", {
    params: { p: "i32", used: "i32", length: "f64" },
    result: "i32",
    locals: { i32: ["blocks", "end"], i64: ["bits"], v128: ["big_endian"] },
  }, [
    set("big_endian", byteOrder([3, 2, 1, 0])),
    set("blocks", blocks),
    set("end", `(i32.add ${get("p")} (i32.mul ${get("blocks")} ${i32(BLOCK)}))`),
    // Beyond the end of the padding at times, where the buffer has room.
    set("p", `(i32.add ${get("p")} ${get("used")})`),
    store("i32.store8", get("p"), i32(0x80)),
    loop("zero", [
      set("p", plus(get("p"), 1)),
      store("i32.store8", get("p"), i32(0)),
    ], `(i32.lt_u ${get("p")} ${get("end")})`),
    set("bits", `(i64.shl (i64.trunc_f64_u ${get("length")}) (i64.const 3))`),
    store("i32.store", plus(get("end"), -8), bigEndian(`(i32.wrap_i64 (i64.shr_u ${get("bits")} (i64.const 32)))`)),
    store("i32.store", plus(get("end"), -4), bigEndian(`(i32.wrap_i64 ${get("bits")})`)),
    get("blocks"),
  ]);
}

/** `sha256_end(lane)`: the digest, §6.2.2, to `SHA256_DIGEST`. */
function sha256End(): Wat {
  return func("sha256_end", { params: { lane: "i32" }, locals: { v128: ["big_endian"] } }, [
    set("big_endian", byteOrder([3, 2, 1, 0])),
    set("lane", stateOf(get("lane"))),
    ...STATE.map((_, i) =>
      store("i32.store", i32(0), bigEndian(load("i32.load", get("lane"), SHA256_STATE + 16 * i)), SHA256_DIGEST + 4 * i)
    ),
  ]);
}

/** The functions of SHA-256. */
export function sha256Functions(): Wat[] {
  return [sha256Four(), sha256Two(), sha256One(), sha256Begin(), sha256Pad(), sha256End()];
}

/** §4.2.2 and §5.3.3: the first 32 bits of the fractions of cube roots and square roots of the first primes. */
const K = primes(64).map((prime) => rootFraction(prime, 3));

/** The words that a state begins with, which BLAKE3 shares. */
export const BEGIN: readonly number[] = primes(8).map((prime) => rootFraction(prime, 2));

/** The constants in memory, by address. */
export const SHA256_DATA: readonly [address: number, words: readonly number[]][] = [
  [SHA256_K, K],
  [SHA256_BEGIN, BEGIN],
];

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** In whole numbers, so that it is exact: the root of `n` × 2^(32 × degree), bit by bit, and of that the last 32 bits. */
function rootFraction(n: number, degree: number): number {
  const power = BigInt(n) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 1n << 37n; bit > 0n; bit >>= 1n) if ((root | bit) ** BigInt(degree) <= power) root |= bit;
  return Number(root & 0xffff_ffffn);
}
