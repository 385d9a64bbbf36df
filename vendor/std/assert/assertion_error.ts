/**
 * The error of an assertion that does not hold.
 *
 * @param message What does not hold.
 * @param options The `cause`, if there is one.
 */
export class AssertionError extends Error {
  /** Creates the error. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}
