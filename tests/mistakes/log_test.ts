/** Mistakes that others made with transparency logs: an entry proves nothing unless all of it is checked. */
import { assert, assertEquals } from "@std/assert";
import { TransparencyLogEntry } from "@sigstore/protobuf-specs";
import { UnavailableError } from "../../src/errors.ts";
import { verifyCheckpoint } from "../../src/sigstore/log/checkpoint.ts";
import { checkLog } from "../../src/sigstore/log/check_log.ts";
import { logKeys } from "../../src/sigstore/log/log_key.ts";
import { parseSigningConfig } from "../../src/sigstore/trust/signing_config.ts";
import { selectServices } from "../../src/sigstore/trust/select_services.ts";
import { assertFails } from "../_assert_fails.ts";
import { makeBundle } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import type { Json } from "../oms/_forge.ts";
import * as logs from "../sigstore/log/_log_server.ts";
import { verifyForged } from "../verify/_sigstore.ts";
import { refused } from "./_refused.ts";
import { signerOf } from "../verify/_verify_whole.ts";

const REKORS = [1, 2] as const;

/** A Sigstore whose logs have some entries, so that proofs are not empty. */
async function startSigstore(): Promise<TestSigstore> {
  const sigstore = await TestSigstore.start();
  for (const rekor of REKORS) {
    for (let i = 0; i < 3; i++) await makeBundle(sigstore, { statement: { i }, rekor });
  }
  return sigstore;
}

function entryOf(bundle: Json): Json {
  return bundle.verificationMaterial.tlogEntries[0];
}

/** One bit is another. */
function flipped(base64: string, at = -1): string {
  const bytes = Uint8Array.fromBase64(base64);
  const place = at < 0 ? bytes.length + at : at;
  return bytes.with(place, bytes[place]! ^ 1).toBase64();
}

Deno.test("mistake: entry for another artifact, signature or certificate accepted", async (t) => {
  await using sigstore = await startSigstore();
  for (const rekor of REKORS) {
    for (const entryOf of ["otherArtifact", "otherSignature", "otherCertificate"] as const) {
      await t.step(`v${rekor}: ${entryOf}`, async () => {
        await refused(() => verifyForged(sigstore, { options: { rekor, entryOf } }), "SIGNATURE_WRONG", "LOG_ENTRY");
      });
    }
    await t.step(`v${rekor}: another entry of this very log, with its own good proof`, async () => {
      const { bundle: other } = await makeBundle(sigstore, { statement: { other: true }, rekor });
      const change = ({ verificationMaterial }: Json): void => {
        verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries;
      };
      await refused(() => verifyForged(sigstore, { options: { rekor }, change }), "LOG_ENTRY");
    });
  }
});

Deno.test("mistake: promise, proof or checkpoint signature not checked at all", async (t) => {
  await using sigstore = await startSigstore();
  const changes: [what: string, rekor: 1 | 2, change: (entry: Json) => void][] = [
    ["promise", 1, ({ inclusionPromise: promise }) => {
      promise.signedEntryTimestamp = flipped(promise.signedEntryTimestamp);
    }],
    ...REKORS.flatMap((rekor): [string, 1 | 2, (entry: Json) => void][] => [
      [`proof, v${rekor}`, rekor, ({ inclusionProof: { hashes } }) => (hashes[0] = flipped(hashes[0]))],
      [`root of the proof, v${rekor}`, rekor, ({ inclusionProof }) => {
        inclusionProof.rootHash = flipped(inclusionProof.rootHash);
      }],
      [`checkpoint signature, v${rekor}`, rekor, ({ inclusionProof: { checkpoint } }) => {
        checkpoint.envelope = checkpoint.envelope.replace(
          /(\u2014 \S+ )(\S+)/,
          (_: string, name: string, signature: string) => name + flipped(signature, 40),
        );
      }],
      [`place in the log, v${rekor}`, rekor, (entry) => (entry.logIndex = `${Number(entry.logIndex) + 1}`)],
      [`no checkpoint, v${rekor}`, rekor, ({ inclusionProof }) => delete inclusionProof.checkpoint],
      [`no proof, v${rekor}`, rekor, (entry) => delete entry.inclusionProof],
    ]),
  ];
  for (const [what, rekor, change] of changes) {
    await t.step(what, async () => {
      await refused(() => verifyForged(sigstore, { options: { rekor }, change: (bundle) => change(entryOf(bundle)) }));
    });
  }
});

Deno.test("mistake: the unsigned `integratedTime` trusted without a promise", async (t) => {
  await using sigstore = await startSigstore();
  for (const rekor of REKORS) {
    await t.step(`v${rekor}: it proves no time`, async () => {
      const options = { rekor, timestamps: 0, entry: { noPromise: true } };
      const change = (bundle: Json): unknown => (entryOf(bundle).integratedTime = `${seconds(sigstore.now())}`);
      await refused(() => verifyForged(sigstore, { options, change }), "SIGNATURE_WRONG");
    });
    await t.step(`v${rekor}: beside a timestamp it is not reported either`, async () => {
      const options = { rekor, timestamps: 1, entry: { noPromise: true } };
      const change = (bundle: Json): unknown => (entryOf(bundle).integratedTime = "1");
      const signer = signerOf(await verifyForged(sigstore, { options, change }));
      assert(signer.method === "sigstore");
      assertEquals(signer.times.map(({ source }) => source), ["timestamp authority"]);
    });
  }
  await t.step("a promise for another time", async () => {
    const change = (bundle: Json): void => {
      const entry = entryOf(bundle);
      entry.integratedTime = `${Number(entry.integratedTime) + 1}`;
    };
    await refused(() => verifyForged(sigstore, { change }), "SIGNATURE_WRONG");
  });
});

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

Deno.test("mistake: duplicates, or several entries of one log, counted towards a threshold", async (t) => {
  await using sigstore = await startSigstore();
  await t.step("the same entry twice", async () => {
    await refused(() => verifyForged(sigstore, { options: { entries: 2 } }), "SIGNATURE_WRONG");
  });
  await t.step("the same entry twice, the second one seen later and by another kind of proof", async () => {
    const change = (bundle: Json): void => {
      const [entry] = bundle.verificationMaterial.tlogEntries;
      const { inclusionPromise: _, ...without } = entry;
      bundle.verificationMaterial.tlogEntries.push({ ...without, logIndex: without.inclusionProof.logIndex });
    };
    await refused(() => verifyForged(sigstore, { change }), "SIGNATURE_WRONG");
  });
  await t.step("the same timestamp twice", async () => {
    const change = ({ verificationMaterial: { timestampVerificationData: data } }: Json): void => {
      data.rfc3161Timestamps.push(data.rfc3161Timestamps[0]);
    };
    await refused(() => verifyForged(sigstore, { options: { rekor: 2 }, change }), "TIMESTAMP_INVALID");
  });
  await t.step("many good ones do not outweigh a bad one", async () => {
    const { bundle: other } = await makeBundle(sigstore, { statement: { other: true } });
    const change = (bundle: Json): void => {
      bundle.verificationMaterial.tlogEntries.push(...other.verificationMaterial.tlogEntries);
    };
    await refused(() => verifyForged(sigstore, { change }), "LOG_ENTRY");
  });
  await t.step("two services of one operator are one", async () => {
    const config: Json = sigstore.signingConfig({ rekor: 1 });
    const [log] = config.rekorTlogUrls;
    config.rekorTlogUrls = [{ ...log, operator: "acme" }, { ...log, url: `${log.url}/2`, operator: "acme" }];
    config.rekorTlogConfig = { selector: "EXACT", count: 2 };
    const read = parseSigningConfig(JSON.stringify(config), "the config of the test");
    await assertFails(() => selectServices(read, { now: sigstore.now() }), UnavailableError, "NO_SERVICE", "2");
  });
});

Deno.test("mistake: an unsigned media type that switches off the inclusion proof", async (t) => {
  await using sigstore = await startSigstore();
  const types = ["0.1", "0.2"].map((version) => `application/vnd.dev.sigstore.bundle+json;version=${version}`);
  for (const mediaType of types) {
    const older = (bundle: Json): void => {
      const { certificate, ...rest } = bundle.verificationMaterial;
      bundle.mediaType = mediaType;
      bundle.verificationMaterial = { x509CertificateChain: { certificates: [certificate] }, ...rest };
    };
    await t.step(mediaType, async () => {
      await verifyForged(sigstore, { change: older });
      const without: ((entry: Json) => void)[] = [
        (entry) => delete entry.inclusionProof,
        (entry) => (entry.inclusionProof = null),
        ({ inclusionProof: { hashes } }) => (hashes[0] = flipped(hashes[0])),
        ({ inclusionProof }) => delete inclusionProof.checkpoint,
      ];
      for (const change of without) {
        await refused(() =>
          verifyForged(sigstore, {
            change: (bundle) => {
              older(bundle);
              change(entryOf(bundle));
            },
          })
        );
      }
    });
  }
});

Deno.test("mistake: a name in a checkpoint run as a regular expression", async () => {
  const key = logs.makeKey("p256");
  const name = "rekor.example.com";
  const keys = logKeys(logs.trustedRoot([{ url: `https://${name}`, key, name }]));
  const head = { treeSize: 1, rootHash: new Uint8Array(32) };
  assertEquals(verifyCheckpoint(logs.signCheckpoint(key, name, head), keys).treeSize, 1);
  const patterns = [".*", "rekor.example.co.", "rekor[.]example[.]com", "(rekor|x).example.com", "^", "$", "["];
  // This one never ends as a pattern, with the names that trusted logs have.
  for (const pattern of [...patterns, "((r|.)+)+$!"]) {
    await refused(() => verifyCheckpoint(logs.signCheckpoint(key, pattern, head), keys), "LOG_CHECKPOINT");
    await refused(() => verifyCheckpoint(logs.signCheckpoint(key, name, head, pattern), keys), "LOG_CHECKPOINT");
  }
});

Deno.test("mistake: log keys fetched from the log itself", async (t) => {
  for (const make of [() => new logs.RekorV1(), () => new logs.RekorV2()]) {
    await using server = make();
    server.grow(3);
    const { tree, key } = server;
    const entry = TransparencyLogEntry.fromJSON({
      logIndex: "1",
      logId: { keyId: logs.keyId(key, server.name).toBase64() },
      inclusionProof: {
        logIndex: "1",
        treeSize: "3",
        rootHash: tree.head().rootHash.toBase64(),
        hashes: tree.inclusionProof(1, 3).map((hash) => hash.toBase64()),
        checkpoint: { envelope: server.checkpoint() },
      },
      canonicalizedBody: tree.entries[1]!.toBase64(),
    });
    const options = { retryPolicy: logs.IMPATIENT };
    await t.step(`${server.constructor.name}: it is not asked for its key`, async () => {
      await checkLog(entry, server.root, options);
      assertEquals(server.asked.filter((path) => /key/i.test(path)), []);
    });
    await t.step(`${server.constructor.name}: a key that it has of late is nobody's`, async () => {
      const { root } = server;
      const other = logs.makeKey(key.kind);
      Object.assign(server, { key: other });
      await refused(() => checkLog(entry, root, options), "LOG_CHECKPOINT");
    });
  }
});
