/**
 * A model that its publisher signed, as the real `huggingface_hub` stores it: in its cache, where every file is a link to a
 * blob, and with `--local-dir`, where it adds notes of its own to the model.
 */
import { HuggingFaceHub } from "./hugging_face_hub.ts";
import type { Ours } from "./ours.ts";
import type { Implementation, Job, Outcome } from "./peer.ts";
import { complaint, run } from "./peer.ts";
import { pythonWith } from "./python.ts";
import type { Cell, Row } from "./table.ts";

const PACKAGES = ["huggingface_hub==2.4.0"];
const ID = "acme/bert";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const HASHING = { serialization: "files", hashAlgorithm: "sha256" } as const;
const NOTES = ".cache/huggingface";

/** Downloads by the two ways: arguments are the cache and the local directory. */
const DOWNLOAD = `
import sys
from huggingface_hub import snapshot_download
print(snapshot_download("${ID}", cache_dir=sys.argv[1]))
snapshot_download("${ID}", local_dir=sys.argv[2])
`;

const FILES: Record<string, string> = {
  "config.json": "{}",
  "onnx/model.onnx": "x".repeat(60_000),
  "tokenizer/vocab.txt": "a\nb\n",
};

/** Signs with one side, downloads, and lets both look at what came. */
export async function checkHuggingFace(
  ours: Ours,
  theirs: Implementation,
  keys: string,
  work: string,
): Promise<Row[]> {
  const interpreter = await pythonWith(PACKAGES, "import huggingface_hub");
  const plain = `${work}/plain`;
  await writeModel(plain);
  const signature = `${plain}/model.sig`;
  const signing = { method: "key", privateKey: `${keys}/p384.pem` } as const;
  const signed = await theirs.sign({ ...jobFor(plain), keys: signing });
  if (signed.status !== "done") throw new Error(`${theirs.name} did not sign: ${signed.message}`);

  const files = new Map(Object.entries(FILES).map(([name, text]) => [name, new TextEncoder().encode(text)]));
  files.set("model.sig", await Deno.readFile(signature));
  const local = `${work}/local`;
  const snapshot = await download(interpreter, { id: ID, commit: COMMIT, files }, `${work}/hub`, local);

  const trust = { method: "key", path: `${keys}/p384.pub` } as const;
  const verify = (by: Implementation, job: Job): Promise<Outcome> =>
    by.verify({ ...job, trust, ignoreUnsignedFiles: false });
  const rows: Row[] = [];
  for (const [name, model, ignorePaths] of [["cache", snapshot, []], ["--local-dir", local, [NOTES]]] as const) {
    const job = { ...jobFor(model), ignorePaths: [...ignorePaths] };
    const theirsVerified = expect("done", await verify(ours, job));
    const digestEqual = await digestsEqual(ours, jobFor(plain), { ...job, signature: `${model}/model.sig` });
    // The signature that was downloaded is no part of what ours signs, as it is where the reference verifies it.
    const again = { ...job, ignorePaths: [...ignorePaths, "model.sig"], signature: `${work}/ours-${name}.sig` };
    const madeByOurs = await ours.sign({ ...again, keys: signing });
    // The reference does not follow the links of a snapshot, so it verifies the files that were published.
    const published = { ...jobFor(plain), signature: again.signature, ignorePaths: ["model.sig"] };
    const oursVerified = expect("done", madeByOurs.status === "done" ? await verify(theirs, published) : madeByOurs);
    await Deno.writeTextFile(await Deno.realPath(`${model}/onnx/model.onnx`), "y".repeat(60_000));
    rows.push({
      name: `Hugging Face ${name}`,
      cells: {
        theirsVerified,
        oursVerified,
        digestEqual,
        theirsTampered: expect("refused", await verify(ours, job), "1 changed"),
        oursTampered: expect("refused", await verify(ours, again), "1 changed"),
      },
    });
  }
  return rows;
}

async function writeModel(directory: string): Promise<void> {
  for (const [name, text] of Object.entries(FILES)) {
    const path = `${directory}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}

function jobFor(model: string): Job {
  return {
    model,
    signature: `${model}/model.sig`,
    hashing: HASHING,
    ignorePaths: [],
    ignoreGitPaths: true,
    allowSymlinks: false,
  };
}

/** Downloads with the real client; returns the snapshot that it made. */
async function download(
  interpreter: string,
  model: ConstructorParameters<typeof HuggingFaceHub>[0],
  cache: string,
  local: string,
): Promise<string> {
  await using hub = new HuggingFaceHub(model);
  const ran = await run(interpreter, ["-I", "-c", DOWNLOAD, cache, local], {
    env: { HF_ENDPOINT: hub.url, HF_HUB_DISABLE_XET: "1", HF_HUB_DISABLE_TELEMETRY: "1" },
  });
  if (ran.code !== 0) throw new Error(`snapshot_download: ${complaint(ran)}`);
  return ran.stdout.trim();
}

async function digestsEqual(ours: Ours, plain: Job, downloaded: Job): Promise<Cell> {
  const [expected, found] = [await ours.digest(plain), await ours.digest(downloaded)];
  if (expected.status === "done" && expected.message === found.message) return { state: "passed" };
  return { state: "failed", note: `digest: ${found.message} instead of ${expected.message}` };
}

function expect(wanted: Outcome["status"], { status, message }: Outcome, text = ""): Cell {
  if (status === wanted && message.includes(text)) return { state: "passed" };
  return { state: "failed", note: `Hugging Face: ${status} instead of ${wanted}: ${message}` };
}
