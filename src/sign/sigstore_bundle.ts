/** Builds the bundle of a signature with an identity, with `@sigstore/bundle`: first the signature, then evidence. */
import { bundleToJSON, toDSSEBundle, toMessageSignatureBundle } from "@sigstore/bundle";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Evidence } from "./witness.ts";
import type { Content } from "./signer.ts";

/** Content in memory. Services take the payload as a whole, and what a log accepts fits in memory. */
export type ContentInMemory =
  | Extract<Content, { kind: "message" }>
  | Extract<Content, { kind: "envelope" }> & { readonly payload: Uint8Array };

type LibraryBundle = ReturnType<typeof toDSSEBundle> | ReturnType<typeof toMessageSignatureBundle>;
type LibraryMaterial = LibraryBundle["verificationMaterial"];

/** A bundle under construction. */
export class SigstoreBundleBuilder {
  readonly #bundle: LibraryBundle;

  /**
   * Begins a bundle without evidence.
   *
   * @param content What was signed.
   * @param signature The signature.
   * @param leaf The signing certificate in DER.
   */
  constructor(content: ContentInMemory, signature: Uint8Array, leaf: Uint8Array) {
    const common = { signature: Buffer.from(signature), certificate: Buffer.from(leaf) };
    this.#bundle = content.kind === "envelope"
      ? toDSSEBundle({
        artifact: Buffer.from(content.payload.buffer, content.payload.byteOffset, content.payload.length),
        artifactType: content.payloadType,
        ...common,
      })
      : toMessageSignatureBundle({ digest: createHash("sha256").update(content.message).digest(), ...common });
    this.#material.tlogEntries = [];
    this.#material.timestampVerificationData = { rfc3161Timestamps: [] };
  }

  get #material(): LibraryMaterial {
    return this.#bundle.verificationMaterial;
  }

  /** The DSSE envelope as JSON; `undefined` for a message signature. */
  get envelope(): string | undefined {
    const { dsseEnvelope } = bundleToJSON(this.#bundle) as { dsseEnvelope?: unknown };
    return dsseEnvelope === undefined ? undefined : JSON.stringify(dsseEnvelope);
  }

  /** Adds evidence. */
  add(evidence: Evidence): void {
    if (evidence.kind === "logEntry") {
      this.#material.tlogEntries.push(evidence.entry as LibraryMaterial["tlogEntries"][number]);
      return;
    }
    this.#material.timestampVerificationData!.rfc3161Timestamps.push({
      signedTimestamp: Buffer.from(evidence.response),
    });
  }

  /** The bundle as the text of a signature file. */
  serialize(): string {
    const bundle = bundleToJSON(this.#bundle) as SerializedBundle;
    bundle.verificationMaterial.tlogEntries ??= [];
    addDefaults(bundle);
    return `${JSON.stringify(bundle)}\n`;
  }
}

/** The members of a bundle in JSON that the protobuf mapping may leave out. */
interface SerializedBundle {
  verificationMaterial: {
    tlogEntries?: { logIndex?: string; inclusionProof: { logIndex?: string; hashes?: string[] } }[];
  };
}

/** Protobuf's JSON mapping omits zero and empty values, but other tools require them: see the first entry of a log. */
function addDefaults({ verificationMaterial: { tlogEntries = [] } }: SerializedBundle): void {
  for (const entry of tlogEntries) {
    entry.logIndex ??= "0";
    entry.inclusionProof.logIndex ??= "0";
    entry.inclusionProof.hashes ??= [];
  }
}
