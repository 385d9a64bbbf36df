/** Mutations by what the bytes hold: JSON, DER, PEM, text in lines, or anything. */
import { type Bytes, mutateBytes, mutateLines } from "./_mutate_bytes.ts";
import { isDer, mutateDer } from "./_mutate_der.ts";
import { mutateJson } from "./_mutate_json.ts";
import type { Random } from "./_random.ts";

/**
 * Changes bytes, most often within the structure that they have.
 *
 * @param bytes The bytes.
 * @param random The choices.
 * @returns Other bytes.
 */
export function mutate(bytes: Uint8Array, random: Random): Bytes {
  if (random.oneIn(8)) return mutateBytes(bytes, random);
  if (isDer(bytes)) return mutateDer(bytes, random) ?? mutateBytes(bytes, random);
  const text = decode(bytes);
  if (text === undefined) return mutateBytes(bytes, random);
  const json = /^\s*[[{]/.test(text) ? mutateJson(text, random, mutate) : undefined;
  if (json !== undefined) return encode(json);
  if (text.includes("-----BEGIN ") && !random.oneIn(4)) return encode(mutatePem(text, random));
  return text.includes("\n") ? encode(mutateLines(text, random)) : mutateBytes(bytes, random);
}

/** Changes the DER in one of the blocks. */
function mutatePem(text: string, random: Random): string {
  const blocks = [...text.matchAll(/-----BEGIN ([^-]+)-----\n([A-Za-z0-9+/=\n]+)-----END/g)];
  const block = blocks.length === 0 ? undefined : random.pick(blocks);
  const der = block === undefined ? undefined : fromBase64(block[2]!);
  if (block === undefined || der === undefined) return mutateLines(text, random);
  const { index, 0: all, 1: label } = block;
  const lines = mutate(der, random).toBase64().match(/.{1,64}/g) ?? [];
  const changed = `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END`;
  return text.slice(0, index) + changed + text.slice(index + all.length);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined; // An earlier change has broken it.
  }
}
