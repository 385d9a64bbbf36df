/** Handles SIGINT and SIGTERM. */
import { EXIT } from "./exit.ts";

/**
 * Ends the program at once when it is told to, with the usual exit status. A signature is written in one go, without
 * waiting for anything, so nothing half-done is left behind.
 *
 * @param tidyUp Called before the program ends.
 * @returns Stops listening.
 */
export function endOnSignal(tidyUp: () => void): () => void {
  const signals = Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const;
  const stops = signals.map((signal) => {
    const listener = (): never => {
      tidyUp();
      Deno.exit(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return () => stops.forEach((stop) => stop());
}
