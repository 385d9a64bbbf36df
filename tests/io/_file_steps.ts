/** Calls a function at every file operation of this process, to look at, disturb or end it there. */

/** Operations of `Deno`, by name, that change files or directories or look at them. */
const FUNCTIONS = ["openSync", "renameSync", "removeSync", "lstatSync", "statSync", "readDirSync"] as const;

/** Operations of an open file; a write is split so that there is a step within. */
const METHODS = ["syncSync", "tryLockSync", "statSync", "close"] as const;

/**
 * Watches file operations until it is disposed of.
 *
 * @param onStep Called before each operation, and once more in the middle of a write. Its own operations do not count.
 * @returns Ends the watch.
 */
export function watchFileSteps(onStep: (operation: string, ...args: unknown[]) => void): Disposable {
  const undo: (() => void)[] = [];
  let isInStep = false;
  const step: typeof onStep = (...args) => {
    if (isInStep) return;
    isInStep = true;
    try {
      onStep(...args);
    } finally {
      isInStep = false;
    }
  };
  // deno-lint-ignore no-explicit-any -- the functions are of many types
  const wrap = (target: any, name: string, wrapper: (original: any) => unknown): void => {
    const original = target[name];
    target[name] = wrapper(original);
    undo.push(() => target[name] = original);
  };
  for (const name of FUNCTIONS) {
    wrap(Deno, name, (original) => (...args: unknown[]) => {
      step(name, ...args);
      return original(...args);
    });
  }
  for (const name of METHODS) {
    wrap(Deno.FsFile.prototype, name, (original) =>
      function (this: Deno.FsFile, ...args: unknown[]): unknown {
        step(name, ...args);
        return original.apply(this, args);
      });
  }
  wrap(Deno.FsFile.prototype, "writeSync", (original) =>
    function (this: Deno.FsFile, bytes: Uint8Array): number {
      step("writeSync");
      const half = Math.ceil(bytes.length / 2);
      let count = original.call(this, bytes.subarray(0, half));
      step("writeSync, half done");
      if (count === half && count < bytes.length) count += original.call(this, bytes.subarray(half));
      return count;
    });
  return { [Symbol.dispose]: () => undo.reverse().forEach((action) => action()) };
}
