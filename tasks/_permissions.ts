/**
 * What the installed program and the compiled binary may do: read and write files, reach the services of Sigstore, see
 * the environment (tokens, directories, proxies), and open a browser. Programs are not named: Deno complains at each start
 * of one that a machine does not have.
 */
export const PERMISSIONS: readonly string[] = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-run",
  "--no-prompt",
];
