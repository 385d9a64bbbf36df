/** Models to measure with: the published ones, or generated ones with the same number and sizes of files. */
import { statfsSync } from "node:fs";
import { UnavailableError } from "../src/errors.ts";

/** A file of a model. */
export interface FileShape {
  readonly name: string;
  readonly size: number;
}

/** The shape of a model: its name, and its files without their content. */
export interface Shape {
  /** Name of its directory, or of its one file. */
  readonly name: string;
  readonly isFile: boolean;
  readonly files: readonly FileShape[];
}

/** A model on the disk. */
export interface MadeModel {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  /** Whether it is the published one. */
  readonly isReal: boolean;
}

/** Bytes of a shape. */
export function shapeBytes(shape: Shape): number {
  return shape.files.reduce((sum, file) => sum + file.size, 0);
}

/** One file. */
export function oneFile(name: string, size: number): Shape {
  return { name, isFile: true, files: [{ name, size }] };
}

/** Files of one size, at most a thousand in a directory. */
export function manyFiles(name: string, count: number, size: number): Shape {
  const files = Array.from({ length: count }, (_, i) => ({ name: `${Math.floor(i / 1000)}/${i}.bin`, size }));
  return { name, isFile: false, files };
}

/** Bytes written at once. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Minimum space to leave free on the disk. */
const SPARE_BYTES = 1e9;

/** A directory of generated models, which later runs find again. */
export class ModelDirectory {
  readonly path: string;
  readonly #real: string | undefined;
  readonly #block = randomBlock();

  /**
   * @param path Where to make models.
   * @param real A directory of real ones, which are never changed.
   */
  constructor(path: string, real?: string) {
    Deno.mkdirSync(path, { recursive: true });
    this.path = Deno.realPathSync(path);
    this.#real = real === undefined ? undefined : Deno.realPathSync(real);
  }

  /**
   * The model of a shape: the real one if there is one, else one that is made unless it was before.
   *
   * @throws {UnavailableError} If the disk has no room for it.
   */
  model(shape: Shape): MadeModel {
    const real = this.#real === undefined ? undefined : find(`${this.#real}/${shape.name}`);
    if (real !== undefined) return { ...real, isReal: true };
    const path = this.#place(shape);
    const made = { path, bytes: shapeBytes(shape), files: shape.files.length, isReal: false };
    if (find(path)?.bytes === made.bytes) return made;
    this.remove(shape);
    refuseFullDisk(this.path, made.bytes);
    if (shape.isFile) this.#write(path, made.bytes);
    else this.#fill(path, shape.files);
    return made;
  }

  /** Deletes the model of a shape. */
  remove(shape: Shape): void {
    removeAll(this.#place(shape));
  }

  /** Deletes the directory with all models. */
  removeAll(): void {
    removeAll(this.path);
  }

  /** Includes the size, so that runs with other sizes do not use it. */
  #place(shape: Shape): string {
    const directory = `${this.path}/${shapeBytes(shape)}-${shape.files.length}`;
    Deno.mkdirSync(directory, { recursive: true });
    return `${directory}/${shape.name}`;
  }

  #fill(path: string, files: readonly FileShape[]): void {
    const directories = new Set(files.map(({ name }) => `${path}/${name}`.replace(/\/[^/]*$/, "")));
    for (const directory of directories) Deno.mkdirSync(directory, { recursive: true });
    for (const { name, size } of files) this.#write(`${path}/${name}`, size);
  }

  /** Bytes that no file system can compress or deduplicate: each block is different. */
  #write(path: string, size: number): void {
    if (size <= 64 * 1024) {
      const at = Math.floor(Math.random() * (BLOCK_BYTES - size));
      return Deno.writeFileSync(path, this.#block.subarray(at, at + size));
    }
    using file = Deno.openSync(path, { write: true, create: true, truncate: true });
    const counter = new DataView(this.#block.buffer);
    for (let written = 0; written < size;) {
      counter.setFloat64(0, Math.random());
      written += file.writeSync(this.#block.subarray(0, Math.min(BLOCK_BYTES, size - written)));
    }
  }
}

/** Reads all files of a model once, to fill the page cache. */
export function warm(path: string): void {
  const buffer = new Uint8Array(BLOCK_BYTES);
  for (const file of list(path)) {
    using open = Deno.openSync(file);
    while (open.readSync(buffer) !== null);
  }
}

function find(path: string): Omit<MadeModel, "isReal"> | undefined {
  try {
    const files = list(path);
    return { path, files: files.length, bytes: files.reduce((sum, file) => sum + Deno.statSync(file).size, 0) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function list(path: string): string[] {
  if (Deno.statSync(path).isFile) return [path];
  return [...Deno.readDirSync(path)].flatMap((entry) => list(`${path}/${entry.name}`));
}

function refuseFullDisk(directory: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= bytes + SPARE_BYTES) return;
  throw new UnavailableError(
    "NO_SPACE",
    `Cannot make ${bytes} bytes in ${directory}: the disk is too full; use --max-size`,
  );
}

function randomBlock(): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_BYTES);
  // The most that it gives at once.
  for (let at = 0; at < BLOCK_BYTES; at += 65_536) crypto.getRandomValues(block.subarray(at, at + 65_536));
  return block;
}

function removeAll(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
