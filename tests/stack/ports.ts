/** Ports that nothing listens on. */

/**
 * Finds free ports on loopback. They are all held until the last is found, so that none comes twice.
 *
 * @param count How many.
 */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

/** Finds one free port on loopback. */
export function freePort(): number {
  const [port] = freePorts(1);
  return port!;
}

/**
 * Makes sure that nothing listens on a port that a program insists on.
 *
 * @throws {Error} If it is taken: says for what it is needed.
 */
export function mustBeFree(port: number, what: string): void {
  try {
    Deno.listen({ hostname: "0.0.0.0", port }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(`Cannot start ${what}: it insists on port ${port}, which something else on this machine holds`);
  }
}
