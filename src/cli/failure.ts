/** Reports the failure of a command. */
import { ModelDiffersError, type VerifyReport } from "../api/verify_options.ts";
import { noDifferences } from "../manifest/diff.ts";
import { EXIT, exitStatus } from "./exit.ts";
import { messageOf } from "./flags.ts";
import type { Output } from "./output.ts";
import type { Request } from "./parse.ts";
import { describeDifferences, describeNotCovered } from "./report.ts";

/**
 * Prints the error on one line, every difference of a model that does not verify, and with `--json` the document of the
 * failure.
 *
 * @param error What was thrown.
 * @param request The request, if the command line could be read.
 * @param output Where to print.
 * @returns The exit status.
 */
export function reportFailure(error: unknown, request: Request | undefined, output: Output): number {
  const status = exitStatus(error);
  const message = messageOf(error);
  output.log("error", message);
  if (status === EXIT.usage) return status;
  try {
    if (request?.options.flag("json")) {
      output.result(JSON.stringify({ ...failureDocument(error, request), error: message }) + "\n");
    } else if (error instanceof ModelDiffersError) {
      output.result(
        error.code === "NOT_COVERED"
          ? describeNotCovered(error.report.notCovered)
          : describeDifferences(error.report.differences),
      );
    }
  } catch {
    return EXIT.environment; // Standard output cannot be written. Its reader must not take silence for success.
  }
  return status;
}

/** The members that the document of a success has too, as far as they are known. */
function failureDocument(error: unknown, request: Request): Record<string, unknown> {
  switch (request.command?.name) {
    case "verify":
      return { verified: false, ...(error instanceof ModelDiffersError ? error.report : emptyReport(request)) };
    case "sign":
      return { signature: null, method: request.method, signer: null, ...NOTHING_HASHED };
    case "digest":
      return NOTHING_HASHED;
    case "inspect":
      return { verified: false };
    default:
      return {};
  }
}

const NOTHING_HASHED = {
  digest: null,
  serialization: null,
  hashAlgorithm: null,
  files: 0,
  bytes: 0,
  engine: null,
  engineReason: null,
  seconds: null,
};

function emptyReport(request: Request): VerifyReport {
  return {
    method: request.method as VerifyReport["method"],
    serialization: null,
    hashAlgorithm: null,
    signer: null,
    files: 0,
    bytes: 0,
    ignorePaths: [],
    notCovered: [],
    differences: noDifferences(),
  };
}
