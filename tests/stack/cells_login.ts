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
  return [
    ...loginCell(bench, "v1", "in the browser", () => inBrowser(bench)),
    ...loginCell(bench, "v2", "with a code on another device", () => Promise.resolve(onDevice())),
  ];
}

function loginCell(bench: Bench, log: LogVersion, where: string, options: () => Promise<RunOptions>): Cell[] {
  const { folder, stack, ours, python } = bench;
  const parent = `${folder}/login-${log}`;
  const job: Job = {
    model: `${parent}/model`,
    signature: `${parent}/model.sig`,
    trustConfig: stack.trust.trustConfig[log],
  };
  const who = { identity: PERSON, provider: stack.people.url };
  return [
    {
      name: `login ${where}: ours signs`,
      run: async () => {
        await makeModel(job.model);
        await ours.signInteractively(job, await options());
      },
    },
    { name: `login ${where}: ours verifies`, run: () => ours.verify(job, who) },
    { name: `login ${where}: Python verifies`, run: () => python.verify(job, who) },
  ];
}

/** Puts our browser where the program looks for the desktop's. */
async function inBrowser({ folder }: Bench): Promise<RunOptions> {
  const programs = `${folder}/desktop`;
  await Deno.mkdir(programs, { recursive: true });
  const browser = new URL("browser.ts", import.meta.url).pathname;
  const script = `#!/bin/sh\nexec "${Deno.execPath()}" run --quiet --no-config -A "${browser}" "$1"\n`;
  await Deno.writeTextFile(`${programs}/xdg-open`, script, { mode: 0o755 });
  return { env: { PATH: `${programs}:${Deno.env.get("PATH") ?? ""}`, DISPLAY: ":0", LOGIN_NAME: PERSON } };
}

/** Does what the program asks the person to do: opens the page, types the code, logs in. */
function onDevice(): RunOptions {
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
