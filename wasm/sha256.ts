/**
 * SHA-256 (FIPS 180-4) for four messages in the lanes of a vector, for two messages, and for one. The rounds are written
 * once; the representation of a word and its rotation differ.
 */
import { SHA256_BEGIN, SHA256_DIGEST, SHA256_K, SHA256_SCHEDULED, SHA256_STATE } from "./layout.ts";
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
  splat,
  store,
  tee,
  transpose,
  type Wat,
} from "./wat.ts";

/** The operations of a round on words. */
interface Words {
  type: "v128" | "i32";
  add(...words: Wat[]): Wat;
  xor(...words: Wat[]): Wat;
  and(...words: Wat[]): Wat;
  /** Bits of `yes` where `which` has ones, of `no` where it has zeros. */
  choose(which: string, yes: string, no: string): Wat;
  /** §4.1.2: Σ0 and Σ1, the exclusive or of three rotations. */
  sum(word: string, bits: Rotations): Wat;
  /** Completes a word after a `sum`. */
  whole(word: Wat): Wat;
  /** W(t) + K(t) for the sixteen rounds from `k` on. */
  scheduled(t: number): Wat;
}

type Rotations = readonly [number, number, number];

/** Words in a vector, whose schedule is calculated word by word. */
interface VectorWords extends Words {
  rotate(word: string, bits: number): Wat;
}

/** One word of each of four messages. SIMD has no rotation: two shifts and an `or` are the shortest sequence. */
const four: VectorWords = {
  type: "v128",
  add: (...words) => chain("i32x4.add", words),
  xor: (...words) => chain("v128.xor", words),
  and: (...words) => chain("v128.and", words),
  choose: (which, yes, no) => `(v128.bitselect ${get(yes)} ${get(no)} ${get(which)})`,
  rotate: (word, bits) => `(v128.or ${shiftRight(word, bits)} (i32x4.shl ${get(word)} ${i32(32 - bits)}))`,
  sum: (word, bits) => four.xor(...bits.map((n) => four.rotate(word, n))),
  whole: (word) => word,
  // From memory: loading a constant from the code takes four instructions.
  scheduled: (t) => four.add(get(w(t)), load("v128.load32_splat", get("k"), SHA256_K + 4 * t)),
};

/**
 * One word of each of two messages, each twice, side by side in 64 bits: the lower half of a 64-bit shift is then a
 * 32-bit rotation. The upper half is invalid until `whole` copies the lower one to it.
 */
const two: VectorWords = {
  ...four,
  rotate: (word, bits) => `(i64x2.shr_u ${get(word)} ${i32(bits)})`,
  sum: (word, bits) => four.xor(...bits.map((n) => two.rotate(word, n))),
  whole: (word) => pick([0, 0, 2, 2], word, word),
};

/** One word of one message. Its schedule is computed four words at a time and read from memory. */
const one: Words = {
  type: "i32",
  add: (...words) => chain("i32.add", words),
  xor: (...words) => chain("i32.xor", words),
  and: (...words) => chain("i32.and", words),
  choose: (which, yes, no) => `(i32.xor ${get(no)} (i32.and ${get(which)} (i32.xor ${get(yes)} ${get(no)})))`,
  // Nested rotations need fewer copies of registers, and each copy is an instruction.
  sum: (word, [a, b, c]) => {
    const inner = `(i32.xor ${get(word)} (i32.rotr ${get(word)} ${i32(c - b)}))`;
    return `(i32.rotr (i32.xor ${get(word)} (i32.rotr ${inner} ${i32(b - a)})) ${i32(a)})`;
  },
  whole: (word) => word,
  scheduled: (t) => load("i32.load", i32(0), SHA256_SCHEDULED + 4 * t),
};

const STATE = ["a", "b", "c", "d", "e", "f", "g", "h"];
const BEFORE = STATE.map((name) => `${name}_before`);
/** The last sixteen words of the schedule: no more are needed. */
const SCHEDULE = Array.from({ length: 16 }, (_, i) => `w${i}`);
const BLOCK = 64;

const w = (t: number): string => SCHEDULE[t % 16]!;

/** §6.2.2: the rounds over one block, whose words are in `SCHEDULE`. */
function compressVectors(words: VectorWords): Wat[] {
  return compress(words, [], SCHEDULE.flatMap((_, t) => [...round(words, t), expand(words, t + 16)]));
}

/**
 * §6.2.2: the rounds over one block, by sixteen.
 *
 * @param first Runs before the first round.
 * @param sixteen Runs three times: sixteen rounds, and the schedule of the next sixteen.
 */
function compress(words: Words, first: readonly Wat[], sixteen: readonly Wat[]): Wat[] {
  return [
    ...STATE.map((name, i) => set(BEFORE[i]!, get(name))),
    set("ab1", words.xor(get("b"), get("c"))),
    set("k", i32(0)),
    ...first,
    loop("rounds", sixteen, `(i32.lt_u ${tee("k", plus(get("k"), 16 * 4))} ${i32(48 * 4)})`),
    ...SCHEDULE.flatMap((_, t) => round(words, t)),
    ...STATE.map((name, i) => set(name, words.add(get(name), get(BEFORE[i]!)))),
  ];
}

/** §6.2.2, step 1: W(t) replaces W(t-16). */
function expand({ add, xor, rotate, whole }: VectorWords, t: number): Wat {
  const [w15, w2] = [w(t - 15), w(t - 2)];
  const sigma0 = xor(rotate(w15, 7), rotate(w15, 18), shiftRight(w15, 3));
  const sigma1 = xor(rotate(w2, 17), rotate(w2, 19), shiftRight(w2, 10));
  return set(w(t), whole(add(add(get(w(t - 16)), sigma0), add(get(w(t - 7)), sigma1))));
}

/** The vectors of one message's schedule, four words each. */
const FOURS = ["x0", "x1", "x2", "x3"];

/** The same for one message: W(t) to W(t+3) replace W(t-16) to W(t-13) in vector `i`. */
function expandFour(i: number): Wat[] {
  const { add, xor, rotate } = four;
  const [x0, x1, x2, x3] = [0, 1, 2, 3].map((n) => FOURS[(i + n) % 4]!) as [string, string, string, string];
  // σ1 needs the word two before, so two of the four words are computed first, and the other two from them. Two words,
  // each twice, are rotated like those of two messages.
  const sigma1 = xor(two.rotate("y", 17), two.rotate("y", 19), shiftRight("y", 10));
  const zero = splat(0);
  return [
    set("y", pick([1, 2, 3, 4], get(x0), get(x1))),
    set(
      x0,
      add(get(x0), pick([1, 2, 3, 4], get(x2), get(x3)), xor(rotate("y", 7), rotate("y", 18), shiftRight("y", 3))),
    ),
    set("y", pick([2, 2, 3, 3], get(x3), get(x3))),
    set(x0, add(get(x0), pick([0, 2, 4, 4], sigma1, zero))),
    set("y", pick([0, 0, 1, 1], get(x0), get(x0))),
    set(x0, add(get(x0), pick([4, 4, 0, 2], sigma1, zero))),
  ];
}

/** Stores W(t) + K(t) of vector `i` for `scheduled`, for the sixteen rounds that begin `ahead` rounds after `k`. */
function storeScheduled(i: number, ahead: number): Wat {
  const sum = four.add(get(FOURS[i]!), load("v128.load", get("k"), SHA256_K + 4 * ahead + 16 * i));
  return store("v128.store", i32(0), sum, SHA256_SCHEDULED + 16 * i);
}

/** §6.2.2, step 3. The words are not moved to the next name; instead, each round uses the next names. */
function round(words: Words, t: number): Wat[] {
  const { add, xor, and, choose, sum, whole, scheduled } = words;
  const name = (i: number): string => STATE[(i + 64 - t) % 8]!;
  const [a, b, d, e, f, g, h] = [name(0), name(1), name(3), name(4), name(5), name(6), name(7)];
  // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and this round's a ^ b is the next one's b ^ c.
  const [ab, bc] = t % 2 === 0 ? ["ab0", "ab1"] as const : ["ab1", "ab0"] as const;
  const [sum0, sum1] = [sum(a, [2, 13, 22]), sum(e, [6, 11, 25])];
  return [
    set("t1", add(get(h), scheduled(t), choose(e, f, g), sum1)),
    set(d, whole(add(get(d), get("t1")))),
    set(ab, xor(get(a), get(b))),
    set(h, whole(add(get("t1"), add(sum0, xor(get(b), and(get(ab), get(bc))))))),
  ];
}

const shiftRight = (word: string, bits: number): Wat => `(i32x4.shr_u ${get(word)} ${i32(bits)})`;

/** Selects four words of two vectors by number: those of the second vector begin at 4. */
function pick(words: readonly number[], one: Wat, other: Wat): Wat {
  return shuffle(words.flatMap((n) => [0, 1, 2, 3].map((byte) => 4 * n + byte)), one, other);
}

/** Address of one lane of a word of the state. */
const stateOf = (lane: Wat): Wat => `(i32.shl ${lane} ${i32(2)})`;

/** Runs `body` for each block and advances the pointers. */
function eachBlock(pointers: readonly string[], body: readonly Wat[]): Wat {
  const move = pointers.map((pointer) => set(pointer, plus(get(pointer), BLOCK)));
  return loop("block", [...body, ...move], `(local.tee $blocks ${plus(get("blocks"), -1)})`);
}

const LOCALS = [...STATE, ...BEFORE, ...SCHEDULE, "t1", "ab0", "ab1"];

/** `sha256_four(p0, p1, p2, p3, blocks)`: compresses `blocks` blocks in all four lanes. */
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
    eachBlock(pointers, [...body, ...compressVectors(four)]),
    ...STATE.map((name, i) => store("v128.store", i32(0), get(name), SHA256_STATE + 16 * i)),
  ]);
}

/** `sha256_two(lane0, p0, lane1, p1, blocks)`: compresses `blocks` blocks in two of the lanes. */
function sha256Two(): Wat {
  const body: Wat[] = [];
  for (let quarter = 0; quarter < 4; quarter++) {
    for (const i of [0, 1]) {
      body.push(set(`x${i}`, reorder(load("v128.load", get(`p${i}`), 16 * quarter), get("big_endian"))));
    }
    for (let i = 0; i < 4; i++) body.push(set(w(4 * quarter + i), twice("x0", "x1", i)));
  }
  const word = (lane: string, i: number): Wat => load("v128.load32_splat", get(lane), SHA256_STATE + 16 * i);
  const put = (lane: string, name: string, from: number, i: number): Wat =>
    store("i32.store", get(lane), `(i32x4.extract_lane ${from} ${get(name)})`, SHA256_STATE + 16 * i);
  return func("sha256_two", {
    params: { lane0: "i32", p0: "i32", lane1: "i32", p1: "i32", blocks: "i32" },
    locals: { v128: [...LOCALS, "x0", "x1", "big_endian"], i32: ["k"] },
  }, [
    set("big_endian", byteOrder([3, 2, 1, 0])),
    ...["lane0", "lane1"].map((lane) => set(lane, stateOf(get(lane)))),
    ...STATE.flatMap((name, i) => [
      set("x0", word("lane0", i)),
      set("x1", word("lane1", i)),
      set(name, twice("x0", "x1", 0)),
    ]),
    eachBlock(["p0", "p1"], [...body, ...compressVectors(two)]),
    ...STATE.flatMap((name, i) => [put("lane0", name, 0, i), put("lane1", name, 2, i)]),
  ]);
}

/** Word `i` of both messages, each twice. */
function twice(one: string, other: string, i: number): Wat {
  return pick([i, i, 4 + i, 4 + i], get(one), get(other));
}

/** `sha256_one(lane, p, blocks)`: compresses blocks in one of the lanes. */
function sha256One(): Wat {
  const first = FOURS.flatMap((name, i) => [
    set(name, reorder(load("v128.load", get("p"), 16 * i), get("big_endian"))),
    storeScheduled(i, 0),
  ]);
  const sixteen = FOURS.flatMap((_, i) => [
    ...[0, 1, 2, 3].flatMap((t) => round(one, 4 * i + t)),
    ...expandFour(i),
    storeScheduled(i, 16),
  ]);
  return func("sha256_one", {
    params: { lane: "i32", p: "i32", blocks: "i32" },
    locals: { i32: [...STATE, ...BEFORE, "t1", "ab0", "ab1", "k"], v128: [...FOURS, "y", "big_endian"] },
  }, [
    set("big_endian", byteOrder([3, 2, 1, 0])),
    set("lane", stateOf(get("lane"))),
    ...STATE.map((name, i) => set(name, load("i32.load", get("lane"), SHA256_STATE + 16 * i))),
    eachBlock(["p"], compress(one, first, sixteen)),
    ...STATE.map((name, i) => store("i32.store", get("lane"), get(name), SHA256_STATE + 16 * i)),
  ]);
}

/** Reverses the bytes of an `i32`. */
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
 * `sha256_pad(p, used, length)`: §5.1.1. Pads a message of `length` bytes. The last `used` bytes, less than a block, are
 * at `p`. Returns the number of blocks at `p`, 1 or 2.
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
    // May write past the end of the padding, where the buffer has space.
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

/** The initial state, which BLAKE3 shares. */
export const BEGIN: readonly number[] = primes(8).map((prime) => rootFraction(prime, 2));

/** The constants in memory by address. */
export const SHA256_DATA: readonly [address: number, words: readonly number[]][] = [
  [SHA256_K, K],
  [SHA256_BEGIN, BEGIN],
];

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** Exact, in integers: the last 32 bits of the root of `n` × 2^(32 × degree), bit by bit. */
function rootFraction(n: number, degree: number): number {
  const power = BigInt(n) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 1n << 37n; bit > 0n; bit >>= 1n) if ((root | bit) ** BigInt(degree) <= power) root |= bit;
  return Number(root & 0xffff_ffffn);
}
