/** Tasks packed into columns, to be sent to workers: as objects they would cause frequent garbage collections. */
import { GrowingBytes } from "../../lists/growing_bytes.ts";
import { NumberRows } from "../../lists/number_rows.ts";
import { packStamp, STAMP_NUMBERS, unpackStamp } from "../../io/file_stamp.ts";
import type { PlannedFile } from "../../io/planned_file.ts";
import type { IndexedList } from "../../lists/indexed_list.ts";
import type { HashTask } from "./hash_task.ts";

/** Per file: its ID, where its path ends, whether symlinks are followed, and its stamp. */
const FILE_COLUMNS = 3 + STAMP_NUMBERS;

/** Per task: index of its file, start, end, part (`NaN` if there is none), and whether to hash to the actual end. */
const TASK_COLUMNS = 5;

/** Packed tasks, as they are sent. */
export interface TaskColumns {
  /** The paths of the files in UTF-8. Consecutive tasks of one file share it. */
  readonly paths: Uint8Array;
  readonly files: Float64Array;
  readonly tasks: Float64Array;
  /** The prefix of each task, if any task has one. */
  readonly prefixes?: readonly (string | undefined)[];
}

/** Packs tasks. */
export function packTasks(tasks: IndexedList<HashTask>): TaskColumns {
  const paths = new GrowingBytes();
  const files = new NumberRows(FILE_COLUMNS);
  const columns = new Float64Array(TASK_COLUMNS * tasks.length);
  let prefixes: (string | undefined)[] | undefined;
  let last: PlannedFile | undefined;
  for (let index = 0; index < tasks.length; index++) {
    const { file, start, end, toEnd, prefix, part } = tasks.at(index)!;
    if (file.id !== last?.id) {
      paths.appendText(file.path);
      const at = files.append();
      files.values[at] = file.id;
      files.values[at + 1] = paths.length;
      files.values[at + 2] = Number(file.followsLinks);
      packStamp(file, files.values, at + 3);
      last = file;
    }
    columns.set([files.length - 1, start, end, part ?? NaN, Number(toEnd ?? false)], TASK_COLUMNS * index);
    if (prefix !== undefined) (prefixes ??= new Array(tasks.length).fill(undefined))[index] = prefix;
  }
  return {
    paths: paths.bytes.slice(), // without the rest of its buffer, which would be sent, too
    files: files.toArray(),
    tasks: columns,
    ...(prefixes === undefined ? {} : { prefixes }),
  };
}

/** Packed tasks, each created on demand. */
export class PackedTasks implements IndexedList<HashTask> {
  readonly #columns: TaskColumns;
  /** The last file: consecutive tasks are often of one file. */
  #last: { index: number; file: PlannedFile } | undefined;

  /** Wraps the columns. */
  constructor(columns: TaskColumns) {
    this.#columns = columns;
  }

  /** The number of tasks. */
  get length(): number {
    return this.#columns.tasks.length / TASK_COLUMNS;
  }

  at(index: number): HashTask | undefined {
    if (index >= this.length) return undefined;
    const { tasks, prefixes } = this.#columns;
    const at = TASK_COLUMNS * index;
    const prefix = prefixes?.[index];
    const part = tasks[at + 3]!;
    return {
      file: this.#file(tasks[at]!),
      start: tasks[at + 1]!,
      end: tasks[at + 2]!,
      ...(tasks[at + 4] === 0 ? {} : { toEnd: true }),
      ...(prefix === undefined ? {} : { prefix }),
      ...(Number.isNaN(part) ? {} : { part }),
    };
  }

  *[Symbol.iterator](): Generator<HashTask> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }

  #file(index: number): PlannedFile {
    if (this.#last?.index === index) return this.#last.file;
    const { paths, files } = this.#columns;
    const at = FILE_COLUMNS * index;
    const path = DECODER.decode(paths.subarray(files[at + 1 - FILE_COLUMNS] ?? 0, files[at + 1]));
    const { size, modified, changed, device, inode } = unpackStamp(files, at + 3);
    const file = { id: files[at]!, path, followsLinks: files[at + 2] !== 0, size, modified, changed, device, inode };
    this.#last = { index, file };
    return file;
  }
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
