/** Ctrl-C and other ends in the middle of hours of hashing: at once, and without leaving anything. */
import { assert, assertEquals } from "@std/assert";
import { runWell, startProgram, Workplace } from "../_program.ts";

/** Hashing so many zeros takes far longer than any test; they take no room on the disk. */
const ENDLESS = 200_000_000_000;

/** Seconds that are nothing beside that, but enough on a machine that has a lot else to do. */
const AT_ONCE = 10;

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
        const { status, seconds } = await running.end(signal);
        assertEquals(status.code, code);
        assert(seconds < AT_ONCE, `it took ${seconds} s to end`);
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
      const { status, seconds } = await running.end("SIGINT");
      assertEquals([status.code, await running.printed()], [130, ["", ""]]);
      assert(seconds < AT_ONCE, `it took ${seconds} s to end`);
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

  /** Waits until it has a file of the model open: then it hashes. Where that cannot be seen it waits for some time. */
  async untilHashing(name: string): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      if (this.#hasOpen(name) ?? tries > 100) return;
      await new Promise((resume) => setTimeout(resume, 20));
    }
    throw new Error(`the program did not come to hash ${name}`);
  }

  /** Sends it a signal, and says how long it took to end. */
  async end(signal: Deno.Signal): Promise<{ status: Deno.CommandStatus; seconds: number }> {
    const started = performance.now();
    this.#child.kill(signal);
    const status = await this.#child.status;
    return { status, seconds: (performance.now() - started) / 1000 };
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
