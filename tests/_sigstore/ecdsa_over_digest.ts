import type { KeyObject } from "node:crypto";
import { DerReader } from "../../src/asn1/der.ts";

/**
 * Whether an ECDSA signature is that of a digest. Neither `node:crypto` nor WebCrypto can tell without the message, which
 * a log never sees; so this is FIPS 186-5 §6.4.2 in plain arithmetic. Slow, and not for secrets.
 *
 * @param digest The digest, of any length.
 * @param key A public key on P-256, P-384 or P-521.
 * @param signature In DER.
 */
export function verifyOverDigest(digest: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const jwk = key.export({ format: "jwk" });
  const curve = CURVES[jwk.crv ?? ""];
  if (curve === undefined) return false;
  const pair = readSignature(signature);
  if (pair === undefined) return false;
  const { r, s } = pair;
  if (r < 1n || r >= curve.n || s < 1n || s >= curve.n) return false;
  const w = inverse(s, curve.n);
  const u1 = (truncated(digest, curve) * w) % curve.n;
  const u2 = (r * w) % curve.n;
  const q = { x: coordinate(jwk.x), y: coordinate(jwk.y), z: 1n };
  const sum = add(multiply(u1, { ...curve.g, z: 1n }, curve), multiply(u2, q, curve), curve);
  if (sum.z === 0n) return false;
  const zInverse = inverse(sum.z, curve.p);
  return ((sum.x * zInverse * zInverse) % curve.p) % curve.n === r;
}

/** y² = x³ − 3x + b, with a base point of order n. */
interface Curve {
  readonly p: bigint;
  readonly n: bigint;
  readonly g: { readonly x: bigint; readonly y: bigint };
}

/** Jacobian: (x / z², y / z³); z = 0 is the point at infinity. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

/** SP 800-186 §3.2.1. */
const CURVES: Readonly<Record<string, Curve>> = {
  "P-256": {
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    g: {
      x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
      y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    },
  },
  "P-384": {
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    g: {
      x: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
      y: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
    },
  },
};

function readSignature(signature: Uint8Array): { r: bigint; s: bigint } | undefined {
  try {
    const outer = new DerReader(signature);
    const fields = new DerReader(outer.take(0x30).content);
    const r = toBigInt(fields.take(0x02).content);
    const s = toBigInt(fields.take(0x02).content);
    fields.finish("in a signature");
    outer.finish("behind a signature");
    return { r, s };
  } catch {
    return undefined;
  }
}

/** The leftmost bits of the digest, up to the length of the order. */
function truncated(digest: Uint8Array, curve: Curve): bigint {
  const excess = BigInt(Math.max(0, digest.length * 8 - curve.n.toString(2).length));
  return toBigInt(digest) >> excess;
}

function coordinate(text: string | undefined): bigint {
  return toBigInt(Uint8Array.fromBase64(text ?? "", { alphabet: "base64url" }));
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toHex()}`);
}

function multiply(factor: bigint, point: Point, curve: Curve): Point {
  let sum: Point = { x: 1n, y: 1n, z: 0n };
  for (const bit of factor.toString(2)) {
    sum = double(sum, curve);
    if (bit === "1") sum = add(sum, point, curve);
  }
  return sum;
}

function double({ x, y, z }: Point, { p }: Curve): Point {
  if (z === 0n || y === 0n) return { x: 1n, y: 1n, z: 0n };
  const ySquared = y * y % p;
  const s = 4n * x * ySquared % p;
  const zSquared = z * z % p;
  const m = 3n * (x - zSquared) * (x + zSquared) % p;
  const x3 = m * m - 2n * s;
  return {
    x: modulo(x3, p),
    y: modulo(m * (s - x3) - 8n * ySquared * ySquared, p),
    z: modulo(2n * y * z, p),
  };
}

function add(a: Point, b: Point, curve: Curve): Point {
  const { p } = curve;
  if (a.z === 0n) return b;
  if (b.z === 0n) return a;
  const aZ = a.z * a.z % p;
  const bZ = b.z * b.z % p;
  const u = a.x * bZ % p;
  const s = a.y * bZ % p * b.z % p;
  const h = modulo(b.x * aZ - u, p);
  const r = modulo(b.y * aZ % p * a.z - s, p);
  if (h === 0n) return r === 0n ? double(a, curve) : { x: 1n, y: 1n, z: 0n };
  const hSquared = h * h % p;
  const hCubed = hSquared * h % p;
  const v = u * hSquared % p;
  const x = modulo(r * r - hCubed - 2n * v, p);
  return { x, y: modulo(r * (v - x) - s * hCubed, p), z: modulo(a.z * b.z % p * h, p) };
}

/** By Euclid. */
function inverse(value: bigint, of: bigint): bigint {
  let [a, b, x, y] = [modulo(value, of), of, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b] = [b % a, a];
    [x, y] = [y - quotient * x, x];
  }
  return modulo(x, of);
}

function modulo(value: bigint, of: bigint): bigint {
  const rest = value % of;
  return rest < 0n ? rest + of : rest;
}
