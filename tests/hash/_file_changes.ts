/** What may happen to a file between the plan and the reading of it, or while it is read. */

/** One thing that happens to a file. */
export interface FileChange {
  title: string;
  change: (path: string) => void;
  /** The code of the error that tells of it. */
  code: "FILE_CHANGED" | "NOT_FOUND";
  /** Words of its message. */
  reason: string;
}

/** All of them. Each expects a file of more than 10 bytes, last written to at another time than `LATER`. */
export const FILE_CHANGES: readonly FileChange[] = [
  {
    title: "grows",
    change: (path): void => Deno.writeTextFileSync(path, "more", { append: true }),
    code: "FILE_CHANGED",
    reason: "its size was",
  },
  {
    title: "shrinks",
    change: (path): void => Deno.truncateSync(path, 10),
    code: "FILE_CHANGED",
    reason: "its size was",
  },
  {
    title: "is emptied",
    change: (path): void => Deno.truncateSync(path, 0),
    code: "FILE_CHANGED",
    reason: "and is 0",
  },
  {
    title: "is rewritten with as many bytes",
    change: rewrite,
    code: "FILE_CHANGED",
    reason: "it was written to",
  },
  {
    title: "becomes a directory",
    change: (path): void => {
      Deno.removeSync(path);
      Deno.mkdirSync(path);
    },
    code: "FILE_CHANGED",
    reason: "no longer a file",
  },
  { title: "vanishes", change: (path): void => Deno.removeSync(path), code: "NOT_FOUND", reason: "no such file" },
];

/** A time of change that no test file gets by itself, so that nothing hangs on how finely the clock ticks. */
const LATER = new Date("2030-01-02T03:04:05Z");

/** Other bytes, the same number, another time. */
export function rewrite(path: string): void {
  Deno.writeFileSync(path, new Uint8Array(Deno.statSync(path).size).fill(0x2a));
  Deno.utimeSync(path, LATER, LATER);
}
