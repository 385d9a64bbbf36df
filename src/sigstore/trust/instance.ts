/** The Sigstore instance that a user chose instead of the public one: its TUF repository, and the root to start from. */
import { UnavailableError, VerificationError } from "../../errors.ts";
import { PRIVATE_MODE, removeAbandonedIn, writeWhole } from "../../io/atomic_write.ts";
import { ioError } from "../../io/io_error.ts";
import { parseStrictJson } from "../../json/parse.ts";
import { option } from "../../text/option.ts";
import { quote } from "../../text/quote.ts";
import { readLimited } from "../../io/read_limited.ts";
import { asBytes, asObject } from "../documents/read.ts";
import { TRUST_LIMITS } from "../documents/limits.ts";
import { readAddress } from "./signing_config.ts";

/** An instance with a TUF repository. */
export interface Instance {
  readonly mirror: URL;
  /** The TUF root to start from. */
  readonly root: Uint8Array<ArrayBuffer>;
  /** The file that holds it; `undefined` if it ships with this program. */
  readonly rootFile?: string | undefined;
}

const INSTANCE = "sigstore_instance.json";

/** Not in the cache: emptying the cache must not change which instance is trusted. */
function instanceFile(settings: string): string {
  return `${settings}/${INSTANCE}`;
}

/**
 * Reads which instance the user chose. Only a file that is certainly not there means that none was chosen: a file that
 * cannot be read may name another instance than the public one.
 *
 * @param settings The program's directory for settings.
 * @returns The instance, or `undefined` if the user chose none.
 * @throws {VerificationError} If the file is damaged (`INSTANCE_INVALID`).
 * @throws {UnavailableError} If it cannot be read.
 */
export function readInstance(settings: string): Instance | undefined {
  const path = instanceFile(settings);
  const bytes = readIfThere(path);
  if (bytes === undefined) return undefined;
  try {
    const { mirror, root } = asObject(parseStrictJson(bytes), "it");
    return { mirror: readAddress(mirror, "mirror"), root: asBytes(root, "root"), rootFile: path };
  } catch (cause) {
    const hint = "choose the instance again with `trust init`";
    throw new VerificationError("INSTANCE_INVALID", `Cannot read ${quote(path)}: it is damaged; ${hint}`, { cause });
  }
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readLimited(path, TRUST_LIMITS.documentBytes, "the chosen Sigstore instance,");
  } catch (error) {
    if (error instanceof UnavailableError) {
      if (isAbsent(path, error.cause)) return undefined;
      throw unreadable(path, error);
    }
    if (!(error instanceof VerificationError)) throw error;
    throw new VerificationError("INSTANCE_INVALID", error.message, { cause: error });
  }
}

/** A file in place of a directory on the way leaves room for none. A dangling symlink leads to a file that is elsewhere. */
function isAbsent(path: string, cause: unknown): boolean {
  if (cause instanceof Deno.errors.NotADirectory) return true;
  if (!(cause instanceof Deno.errors.NotFound)) return false;
  try {
    Deno.lstatSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

function unreadable(path: string, { code, message, cause }: UnavailableError): UnavailableError {
  const advice = "it may name the instance to trust: make it readable" +
    (cause instanceof Deno.errors.NotCapable ? ` with --allow-read=${path}` : "") +
    `, or name whom to trust with ${option("trustedRootFile")}, ${option("trustConfigFile")} or ${option("staging")}`;
  return new UnavailableError(code, `${message}; ${advice}`, { cause });
}

/**
 * Makes an instance the user's own, or goes back to the public one.
 *
 * @param settings The program's directory for settings.
 * @param instance The instance, or `undefined` for the public one.
 * @throws {UnavailableError} If it cannot be written.
 */
export function writeInstance(settings: string, instance: Instance | undefined): void {
  const path = instanceFile(settings);
  try {
    if (instance === undefined) return removeIfThere(path);
    Deno.mkdirSync(settings, { recursive: true });
    const document = { mirror: instance.mirror.href, root: instance.root.toBase64() };
    removeAbandonedIn(settings);
    writeWhole(path, [new TextEncoder().encode(JSON.stringify(document))], { mode: PRIVATE_MODE });
  } catch (error) {
    throw ioError("write", path, error);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
