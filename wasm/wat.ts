/**
 * The WebAssembly text format: functions that return the instructions that the core needs. Operands are nested, so that a
 * formula here looks like the formula in the standard.
 */

/** An instruction, or any other text of the format. */
export type Wat = string;

/** `(local.get $name)`. */
export function get(name: string): Wat {
  return `(local.get $${name})`;
}

/** `(local.set $name value)`. */
export function set(name: string, value: Wat): Wat {
  return `(local.set $${name} ${value})`;
}

/** `(local.tee $name value)`: sets the local and returns the value. */
export function tee(name: string, value: Wat): Wat {
  return `(local.tee $${name} ${value})`;
}

/** The constant of an `i32`. */
export function i32(value: number): Wat {
  return `(i32.const ${value})`;
}

/** Adds a constant to an `i32`, usually an address in a loop. */
export function plus(value: Wat, constant: number): Wat {
  return `(i32.add ${value} ${i32(constant)})`;
}

/** The four lanes of a `v128` constant. */
export function lanes(...values: number[]): Wat {
  return `(v128.const i32x4 ${values.join(" ")})`;
}

/** A `v128` constant with the same word in each lane. */
export function splat(value: number): Wat {
  return lanes(value, value, value, value);
}

/** Loads with `instruction` from a constant offset to an address. */
export function load(instruction: string, address: Wat, offset = 0): Wat {
  return `(${instruction} offset=${offset} ${address})`;
}

/** Stores with `instruction` at a constant offset to an address. */
export function store(instruction: string, address: Wat, value: Wat, offset = 0): Wat {
  return `(${instruction} offset=${offset} ${address} ${value})`;
}

/** Runs the body at least once, and again while the condition, its last element, is not 0. */
export function loop(label: string, body: readonly Wat[], condition: Wat): Wat {
  return `(loop $${label}\n${body.join("\n")}\n(br_if $${label} ${condition}))`;
}

/** The parameters, locals and result of a function. */
export interface Signature {
  params?: Readonly<Record<string, string>>;
  result?: string;
  /** Names of locals by their type. */
  locals?: Readonly<Record<string, readonly string[]>>;
}

/** A function, exported under its name. */
export function func(name: string, { params = {}, result, locals = {} }: Signature, body: readonly Wat[]): Wat {
  const head = Object.entries(params).map(([param, type]) => `(param $${param} ${type})`);
  if (result !== undefined) head.push(`(result ${result})`);
  for (const [type, names] of Object.entries(locals)) head.push(...names.map((local) => `(local $${local} ${type})`));
  return `(func $${name} (export "${name}") ${head.join(" ")}\n${body.join("\n")})`;
}

/** Joins operands of an associative operation, from the left. */
export function chain(instruction: string, operands: readonly Wat[]): Wat {
  return operands.reduce((left, right) => `(${instruction} ${left} ${right})`);
}

/** Selects 16 bytes of two vectors by number: those of the second vector begin at 16. */
export function shuffle(bytes: readonly number[], one: Wat, other: Wat): Wat {
  return `(i8x16.shuffle ${bytes.join(" ")} ${one} ${other})`;
}

/** Reorders the bytes of each word of a vector. The order must be a constant. */
export function reorder(vector: Wat, order: Wat): Wat {
  return `(i8x16.swizzle ${vector} ${order})`;
}

/** The order of bytes that `reorder` takes, from the order within one word. */
export function byteOrder(word: readonly number[]): Wat {
  return `(v128.const i8x16 ${[0, 4, 8, 12].flatMap((at) => word.map((byte) => at + byte)).join(" ")})`;
}

const words = (...numbers: number[]): number[] => numbers.flatMap((n) => [4 * n, 4 * n + 1, 4 * n + 2, 4 * n + 3]);

/**
 * Transposes four rows of four words.
 *
 * @param rows The names of four locals that hold the rows; they are overwritten.
 * @param spare The names of two more locals.
 * @returns What to run first, and the four columns.
 */
export function transpose(rows: readonly string[], spare: readonly string[]): { first: Wat[]; columns: Wat[] } {
  const [a, b, c, d] = rows.map(get) as [Wat, Wat, Wat, Wat];
  const [ab, cd] = spare as [string, string];
  const [abHigh, cdHigh] = [rows[1]!, rows[3]!];
  const [low, high] = [words(0, 4, 1, 5), words(2, 6, 3, 7)];
  const [even, odd] = [words(0, 1, 4, 5), words(2, 3, 6, 7)];
  return {
    first: [
      set(ab, shuffle(low, a, b)),
      set(abHigh, shuffle(high, a, b)),
      set(cd, shuffle(low, c, d)),
      set(cdHigh, shuffle(high, c, d)),
    ],
    columns: [
      shuffle(even, get(ab), get(cd)),
      shuffle(odd, get(ab), get(cd)),
      shuffle(even, get(abHigh), get(cdHigh)),
      shuffle(odd, get(abHigh), get(cdHigh)),
    ],
  };
}
