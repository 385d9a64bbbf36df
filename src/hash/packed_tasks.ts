/** Tasks in columns, as they are sent to workers: as objects they would keep the collector of garbage busy. */
import type { HashTask, TaskFile, Tasks } from "./task.ts";

/** Per task: index of its file, start, end, and part, which is `NaN` where there is none. */
const COLUMNS = 4;

/** What is sent. */
export interface TaskColumns {
  /** The files, each once where its tasks stand next to each other. */
  readonly files: readonly TaskFile[];
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The prefix of each task, where any has one. */
  readonly prefixes?: readonly (string | undefined)[];
}

/** Puts tasks into columns. */
export function packTasks(tasks: Tasks): TaskColumns {
  const files: TaskFile[] = [];
  const numbers = new Float64Array(COLUMNS * tasks.length);
  let prefixes: (string | undefined)[] | undefined;
  for (let index = 0; index < tasks.length; index++) {
    const { file, start, end, prefix, part } = tasks.at(index)!;
    if (files.at(-1) !== file) files.push(file);
    numbers.set([files.length - 1, start, end, part ?? NaN], COLUMNS * index);
    if (prefix !== undefined) (prefixes ??= new Array(tasks.length).fill(undefined))[index] = prefix;
  }
  return { files, numbers, ...(prefixes === undefined ? {} : { prefixes }) };
}

/** The tasks of columns, each made when it is asked for. */
export class PackedTasks implements Tasks {
  readonly #columns: TaskColumns;

  /** Takes the columns as they are. */
  constructor(columns: TaskColumns) {
    this.#columns = columns;
  }

  /** How many there are. */
  get length(): number {
    return this.#columns.numbers.length / COLUMNS;
  }

  at(index: number): HashTask | undefined {
    if (index >= this.length) return undefined;
    const { files, numbers, prefixes } = this.#columns;
    const at = COLUMNS * index;
    const prefix = prefixes?.[index];
    const part = numbers[at + 3]!;
    return {
      file: files[numbers[at]!]!,
      start: numbers[at + 1]!,
      end: numbers[at + 2]!,
      ...(prefix === undefined ? {} : { prefix }),
      ...(Number.isNaN(part) ? {} : { part }),
    };
  }
}
