/** The programs that are compared, as processes: this one, the Python reference, the Go tool. */
import type { SerializationMethod } from "../src/manifest/manifest.ts";
import type { VersionQuestion } from "./_machine.ts";
import { type BenchOptions, findPython } from "./_options.ts";

/** What to sign, verify or hash. */
export interface Job {
  readonly model: string;
  /** Where to write the signature, outside the model: one for each program. */
  readonly signature: string;
  readonly serialization: SerializationMethod;
  /** The hash algorithm by its OMS name; by default `sha256`. */
  readonly hashAlgorithm?: "sha256" | "blake3";
  readonly privateKey: string;
  readonly publicKey: string;
}

/** The jobs that are measured. */
export type Operation = "sign" | "verify" | "digest";

/** A program. */
export interface Program {
  /** Its name in tables. */
  readonly name: string;
  /** The command that prints its version. */
  readonly version: readonly VersionQuestion[];
  /** The command that does a job; `undefined` if the program has none. */
  command(operation: Operation, job: Job): string[] | undefined;
}

const ENTRY = new URL("../cli.ts", import.meta.url).pathname;
const REFERENCE = new URL("reference.py", import.meta.url).pathname;

/** This program: from the checkout as a user runs it, or another build of it. */
export function ours(program: string = ENTRY): Program {
  const isScript = /\.[cm]?[jt]s$/.test(program);
  const start = isScript
    ? [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", program]
    : [program];
  return {
    name: "ours",
    version: [],
    command(
      operation,
      { model, signature, serialization, hashAlgorithm, privateKey, publicKey },
    ): string[] | undefined {
      if (operation === "verify") {
        // Of h1 and h2 a signature does not say which it is.
        const which = serialization === "h1" || serialization === "h2" ? ["--serialization", serialization] : [];
        return [...start, "verify", "key", model, "--signature", signature, "--public-key", publicKey, ...which];
      }
      const how = ["--serialization", serialization, "--hash-algorithm", hashAlgorithm ?? "sha256"];
      if (operation === "digest") return [...start, "digest", model, ...how];
      return [...start, "sign", "key", model, "--signature", signature, "--private-key", privateKey, ...how];
    },
  };
}

/** The Python reference: its command line if it can do the job, otherwise its API. It no longer has `h1` and `h2`. */
export function pythonReference(python: string): Program {
  const version =
    "import importlib.metadata as m, platform; print(m.version('model-signing'), 'on', platform.python_version())";
  return {
    name: "Python",
    version: [["Python reference", [python, "-I", "-c", version]]],
    command(
      operation,
      { model, signature, serialization, hashAlgorithm = "sha256", privateKey, publicKey },
    ): string[] | undefined {
      if (serialization === "h1" || serialization === "h2") return undefined;
      const key = operation === "sign" ? privateKey : publicKey;
      if (operation !== "digest" && serialization === "files" && hashAlgorithm === "sha256") {
        const keyOption = operation === "sign" ? "--private_key" : "--public_key";
        const words = [operation, "key", model, "--signature", signature, keyOption, key];
        return [python, "-I", "-m", "model_signing", ...words];
      }
      const words = [operation, serialization, hashAlgorithm, model];
      return [python, "-I", REFERENCE, ...words, ...(operation === "digest" ? [] : [signature, key])];
    },
  };
}

/** The Go tool. Its command line has only files with SHA-256, and no digest. */
export function goTool(tool: string): Program {
  return {
    name: "Go",
    version: [["Go tool", [tool, "version"]]],
    command(
      operation,
      { model, signature, serialization, hashAlgorithm = "sha256", privateKey, publicKey },
    ): string[] | undefined {
      if (operation === "digest" || serialization !== "files" || hashAlgorithm !== "sha256") return undefined;
      const where = [operation, "key", model, "--signature", signature];
      if (operation === "sign") return [tool, ...where, "--private-key", privateKey];
      return [tool, ...where, "--public-key", publicKey, "--ignore-unsigned-files=false"];
    },
  };
}

/** The programs that are installed, and a sentence for each that is not. */
export async function findPrograms(options: BenchOptions): Promise<{ programs: Program[]; absent: string[] }> {
  const programs = [ours(options.program)];
  const absent: string[] = [];
  const python = await findPython(options).catch((error) => {
    absent.push(`Python: not available: ${error.message}`);
  });
  if (python !== undefined) programs.push(pythonReference(python));
  else if (absent.length === 0) absent.push("Python: not wanted (--python none)");
  if (options.go !== undefined) programs.push(goTool(options.go));
  else absent.push("Go: not available (--go names its executable)");
  return { programs, absent };
}

/** Plain tools that hash files, as many processes side by side as there are lists of files. */
export function openssl(files: readonly (readonly string[])[]): string[][] {
  return files.map((list) => ["openssl", "dgst", "-sha256", ...list]);
}

/** See {@linkcode openssl}. */
export function sha256sum(files: readonly (readonly string[])[]): string[][] {
  return files.map((list) => ["sha256sum", "--", ...list]);
}

/** `b3sum`: one process that uses all processors. */
export function b3sum(files: readonly string[]): string[][] {
  return [["b3sum", "--", ...files]];
}
