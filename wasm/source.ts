/** The whole core as one module in the text format. */
import { blake3Functions } from "./blake3.ts";
import { PAGES } from "./layout.ts";
import { SHA256_DATA, sha256Functions } from "./sha256.ts";
import { i32, type Wat } from "./wat.ts";

/** The module. */
export function coreSource(): Wat {
  const data = SHA256_DATA.map(([address, words]) => `(data ${i32(address)} "${words.map(littleEndian).join("")}")`);
  const memory = `(memory (export "memory") ${PAGES} ${PAGES})`;
  return `(module\n${[memory, ...data, ...sha256Functions(), ...blake3Functions()].join("\n")})\n`;
}

function littleEndian(word: number): string {
  return [0, 8, 16, 24].map((shift) => `\\${((word >>> shift) & 0xff).toString(16).padStart(2, "0")}`).join("");
}
