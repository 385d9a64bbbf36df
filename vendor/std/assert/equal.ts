/**
 * Tells whether two values are equal, deeply: the same primitives (`NaN` equals itself, `0` equals `-0`), or objects of
 * the same prototype whose properties are equal, where a property that is `undefined` is not one that is missing.
 * Dates, regular expressions, URLs, binary data, maps, sets and weak references are compared by what they hold, maps
 * and sets in any order. Objects that contain themselves can be compared.
 *
 * @param a The one value.
 * @param b The other.
 * @returns Whether they are equal.
 * @throws {TypeError} If both are a `WeakMap`, or both a `WeakSet`, as these do not tell what they hold.
 */
export function equal(a: unknown, b: unknown): boolean {
  return isEqual(a, b, new Map());
}

/**
 * The pairs of objects under comparison: one met again within itself is taken for equal, as only its other parts can
 * tell.
 */
type Pairs = Map<object, Set<object>>;

function isEqual(a: unknown, b: unknown, pairs: Pairs): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (prototypeOf(a) !== prototypeOf(b)) return false;
  if (a instanceof RegExp || a instanceof URL || a instanceof URLSearchParams) return String(a) === String(b);
  if (a instanceof WeakRef) return isEqual(a.deref(), (b as typeof a).deref(), pairs);
  if (a instanceof WeakMap) throw new TypeError("Cannot compare WeakMap instances");
  if (a instanceof WeakSet) throw new TypeError("Cannot compare WeakSet instances");
  const elements = elementsOf(a);
  if (elements) return equalElements(elements, elementsOf(b)!);
  const others = pairs.get(a) ?? new Set();
  if (others.has(b)) return true;
  pairs.set(a, others.add(b));
  const result = equalContents(a, b, pairs);
  others.delete(b);
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The prototype, where that of an object without any is that of a plain object. */
function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

/** The numbers in a typed array or buffer; nothing of any other object. */
function elementsOf(value: object): ArrayLike<unknown> | undefined {
  if (value instanceof DataView) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (ArrayBuffer.isView(value)) return value as ArrayBufferView & ArrayLike<unknown>;
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
}

function equalElements(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  }
  return true;
}

function equalContents(a: object, b: object, pairs: Pairs): boolean {
  if (Object.keys(a).length !== Object.keys(b).length) return false;
  if (a instanceof Map || a instanceof Set) return equalEntries(a, b as typeof a, pairs);
  for (const key of new Set([...keysOf(a), ...keysOf(b)])) {
    if (!(key in a) || !(key in b)) return false;
    if (!isEqual(Reflect.get(a, key), Reflect.get(b, key), pairs)) return false;
  }
  return true;
}

/** The keys of an object; for an instance of a class also those that are hidden or come from the class. */
function keysOf(value: object): (string | symbol)[] {
  const prototype = prototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return Reflect.ownKeys({ ...value });
  const keys: (string | symbol)[] = [];
  for (let holder = value; holder && holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
    keys.push(...Reflect.ownKeys(holder));
  }
  return keys;
}

type Entries = Map<unknown, unknown> | Set<unknown>;

/**
 * Finds for each entry of the one an equal entry of the other, each used once. In a set, the value is the key again.
 */
function equalEntries(a: Entries, b: Entries, pairs: Pairs): boolean {
  if (a.size !== b.size) return false;
  const unmatched = new Map<unknown, unknown>(b.entries());
  for (const [key, value] of a.entries()) {
    const match = isObject(key)
      ? unmatched.entries().find(([k, v]) => isEqual(key, k, pairs) && isEqual(value, v, pairs))
      : unmatched.has(key) && isEqual(value, unmatched.get(key), pairs) && [key];
    if (!match) return false;
    unmatched.delete(match[0]);
  }
  return true;
}
