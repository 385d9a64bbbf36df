/** A directory that is gone at the end of the block: `using directory = new TempDirectory();`. */
export class TempDirectory implements Disposable {
  /** Its path, without symbolic links: the directory for temporary files may itself be one. */
  readonly path: string = Deno.realPathSync(Deno.makeTempDirSync());

  /** Writes a file, with the directories that it lies in; returns its path. */
  write(name: string, content: string | Uint8Array = name): string {
    const path = this.#inNewDirectory(name);
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    return path;
  }

  /** Makes a file of zeros that takes no room on the disk; returns its path. */
  writeSparse(name: string, size: number): string {
    const path = this.write(name, "");
    Deno.truncateSync(path, size);
    return path;
  }

  /** Makes a directory, with those that it lies in; returns its path. */
  makeDirectory(name: string): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path, { recursive: true });
    return path;
  }

  /** Makes a symbolic link, with the directories that it lies in; returns its path. */
  link(name: string, target: string): string {
    const path = this.#inNewDirectory(name);
    Deno.symlinkSync(target, path);
    return path;
  }

  /** Whether a file or directory exists. */
  has(name: string): boolean {
    try {
      Deno.lstatSync(`${this.path}/${name}`);
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }

  #inNewDirectory(name: string): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    return path;
  }
}
