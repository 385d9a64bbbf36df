/** What is recorded in a transparency log, and how requests for it are made. */
import type { RequestPolicy } from "../../io/http.ts";

/** A signature, as a log wants it. */
export interface ProposedEntry {
  /** The signature. */
  readonly signature: Uint8Array;
  /** What it is over: the pre-authentication encoding of an envelope, or the message. */
  readonly signed: Uint8Array;
  /** The signing certificate, in DER. */
  readonly certificate: Uint8Array;
  /** The same in PEM, as the authority sent it. */
  readonly certificatePem: string;
  /** The envelope as JSON, if it is one. */
  readonly envelope?: string;
}

/** Stopping and retryPolicy. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly retryPolicy?: RequestPolicy | undefined;
}
