/** A small file system of its own, where the tests may mount one. */
import { TempDirectory } from "../_temp_directory.ts";

/** A disk of 64 KiB, gone at the end of the block. */
export class SmallDisk extends TempDirectory {
  constructor() {
    super();
    mount("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", this.path);
  }

  /** Makes it read-only. */
  protect(): void {
    mount("mount", "-o", "remount,ro", this.path);
  }

  override [Symbol.dispose](): void {
    mount("umount", this.path);
    super[Symbol.dispose]();
  }
}

function mount(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args, stdout: "null", stderr: "piped" }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Whether {@linkcode SmallDisk} works here: on Linux, for root. */
export const canMount: boolean = Deno.build.os === "linux" && Deno.uid() === 0 && tryMount();

function tryMount(): boolean {
  try {
    using _disk = new SmallDisk();
    return true;
  } catch {
    return false; // A container may forbid it.
  }
}
