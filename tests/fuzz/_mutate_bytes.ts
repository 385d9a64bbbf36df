/** Mutations that know nothing of what the bytes mean, and those of text in lines. */
import type { Random } from "./_random.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** Joins bytes. */
export function join(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Bytes that parsers stumble over. */
const ODD_BYTES = ["{", "}", "[", "]", '"', ",", ":", "0", "-", "\\", "\\u0000", "=", "\ufeff", "\n", "\r", "\0", " "]
  .map((text) => new TextEncoder().encode(text))
  .concat([Uint8Array.of(0x80), Uint8Array.of(0xff), Uint8Array.of(0xed, 0xa0, 0x80), Uint8Array.of(0xc0, 0x80)]);

/** Changes some bytes anywhere. */
export function mutateBytes(bytes: Uint8Array, random: Random): Bytes {
  const at = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const length = 1 + random.below(random.oneIn(4) ? bytes.length + 1 : 8);
  switch (random.below(8)) {
    case 0: {
      const changed = bytes.slice();
      if (at < bytes.length) changed[at]! ^= 1 << random.below(8);
      return changed;
    }
    case 1:
      return join(before, random.bytes(1 + random.below(8)), after);
    case 2:
      return join(before, random.pick(ODD_BYTES), after);
    case 3:
      return join(before, after.subarray(length)); // some left out
    case 4:
      return join(before, after.subarray(0, length), after); // some twice
    case 5:
      return before.slice(); // cut off
    case 6: {
      const from = random.below(bytes.length + 1);
      return join(before, bytes.subarray(from, from + length), after.subarray(length)); // some from elsewhere
    }
    default: {
      const count = random.oneIn(100) ? 1_000_000 : 1 + random.below(1_000);
      return join(before, new Uint8Array(count).fill(bytes[at] ?? 0x20), after); // one many times
    }
  }
}

const ODD_LINES = [
  "",
  " ",
  "\t",
  "-----BEGIN CERTIFICATE-----",
  "-----END CERTIFICATE-----",
  "-----BEGIN -----",
  "\u2014 a b",
];

/** Changes lines of a text. */
export function mutateLines(text: string, random: Random): string {
  const lines = text.split("\n");
  const [at, other] = [random.below(lines.length), random.below(lines.length)];
  switch (random.below(8)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(at, 0, lines[other]!);
      break;
    case 2:
      [lines[at], lines[other]] = [lines[other]!, lines[at]!];
      break;
    case 3:
      lines.splice(at, 0, random.pick(ODD_LINES));
      break;
    case 4:
      lines[at] += random.pick([" ", "\r", "\t", "\0", "\u00a0", "="]);
      break;
    case 5:
      return lines.join(random.pick(["\r\n", "\r", "\n\n", ""]));
    case 6:
      lines.splice(at, 0, ...Array<string>(random.oneIn(20) ? 50_000 : 100).fill(lines[other]!.slice(0, 100)));
      break;
    default:
      lines[at] = mutateText(lines[at]!, random);
  }
  return lines.join("\n");
}

const ODD_TEXTS = [
  "",
  "\0",
  "\ud800",
  "\u202e",
  "\ufeff",
  "\u00e9",
  "e\u0301",
  "../",
  "/",
  "..",
  "__proto__",
  "constructor",
  "%00",
  "\\",
  "'",
  '"',
  "\n",
  "\r\n",
  "\u2028",
  "9".repeat(400),
  "-1",
  "1e400",
  "0x10",
  "9007199254740993",
  "9223372036854775808",
  "NaN",
  "a".repeat(5_000),
];

/** Changes a text. */
export function mutateText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return random.pick(ODD_TEXTS);
    case 1:
      return text.slice(0, at) + random.pick(ODD_TEXTS) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + random.below(4));
    case 3:
      return random.oneIn(2) ? text.toUpperCase() : text.toLowerCase();
    default: {
      const digit = String.fromCharCode(48 + random.below(75));
      return text.slice(0, at) + digit + text.slice(at + 1);
    }
  }
}
