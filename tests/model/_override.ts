/**
 * Puts other values into the place of some of an object's, until the end of the block. Files of tests run in worlds of
 * their own, so no other test notices.
 */
export class Override<T extends object> implements Disposable {
  readonly #target: T;
  readonly #originals: Partial<T>;

  constructor(target: T, replacements: Partial<T>) {
    const names = Object.keys(replacements) as (keyof T)[];
    this.#target = target;
    this.#originals = Object.fromEntries(names.map((name) => [name, target[name]])) as Partial<T>;
    Object.assign(target, replacements);
  }

  [Symbol.dispose](): void {
    Object.assign(this.#target, this.#originals);
  }
}

/** Notes every path that is looked at, until the end of the block. */
export class WatchDisk implements Disposable {
  readonly paths = new Set<string>();
  readonly #override: Override<typeof Deno>;

  constructor() {
    const noting = <R>(original: (path: string | URL) => R) => (path: string | URL): R => {
      this.paths.add(String(path));
      return original(path);
    };
    this.#override = new Override(Deno, {
      statSync: noting(Deno.statSync),
      lstatSync: noting(Deno.lstatSync),
      readDirSync: noting(Deno.readDirSync),
      realPathSync: noting(Deno.realPathSync),
      openSync: noting(Deno.openSync),
    });
  }

  [Symbol.dispose](): void {
    this.#override[Symbol.dispose]();
  }
}
