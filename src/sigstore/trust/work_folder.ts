/** A folder for one visit to a TUF repository, in the way in which `tuf-js` keeps metadata; gone afterwards. */
import type { Bytes, Metadatas } from "./tuf_state.ts";

/** Left behind by a run that was killed; no visit takes nearly as long. */
const STALE_MS = 60 * 60 * 1000;
const PREFIX = "visit-";

/** The folder: `using work = new WorkFolder(folder);`. */
export class WorkFolder implements Disposable {
  /** Its path. */
  readonly path: string;

  /**
   * Makes the folder, and removes those that others left behind.
   *
   * @param below The folder to make it in, which is made if it is not there.
   */
  constructor(below: string) {
    Deno.mkdirSync(below, { recursive: true, mode: 0o700 });
    removeStale(below);
    this.path = Deno.makeTempDirSync({ dir: below, prefix: PREFIX });
  }

  /** Writes metadata to start from. */
  write(metadata: Metadatas & { readonly root: Bytes }): void {
    for (const [role, bytes] of Object.entries(metadata)) {
      if (bytes !== undefined) Deno.writeFileSync(`${this.path}/${role}.json`, bytes);
    }
  }

  /** The metadata that are there now. */
  read(): Metadatas {
    return { timestamp: this.#read("timestamp"), snapshot: this.#read("snapshot"), targets: this.#read("targets") };
  }

  #read(role: string): Bytes | undefined {
    try {
      return Deno.readFileSync(`${this.path}/${role}.json`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

function removeStale(below: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(below)) {
    const path = `${below}/${name}`;
    if (!isDirectory || !name.startsWith(PREFIX)) continue;
    try {
      const age = Date.now() - (Deno.lstatSync(path).mtime?.getTime() ?? Date.now());
      if (age > STALE_MS) Deno.removeSync(path, { recursive: true });
    } catch {
      // Another run removes it at this moment.
    }
  }
}
