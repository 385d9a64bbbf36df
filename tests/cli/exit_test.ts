import { assertEquals } from "@std/assert";
import * as library from "../../mod.ts";
import { EXIT, exitStatus } from "../../src/cli/exit.ts";
import { PasswordNeededError } from "../../src/keys/ec_key.ts";
import { noDifferences } from "../../src/manifest/diff.ts";

const REPORT: library.VerifyReport = {
  method: "key",
  serialization: "files",
  hashAlgorithm: "sha256",
  signer: null,
  files: 0,
  bytes: 0,
  ignorePaths: [],
  notCovered: [],
  differences: noDifferences(),
};

/** A row for each class. What the program does not know is a failure of the environment: never success, never a verdict. */
const ROWS: readonly [error: unknown, status: number][] = [
  [new library.VerificationError("IO", "message"), 1],
  [new library.ModelDiffersError("message", REPORT), 1],
  [new library.RefusedError("IO", "message"), 1],
  [new PasswordNeededError("IO", "message"), 1],
  [new library.UsageError("IO", "message"), 2],
  [new library.UnavailableError("IO", "message"), 3],
  [new Error("message"), 3],
  [new TypeError("message"), 3],
  [new RangeError("message"), 3],
  [new Deno.errors.NotFound("message"), 3],
  [new Deno.errors.NotCapable("message"), 3],
  [new DOMException("message", "AbortError"), 3],
  [new AggregateError([new library.VerificationError("IO", "message")]), 3],
  [undefined, 3],
  [null, 3],
  ["text", 3],
  [{ code: "CODE", name: "UsageError" }, 3],
];

for (const [error, status] of ROWS) {
  const name = error instanceof Error ? error.constructor.name : String(error);
  Deno.test(`exitStatus() is ${status} for ${name}`, () => assertEquals(exitStatus(error), status));
}

// A class that is added must get a row.
Deno.test("exitStatus() has a row for every class of error of the library", () => {
  const classes = Object.values(library)
    .filter((value) => typeof value === "function" && value.prototype instanceof library.ModelSigningError);
  const tested = ROWS.map(([error]) => Object(error).constructor);
  assertEquals(classes.filter((one) => !tested.includes(one)), []);
});

Deno.test("the exit statuses are those that scripts rely on", () => {
  assertEquals(EXIT, { done: 0, notVerified: 1, usage: 2, environment: 3, interrupted: 130, terminated: 143 });
});
