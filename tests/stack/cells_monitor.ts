/** Cells: a monitor that watches the logs for a name sees each signature made in it, once. */

import { complaint } from "../interop/peer.ts";
import type { Bench, Cell } from "./cells.ts";
import { LOGS } from "./cells.ts";
import type { Job } from "./clients.ts";
import { fill } from "./fill.ts";
import { makeModel } from "./model.ts";
import type { LogVersion } from "./trust_config.ts";

/** Entries of strangers between those that are looked for: more than two whole tiles of a v2 log. */
const STRANGERS = 600;

/** All of them. */
export function monitorCells(bench: Bench): Cell[] {
  return LOGS.flatMap((log) => cells(new Watcher(bench, log)));
}

function cells(watcher: Watcher): Cell[] {
  const { bench, log, job } = watcher;
  const name = `monitor ${log}:`;
  return [
    {
      name: `${name} begins, and finds nothing of a name that has not signed`,
      run: async () => {
        await makeModel(job(0).model);
        mustBe(await watcher.watch(0), []);
      },
    },
    {
      name: `${name} finds what was signed in the name since, and nothing else`,
      run: async () => {
        await watcher.sign(watcher.watched, 1);
        await watcher.sign(`x${watcher.watched}`, 2);
        await fill(log, watcher.url, STRANGERS);
        await watcher.sign(watcher.watched, 3);
        mustBe(await watcher.watch(1), await logIndices(job(1), job(3)));
      },
    },
    { name: `${name} finds nothing twice`, run: async () => mustBe(await watcher.watch(0), []) },
    {
      name: `${name} knows an expected signature`,
      run: async () => {
        await watcher.sign(watcher.watched, 4);
        mustBe(await watcher.watch(0, ["--expect", job(4).signature]), await logIndices(job(4)));
      },
    },
    {
      name: `${name} finds all of them again from the log's beginning`,
      run: async () => {
        const from = ["--from", "0", "--state", `${watcher.directory}/other.json`];
        mustBe(await watcher.watch(1, from), await logIndices(job(1), job(3), job(4)));
      },
    },
    ...(log === "v1" ? [quickCell(watcher, name)] : []),
    {
      name: `${name} the first signature still stands in the log, which has grown since`,
      run: () => {
        const who = { identity: watcher.watched, provider: bench.stack.people.url };
        return bench.ours.verify({ ...job(1), more: ["--check-log"] }, who);
      },
    },
  ];
}

/** Only v1 has an index. */
function quickCell(watcher: Watcher, name: string): Cell {
  const { job } = watcher;
  return {
    name: `${name} finds all of them in the log's search index`,
    run: async () => {
      const quick = ["--quick", "--state", `${watcher.directory}/quick.json`];
      const found = await watcher.watch(1, quick);
      mustBe(found.toSorted((a, b) => Number(a) - Number(b)), await logIndices(job(1), job(3), job(4)));
    },
  };
}

/** Somebody who watches one log for a name. */
class Watcher {
  readonly bench: Bench;
  readonly log: LogVersion;
  readonly watched: string;
  readonly url: string;
  readonly directory: string;

  constructor(bench: Bench, log: LogVersion) {
    const { rekorV1, rekorV2 } = bench.stack.services;
    this.bench = bench;
    this.log = log;
    this.watched = `watched-${log}@example.com`;
    this.url = log === "v1" ? rekorV1.url : rekorV2.url;
    this.directory = `${bench.directory}/monitor-${log}`;
  }

  /** The model, and one of its signatures. */
  readonly job = (number: number): Job => ({
    model: `${this.directory}/model`,
    signature: `${this.directory}/${number}.sig`,
    trustConfig: this.bench.stack.trust.trustConfig[this.log],
  });

  async sign(email: string, number: number): Promise<void> {
    const token = await this.bench.stack.people.token({ sub: email, email, email_verified: true });
    await this.bench.ours.sign(this.job(number), token);
  }

  /** Watches once, which must end with this status; returns the log indices found, in their order. */
  async watch(exit: 0 | 1, more: readonly string[] = []): Promise<string[]> {
    const { watched, bench, url, directory } = this;
    const who = ["--identity", watched, "--identity-provider", bench.stack.people.url];
    const where = ["--trust-config", this.job(0).trustConfig, "--log", url];
    const state = more.includes("--state") ? [] : ["--state", `${directory}/state.json`];
    const ran = await bench.ours.run(["monitor", ...who, ...where, ...state, "--once", "--json", ...more]);
    if (ran.code !== exit) throw new Error(`monitor does not end with ${exit}: ${complaint(ran)} ${ran.stdout}`);
    // One object a finding; and last, where there is cause for alarm, one with the error.
    const objects = ran.stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    const findings = objects.filter(({ index }) => index !== undefined);
    const errors = objects.filter(({ error }) => error !== undefined);
    if (findings.length + errors.length !== objects.length || errors.length !== exit) {
      throw new Error(`monitor prints something else: ${ran.stdout}`);
    }
    return findings.map(({ index }) => `${index}`);
  }
}

async function logIndices(...jobs: Job[]): Promise<string[]> {
  return await Promise.all(jobs.map(async ({ signature }) => {
    const { verificationMaterial } = JSON.parse(await Deno.readTextFile(signature));
    return `${verificationMaterial.tlogEntries[0].logIndex ?? 0}`; // JSON of protocol buffers may leave out a 0
  }));
}

function mustBe(found: readonly string[], wanted: readonly string[]): void {
  if (found.join() !== wanted.join()) {
    throw new Error(`found ${found.join() || "nothing"}, not ${wanted.join() || "nothing"}`);
  }
}
