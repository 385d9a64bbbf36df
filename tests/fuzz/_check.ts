/** Reads one input and finds out what is wrong with how it was read. */
import process from "node:process";
import { ModelSigningError } from "../../mod.ts";
import type { Example } from "./_targets.ts";

/** What one input may take. */
const LIMITS = { cpuSeconds: 5, memoryBytes: 500_000_000, messageLength: 20_000 };

/** What reading an input came to. */
export interface Outcome {
  /** Whether the input was taken for a good one. */
  readonly accepted: boolean;
  /** What is wrong, if anything is. */
  readonly fault: string | undefined;
}

/** Reads inputs of one example, whose own meaning is known. */
export class Reader {
  readonly #example: Example;
  readonly #meaning: string;

  private constructor(example: Example, meaning: string) {
    this.#example = example;
    this.#meaning = meaning;
  }

  /** Reads the example itself, which must be good. */
  static async of(example: Example): Promise<Reader> {
    return new Reader(example, await example.read(example.bytes));
  }

  /** Reads an input. */
  async read(input: Uint8Array<ArrayBuffer>): Promise<Outcome> {
    const before = { memory: memory(), cpu: process.cpuUsage() };
    const { accepted, fault } = await this.#tryToRead(input);
    const { user, system } = process.cpuUsage(before.cpu);
    const seconds = (user + system) / 1e6;
    const after = memory();
    const bytes = after.peak > before.memory.peak ? after.peak - before.memory.now : 0;
    if (fault !== undefined) return { accepted, fault };
    if (seconds > LIMITS.cpuSeconds) return { accepted, fault: `it took ${seconds.toFixed(1)} s` };
    if (bytes > LIMITS.memoryBytes) return { accepted, fault: `it took ${Math.round(bytes / 1e6)} MB` };
    return { accepted, fault: undefined };
  }

  async #tryToRead(input: Uint8Array<ArrayBuffer>): Promise<Outcome> {
    try {
      const meaning = await this.#example.read(input);
      const fault = meaning === this.#meaning ? undefined : `it means ${meaning}\n  instead of ${this.#meaning}`;
      return { accepted: true, fault };
    } catch (error) {
      return { accepted: false, fault: this.#faultOf(error) };
    }
  }

  #faultOf(error: unknown): string | undefined {
    if (!(error instanceof ModelSigningError)) {
      return error instanceof Error ? error.stack ?? String(error) : `thrown: ${error}`;
    }
    const { message } = error;
    if (/\p{Cc}/u.test(message)) return `the message is not one plain line: ${JSON.stringify(message)}`;
    if (message.length > LIMITS.messageLength) return `the message has ${message.length} characters`;
    const { file } = this.#example;
    if (file !== undefined && !message.includes(file)) return `the message does not name the file: ${message}`;
    return undefined;
  }
}

/** Memory of this process in bytes, where the system tells its peak. */
function memory(): { now: number; peak: number } {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const value = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
    return { now: value("VmRSS"), peak: value("VmHWM") };
  } catch {
    return { now: 0, peak: 0 };
  }
}
