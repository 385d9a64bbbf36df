/** Yields to the event loop in long computations, so that signals, messages and timers are handled. */

/**
 * Ends the current turn of the event loop. A timer would do the same, but wait for 2 ms. With `setImmediate`, Deno may
 * leave messages of workers queued for many turns.
 */
export function yieldToEventLoop(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resume) => {
    port1.onmessage = (): void => {
      port1.close();
      resume();
    };
    port2.postMessage(undefined);
  });
}
