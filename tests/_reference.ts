/**
 * SHA-256, `h1`, `h2` and the root digests once more, in the most obvious code and with nothing of `src`: what the
 * program's fast ways are compared with. Used by tests alone.
 */

/** SHA-256 after FIPS 180-4, section by section. */
export function sha256(message: Uint8Array): Uint8Array {
  // 4.2.2 and 5.3.3: 32 bits of the fractions of the cube roots and of the square roots of the first primes.
  const k = primes(64).map((prime) => fractionBits(Math.cbrt(prime)));
  let hash = primes(8).map((prime) => fractionBits(Math.sqrt(prime)));

  // 5.1.1: a one bit, zeros up to a multiple of the block, and the length in bits as the last eight bytes.
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);

  // 6.2.2
  for (let block = 0; block < padded.length; block += 64) {
    const w: number[] = [];
    for (let t = 0; t < 64; t++) {
      if (t < 16) w[t] = view.getUint32(block + 4 * t);
      else {
        const s0 = rotate(w[t - 15]!, 7) ^ rotate(w[t - 15]!, 18) ^ (w[t - 15]! >>> 3);
        const s1 = rotate(w[t - 2]!, 17) ^ rotate(w[t - 2]!, 19) ^ (w[t - 2]! >>> 10);
        w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
      }
    }
    let [a, b, c, d, e, f, g, h] = hash as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const choice = (e & f) ^ (~e & g);
      const t1 = (h + sum1 + choice + k[t]! + w[t]!) | 0;
      const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const t2 = (sum0 + majority) | 0;
      [a, b, c, d, e, f, g, h] = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
    }
    hash = [a, b, c, d, e, f, g, h].map((word, i) => (word + hash[i]!) | 0);
  }
  const digest = new DataView(new ArrayBuffer(32));
  hash.forEach((word, i) => digest.setInt32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

function fractionBits(x: number): number {
  return Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
}

/** `h1` of a model on the disk that holds nothing to leave out. */
export function h1(model: string): Uint8Array {
  return Deno.statSync(model).isFile ? sha256(Deno.readFileSync(model)) : h1Directory("root", model);
}

function h1Directory(name: string, path: string): Uint8Array {
  const digests = sortedNames(path).map((child) => h1Child(child, `${path}/${child}`));
  const inner = digests.length === 0 ? bytes("empty") : sha256(concat(digests));
  return sha256(concat([bytes(`dir.${base64(name)}.`), inner]));
}

function h1Child(name: string, path: string): Uint8Array {
  if (Deno.statSync(path).isDirectory) return h1Directory(name, path);
  return sha256(concat([bytes(`file.${base64(name)}.`), Deno.readFileSync(path)]));
}

/** `h2` of a model on the disk that holds nothing to leave out. */
export function h2(model: string): Uint8Array {
  return sha256(concat(Deno.statSync(model).isFile ? h2File("root", model) : h2Directory("", model)));
}

function h2Directory(name: string, path: string): Uint8Array[] {
  return sortedNames(path).flatMap((child) => {
    const childName = name === "" ? child : `${name}/${child}`;
    const childPath = `${path}/${child}`;
    if (Deno.statSync(childPath).isFile) return h2File(childName, childPath);
    return [sha256(bytes(`dir.${base64(childName)}.0-0.none`)), ...h2Directory(childName, childPath)];
  });
}

function h2File(name: string, path: string): Uint8Array[] {
  const content = Deno.readFileSync(path);
  return shards(content, 1_000_000_000, "one at least").map(({ start, end }) =>
    sha256(concat([bytes(`file.${base64(name)}.${start}-${end}.`), content.subarray(start, end)]))
  );
}

/** Root digest of `files` with SHA-256, of a model on the disk that is a directory and holds nothing to leave out. */
export function filesRoot(model: string): Uint8Array {
  return root(filesBelow(model).map((name) => ({ name, digest: sha256(Deno.readFileSync(`${model}/${name}`)) })));
}

/** The same of `shards`. */
export function shardsRoot(model: string, shardSize: number): Uint8Array {
  return root(
    filesBelow(model).flatMap((name) => {
      const content = Deno.readFileSync(`${model}/${name}`);
      return shards(content, shardSize, "none if empty").map(({ start, end }) => ({
        name: `${name}:${start}:${end}`,
        digest: sha256(content.subarray(start, end)),
      }));
    }),
  );
}

function root(resources: { name: string; digest: Uint8Array }[]): Uint8Array {
  resources.sort((a, b) => compareBytes(bytes(a.name), bytes(b.name)));
  return sha256(concat(resources.map((resource) => resource.digest)));
}

function filesBelow(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${directory}/${name}`).map((inner) => `${name}/${inner}`) : [name]
  );
}

function shards(
  content: Uint8Array,
  size: number,
  ofEmpty: "one at least" | "none if empty",
): { start: number; end: number }[] {
  if (content.length === 0) return ofEmpty === "one at least" ? [{ start: 0, end: 0 }] : [];
  const ranges = [];
  for (let start = 0; start < content.length; start += size) {
    ranges.push({ start, end: Math.min(start + size, content.length) });
  }
  return ranges;
}

function sortedNames(directory: string): string[] {
  const names = Array.from(Deno.readDirSync(directory), (entry) => entry.name);
  return names.sort((a, b) => compareBytes(bytes(a), bytes(b)));
}

/** Byte by byte; of two that agree as far as the shorter goes the shorter stands first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...bytes(text)));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
