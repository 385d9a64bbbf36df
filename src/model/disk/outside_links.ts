/** One warning for all symbolic links that lead outside a model. */
import { quote } from "../../text/quote.ts";

/** How many links a warning names. */
const NAMED = 3;

/** The links that were followed out of a model. */
export class OutsideLinks {
  #count = 0;
  readonly #first: { name: string; target: string }[] = [];

  /** Adds a link, by its name in the model, and where it leads. */
  add(name: string, target: string): void {
    if (this.#count++ < NAMED) this.#first.push({ name, target });
  }

  /** Warns of them, if there are any. */
  warn(onWarning: (message: string) => void): void {
    if (this.#count === 0) return;
    const [{ name, target }] = this.#first as [{ name: string; target: string }];
    if (this.#count === 1) {
      return onWarning(`The symbolic link ${quote(name)} leads outside the model, to ${quote(target)}`);
    }
    const named = this.#first.map((link) => `${quote(link.name)} to ${quote(link.target)}`).join(", ");
    const more = this.#count > NAMED ? ` and ${this.#count - NAMED} more` : "";
    onWarning(`${this.#count} symbolic links lead outside the model: ${named}${more}`);
  }
}
