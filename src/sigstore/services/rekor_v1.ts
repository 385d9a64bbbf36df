/** Writing to a Rekor v1 log: an entry of kind `dsse` for an envelope, of kind `hashedrekord` for a message. */
import { parseStrictJson } from "../../json/parse.ts";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { TransparencyLogEntry } from "@sigstore/protobuf-specs";
import { RefusedError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { ask, directory, failure, parseAnswer, type ServiceRequest } from "../../io/http.ts";
import type { ProposedEntry, RequestOptions } from "./proposed_entry.ts";
import { option } from "../../text/option.ts";

const SERVICE = "the transparency log";
const CONFLICT = 409;

/**
 * Refuses what no Rekor v1 log would take, before anything is signed: such a log wants the whole envelope.
 *
 * @param payloadBytes Size of the payload.
 * @throws {RefusedError} If it is too large (`TOO_LARGE_FOR_LOG`).
 */
export function checkFitsRekorV1(payloadBytes: number): void {
  const bytes = Math.ceil(payloadBytes / 3) * 4;
  if (bytes <= LIMITS.rekorV1EntryBytes) return;
  throw new RefusedError(
    "TOO_LARGE_FOR_LOG",
    `Cannot record the signature: its manifest takes ${bytes} bytes, and a transparency log of version 1 accepts about ` +
      `${LIMITS.rekorV1EntryBytes}; sign with a log of version 2 (${
        option("trustConfigFile")
      }), with fewer files, or with ` +
      `${option("serialization")} shards and a large ${
        option("shardSize")
      } where few large files make many shards, or with h1 or h2`,
  );
}

/**
 * Records a signature.
 *
 * @param log Address of the log.
 * @param recorded The signature.
 * @param options Stopping and retryPolicy.
 * @returns The entry, of which nothing is verified.
 * @throws {UnavailableError} If the log does not take it.
 */
export async function recordInRekorV1(
  log: URL,
  recorded: ProposedEntry,
  options: RequestOptions,
): Promise<TransparencyLogEntry> {
  const request: ServiceRequest = {
    service: SERVICE,
    url: new URL("api/v1/log/entries", directory(log)),
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(proposedEntry(recorded)),
    accept: [CONFLICT],
    ...options,
  };
  const answer = await ask(request);
  if (answer.status !== CONFLICT) return readEntry(request, parseAnswer(request, answer));
  // A request whose answer was lost has been taken all the same: the log says where the entry is.
  const existing = { ...request, method: "GET" as const, url: existingEntry(request, answer.headers) };
  const { body: _, ...get } = existing;
  return readEntry(get, parseAnswer(get, await ask(get)));
}

function proposedEntry(recorded: ProposedEntry): unknown {
  const pem = new TextEncoder().encode(recorded.certificatePem).toBase64();
  if (recorded.envelope !== undefined) {
    const proposedContent = { envelope: recorded.envelope, verifiers: [pem] };
    return { apiVersion: "0.0.1", kind: "dsse", spec: { proposedContent } };
  }
  const value = createHash("sha256").update(recorded.signed).digest("hex");
  return {
    apiVersion: "0.0.1",
    kind: "hashedrekord",
    spec: {
      data: { hash: { algorithm: "sha256", value } },
      signature: { content: recorded.signature.toBase64(), publicKey: { content: pem } },
    },
  };
}

/** The id alone is taken from the answer, so that no answer can send the program elsewhere. */
function existingEntry(request: ServiceRequest, headers: Headers): URL {
  const id = headers.get("location")?.split("/").at(-1) ?? "";
  if (!/^[0-9a-f]{64,80}$/.test(id)) throw failure(request, "it has this entry already, but does not say where");
  return new URL(`entries/${id}`, request.url);
}

/** One member, named by the entry's id, as the log's API describes it. */
function readEntry(request: ServiceRequest, answer: unknown): TransparencyLogEntry {
  try {
    const entries = Object.values(answer as Record<string, RekorV1Entry>);
    if (entries.length !== 1) throw new Error("not one entry");
    return toLogEntry(entries[0]!);
  } catch (cause) {
    throw failure(request, "its answer is not a log entry with a promise and a proof", cause);
  }
}

/** As Rekor v1 answers. */
interface RekorV1Entry {
  body: string;
  integratedTime: number;
  logID: string;
  logIndex: number;
  verification: {
    signedEntryTimestamp: string;
    inclusionProof: { checkpoint: string; hashes: string[]; logIndex: number; rootHash: string; treeSize: number };
  };
}

function toLogEntry({ body, integratedTime, logID, logIndex, verification }: RekorV1Entry): TransparencyLogEntry {
  const { signedEntryTimestamp, inclusionProof: proof } = verification;
  const canonicalizedBody = Buffer.from(Uint8Array.fromBase64(body));
  const { kind, apiVersion } = parseStrictJson(canonicalizedBody) as { kind: string; apiVersion: string };
  return {
    logIndex: wholeNumber(logIndex),
    logId: { keyId: fromHex(logID) },
    kindVersion: { kind: text(kind), version: text(apiVersion) },
    integratedTime: wholeNumber(integratedTime),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(Uint8Array.fromBase64(signedEntryTimestamp)) },
    inclusionProof: {
      logIndex: wholeNumber(proof.logIndex),
      rootHash: fromHex(proof.rootHash),
      treeSize: wholeNumber(proof.treeSize),
      hashes: proof.hashes.map(fromHex),
      checkpoint: { envelope: text(proof.checkpoint) },
    },
    canonicalizedBody,
  };
}

function fromHex(hex: string): Buffer {
  return Buffer.from(Uint8Array.fromHex(hex));
}

function wholeNumber(value: unknown): string {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new Error("not a whole number");
  return `${value}`;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("not a string");
  return value;
}
