/** Cells: what one side signs both verify, with either log and each other's trust config, and refuse once changed. */

import type { Bench, Cell } from "./cells.ts";
import { LOGS } from "./cells.ts";
import type { Client, Identity, Job } from "./clients.ts";
import { CHANGED_FILE, makeChangedModel, makeModel } from "./model.ts";
import type { LogVersion } from "./trust_config.ts";

/** Who signs here. */
const SIGNER = "signer@example.com";

/** How our program serializes, and what of it Python reads: `h1` and `h2` are older than the specification. */
const SERIALIZATIONS: readonly { name: string; flags: string[]; alsoPython: boolean }[] = [
  { name: "files", flags: ["--serialization", "files"], alsoPython: true },
  { name: "shards", flags: ["--serialization", "shards", "--shard-size", "300"], alsoPython: true },
  { name: "h1", flags: ["--serialization", "h1"], alsoPython: false },
  { name: "h2", flags: ["--serialization", "h2"], alsoPython: false },
];

/** All of them. */
export function crossCells(bench: Bench): Cell[] {
  return LOGS.flatMap((log) => [
    ...signed(bench, log, bench.python, "files", [], [bench.python, bench.ours]),
    ...SERIALIZATIONS.flatMap(({ name, flags, alsoPython }) =>
      signed(bench, log, bench.ours, name, flags, alsoPython ? [bench.ours, bench.python] : [bench.ours])
    ),
    ...policies(bench, log),
  ]);
}

/** One signature, and everything that verifiers have to say about it. */
function signed(
  bench: Bench,
  log: LogVersion,
  signer: Client,
  serialization: string,
  flags: readonly string[],
  verifiers: readonly Client[],
): Cell[] {
  const what = `${log}: ${signer.name}, ${serialization}`;
  const job = jobOf(bench, log, signer.name, serialization);
  // What verifies must not depend on which services somebody else would sign with.
  const other: Job = { ...job, trustConfig: bench.stack.trust.trustConfig[log === "v1" ? "v2" : "v1"] };
  return [
    {
      name: `${what}: signs`,
      run: async () => {
        await makeModel(job.model);
        await signer.sign({ ...job, more: flags }, await token(bench));
      },
    },
    ...verifiers.flatMap((verifier): Cell[] => [
      { name: `${what}: ${verifier.name} verifies`, run: () => verifier.verify(other, identity(bench)) },
      {
        name: `${what}: ${verifier.name} refuses a changed model`,
        run: async () => {
          const model = await makeChangedModel(`${job.model}-changed-${verifier.name}`);
          const words = serialization.startsWith("h") ? [] : [CHANGED_FILE];
          await verifier.refuse({ ...other, model }, identity(bench), words);
        },
      },
    ]),
    ...[true].filter(() => serialization === "files").map((): Cell => ({
      name: `${what}: ours finds it in the log`,
      run: () => bench.ours.verify({ ...other, more: ["--check-log"] }, identity(bench)),
    })),
  ];
}

/** What must be refused although model and signature are as they were. */
function policies(bench: Bench, log: LogVersion): Cell[] {
  const { ours, stack } = bench;
  const job = jobOf(bench, log, "ours", "files");
  const right = identity(bench);
  return [
    {
      name: `${log}: ours refuses another identity`,
      run: () => ours.refuse(job, { ...right, identity: `x${SIGNER}` }, [SIGNER]),
    },
    {
      name: `${log}: ours refuses another identity provider`,
      run: () => ours.refuse(job, { ...right, provider: stack.workflows.url }, [right.provider]),
    },
    {
      name: `${log}: ours refuses the log entry of another signature`,
      run: async () => {
        const signature = `${job.signature}.swapped`;
        const entries = (await readBundle(jobOf(bench, log, "ours", "shards").signature)).verificationMaterial;
        const bundle = await readBundle(job.signature);
        bundle.verificationMaterial.tlogEntries = entries.tlogEntries;
        await Deno.writeTextFile(signature, JSON.stringify(bundle));
        await ours.refuse({ ...job, signature }, right, []);
      },
    },
  ];
}

function jobOf({ folder, stack }: Bench, log: LogVersion, signer: string, serialization: string): Job {
  const parent = `${folder}/${log}-${signer}-${serialization}`;
  return { model: `${parent}/model`, signature: `${parent}/model.sig`, trustConfig: stack.trust.trustConfig[log] };
}

function identity({ stack }: Bench): Identity {
  return { identity: SIGNER, provider: stack.people.url };
}

async function token({ stack }: Bench): Promise<string> {
  return await stack.people.token({ sub: SIGNER, email: SIGNER, email_verified: true });
}

interface Bundle {
  verificationMaterial: { tlogEntries: unknown[] };
}

async function readBundle(path: string): Promise<Bundle> {
  return JSON.parse(await Deno.readTextFile(path));
}
