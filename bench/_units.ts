/** Parses and formats numbers of measurements. */
import { UsageError } from "../src/errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/**
 * Reads a number of bytes such as `8192`, `300MB`, `1.5 GB` or `2GiB`.
 *
 * @param text The text.
 * @returns Bytes, a whole number.
 * @throws {UsageError} If it is none.
 */
export function parseSize(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?) ?([kMG]?i?B)?$/i.exec(text) ?? [];
  const name = Object.keys(UNITS).find((known) => known.toLowerCase() === unit.toLowerCase());
  if (number === undefined || name === undefined) {
    throw new UsageError("OPTION", `Cannot read the size "${text}": write bytes, or such as 300MB or 2GiB`);
  }
  return Math.floor(Number(number) * UNITS[name]!);
}

/** Seconds with three significant digits: `0.0612 s`, `1.24 s`, `132 s`. */
export function formatSeconds(seconds: number): string {
  return `${threeDigits(seconds)} s`;
}

/** A rate: `2.71 GB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${threeDigits(bytesPerSecond / 1e9)} GB/s`;
}

/** Memory: `92 MB`. */
export function formatMemory(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return `${Math.round(value)}`;
  if (value === 0) return "0";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(value) + 1e-9));
  return value.toFixed(Math.min(decimals, 4));
}
