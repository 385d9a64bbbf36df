import { assertEquals, assertInstanceOf } from "@std/assert";
import { UnavailableError, UsageError, VerificationError } from "../../src/errors.ts";
import { asMonitorFailure } from "../../src/monitor/failure.ts";

Deno.test("only evidence against a log stays a verification error", () => {
  for (const code of ["LOG_CONTRADICTION", "LOG_CONSISTENCY", "LOG_INCLUSION"] as const) {
    const error = new VerificationError(code, "x");
    assertEquals(asMonitorFailure(error), error);
  }
  const others = [
    "LOG_CHECKPOINT",
    "LOG_ENTRY_MISSING",
    "TUF_REFUSED",
    "TRUST_INVALID",
    "CACHE_INVALID",
    "TOO_LARGE",
    "IO",
  ] as const;
  for (const code of others) {
    const error = new VerificationError(code, `failed with ${code}`);
    const failure = asMonitorFailure(error);
    assertInstanceOf(failure, UnavailableError);
    assertEquals([failure.code, failure.message, failure.cause], [code, error.message, error]);
  }
  for (const error of [new UnavailableError("IO", "x"), new UsageError("LOG_URL", "x")]) {
    assertEquals(asMonitorFailure(error), error);
  }
});
