/** Small models for `deno bench`, deleted when it ends. */
import type { ResourceManifest } from "../src/manifest/manifest.ts";
import { Resources } from "../src/manifest/resources.ts";
import { manyFiles, ModelDirectory } from "./_models.ts";

/** A model of many files on the disk, removed when the process ends. */
export function benchModel(files: number, bytes: number): string {
  const directory = new ModelDirectory(Deno.makeTempDirSync({ prefix: "model-signing-bench-" }));
  addEventListener("unload", () => directory.removeAll());
  return directory.model(manyFiles("model", files, bytes)).path;
}

/** A sorted manifest of files that do not exist. */
export function benchManifest(files: number): ResourceManifest {
  const names = Array.from({ length: files }, (_, i) => `layers/${`${i}`.padStart(7, "0")}/weights.bin`);
  const digests = Uint8Array.from({ length: 32 * files }, () => Math.random() * 256);
  const resources = new Resources(names, digests);
  return { serialization: { method: "files", hashAlgorithm: "sha256", allowSymlinks: false }, resources };
}

/** The Python reference's interpreter; benches that need it are skipped if the variable is not set. */
export const PYTHON = Deno.env.get("MODEL_SIGNING_BENCH_PYTHON");

/**
 * The path of Python's interpreter itself, since what is called `python3` may be a script that looks for it first;
 * `undefined` if there is none.
 */
export async function findPython3(): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: ["-I", "-S", "-c", "import sys; print(sys.executable)"],
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Runs a process, which must succeed. `deno bench` waits only for functions that say `async`. */
export async function runProcess([program = "", ...args]: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output();
  if (!success) throw new Error(`Cannot compare: ${program} has failed`);
}
