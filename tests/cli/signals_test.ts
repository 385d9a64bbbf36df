/** Ctrl-C and other ends in the middle of hours of hashing: at once, and without leaving anything. */
import { assert, assertEquals } from "@std/assert";
import { runWell, startProgram, Workplace } from "../_program.ts";
import { HANG_MS, until } from "../_until.ts";

/** Hashing this many zeros takes longer than `HANG_MS`; they take no space on the disk. */
const ENDLESS = 8_000_000_000_000;

const CASES: readonly [signal: Deno.Signal, code: number][] = [["SIGINT", 130], ["SIGTERM", 143], ["SIGKILL", 137]];

for (const [signal, code] of CASES) {
  for (const workers of ["1", "2"]) {
    Deno.test({
      name: `${signal} with ${workers} worker(s) ends signing at once and leaves nothing`,
      ignore: Deno.build.os === "windows",
      fn: async () => {
        using place = new Workplace();
        place.makeKeys();
        const signArgs = ["sign", "key", "bert", "--private-key", "key.pem", "--workers", workers];
        await runWell(signArgs, { cwd: place.path });
        const before = Deno.readFileSync(`${place.model}/model.sig`);
        const files = place.list();
        place.writeSparse("bert/endless-1", ENDLESS);
        place.writeSparse("bert/endless-2", ENDLESS);

        await using running = new Running(signArgs, place.path);
        await running.untilHashing("endless-1");
        assertEquals(await running.end(signal), code);
        assertEquals(await running.printed(), ["", ""]);
        assertEquals(place.list(), [...files, "bert/endless-1", "bert/endless-2"].sort());
        assertEquals(Deno.readFileSync(`${place.model}/model.sig`), before);
      },
    });
  }
}

Deno.test({
  name: "SIGINT ends verify and digest too, whatever hashes",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using place = new Workplace();
    place.makeKeys();
    place.writeSparse("bert/endless-1", 1000);
    await runWell(["sign", "key", "bert", "--private-key", "key.pem"], { cwd: place.path });
    Deno.truncateSync(`${place.model}/endless-1`, ENDLESS);
    const lines = ["verify key bert --public-key key.pub --json", "digest bert --engine hash-wasm --serialization h1"];
    for (const line of lines) {
      await using running = new Running(line.split(" "), place.path);
      await running.untilHashing("endless-1");
      assertEquals([await running.end("SIGINT"), await running.printed()], [130, ["", ""]]);
    }
  },
});

/** The program at work; it is ended at the end of the block, whatever happens. */
class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #printed: Promise<string[]>;

  constructor(args: readonly string[], cwd: string) {
    this.#child = startProgram(args, { cwd });
    this.#printed = Promise.all([this.#child.stdout.text(), this.#child.stderr.text()]);
  }

  /** Waits until the program has a file of the model open. Where open files are not visible, it waits two seconds. */
  async untilHashing(name: string): Promise<void> {
    let tries = 0;
    await until(() => this.#hasOpen(name) ?? ++tries > 200, `the program hashes ${name}`);
  }

  /** Sends a signal and returns the exit code. A program that does not end within `HANG_MS` is killed. */
  async end(signal: Deno.Signal): Promise<number> {
    this.#child.kill(signal);
    let hangs = false;
    const guard = setTimeout(() => {
      hangs = true;
      this.#child.kill("SIGKILL");
    }, HANG_MS);
    const { code } = await this.#child.status;
    clearTimeout(guard);
    assert(!hangs, `${signal} did not end the program`);
    return code;
  }

  /** What it printed on standard output and standard error. */
  printed(): Promise<string[]> {
    return this.#printed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#printed;
  }

  /** Linux shows the files that a process has open. */
  #hasOpen(name: string): boolean | undefined {
    const directory = `/proc/${this.#child.pid}/fd`;
    try {
      return [...Deno.readDirSync(directory)].some((entry) =>
        readLink(`${directory}/${entry.name}`).endsWith(`/${name}`)
      );
    } catch {
      return undefined;
    }
  }
}

function readLink(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return ""; // it is closed already
  }
}
