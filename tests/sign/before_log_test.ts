/** Everything that can be verified before the log is written is: none of these errors leaves an entry in a log. */
import { assert, assertEquals } from "@std/assert";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { RefusedError } from "../../src/errors.ts";
import { parseTrustedRoot } from "../../src/sigstore/trust/trusted_root.ts";
import { assertFails } from "../_assert_fails.ts";
import { makeServiceKey } from "../_sigstore/keys.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import type { Json } from "../oms/_forge.ts";
import { createHash } from "node:crypto";
import { ENVELOPE, MESSAGE, signWith, type TestSigning } from "./_sigstore.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function iso(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

/** The traces of signing: certificates issued, and entries in both logs. */
function traces({ fulcio, rekorV1, rekorV2 }: TestSigstore): [certificates: number, entries: number] {
  return [fulcio.issued.length, rekorV1.entries.length + rekorV2.entries.length];
}

async function refusedBefore(sigstore: TestSigstore, signing: TestSigning, ...texts: string[]): Promise<void> {
  const before = traces(sigstore);
  for (const content of [ENVELOPE, MESSAGE]) {
    await assertFails(() => signWith(sigstore, content, signing), RefusedError, "SERVICES_NOT_TRUSTED", ...texts);
  }
  assertEquals(traces(sigstore)[1], before[1], "entries in the log");
}

for (const rekor of [1, 2] as const) {
  Deno.test(`nothing is recorded in a Rekor v${rekor} if a service answers what does not verify`, async (t) => {
    await using sigstore = await TestSigstore.start();
    const { fulcio, timestampAuthority } = sigstore;
    for (const fault of ["noSct", "otherCtLog", "otherAuthority", "expired"] as const) {
      await t.step(`the certificate authority: ${fault}`, async () => {
        fulcio.misbehave(fault);
        await refusedBefore(sigstore, { rekor }, "certificate", "othing was recorded");
        fulcio.faults.clear();
      });
    }
    for (const fault of ["otherKey", "otherIdentity", "otherIssuer"] as const) {
      await t.step(`the certificate authority: ${fault}`, async () => {
        fulcio.misbehave(fault);
        await refusedBefore(sigstore, { rekor });
        fulcio.faults.clear();
      });
    }
    for (const fault of ["otherAuthority", "wrongSignature", "otherSignature"] as const) {
      await t.step(`the timestamp authority: ${fault}`, async () => {
        timestampAuthority.misbehave(fault);
        await refusedBefore(sigstore, { rekor }, "othing was recorded");
        timestampAuthority.faults.clear();
      });
    }
  });

  /** The log that is used, in a trusted root. */
  const log = (root: Json): Json => root.tlogs[rekor - 1];
  const ROOTS: [what: string, change: (root: Json) => void, text: string][] = [
    ["no key of the log", (root) => root.tlogs.splice(rekor - 1, 1), "log"],
    ["no log", (root) => root.tlogs = [], "no key of the transparency log"],
    ["a key of the log that has ended", (root) => log(root).publicKey.validFor.end = iso(-DAY), "valid now"],
    ["a key of the log that has not begun", (root) => log(root).publicKey.validFor.start = iso(DAY), "valid now"],
    ["another key for the log", (root) => {
      const { spki } = makeServiceKey("P-256");
      log(root).publicKey.rawBytes = spki.toBase64();
      log(root).publicKey.keyDetails = "PKIX_ECDSA_P256_SHA_256";
      log(root).logId.keyId = createHash("sha256").update(spki).digest("base64");
      delete log(root).checkpointKeyId;
    }, "does not sign with a key of the trusted root"],
    ["no timestamp authority", (root) => root.timestampAuthorities = [], "timestamp authority"],
    ["a timestamp authority that has ended", (root) => {
      root.timestampAuthorities[0].validFor.end = iso(-DAY);
    }, "timestamp authority"],
    ["CT logs that have ended", (root) => root.ctlogs[0].publicKey.validFor.end = iso(-DAY), "CT logs"],
    ["a certificate authority that has ended", (root) => {
      root.certificateAuthorities[0].validFor.end = iso(-DAY);
    }, "certificate authority"],
  ];
  Deno.test(`nobody logs in for a Rekor v${rekor} if the trusted root is not that of the services`, async (t) => {
    await using sigstore = await TestSigstore.start();
    const logIn = (): never => {
      throw new Error("nobody should log in");
    };
    for (const [what, change, text] of ROOTS) {
      await t.step(what, async () => {
        const root: Json = sigstore.trustedRoot();
        change(root);
        const trustedRoot = parseTrustedRoot(JSON.stringify(root), "the root");
        await refusedBefore(sigstore, { rekor, trustedRoot, logIn }, text);
      });
    }
    assertEquals(traces(sigstore), [0, 0]);
  });

  Deno.test(`nothing is recorded in a Rekor v${rekor} if the trusted root has no CT log, and the certificate an SCT`, async () => {
    await using sigstore = await TestSigstore.start();
    const trustedRoot = TrustedRoot.fromJSON({ ...sigstore.trustedRoot(), ctlogs: [] });
    await refusedBefore(sigstore, { rekor, trustedRoot }, "(SCT)", "no CT log");
  });

  Deno.test(`a Rekor v${rekor} that signs its checkpoints with another key is not written to`, async () => {
    await using sigstore = await TestSigstore.start();
    const log = rekor === 1 ? sigstore.rekorV1 : sigstore.rekorV2;
    for (const fault of ["otherCheckpointKey", "wrongCheckpointSignature", "otherOrigin"] as const) {
      log.misbehave(fault);
      await refusedBefore(sigstore, { rekor }, "does not sign with a key of the trusted root");
      log.faults.clear();
    }
    assertEquals(traces(sigstore), [0, 0]);
  });
}

Deno.test("a Rekor v2 that is read elsewhere gives its checkpoint with the entry", async () => {
  await using sigstore = await TestSigstore.start();
  sigstore.rekorV2.misbehave("notFound", { path: "/api/v2/checkpoint" });
  assert((await signWith(sigstore, ENVELOPE, { rekor: 2 })).includes("inclusionProof"));
});

Deno.test("a clock that is a little off does not matter, a wrong one is named", async (t) => {
  await using sigstore = await TestSigstore.start();
  const at = (ms: number): TestSigning => ({ now: () => new Date(Date.now() + ms) });
  for (const ms of [-500_000, -5_000, 5_000, 500_000]) {
    await t.step(`${ms / 1000} s`, async () => assert((await signWith(sigstore, ENVELOPE, at(ms))).length > 0));
  }
  for (const ms of [-2 * HOUR, HOUR]) {
    await t.step(`${ms / 1000} s`, () => refusedBefore(sigstore, at(ms), "see that the clock is right"));
  }
});

Deno.test("a certificate for the subject of a token with an e-mail address is confirmed again", async (t) => {
  await using sigstore = await TestSigstore.start();
  // The authority certifies mallory@example.com, whatever the token says.
  sigstore.fulcio.misbehave("otherIdentity");
  const asked: string[] = [];
  const confirm = ({ identity }: { identity: string }): boolean => asked.push(identity) < 3;
  const subject: TestSigning = { token: { email: "jane@example.com", sub: "mallory@example.com" }, confirm };
  await t.step("and signs", async () => {
    await signWith(sigstore, ENVELOPE, subject);
    assertEquals(asked, ["jane@example.com", "mallory@example.com"]);
    assertEquals(sigstore.rekorV1.entries.length, 1);
  });
  await t.step("and does not sign if that is refused", async () => {
    asked.length = 1;
    await assertFails(() => signWith(sigstore, ENVELOPE, subject), RefusedError, "NOT_CONFIRMED");
    assertEquals(sigstore.rekorV1.entries.length, 1);
  });
  await t.step("a name that is not one of the token's is refused", async () => {
    await refusedBefore(sigstore, { token: { email: "jane@example.com", sub: "jane" } }, "mallory@example.com");
  });
});
