/** Formats sizes, durations and counts. */

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/**
 * A number of bytes in decimal units.
 *
 * @param bytes The number, not below 0.
 * @returns Such as `0 B`, `1.5 kB` or `14.4 GB`.
 */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  for (; value >= 999.95 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/**
 * A time span.
 *
 * @param seconds The span, not below 0.
 * @returns Such as `12 s`, `3 min 5 s` or `2 h 10 min`.
 */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A number with its noun: `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
