/** Opens a page in the person's own browser. */
import { mayUse } from "../../io/permissions.ts";

/** A program and what comes before the address. */
interface Opener {
  readonly program: string;
  readonly args: readonly string[];
}

/** Milliseconds after which a program that still runs has opened something: some stay as long as the browser does. */
const LIMIT_MS = 3_000;

/**
 * Opens a page in the browser, if this machine shows one.
 *
 * @param url An https address, or one of this machine.
 * @returns Whether something was opened; `false` too where Deno may not run the program.
 */
export async function openBrowser(url: string): Promise<boolean> {
  const opener = findOpener();
  if (opener === undefined || !mayUse({ name: "run", command: opener.program })) return false;
  let child: Deno.ChildProcess;
  try {
    const args = [...opener.args, url];
    child = new Deno.Command(opener.program, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
  } catch {
    return false; // There is no such program.
  }
  // The browser may outlive this program.
  child.unref();
  const { promise: stillRuns, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), LIMIT_MS);
  const opened = await Promise.race([child.status.then(({ success }) => success), stillRuns]);
  clearTimeout(timer);
  return opened;
}

function findOpener(): Opener | undefined {
  switch (Deno.build.os) {
    case "darwin":
      // Over SSH it would open on a screen where nobody sits.
      return isSet("SSH_CONNECTION") ? undefined : { program: "open", args: [] };
    case "windows":
      return { program: "rundll32", args: ["url.dll,FileProtocolHandler"] };
    default:
      return isSet("DISPLAY") || isSet("WAYLAND_DISPLAY") ? { program: "xdg-open", args: [] } : undefined;
  }
}

function isSet(variable: string): boolean {
  return mayUse({ name: "env", variable }) && (Deno.env.get(variable) ?? "") !== "";
}
