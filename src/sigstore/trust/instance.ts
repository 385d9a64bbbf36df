/** The Sigstore instance that a user chose instead of the public one: its TUF repository, and the root to start from. */
import { UnavailableError, VerificationError } from "../../errors.ts";
import { PRIVATE_MODE, removeAbandonedIn, writeWhole } from "../../io/atomic_write.ts";
import { ioError } from "../../io_error.ts";
import { quote } from "../../quote.ts";
import { readLimited } from "../../read_limited.ts";
import { asBytes, asObject } from "./json.ts";
import { TRUST_LIMITS } from "./limits.ts";
import { mayUse } from "../may_use.ts";
import { readAddress } from "./signing_config.ts";

/** An instance with a TUF repository. */
export interface Instance {
  readonly mirror: URL;
  /** The TUF root to start from. */
  readonly root: Uint8Array<ArrayBuffer>;
}

const INSTANCE = "sigstore_instance.json";

/** Not in the cache: whoever empties that must not come to trust another instance by it. */
function instanceFile(settings: string): string {
  return `${settings}/${INSTANCE}`;
}

/**
 * The instance that the user chose.
 *
 * @param settings The program's folder for settings.
 * @param mayAsk Whether Deno may ask for the permission to read it. If it must not, a file that may not be read counts as
 * not there.
 * @returns The instance, or `undefined` if the user chose none.
 * @throws {VerificationError} If the file is damaged (`INSTANCE_DAMAGED`).
 * @throws {UnavailableError} If it cannot be read.
 */
export function readInstance(settings: string, mayAsk: boolean): Instance | undefined {
  const path = instanceFile(settings);
  if (!mayAsk && !mayUse({ name: "read", path })) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = readLimited(path, TRUST_LIMITS.documentBytes, "the chosen Sigstore instance,");
  } catch (error) {
    if (error instanceof UnavailableError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
  try {
    const { mirror, root } = asObject(JSON.parse(new TextDecoder().decode(bytes)), "it");
    return { mirror: readAddress(mirror, "mirror"), root: asBytes(root, "root") };
  } catch (cause) {
    const hint = "choose the instance again with `trust init`";
    throw new VerificationError("INSTANCE_DAMAGED", `Cannot read ${quote(path)}: it is damaged; ${hint}`, { cause });
  }
}

/**
 * Makes an instance the user's own, or goes back to the public one.
 *
 * @param settings The program's folder for settings.
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
