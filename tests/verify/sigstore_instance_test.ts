/** Instances that lack a kind of service: what the trusted root does not have is not demanded, and the report says so. */
import { assert, assertEquals } from "@std/assert";
import { parseTrustedRoot } from "../../src/sigstore/trust/trusted_root.ts";
import { createSigstoreVerifier } from "../../src/verify/sigstore.ts";
import type { SigstoreSigner } from "../../src/verify/signer_info.ts";
import type { BundleOptions } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { VerificationError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { refused } from "../mistakes/_refused.ts";
import { type Json, toBytes } from "../oms/_forge.ts";
import { ENVELOPE, signWith } from "../sign/_sigstore.ts";
import { type Forging, jane, verifyForged } from "./_sigstore.ts";
import { signerOf, verifyBytes } from "./_verify_whole.ts";

const NO_SCT: BundleOptions = { certificate: { ctLogs: [] } };
const noCtLogs = (root: Json): void => {
  root.ctlogs = [];
};
const noLogs = (root: Json): void => {
  root.tlogs = [];
};
const noEntries = ({ verificationMaterial }: Json): void => {
  verificationMaterial.tlogEntries = [];
};

async function sigstoreSigner(sigstore: TestSigstore, forging: Forging): Promise<SigstoreSigner> {
  const signer = signerOf(await verifyForged(sigstore, forging));
  assert(signer.method === "sigstore");
  return signer;
}

const CT = "certificate transparency: the trusted root has no CT log, and the certificate no SCT";

Deno.test("a trusted root without CT logs demands no SCT, and the report says so", async (t) => {
  await using sigstore = await TestSigstore.start();
  for (const rekor of [1, 2] as const) {
    await t.step(`Rekor v${rekor}`, async () => {
      const signer = await sigstoreSigner(sigstore, { options: { ...NO_SCT, rekor }, trust: noCtLogs });
      assertEquals([signer.identity, signer.notChecked], ["jane@example.com", [CT]]);
    });
    await t.step(`Rekor v${rekor}: with CT logs one is demanded`, async () => {
      await refused(() => verifyForged(sigstore, { options: { ...NO_SCT, rekor } }), "SIGNATURE_WRONG");
    });
    await t.step(`Rekor v${rekor}: an SCT that no CT log of the root can have issued`, async () => {
      await refused(() => verifyForged(sigstore, { options: { rekor }, trust: noCtLogs }), "SIGNATURE_WRONG");
    });
  }
  await t.step("a complete signature lacks nothing", async () => {
    assert(!("notChecked" in await sigstoreSigner(sigstore, {})));
  });
  await t.step("CT logs that this version cannot read are no reason to demand nothing", async () => {
    const trust = (root: Json): void => root.ctlogs.forEach((log: Json) => log.publicKey.keyDetails = "ML_DSA_65");
    await refused(() => verifyForged(sigstore, { options: NO_SCT, trust }), "TRUST_INVALID");
  });
});

Deno.test("what an instance without a CT log signs verifies", async () => {
  await using sigstore = await TestSigstore.start();
  const trustedRoot = parseTrustedRoot(JSON.stringify({ ...sigstore.trustedRoot(), ctlogs: [] }), "the root");
  sigstore.fulcio.misbehave("noSct");
  for (const rekor of [1, 2] as const) {
    const text = await signWith(sigstore, ENVELOPE, { rekor, trustedRoot });
    const signer = signerOf(await verifyBytes(createSigstoreVerifier(jane(sigstore), trustedRoot), toBytes(text)));
    assert(signer.method === "sigstore");
    assertEquals(signer.notChecked, [CT]);
  }
});

Deno.test("a trusted root without transparency logs demands a timestamp instead of an entry", async (t) => {
  await using sigstore = await TestSigstore.start();
  const options: BundleOptions = { timestamps: 1 };
  await t.step("one timestamp", async () => {
    const { logEntries, times, notChecked } = await sigstoreSigner(sigstore, {
      options,
      change: noEntries,
      trust: noLogs,
    });
    assertEquals([logEntries, times.map(({ source }) => source)], [[], ["timestamp authority"]]);
    assertEquals(notChecked, ["transparency log: the trusted root has none, and the signature no log entry"]);
  });
  await t.step("nothing vouches for the time", async () => {
    await refused(() => verifyForged(sigstore, { change: noEntries, trust: noLogs }), "SIGNATURE_WRONG");
  });
  await t.step("an entry of a log that is not trusted", async () => {
    await refused(() => verifyForged(sigstore, { options, trust: noLogs }), "LOG_ENTRY");
  });
  await t.step("a root with logs demands an entry, whatever else there is", async () => {
    await refused(() => verifyForged(sigstore, { options, change: noEntries }), "SIGNATURE_INVALID");
  });
  await t.step("a timestamp outside of the certificate's validity", async () => {
    const late = { ...options, timestampAt: new Date(Date.now() + 3_600_000) };
    await refused(
      () => verifyForged(sigstore, { options: late, change: noEntries, trust: noLogs }),
      "CERTIFICATE_EXPIRED",
    );
  });
});

Deno.test("a log's time without a promise counts for nothing, and the report says so", async (t) => {
  await using sigstore = await TestSigstore.start();
  const entry = { noPromise: true };
  await t.step("with a timestamp", async () => {
    const signer = await sigstoreSigner(sigstore, { options: { entry, timestamps: 1 } });
    assertEquals(signer.times.map(({ source }) => source), ["timestamp authority"]);
    const { logIndex } = signer.logEntries[0]!;
    assertEquals(signer.notChecked, [
      `the time of log entry ${logIndex}: the log has not signed it (no inclusion promise)`,
    ]);
  });
  await t.step("without one", () => refused(() => verifyForged(sigstore, { options: { entry } }), "SIGNATURE_WRONG"));
  await t.step("a Rekor v2 signs no time, and says none", async () => {
    assert(!("notChecked" in await sigstoreSigner(sigstore, { options: { rekor: 2 } })));
  });
});

Deno.test("a Rekor v1 may sign checkpoints under the name of its machine, which has no dot", async (t) => {
  await using sigstore = await TestSigstore.start();
  for (const origin of ["rekor-server-7f9c6d5b4-x2x9z", "rekor", "localhost", "0a1b2c3d4e5f"]) {
    await t.step(origin, async () => {
      assertEquals((await sigstoreSigner(sigstore, { options: { entry: { origin } } })).identity, "jane@example.com");
    });
  }
  const bad = ["rekor.example.com", "-rekor", "rekor_server", "Rekor", "rekor/x", "a".repeat(64), "rekor+x"];
  for (const origin of bad) {
    await t.step(
      origin,
      () => refused(() => verifyForged(sigstore, { options: { entry: { origin } } }), "LOG_CHECKPOINT"),
    );
  }
  await t.step("the signature of another key", async () => {
    const { makeServiceKey } = await import("../_sigstore/keys.ts");
    const entry = { origin: "rekor-server-0", checkpointKey: makeServiceKey("P-256") };
    await refused(() => verifyForged(sigstore, { options: { entry } }), "LOG_CHECKPOINT");
  });
  await t.step("a Rekor v2, whose name is part of its key's id", async () => {
    const options: BundleOptions = { rekor: 2, entry: { origin: "rekor-server-0" } };
    await refused(() => verifyForged(sigstore, { options }), "LOG_CHECKPOINT");
  });
});

Deno.test("trusted roots as Go tools write them verify", async (t) => {
  await using sigstore = await TestSigstore.start();
  const ZERO = "0001-01-01T00:00:00Z";
  const keys = (root: Json): Json[] => [...root.tlogs, ...root.ctlogs].map((log) => log.publicKey);
  const authorities = (root: Json): Json[] => [...root.certificateAuthorities, ...root.timestampAuthorities];
  const good: Record<string, (root: Json) => void> = {
    "open ends as Go's zero time": (root) => {
      for (const { validFor } of [...keys(root), ...authorities(root)]) validFor.end = ZERO;
    },
    "the zero time with a fraction and an offset": (root) => {
      for (const { validFor } of authorities(root)) validFor.end = "0001-01-01T01:00:00.000+01:00";
    },
    "the epoch as the start": (root) => {
      for (const { validFor } of keys(root)) validFor.start = "1970-01-01T00:00:00Z";
    },
    "authorities without a start": (root) => {
      for (const { validFor } of authorities(root)) validFor.start = ZERO;
    },
    "CT logs without an address": (root) => {
      delete root.ctlogs[0].baseUrl;
    },
    "CT logs with an empty address": (root) => {
      root.ctlogs[0].baseUrl = "";
    },
    "enumerations as numbers": (root) => {
      for (const log of [...root.tlogs, ...root.ctlogs]) log.hashAlgorithm = 1;
      root.ctlogs[0].publicKey.keyDetails = 5;
    },
  };
  for (const [what, trust] of Object.entries(good)) {
    await t.step(what, async () => {
      for (const rekor of [1, 2] as const) await sigstoreSigner(sigstore, { options: { rekor }, trust });
    });
  }
  const bad: Record<string, (root: Json) => void> = {
    "a log that starts at Go's zero time": (root) => root.tlogs[0].publicKey.validFor.start = ZERO,
    "a CT log that starts at Go's zero time": (root) => root.ctlogs[0].publicKey.validFor.start = ZERO,
    "a log without an address": (root) => root.tlogs[0].baseUrl = "",
    "a log with a password in its address": (root) => root.tlogs[0].baseUrl = "https://me:hunter2@rekor.example",
    "a kind of key that is no kind": (root) => root.ctlogs[0].publicKey.keyDetails = 999,
  };
  for (const [what, trust] of Object.entries(bad)) {
    await t.step(what, async () => {
      const error = await assertFails(() => verifyForged(sigstore, { trust }), VerificationError, "TRUST_INVALID");
      assert(!Deno.inspect(error, { depth: 9 }).includes("hunter2"));
    });
  }
});
