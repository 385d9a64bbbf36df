/** From the options on the command line to those of the library, for every command that takes a model. */
import type { ModelOptions, SerializationOptions, WorkOptions } from "../api/options.ts";
import { UsageError } from "../errors.ts";
import type { EngineChoice } from "../hash/engines/choose.ts";
import type { HashAlgorithm } from "../hash/engines/engine.ts";
import type { StartedWorker } from "../hash/threads/started_worker.ts";
import type { SerializationMethod } from "../manifest/manifest.ts";
import { quote } from "../text/quote.ts";
import { withFlags } from "./flags.ts";
import type { Output } from "./output.ts";
import type { Options, Request } from "./parse.ts";
import { startProgress } from "./progress.ts";
import { endOnSignal } from "./signals.ts";

/**
 * The model's path: the one operand, or `--path`.
 *
 * @param request The request.
 * @returns The path.
 * @throws {UsageError} If there is none, or more than one.
 */
export function modelPath({ operands, options, command }: Request): string {
  const path = options.value("path");
  const paths = path === undefined ? operands : [path, ...operands];
  if (paths[0] === undefined) {
    throw new UsageError("MODEL", "missing argument MODEL: name a model, which is a file or a directory");
  }
  if (paths.length > 1) {
    throw new UsageError(
      "MODEL",
      `unexpected argument ${quote(paths[1]!)}: ${command!.name} does not take more than one model`,
    );
  }
  return paths[0];
}

/** The options for what belongs to the model. */
export function modelOptions(options: Options): ModelOptions {
  const signature = options.value("signature");
  return {
    ...(signature === undefined ? {} : { signature }),
    ignorePaths: options.values("ignore-paths"),
    ignoreGitPaths: options.flag("ignore-git-paths") ?? true,
  };
}

/** The options for how a model becomes digests. */
export function serializationOptions(options: Options): SerializationOptions {
  const shardSize = options.number("shard-size");
  return {
    ...serializationMethod(options),
    ...(shardSize === undefined ? {} : { shardSize }),
    ...(options.value("hash-algorithm") === undefined
      ? {}
      : { hashAlgorithm: options.value("hash-algorithm") as HashAlgorithm }),
    allowSymlinks: options.flag("allow-symlinks") ?? false,
  };
}

/** The serialization method, if one was asked for. The table of options has checked the value. */
export function serializationMethod(options: Options): { serialization?: SerializationMethod } {
  const serialization = options.value("serialization");
  return serialization === undefined ? {} : { serialization: serialization as SerializationMethod };
}

/**
 * Does long work with its options: the engine, warnings, and a progress display that is taken away at the end.
 *
 * @param options The options on the command line.
 * @param output Where warnings and progress go.
 * @param startedWorker A worker that is running already.
 * @param work The work.
 * @returns What the work returns.
 */
export async function withWorkOptions<T>(
  options: Options,
  output: Output,
  startedWorker: StartedWorker | undefined,
  work: (options: WorkOptions) => Promise<T>,
): Promise<T> {
  const workers = options.number("workers");
  const progress = startProgress(output);
  // Only now: a listener could not run during the password prompt, where the default action of the signal is right.
  const stopListening = endOnSignal(() => progress?.end());
  try {
    return await work({
      engine: (options.value("engine") ?? "auto") as EngineChoice,
      ...(workers === undefined ? {} : { workers }),
      ...(startedWorker === undefined ? {} : { startedWorker }),
      ...(progress === undefined ? {} : { onProgress: progress.update }),
      onWarning: (message) => output.log("warning", withFlags(message)),
    });
  } finally {
    progress?.end();
    stopListening();
  }
}
