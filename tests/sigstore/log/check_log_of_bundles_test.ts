/** Bundles as they are made, and logs that serve canonical entries: with a Sigstore of our own. */
import { TransparencyLogEntry } from "@sigstore/protobuf-specs";
import { assertEquals, assertRejects } from "@std/assert";
import { VerificationError } from "../../../src/errors.ts";
import { checkLog, type LogCheck } from "../../../src/sigstore/log/check_log.ts";
import { Watching } from "../../monitor/_watching.ts";
import { IMPATIENT } from "./_log_server.ts";

async function check(watching: Watching, entry: unknown): Promise<LogCheck> {
  return await checkLog(TransparencyLogEntry.fromJSON(entry), watching.trustedRoot, { retryPolicy: IMPATIENT });
}

for (const rekor of [1, 2] as const) {
  Deno.test(`v${rekor}: entries of bundles stand in a log that grew, and not in one that lies`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(3);
    const made = [
      await watching.sign(),
      await watching.sign({ message: new Uint8Array([1]) }),
      ...(rekor === 1 ? [await watching.sign({ kind: "intoto" })] : []),
    ];
    const entries = made.map(({ bundle }) => bundle.verificationMaterial.tlogEntries[0]!);
    watching.noise(300);
    for (const [i, entry] of entries.entries()) {
      const { logIndex, treeSize, bundleTreeSize } = await check(watching, entry);
      assertEquals([logIndex, treeSize, bundleTreeSize], [3 + i, 303 + made.length, 4 + i]);
    }
    const lies = [
      ["splitView", "LOG_CONSISTENCY"],
      ["otherCheckpointKey", "LOG_CHECKPOINT"],
      ["wrongCheckpointSignature", "LOG_CHECKPOINT"],
      ["otherOrigin", "LOG_CHECKPOINT"],
      ...(rekor === 1 ? [["wrongConsistency", "LOG_CONSISTENCY"], ["wrongProof", "LOG_INCLUSION"]] as const : []),
    ] as const;
    for (const [lie, code] of lies) {
      watching.log.misbehave(lie);
      const error = await assertRejects(() => check(watching, entries[0]!), VerificationError, undefined, lie);
      assertEquals([lie, error.code], [lie, code]);
      watching.log.faults.clear();
    }
  });
}

Deno.test("v1: an older bundle, with a promise and no proof", async () => {
  await using watching = await Watching.start(1);
  const { bundle } = await watching.sign({ entry: { noProof: true } });
  watching.noise(4);
  const { logIndex, treeSize, bundleTreeSize } = await check(watching, bundle.verificationMaterial.tlogEntries[0]!);
  assertEquals([logIndex, treeSize, bundleTreeSize], [0, 5, null]);
});
