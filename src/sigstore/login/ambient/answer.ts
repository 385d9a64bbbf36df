/** Answers that hold a secret: no message may quote them. */
import { parseStrictJson } from "../../../json/parse.ts";
import { failure, type ServiceAnswer, type ServiceRequest } from "../../../io/http.ts";
import { isRecord, MOST_TOKEN_LENGTH } from "../../tokens/claims.ts";
import type { TokenRequest } from "./provider.ts";

/** An answer is a token with a few words around it. */
const MOST_ANSWER_BYTES = 2 * MOST_TOKEN_LENGTH;

/** Asks a service for a secret text. */
export async function askForText(request: ServiceRequest, { environment, signal }: TokenRequest): Promise<string> {
  const answer = await askForSecret(request, environment.ask, signal);
  return new TextDecoder().decode(answer.bytes).trim();
}

/** Asks a service for JSON with a secret in one field. */
export async function askForField(request: ServiceRequest, field: string, context: TokenRequest): Promise<string> {
  const text = await askForText({ ...request, headers: { ...request.headers, accept: "application/json" } }, context);
  const value = readField(text, field);
  if (value === undefined) throw failure(request, `its answer has no text in the field ${field}`);
  return value;
}

function askForSecret(
  request: ServiceRequest,
  ask: (request: ServiceRequest) => Promise<ServiceAnswer>,
  signal: AbortSignal | undefined,
): Promise<ServiceAnswer> {
  return ask({ ...request, maxBytes: MOST_ANSWER_BYTES, signal });
}

function readField(text: string, field: string): string | undefined {
  try {
    const answer = parseStrictJson(new TextEncoder().encode(text));
    const value = isRecord(answer) ? answer[field] : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}
