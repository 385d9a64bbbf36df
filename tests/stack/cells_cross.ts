/** Cells: what one side signs both verify, with either log and each other's trust config, and refuse once changed. */

import { changePayload } from "../interop/bundle.ts";
import type { Bench, Cell } from "./cells.ts";
import { LOGS } from "./cells.ts";
import type { Client, Identity, Job } from "./clients.ts";
import { CHANGED_FILE, makeChangedModel, makeModel } from "./model.ts";
import type { LogVersion } from "./trust_config.ts";

/** Who signs here. */
const SIGNER = "signer@example.com";

/** A way to turn a model into what is signed. */
interface Serialization {
  readonly name: string;
  /** What our program is told. */
  readonly flags: readonly string[];
  /**
   * What Python can verify: the model too; or the signature alone, of shards since the reference wants its own name for
   * their algorithm (tests/interop), and of `h1` and `h2`, of which it knows nothing.
   */
  readonly python: "model" | "manifest" | "digest";
}

const FILES: Serialization = { name: "files", flags: ["--serialization", "files"], python: "model" };

const SERIALIZATIONS: readonly Serialization[] = [
  FILES,
  { name: "shards", flags: ["--serialization", "shards", "--shard-size", "300"], python: "manifest" },
  { name: "h1", flags: ["--serialization", "h1"], python: "digest" },
  { name: "h2", flags: ["--serialization", "h2"], python: "digest" },
];

/** A signature to be verified, and by whom it should be. */
interface Signed {
  readonly what: string;
  readonly job: Job;
  readonly serialization: Serialization;
}

/** All of them. */
export function crossCells(bench: Bench): Cell[] {
  const { ours, python } = bench;
  return LOGS.flatMap((log) => [
    // Ours first: the first entry of a log has index 0, which JSON of protocol buffers may leave out and Python misses.
    ...SERIALIZATIONS.flatMap((serialization) => signatureCells(bench, log, ours, serialization)),
    // Python's command line has no such flags: files are all that it signs.
    ...signatureCells(bench, log, python, { ...FILES, flags: [] }),
    ...policies(bench, log),
  ]);
}

/** One signature, and what verifiers have to say about it. */
function signatureCells(bench: Bench, log: LogVersion, signer: Client, serialization: Serialization): Cell[] {
  const { name, flags, python } = serialization;
  const what = `${log}: ${signer.name}, ${name}`;
  const job = jobOf(bench, log, signer.name, name);
  // What verifies must not depend on which services somebody else would sign with.
  const trustConfig = bench.stack.trust.trustConfig[log === "v1" ? "v2" : "v1"];
  const signed: Signed = { what, job: { ...job, trustConfig }, serialization };
  // A signature of h1 or h2 does not say its form.
  const form = python === "digest" ? flags : [];
  return [
    {
      name: `${what}: signs`,
      run: async () => {
        await makeModel(job.model);
        await makeChangedModel(changed(job).model);
        await signer.sign({ ...job, more: flags }, await token(bench));
      },
    },
    ...modelCells(bench, bench.ours, { ...signed, job: { ...signed.job, more: form } }),
    ...(python === "model" ? modelCells(bench, bench.python, signed) : pythonSignatureCells(bench, signed)),
    {
      name: `${what}: ours finds it in the log`,
      run: () => bench.ours.verify({ ...signed.job, more: ["--check-log", ...form] }, identity(bench)),
    },
  ];
}

/** The model, with one byte changed. */
function changed(job: Job): Job {
  return { ...job, model: `${job.model}-changed` };
}

function modelCells(bench: Bench, verifier: Client, { what, job, serialization }: Signed): Cell[] {
  // It must be refused for the change, which one digest for the whole does not name.
  const word = serialization.python === "digest" ? "not what was signed" : CHANGED_FILE;
  return [
    { name: `${what}: ${verifier.name} verifies`, run: () => verifier.verify(job, identity(bench)) },
    {
      name: `${what}: ${verifier.name} refuses a changed model`,
      run: () => verifier.refuse(changed(job), identity(bench), [word]),
    },
  ];
}

function pythonSignatureCells(bench: Bench, { what, job, serialization }: Signed): Cell[] {
  const { ours, python } = bench;
  const who = identity(bench);
  const digest = async ({ model }: Job): Promise<string | undefined> =>
    serialization.python === "digest" ? await ours.digest(model, serialization.flags) : undefined;
  return [
    {
      name: `${what}: Python verifies the signature`,
      run: async () => python.verifySignature(job, who, await digest(job)),
    },
    {
      name: `${what}: Python refuses the signature for something else`,
      run: async () => {
        const signature = `${job.signature}.changed`;
        await Deno.copyFile(job.signature, signature);
        if (serialization.python === "manifest") await changePayload(signature);
        const word = serialization.python === "manifest" ? "invalid signature" : "digest mismatch";
        await python.refuseSignature({ ...job, signature }, who, word, await digest(changed(job)));
      },
    },
  ];
}

/** What must be refused although model and signature are as they were. */
function policies(bench: Bench, log: LogVersion): Cell[] {
  const { ours, stack } = bench;
  const job = jobOf(bench, log, "ours", "files");
  const right = identity(bench);
  return [
    {
      name: `${log}: ours verifies offline, with the trusted root alone`,
      run: () => ours.verifyOffline(job, stack.trust.trustedRoot, right),
    },
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

function jobOf({ directory, stack }: Bench, log: LogVersion, signer: string, serialization: string): Job {
  const parent = `${directory}/${log}-${signer}-${serialization}`;
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
