/** Progress display for reading logs. `renderReading` is a pure function; the display draws its text. */
import type { MonitorProgress } from "../monitor/watch_logs.ts";
import type { Output } from "./output.ts";
import { formatDuration } from "./units.ts";

/**
 * One line that says how far the reading is.
 *
 * @param progress How far it is.
 * @param seconds Since the reading began.
 * @param width Columns of the terminal.
 * @returns The line, never wider than the terminal.
 */
export function renderReading({ log, done, total }: MonitorProgress, seconds: number, width: number): string {
  const percent = total === 0 ? 100 : Math.floor(100 * done / total);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 && done < total ? `  ${formatDuration((total - done) / rate)} left` : "";
  const line = `${percent}%  ${done} of ${total} entries  ${Math.round(rate)}/s${left}`;
  return `${line}  ${log}`.slice(0, Math.max(0, width - 1));
}

const REDRAW_SECONDS = 0.1;

/**
 * Starts to show how far the reading of logs is, if there is a terminal to show it on.
 *
 * @param output Where to show it.
 * @returns Takes news of it, and ends the display; or `undefined` if no one would see it.
 */
export function startReadingProgress(
  output: Output,
): { update(progress: MonitorProgress): void; end(): void } | undefined {
  const { status } = output;
  if (status === undefined) return undefined;
  let [log, started, drawn] = ["", 0, 0];
  return {
    update(progress): void {
      const now = performance.now() / 1000;
      if (progress.log !== log) [log, started] = [progress.log, now];
      if (now - drawn < REDRAW_SECONDS) return;
      drawn = now;
      status(renderReading(progress, now - started, Deno.consoleSize().columns));
    },
    end: () => status(undefined),
  };
}
