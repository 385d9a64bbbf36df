/** A person with a browser and a terminal, in a few lines: follows redirects, and types codes. */
import type { Person } from "../../../src/sigstore/login/log_in.ts";

/** Remembers what it was told and what its browser showed. */
export class ScriptedPerson implements Person {
  /** What it was told. */
  readonly told: string[] = [];
  /** What its browser showed, or why it showed nothing. */
  readonly pages: Promise<{ status: number; text: string; headers: Headers }>[] = [];
  readonly #visit: (url: string) => Promise<Response>;

  /** @param visit Opens a page; by default, as a browser does. */
  constructor(visit: (url: string) => Promise<Response> = (url) => fetch(url)) {
    this.#visit = visit;
  }

  tell(text: string): void {
    this.told.push(text);
  }

  readonly openBrowser = (url: string): Promise<boolean> => {
    this.pages.push(
      this.#visit(url).then(async (page) => {
        return { status: page.status, text: await page.text(), headers: page.headers };
      }),
    );
    return Promise.resolve(true);
  };

  /** The address that it was told to open. */
  get address(): string {
    return /^ {2}(http\S+)$/m.exec(this.told.join("\n"))![1]!;
  }
}
