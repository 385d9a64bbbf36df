/** Cells: whoever watches the logs for a name sees each signature made in it, once. */

import type { Bench, Cell } from "./cells.ts";
import { LOGS } from "./cells.ts";
import type { Job } from "./clients.ts";
import { complaint } from "../interop/peer.ts";
import { fill } from "./fill.ts";
import { makeModel } from "./model.ts";
import type { LogVersion } from "./trust_config.ts";

/** Entries of strangers between those that are looked for: more than two whole tiles of a v2 log. */
const STRANGERS = 600;

/** All of them. */
export function monitorCells(bench: Bench): Cell[] {
  return LOGS.flatMap((log) => cells(bench, log));
}

function cells(bench: Bench, log: LogVersion): Cell[] {
  const { folder, stack, ours } = bench;
  const { rekorV1, rekorV2 } = stack.services;
  const url = log === "v1" ? rekorV1.url : rekorV2.url;
  const watched = `watched-${log}@example.com`;
  const job = (number: number): Job => ({
    model: `${folder}/monitor-${log}/model`,
    signature: `${folder}/monitor-${log}/${number}.sig`,
    trustConfig: stack.trust.trustConfig[log],
  });
  const sign = async (email: string, number: number): Promise<void> => {
    await makeModel(job(number).model);
    await ours.sign(job(number), await stack.people.token({ sub: email, email, email_verified: true }));
  };
  /** Watches once, and returns the log indices found. */
  const watch = async (exit: 0 | 1, more: readonly string[] = []): Promise<string[]> => {
    const who = ["--identity", watched, "--identity-provider", stack.people.url];
    const where = [
      "--trust-config",
      job(0).trustConfig,
      "--log",
      url,
      "--state",
      `${folder}/monitor-${log}/state.json`,
    ];
    const ran = await ours.run(["monitor", ...who, ...where, "--once", "--json", ...more]);
    if (ran.code !== exit) throw new Error(`monitor does not end with ${exit}: ${complaint(ran)} ${ran.stdout}`);
    const findings = ran.stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    return findings.filter(({ index }) => index !== undefined).map(({ index }) => `${index}`);
  };
  return [
    {
      name: `monitor ${log}: begins, and finds nothing of a name that has not signed`,
      run: async () => mustBe(await watch(0), []),
    },
    {
      name: `monitor ${log}: finds what was signed in the name since, and nothing else`,
      run: async () => {
        await sign(watched, 1);
        await sign(`x${watched}`, 2);
        await fill(log, url, STRANGERS);
        await sign(watched, 3);
        mustBe(await watch(1), [await logIndex(job(1)), await logIndex(job(3))]);
      },
    },
    { name: `monitor ${log}: finds nothing twice`, run: async () => mustBe(await watch(0), []) },
    {
      name: `monitor ${log}: knows an expected signature`,
      run: async () => {
        await sign(watched, 4);
        mustBe(await watch(0, ["--expect", job(4).signature]), [await logIndex(job(4))]);
      },
    },
    {
      name: `monitor ${log}: the first signature still stands in the log, which has grown since`,
      run: () => ours.verify({ ...job(1), more: ["--check-log"] }, { identity: watched, provider: stack.people.url }),
    },
  ];
}

async function logIndex({ signature }: Job): Promise<string> {
  const { verificationMaterial } = JSON.parse(await Deno.readTextFile(signature));
  return `${verificationMaterial.tlogEntries[0].logIndex}`;
}

function mustBe(found: readonly string[], wanted: readonly string[]): void {
  if (found.join() !== wanted.join()) {
    throw new Error(`found ${found.join() || "nothing"}, not ${wanted.join() || "nothing"}`);
  }
}
