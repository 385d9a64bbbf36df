/** Entries of strangers, so that a log is as large as its proofs need to be interesting. */

import { type KeyObject, sign } from "node:crypto";
import { newKey, publicDer, sha256 } from "./keys.ts";
import type { LogVersion } from "./trust_config.ts";

/** Requests at a time: the logs take entries in batches, so that those that wait together cost one wait. v1 fails at 200. */
const PARALLEL = { v1: 50, v2: 200 };

/** Time for one entry. */
const ENTRY_SECONDS = 30;

/**
 * Records signatures by a key without a certificate.
 *
 * @param url The log.
 * @param count How many.
 * @throws {Error} If the log does not take one.
 */
export async function fill(log: LogVersion, url: string, count: number): Promise<void> {
  const key = newKey("P-256");
  const rest = Array.from({ length: count }).values();
  await Promise.all(Array.from({ length: PARALLEL[log] }, async () => {
    for (const _ of rest) await (log === "v1" ? addToV1(url, key) : addToV2(url, key)); // one iterator for all
  }));
}

async function addToV1(url: string, key: KeyObject): Promise<void> {
  const message = crypto.getRandomValues(new Uint8Array(32));
  const pem = `-----BEGIN PUBLIC KEY-----\n${publicKey(key)}\n-----END PUBLIC KEY-----\n`;
  await post(`${url}/api/v1/log/entries`, {
    kind: "hashedrekord",
    apiVersion: "0.0.1",
    spec: {
      data: { hash: { algorithm: "sha256", value: (await sha256(message)).toHex() } },
      signature: { content: signature(message, key), publicKey: { content: btoa(pem) } },
    },
  });
}

async function addToV2(url: string, key: KeyObject): Promise<void> {
  const message = crypto.getRandomValues(new Uint8Array(32));
  await post(`${url}/api/v2/log/entries`, {
    hashedRekordRequestV002: {
      digest: (await sha256(message)).toBase64(),
      signature: {
        content: signature(message, key),
        verifier: { publicKey: { rawBytes: publicKey(key) }, keyDetails: "PKIX_ECDSA_P256_SHA_256" },
      },
    },
  });
}

function publicKey(key: KeyObject): string {
  return publicDer(key.export({ type: "pkcs8", format: "pem" }).toString()).toBase64();
}

function signature(message: Uint8Array, key: KeyObject): string {
  return new Uint8Array(sign("sha256", message, key)).toBase64();
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ENTRY_SECONDS * 1000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text.slice(0, 300)}`);
}
