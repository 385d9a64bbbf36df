/**
 * Ends the sentence of an assertion, with the message of the caller if there is one.
 *
 * @param msg The message of the caller.
 * @returns What to append to the sentence.
 */
export function suffix(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}
