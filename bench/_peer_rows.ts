/** The tasks that are compared with the limits of the machine and with other programs, and their targets. */
import { formatBytes } from "../src/cli/units.ts";
import { LIMITS } from "../src/limits.ts";
import type { SerializationMethod } from "../src/manifest/manifest.ts";
import type { Work } from "./_measure.ts";
import { type MadeModel, manyFiles, oneFile, type Shape, shapeBytes } from "./_models.ts";
import { b3sum, openssl, type Operation, type Program, sha256sum } from "./_programs.ts";
import { PUBLISHED_MODELS } from "./_published.ts";
import type { Bench } from "./_setup.ts";
import { rateRatio, type Target, timeRatio } from "./_targets.ts";

/** The part of a bench that rows use. */
export type Comparison = Pick<Bench, "options" | "programs" | "keys" | "file">;

/** One task, done by several programs. */
export interface Row {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** The model that all programs use. */
  readonly shape: Shape;
  /** Multiplies the number of runs: short tasks vary more. */
  readonly repeat?: number;
  /** Runs once before, unmeasured. */
  readonly before?: (model: MadeModel) => readonly Work[];
  readonly works: (model: MadeModel) => readonly Work[];
  readonly targets: readonly Target[];
}

const GIB = 2 ** 30;
const CORES = navigator.hardwareConcurrency;

/** Maximum number of resources in a manifest. */
const MOST_SHARDS = LIMITS.resources;

/** The target: a share of the rate of the SHA unit. */
const OF_OPENSSL = 0.95;

const PARALLEL_OPENSSL = `${CORES} × openssl`;

/** All rows. Those with the same model are consecutive. */
export function peerRows(bench: Comparison): Row[] {
  const { maxSize, maxFiles } = bench.options;
  return [
    ...fourFileRows(bench, Math.min(2 * GIB, Math.floor(maxSize / 4))),
    ...largeFileRows(bench, Math.min(8 * GIB, maxSize)),
    ...keyRows(bench),
    manyFilesRow(bench, Math.min(100_000, maxFiles)),
    startRow(bench),
  ];
}

function fourFileRows(bench: Comparison, size: number): Row[] {
  const files = Array.from({ length: 4 }, (_, i) => ({ name: `${i}.bin`, size }));
  const shape: Shape = { name: "four-files", isFile: false, files };
  const title = `4 files of ${formatBytes(size)}, files`;
  const lists = ({ path }: MadeModel): string[][] => share(files.map(({ name }) => `${path}/${name}`));
  const processes = Math.min(CORES, files.length);
  const [parallelOpenssl, parallelSha256sum] = [`${processes} × openssl`, `${processes} × sha256sum`];
  return [
    {
      name: "four-files",
      title: `digest, ${title}, auto`,
      shape,
      works: (model) => [
        ...digestWorks(bench, "files", model),
        { name: parallelOpenssl, commands: openssl(lists(model)), bytes: model.bytes },
        { name: parallelSha256sum, commands: sha256sum(lists(model)), bytes: model.bytes },
      ],
      targets: [rateRatio(`rate of ours, against ${parallelOpenssl}`, "digest ours", parallelOpenssl, OF_OPENSSL)],
    },
    {
      name: "four-files-wasm",
      title: `digest, ${title}, our engines`,
      shape,
      works: (model) => ["wasm", "hash-wasm"].map((engine) => engineWork(bench, engine, model)),
      targets: [rateRatio("rate of ours wasm, against ours hash-wasm", "ours wasm", "ours hash-wasm", 2.8)],
    },
  ];
}

/** Distributes files to one list per processor. */
function share(files: readonly string[]): string[][] {
  const lists = Array.from({ length: Math.min(CORES, files.length) }, (): string[] => []);
  for (const [i, file] of files.entries()) lists[i % lists.length]!.push(file);
  return lists;
}

function largeFileRows(bench: Comparison, size: number): Row[] {
  const shape = oneFile("large.bin", size);
  const title = `one file of ${formatBytes(size)}`;
  // One process cannot share its file with another: each hashes the whole.
  const parallel = ({ path, bytes }: MadeModel): Work => ({
    name: PARALLEL_OPENSSL,
    commands: openssl(Array.from({ length: CORES }, () => [path])),
    bytes: bytes * CORES,
  });
  return [
    ...(["shards", "h2"] as const).map((serialization): Row => ({
      name: `large-file-${serialization}`,
      title: `digest, ${title}, ${serialization}, auto`,
      shape,
      works: (model) => [...digestWorks(bench, serialization, model), parallel(model)],
      targets: [rateRatio(`rate of ours, against ${PARALLEL_OPENSSL}`, "digest ours", PARALLEL_OPENSSL, OF_OPENSSL)],
    })),
    {
      name: "large-file-files",
      title: `digest, ${title}, files, auto`,
      shape,
      works: (model) => [
        ...digestWorks(bench, "files", model),
        { name: "1 × openssl", commands: openssl([[model.path]]), bytes: model.bytes },
        { name: "1 × sha256sum", commands: sha256sum([[model.path]]), bytes: model.bytes },
      ],
      targets: [rateRatio("rate of ours, against 1 × openssl", "digest ours", "1 × openssl", OF_OPENSSL)],
    },
    blake3Row(bench, shape, title),
    manyShardsRow(bench, shape, title),
  ];
}

/** The only target is the limit of memory. */
function manyShardsRow(bench: Comparison, shape: Shape, title: string): Row {
  const shardSize = Math.ceil(shapeBytes(shape) / MOST_SHARDS);
  return {
    name: "many-shards",
    title: `digest, sign key and verify key, ${title}, shards of ${shardSize} bytes`,
    shape,
    works: ({ path: model, bytes }) => {
      const job = { model, signature: bench.file("many-shards.sig"), serialization: "shards" as const, ...bench.keys };
      return (["digest", "sign", "verify"] as const).map((operation) => {
        const size = operation === "verify" ? [] : ["--shard-size", `${shardSize}`];
        const command = [...ours(bench).command(operation, job)!, ...size];
        return { name: `${operation} ours`, commands: [command], bytes };
      });
    },
    targets: [],
  };
}

function blake3Row(bench: Comparison, shape: Shape, title: string): Row {
  const oneStream = "ours hash-wasm, 1 worker";
  return {
    name: "large-file-blake3",
    title: `digest, ${title}, files, blake3, auto`,
    shape,
    works: (model) => [
      ...digestWorks(bench, "files", model, "blake3"),
      oneStreamWork(bench, oneStream, model),
      { name: "b3sum", commands: b3sum([model.path]), bytes: model.bytes },
    ],
    targets: [{
      what: `rate of ours by each of ${CORES} cores, against ${oneStream}`,
      least: 3,
      unit: " ×",
      value: (of) => of(oneStream).seconds / of("digest ours").seconds / CORES,
    }],
  };
}

function keyRows(bench: Comparison): Row[] {
  const { maxSize } = bench.options;
  return PUBLISHED_MODELS.filter(({ shape }) => shapeBytes(shape) <= maxSize).map(({ shape }): Row => {
    const least = shapeBytes(shape) <= 250e6 ? 4 : 1;
    const targets = (["sign", "verify"] as const).flatMap((operation) => [
      timeRatio(`${operation} ours`, `${operation} Python`, least),
      timeRatio(`${operation} ours`, `${operation} Go`, 1),
    ]);
    return {
      name: `key-${shape.name}`,
      title: `sign key and verify key, ${shape.name}, ${formatBytes(shapeBytes(shape))}, files`,
      shape,
      works: (model) => (["sign", "verify"] as const).flatMap((operation) => programWorks(bench, operation, model)),
      targets,
    };
  });
}

function manyFilesRow(bench: Comparison, count: number): Row {
  return {
    name: "many-files",
    title: `digest and verify key, ${count} files of 1 KiB, files`,
    shape: manyFiles("many-files", count, 1024),
    before: (model) => programWorks(bench, "sign", model),
    works: (model) => (["digest", "verify"] as const).flatMap((operation) => programWorks(bench, operation, model)),
    targets: [
      timeRatio("digest ours", "digest Python", 2),
      timeRatio("verify ours", "verify Python", 2),
      timeRatio("verify ours", "verify Go", 2),
    ],
  };
}

function startRow(bench: Comparison): Row {
  const empty = "deno run of an empty script";
  return {
    name: "start",
    title: "verify key, one file of 8 KiB",
    shape: oneFile("small.bin", 8192),
    repeat: 3,
    before: (model) => programWorks(bench, "sign", model),
    works: (model) => {
      const script = bench.file("empty.ts");
      Deno.writeTextFileSync(script, "");
      const baseline = [Deno.execPath(), "run", "--quiet", "--no-prompt", script];
      return [{ name: empty, commands: [baseline] }, ...programWorks(bench, "verify", model)];
    },
    targets: [{
      what: `verify ours, beyond ${empty}`,
      most: 60,
      unit: " ms",
      value: (of) => (of("verify ours").seconds - of(empty).seconds) * 1000,
    }],
  };
}

function digestWorks(
  bench: Comparison,
  serialization: SerializationMethod,
  model: MadeModel,
  hashAlgorithm?: "blake3",
): Work[] {
  return programWorks(bench, "digest", model, serialization, hashAlgorithm);
}

/** The same task, done by every program that can. */
function programWorks(
  bench: Comparison,
  operation: Operation,
  { path: model, bytes }: MadeModel,
  serialization: SerializationMethod = "files",
  hashAlgorithm: "sha256" | "blake3" = "sha256",
): Work[] {
  return bench.programs.flatMap((program) => {
    const signature = bench.file(`${program.name}.sig`);
    const command = program.command(operation, { model, signature, serialization, hashAlgorithm, ...bench.keys });
    return command === undefined ? [] : [{ name: `${operation} ${program.name}`, commands: [command], bytes }];
  });
}

function engineWork(bench: Comparison, engine: string, { path: model, bytes }: MadeModel): Work {
  const job = { model, signature: "", serialization: "files" as const, ...bench.keys };
  return { name: `ours ${engine}`, commands: [[...ours(bench).command("digest", job)!, "--engine", engine]], bytes };
}

function oneStreamWork(bench: Comparison, name: string, { path: model, bytes }: MadeModel): Work {
  const how = { serialization: "files", hashAlgorithm: "blake3" } as const;
  const command = ours(bench).command("digest", { model, signature: "", ...how, ...bench.keys })!;
  return { name, commands: [[...command, "--engine", "hash-wasm", "--workers", "1"]], bytes };
}

function ours(bench: Comparison): Program {
  return bench.programs.find((program) => program.name === "ours")!;
}
