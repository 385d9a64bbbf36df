import type { Faults } from "./faults.ts";
import { bytesOf, makeServiceKey, type ServiceKey } from "./keys.ts";
import { MerkleTree } from "./merkle_tree.ts";

/** What a log may do wrong of its own. Everything it signs nevertheless is signed with its true key. */
export type LogFault =
  /** An inclusion proof with one wrong hash. */
  | "wrongProof"
  /** An inclusion proof for a tree of another size than that of its checkpoint. */
  | "otherTreeSize"
  /** Another tree of the same size, in which leaf 0 is another, with proofs that fit that tree. */
  | "splitView"
  /** A tree that has lost its last leaf. */
  | "shrunkTree"
  /** The entry before (or behind) the one asked for, with proofs that fit it. */
  | "entrySwapped"
  /** A checkpoint signed by a key that nobody trusts. */
  | "otherCheckpointKey"
  /** A checkpoint of another log's name. */
  | "otherOrigin"
  /** A checkpoint with a wrong signature. */
  | "wrongCheckpointSignature"
  /** A consistency proof with one wrong hash. */
  | "wrongConsistency"
  /** Rekor v1: a promise signed by a key that nobody trusts. */
  | "otherPromiseKey"
  /** Rekor v1: no promise. */
  | "noPromise"
  /** Rekor v1: an hour later than now, which is in no certificate's validity. */
  | "lateIntegratedTime"
  /** No inclusion proof. */
  | "noProof";

/** What is to be wrong with one entry that a log shows. */
export interface LogForgery {
  /** The size of the tree in checkpoint and proof: an earlier one is not wrong, only old. */
  readonly treeSize?: number;
  /** The proof is for a tree of another size than that of the checkpoint. */
  readonly otherProofSize?: boolean;
  /** One hash of the proof is another. */
  readonly wrongProof?: boolean;
  readonly noProof?: boolean;
  readonly checkpointKey?: ServiceKey;
  /** The name in the checkpoint, and in its signature line. */
  readonly origin?: string;
  readonly wrongCheckpointSignature?: boolean;
  readonly noPromise?: boolean;
  readonly promiseKey?: ServiceKey;
  readonly integratedTime?: Date;
}

/** What a log shows as its tree. */
export interface TreeView {
  readonly tree: MerkleTree;
  readonly size: number;
  readonly leaves: readonly Uint8Array<ArrayBuffer>[];
}

/** Leaves and the tree over them, and what faults make of them. */
export class LogState {
  readonly tree: MerkleTree = new MerkleTree();
  readonly leaves: Uint8Array<ArrayBuffer>[] = [];

  /** Appends a leaf and gives its index. */
  append(leaf: Uint8Array<ArrayBuffer>): number {
    this.leaves.push(leaf);
    return this.tree.append(leaf);
  }

  /** What the log shows now. */
  view(faults: Faults<LogFault>, path = ""): TreeView {
    if (faults.take("splitView", path)) return this.#forked();
    const lost = this.tree.size > 0 && faults.take("shrunkTree", path) ? 1 : 0;
    return { ...this.whole, size: this.tree.size - lost };
  }

  /** All of it. */
  get whole(): TreeView {
    return { tree: this.tree, size: this.tree.size, leaves: this.leaves };
  }

  /** Which entry is shown for the one asked for. */
  shown(index: number, faults: Faults<LogFault>): number {
    if (this.tree.size < 2 || !faults.take("entrySwapped")) return index;
    return index === 0 ? 1 : index - 1;
  }

  #forked(): TreeView {
    const tree = new MerkleTree();
    const leaves = this.leaves.map((leaf, index) => index === 0 ? bytesOf("{}") : leaf);
    for (const leaf of leaves) tree.append(leaf);
    return { tree, size: tree.size, leaves };
  }
}

/** What the active faults make wrong with an entry. */
export function forgeryOf(faults: Faults<LogFault>, now: Date): LogForgery {
  return {
    ...(faults.take("wrongProof") ? { wrongProof: true } : {}),
    ...(faults.take("otherTreeSize") ? { otherProofSize: true } : {}),
    ...(faults.take("otherCheckpointKey") ? { checkpointKey: makeServiceKey() } : {}),
    ...(faults.take("otherOrigin") ? { origin: "log.example" } : {}),
    ...(faults.take("wrongCheckpointSignature") ? { wrongCheckpointSignature: true } : {}),
    ...(faults.take("otherPromiseKey") ? { promiseKey: makeServiceKey() } : {}),
    ...(faults.take("noPromise") ? { noPromise: true } : {}),
    ...(faults.take("noProof") ? { noProof: true } : {}),
    ...(faults.take("lateIntegratedTime") ? { integratedTime: new Date(now.getTime() + 3_600_000) } : {}),
  };
}

/** The proof for an entry, or a wrong one. */
export function proofFor(view: TreeView, index: number, forgery: LogForgery): Uint8Array[] {
  const { tree, size } = forgery.otherProofSize ? otherSize(view, index) : view;
  const hashes = tree.inclusionProof(index, size);
  return forgery.wrongProof ? spoiled(hashes) : hashes;
}

/** One leaf less, or one more where the entry is the last. */
function otherSize({ size, leaves, tree }: TreeView, index: number): { tree: MerkleTree; size: number } {
  if (index < size - 1) return { tree, size: size - 1 };
  const grown = new MerkleTree();
  for (const leaf of [...leaves.slice(0, size), bytesOf("{}")]) grown.append(leaf);
  return { tree: grown, size: grown.size };
}

/** One hash is another; an empty proof gets one too many. */
export function spoiled(hashes: readonly Uint8Array[]): Uint8Array[] {
  const [first = new Uint8Array(32), ...rest] = hashes;
  const wrong = first.slice();
  wrong[0]! ^= 1;
  return [wrong, ...rest];
}

/** A checkpoint whose signature is wrong in its last byte. */
export function spoiledCheckpoint(text: string): string {
  const [head, encoded] = [text.slice(0, text.lastIndexOf(" ") + 1), text.slice(text.lastIndexOf(" ") + 1)];
  const signature = Uint8Array.fromBase64(encoded.trim());
  signature[signature.length - 1]! ^= 1;
  return `${head}${signature.toBase64()}\n`;
}
