/** Progress display for hashing. `renderProgress` is a pure function; the display draws its text. */
import type { Output } from "./output.ts";
import { formatBytes, formatDuration } from "./units.ts";

/** How far the work is. */
export interface ProgressState {
  /** Bytes done. */
  done: number;
  /** Bytes there are. */
  total: number;
  /** Seconds since the beginning. */
  seconds: number;
}

/** A bar is drawn where there is room for one, up to a width. */
const BAR_WIDTHS = { least: 10, most: 24 };

/**
 * One line that says how far the work is.
 *
 * @param state How far it is.
 * @param width Columns of the terminal.
 * @returns The line, never wider than the terminal.
 */
export function renderProgress({ done, total, seconds }: ProgressState, width: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? `${formatDuration((total - done) / rate)} left` : "";
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const numbers = `${formatBytes(done)} of ${formatBytes(total)}  ${formatBytes(rate)}/s  ${left}`;
  const line = `${percent}  ${numbers}`.trimEnd();
  const room = Math.min(BAR_WIDTHS.most, width - 1 - "Hashing [] ".length - line.length);
  const bar = room < BAR_WIDTHS.least ? "" : `[${"#".repeat(Math.round(share * room)).padEnd(room, ".")}] `;
  return `Hashing ${bar}${line}`.slice(0, Math.max(0, width - 1));
}

/** Work that takes less time has no display. */
const SHOW_AFTER_SECONDS = 0.5;

const REDRAW_SECONDS = 0.1;

/** A progress display. */
export interface Progress {
  /** Takes news of the work. */
  update(done: number, total: number): void;
  /** Takes the display away. */
  end(): void;
}

/**
 * Starts a progress display, if there is a terminal to show it on.
 *
 * @param output Where to show it.
 * @returns The display, or `undefined` if no one would see it.
 */
export function startProgress(output: Output): Progress | undefined {
  const { status } = output;
  if (status === undefined) return undefined;
  const started = performance.now();
  let drawn = SHOW_AFTER_SECONDS - REDRAW_SECONDS;
  return {
    update(done, total): void {
      const seconds = (performance.now() - started) / 1000;
      if (seconds - drawn < REDRAW_SECONDS) return;
      drawn = seconds;
      status(renderProgress({ done, total, seconds }, Deno.consoleSize().columns));
    },
    end: () => status(undefined),
  };
}
