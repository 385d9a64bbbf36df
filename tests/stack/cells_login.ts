/** Cells: a person logs in, in the browser of this machine and in one elsewhere. */

import { browse } from "./browser.ts";
import type { Bench, Cell } from "./cells.ts";
import type { Job, RunOptions } from "./clients.ts";
import { makeModel } from "./model.ts";
import type { LogVersion } from "./trust_config.ts";

/** Who logs in. */
const PERSON = "person@example.com";

/** All of them. */
export function loginCells(bench: Bench): Cell[] {
  return [...browserCells(bench), ...deviceCells(bench)];
}

function browserCells(bench: Bench): Cell[] {
  const job = jobOf(bench, "v1");
  const name = "login in the browser, on a terminal";
  return [{
    name: `${name}: ours says who signs, asks, and signs`,
    run: async () => {
      await makeModel(job.model);
      const shown = await bench.ours.signOnTerminal(job, await desktop(bench));
      const question = shown.indexOf("[y/N]");
      if (!shown.slice(0, question).includes(PERSON)) throw new Error(`it does not say who will sign: ${shown}`);
    },
  }, ...verifyCells(bench, name, job)];
}

function deviceCells(bench: Bench): Cell[] {
  const job = jobOf(bench, "v2");
  const name = "login with a code on another device";
  return [{
    name: `${name}: ours signs`,
    run: async () => {
      await makeModel(job.model);
      await bench.ours.signWithLogin(job, otherDevice());
    },
  }, ...verifyCells(bench, name, job)];
}

function verifyCells({ ours, python, stack }: Bench, name: string, job: Job): Cell[] {
  const who = { identity: PERSON, provider: stack.people.url };
  return [
    { name: `${name}: ours verifies`, run: () => ours.verify(job, who) },
    { name: `${name}: Python verifies`, run: () => python.verify(job, who) },
  ];
}

function jobOf({ directory, stack }: Bench, log: LogVersion): Job {
  const parent = `${directory}/login-${log}`;
  return { model: `${parent}/model`, signature: `${parent}/model.sig`, trustConfig: stack.trust.trustConfig[log] };
}

/** Puts our browser where the program looks for the desktop's. */
async function desktop({ directory }: Bench): Promise<Record<string, string>> {
  const programs = `${directory}/desktop`;
  await Deno.mkdir(programs, { recursive: true });
  const browser = new URL("browser.ts", import.meta.url).pathname;
  const script = `#!/bin/sh\nexec "${Deno.execPath()}" run --quiet --no-config -A "${browser}" "$1"\n`;
  await Deno.writeTextFile(`${programs}/xdg-open`, script, { mode: 0o755 });
  return { PATH: `${programs}:${Deno.env.get("PATH") ?? ""}`, DISPLAY: ":0", LOGIN_NAME: PERSON };
}

/** Does what the program asks the person to do: opens the page, types the code, logs in. */
function otherDevice(): RunOptions {
  let said = "";
  let opened = false;
  return {
    watch: (text): void => {
      said += text;
      const [page] = said.match(/http:\/\/\S+\/device\S*(?=\s)/) ?? [];
      if (page === undefined || opened) return;
      opened = true;
      const [, code] = said.match(/\b([A-Z]{4}-[A-Z]{4})\b/) ?? [];
      // That it failed shows in the program, which waits in vain.
      browse(page, PERSON, code).catch(() => {});
    },
  };
}
