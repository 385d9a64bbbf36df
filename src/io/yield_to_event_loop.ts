/** Lets others run in the midst of long work: signals, messages, timers. */

/**
 * Ends the current turn of the event loop. A timer would do the same, but wait for 2 ms; and with `setImmediate` Deno may
 * leave the messages of workers lying for many turns.
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
