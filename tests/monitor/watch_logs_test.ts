/** Both versions of Rekor, through one suite. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { UnavailableError, UsageError, VerificationError } from "../../src/errors.ts";
import { pae } from "../../src/bundle/envelope.ts";
import type { Finding } from "../../src/monitor/finding.ts";
import { CertificateAuthority } from "../_sigstore/certificate_authority.ts";
import { assertFails, type ErrorClass } from "../_assert_fails.ts";
import type { LogFault } from "../_sigstore/log_state.ts";
import { JANE, Watching } from "./_watching.ts";

const indexes = (found: readonly Finding[]): number[] => found.map(({ index }) => index);

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

for (const rekor of [1, 2] as const) {
  Deno.test(`v${rekor}: a first look begins at the present; the next one reports what came since`, async () => {
    await using watching = await Watching.start(rekor);
    await watching.sign();
    watching.noise(3);
    const first = await watching.look();
    assertEquals([first.found, first.logs[0]!.isNew, first.logs[0]!.from, first.logs[0]!.to], [[], true, 4, 4]);
    watching.noise(20);
    const { certificate } = await watching.sign();
    await watching.sign({ identity: { name: "joe@example.com" } });
    const second = await watching.look();
    assertEquals([second.logs[0]!.isNew, second.logs[0]!.from, second.logs[0]!.to], [false, 4, 26]);
    assertEquals([second.findings, second.alarming], [1, 1]);
    const [finding] = second.found;
    assertEquals(finding!.index, 24);
    assertEquals(finding!.identity, JANE);
    assertEquals(finding!.identityProvider, watching.sigstore.issuer.url);
    assertEquals(finding!.fingerprint, sha256(certificate));
    assertEquals(finding!.trusted, true);
    assertEquals(finding!.expected, null);
    assertEquals(finding!.kind, rekor === 1 ? "dsse 0.0.1" : "hashedrekord 0.0.2");
    assertEquals(finding!.time === null, rekor === 2);
    assert(finding!.issued !== null);
    const third = await watching.look();
    assertEquals([third.findings, third.alarming, third.logs[0]!.from, third.logs[0]!.to], [0, 0, 26, 26]);
  });

  Deno.test(`v${rekor}: a first look at a small log begins at its beginning`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(2);
    await watching.sign();
    const first = await watching.look({ from: undefined });
    assertEquals([indexes(first.found), first.alarming, first.logs[0]!.from], [[2], 1, 0]);
    const again = await watching.look({ from: undefined });
    assertEquals([indexes(again.found), again.logs[0]!.from], [[], 3]);
    assertEquals(indexes((await watching.look({ from: undefined, state: undefined })).found), [2]);
  });

  Deno.test(`v${rekor}: --from begins earlier, and needs no state`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(2);
    await watching.sign();
    watching.noise(5);
    await watching.sign();
    assertEquals(indexes((await watching.look({ from: 0, state: undefined })).found), [2, 8]);
    assertEquals(indexes((await watching.look({ from: 3, state: undefined })).found), [8]);
    // For a log that the state knows, the state counts.
    assertEquals(indexes((await watching.look({ from: 3 })).found), [8]);
    assertEquals(indexes((await watching.look({ from: 0 })).found), []);
  });

  Deno.test(`v${rekor}: exactly this identity and issuer: not one that contains, extends or matches it`, async () => {
    await using watching = await Watching.start(rekor);
    for (
      const name of [
        "xjane@example.com",
        "jane@example.com.evil.example",
        "Jane@example.com",
        "jane@exampleXcom",
        "https://example.com/jane@example.com",
      ]
    ) await watching.sign({ identity: { name } });
    await watching.sign({ identity: { issuer: "https://other.example" } });
    await watching.sign();
    const all = await watching.look({ from: 0, state: undefined });
    assertEquals(indexes(all.found), [5, 6]);
    const identityProvider = watching.sigstore.issuer.url;
    const one = await watching.look({ from: 0, state: undefined, watch: { identity: JANE, identityProvider } });
    assertEquals(indexes(one.found), [6]);
    for (const identity of ["jane@example.co", ".*", "jane@example.com\0", " jane@example.com"]) {
      assertEquals((await watching.look({ from: 0, state: undefined, watch: { identity } })).found, []);
    }
    const uri = { identity: "https://example.com/jane@example.com" };
    assertEquals(indexes((await watching.look({ from: 0, state: undefined, watch: uri })).found), [4]);
  });

  Deno.test(`v${rekor}: an issuer in the old extension alone, or one that differs from the new, is reported`, async () => {
    await using watching = await Watching.start(rekor);
    await watching.sign({ certificate: { newIssuer: null } });
    await watching.sign({ certificate: { oldIssuer: "https://other.example" } });
    await watching.sign({ certificate: { newIssuer: "https://other.example" } });
    await watching.sign({ certificate: { newIssuer: "https://other.example", oldIssuer: null } });
    const watch = { identity: JANE, identityProvider: watching.sigstore.issuer.url };
    assertEquals(indexes((await watching.look({ from: 0, watch })).found), [0, 1, 2]);
  });

  Deno.test(`v${rekor}: known signatures are no alarm, and no more than these`, async () => {
    await using watching = await Watching.start(rekor);
    const statement = { what: "model" };
    const known = [
      await watching.sign({ statement }),
      await watching.sign({ message: new Uint8Array([1, 2, 3]) }),
      ...(rekor === 1 ? [await watching.sign({ kind: "intoto" })] : []),
    ];
    const expect = known.map(({ bundle }, i) => watching.directory.write(`${i}.sig`, JSON.stringify(bundle)));
    const before = await watching.look({ from: 0, state: undefined, expect });
    assertEquals(before.found.map(({ expected }) => expected), expect);
    assertEquals([before.findings, before.alarming], [known.length, 0]);
    // The same thing, signed by the same person, but not that signature.
    await watching.sign({ statement });
    const after = await watching.look({ from: 0, state: undefined, expect });
    assertEquals([after.findings, after.alarming], [known.length + 1, 1]);
    assertEquals(after.found.at(-1)!.expected, null);
  });

  Deno.test(`v${rekor}: a certificate that no trusted authority issued is reported as such`, async () => {
    await using watching = await Watching.start(rekor);
    // Another authority of the same names, which anyone can make.
    await watching.sign({ authority: await CertificateAuthority.create(watching.sigstore.period) });
    await watching.sign();
    const { found, alarming } = await watching.look({ from: 0 });
    assertEquals(found.map(({ trusted }) => trusted), [false, true]);
    assertEquals(alarming, 2);
  });

  Deno.test(`v${rekor}: by fingerprint of certificate or key, and by digest`, async () => {
    await using watching = await Watching.start(rekor);
    const message = new TextEncoder().encode("weights");
    const { certificate } = await watching.sign({ message });
    await watching.sign();
    const look = async (watch: Parameters<Watching["look"]>[0]): Promise<number[]> =>
      indexes((await watching.look({ from: 0, state: undefined, ...watch })).found);
    const fingerprint = sha256(certificate);
    assertEquals(await look({ watch: { fingerprint } }), [0]);
    assertEquals(await look({ watch: { fingerprint: fingerprint.toUpperCase().replace(/..(?=.)/g, "$&:") } }), [0]);
    assertEquals(await look({ watch: { digest: `sha256:${sha256(message)}` } }), [0]);
    assertEquals(await look({ watch: { digest: sha256(message) } }), [0]);
    assertEquals(await look({ watch: { digest: `sha512:${sha256(message)}` } }), []);
    for (const watch of [{ fingerprint: "12" }, { digest: "xyz" }, { identity: "" }]) {
      await assertRejects(() => look({ watch }), UsageError);
    }
  });

  Deno.test(`v${rekor}: split view: the log shows another tree than the one that was seen`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(5);
    await watching.look();
    await watching.sign();
    const before = Deno.readTextFileSync(watching.state);
    watching.log.misbehave("splitView");
    const error = await assertRejects(() => watching.look(), VerificationError);
    assertEquals(error.code, "LOG_CONTRADICTION");
    const state = JSON.parse(Deno.readTextFileSync(watching.state));
    const [log] = state.logs;
    // Both checkpoints are kept: what was seen, and what contradicts it.
    assertEquals({ ...log, contradiction: undefined }, { ...JSON.parse(before).logs[0], contradiction: undefined });
    assertStringIncludes(log.contradiction, "\n6\n");
    assertEquals(log.contradiction.split("\n")[0], log.checkpoint.split("\n")[0]);
  });

  Deno.test(`v${rekor}: shrunk tree: the log has fewer entries than were seen`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(5);
    await watching.look();
    watching.log.misbehave("shrunkTree");
    const error = await assertRejects(() => watching.look(), VerificationError);
    assertEquals(error.code, "LOG_CONTRADICTION");
    assertStringIncludes(error.message, "shrank from 5 to 4");
  });

  Deno.test(`v${rekor}: an older checkpoint out of some cache is asked for again`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(5);
    await watching.look();
    watching.log.misbehave("shrunkTree", { times: 1 });
    assertEquals((await watching.look()).logs[0]!.to, 5);
  });

  // What the log did not sign, or anyone on the way may have left out, is no evidence against it.
  const lies: [LogFault, ErrorClass, string][] = [
    ["otherCheckpointKey", UnavailableError, "LOG_CHECKPOINT"],
    ["wrongCheckpointSignature", UnavailableError, "LOG_CHECKPOINT"],
    ["otherOrigin", UnavailableError, "LOG_CHECKPOINT"],
    ["entrySwapped", VerificationError, rekor === 1 ? "LOG_INCLUSION" : "LOG_CONSISTENCY"],
  ];
  for (const [fault, type, code] of lies) {
    Deno.test(`v${rekor}: ${fault}: the log is not believed, and the state stays as it was`, async () => {
      await using watching = await Watching.start(rekor);
      await watching.look();
      await watching.sign();
      watching.noise(5);
      const before = JSON.parse(Deno.readTextFileSync(watching.state)).logs[0];
      watching.log.misbehave(fault);
      await assertFails(() => watching.look(), type, code);
      const after = JSON.parse(Deno.readTextFileSync(watching.state)).logs[0];
      assertEquals([after.size, after.hashes, after.reported], [before.size, before.hashes, before.reported]);
    });
  }

  Deno.test(`v${rekor}: a log that is down is no alarm, and loses nothing`, async () => {
    await using watching = await Watching.start(rekor);
    await watching.look({ from: 0 });
    await watching.sign();
    watching.log.misbehave("serverError", { times: 100 });
    await assertRejects(() => watching.look(), UnavailableError);
    watching.log.faults.clear();
    assertEquals(indexes((await watching.look()).found), [0]);
  });

  Deno.test(`v${rekor}: killed while a finding is taken: it comes again, and nothing else does`, async () => {
    await using watching = await Watching.start(rekor);
    for (let i = 0; i < 4; i++) {
      watching.noise(2);
      await watching.sign();
    }
    const taken: number[] = [];
    const killed = await assertRejects(() =>
      watching.look({
        from: 0,
        onFinding: ({ index }) => {
          if (taken.length === 2) throw new Error("killed");
          taken.push(index);
        },
      })
    );
    assertEquals((killed as Error).message, "killed");
    assertEquals(taken, [2, 5]);
    const { found, alarming } = await watching.look();
    assertEquals(indexes(found), [8, 11]);
    // Those of the killed run count: it could not end with a failure.
    assertEquals(alarming, 4);
    assertEquals((await watching.look()).alarming, 0);
  });

  Deno.test(`v${rekor}: whatever anyone puts into a log does not stop the monitor`, async () => {
    await using watching = await Watching.start(rekor);
    const { log } = watching;
    const add = (text: string | Uint8Array<ArrayBuffer>): void => {
      const body = typeof text === "string" ? new TextEncoder().encode(text) : text;
      if ("beginShard" in log) log.addCanonical({ body, kind: "x", version: "0", keys: [] });
      else log.addCanonical(body);
    };
    const broken = btoa(
      `-----BEGIN CERTIFICATE-----\n${btoa(`0\x82\x01${JANE}`.padEnd(200))}\n-----END CERTIFICATE-----`,
    );
    add("");
    add("null");
    add("[".repeat(5_000));
    add("[".repeat(5_000) + "]".repeat(5_000));
    add(new Uint8Array([0xff, 0xfe, 0]));
    add(
      JSON.stringify({
        kind: { a: 1 },
        spec: { data: { algorithm: 7, value: {} }, x509Certificate: { rawBytes: "?" } },
      }),
    );
    add(JSON.stringify({ kind: "\x1b[2J", spec: { publicKey: broken } }));
    add(JSON.stringify({ kind: "x", spec: "-----BEGIN CERTIFICATE-----".repeat(500) }));
    add(JSON.stringify({ kind: "x", spec: btoa("-----BEGIN CERTIFICATE-----".repeat(500)) }));
    add(
      JSON.stringify({
        kind: "x",
        digests: Array.from({ length: 1500 }, (_, i) => ({ algorithm: "a", value: `${1000 + i}` })),
      }),
    );
    await watching.sign();
    const { found, logs } = await watching.look({ from: 0 });
    assertEquals(indexes(found), [10]);
    assertEquals([logs[0]!.notJson, logs[0]!.unreadable], [3, 1]);
  });

  Deno.test(`v${rekor}: a state belongs to one watch, one process, and is not to be tampered with`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(5);
    await watching.look();
    const other = await assertRejects(() => watching.look({ watch: { identity: "joe@example.com" } }), UsageError);
    assertEquals(other.code, "STATE_OTHER");

    const good = Deno.readTextFileSync(watching.state);
    const look = async (change: (log: Record<string, unknown>) => void): Promise<string> => {
      const state = JSON.parse(good);
      change(state.logs[0]);
      Deno.writeTextFileSync(watching.state, JSON.stringify(state));
      const error = await assertRejects(() => watching.look());
      assert(error instanceof UnavailableError || error instanceof VerificationError, String(error));
      return error.code;
    };
    assertEquals(await look((log) => log.size = 4), "STATE_INVALID");
    assertEquals(
      await look((log) => log.checkpoint = (log.checkpoint as string).replace("\n5\n", "\n4\n")),
      "STATE_INVALID",
    );
    assertEquals(await look((log) => log.hashes = (log.hashes as string[]).toReversed()), "STATE_INVALID");
    assertEquals(await look((log) => delete log.offset), "STATE_INVALID");
    for (const text of ["", "{}", "null", "[]", good.slice(0, -20)]) {
      Deno.writeTextFileSync(watching.state, text);
      const error = await assertRejects(() => watching.look(), Error);
      assert(error instanceof UnavailableError || error instanceof UsageError, String(error));
    }

    Deno.writeTextFileSync(watching.state, good);
    await watching.sign();
    const inUse = await watching.look({
      onFinding: async () => {
        const error = await assertRejects(() => watching.look(), UnavailableError);
        assertEquals(error.code, "STATE_IN_USE");
      },
    });
    assertEquals(inUse.findings, 1);
  });

  Deno.test(`v${rekor}: keys come from the trusted root, whose log it must be`, async () => {
    await using watching = await Watching.start(rekor);
    await using stranger = await Watching.start(rekor);
    await assertFails(() => watching.look({ trustedRoot: stranger.trustedRoot }), UnavailableError, "LOG_CHECKPOINT");
    await assertRejects(() => watching.look({ logs: [{ url: "https://log.example" }] }), UsageError);
  });

  Deno.test(`v${rekor}: tells how far it is`, async () => {
    await using watching = await Watching.start(rekor);
    watching.noise(30);
    const seen: string[] = [];
    await watching.look({ from: 10, onProgress: ({ done, total }) => seen.push(`${done}/${total}`) });
    assertEquals([seen[0], seen.at(-1)], ["0/20", "20/20"]);
  });
}

Deno.test("both logs: one that fails does not keep the other from being read, and an alarm is not lost over it", async () => {
  await using watching = await Watching.start(1);
  const { sigstore } = watching;
  const logs = [{ url: sigstore.rekorV1.url }, { url: sigstore.rekorV2.url }];
  await watching.look({ from: 0, logs });
  await watching.sign({ rekor: 2 });
  sigstore.rekorV1.misbehave("serverError");
  const down = await watching.look({ logs });
  assertEquals([down.alarming, down.failures.length, down.logs.length], [1, 1, 1]);
  await watching.sign({ rekor: 2 });
  sigstore.rekorV1.faults.clear();
  watching.noise(3);
  sigstore.rekorV1.misbehave("entrySwapped");
  const found: Finding[] = [];
  await assertRejects(() => watching.look({ logs, onFinding: (one) => void found.push(one) }), VerificationError);
  assertEquals(indexes(found), [1]);
});

Deno.test("v1: a log that goes on in other trees is followed through all of them", async () => {
  await using watching = await Watching.start(1);
  const { rekorV1 } = watching.sigstore;
  watching.noise(5);
  await watching.look();
  await watching.sign();
  rekorV1.beginShard();
  watching.noise(3);
  await watching.sign();
  rekorV1.beginShard();
  await watching.sign();
  const { found, logs } = await watching.look();
  assertEquals(indexes(found), [5, 9, 10]);
  assertEquals([logs[0]!.from, logs[0]!.to], [5, 11]);
  await watching.sign();
  assertEquals(indexes((await watching.look()).found), [11]);
});

Deno.test("v1: the search index for a first look, then the walk; nothing twice", async () => {
  await using watching = await Watching.start(1);
  await watching.sign();
  watching.noise(12);
  await watching.sign({ identity: { name: "joe@example.com" } });
  await watching.sign();
  const first = await watching.look({ quick: true });
  assertEquals([indexes(first.found), first.logs[0]!.searched, first.logs[0]!.from], [[0, 14], true, 15]);
  await watching.sign();
  const second = await watching.look({ quick: true });
  assertEquals([indexes(second.found), second.logs[0]!.searched], [[15], false]);
});

Deno.test("v1: killed in the midst of the search, it goes on behind what it reported", async () => {
  await using watching = await Watching.start(1);
  for (let i = 0; i < 3; i++) await watching.sign();
  const taken: number[] = [];
  await assertRejects(() =>
    watching.look({
      quick: true,
      onFinding: ({ index }) => {
        if (taken.length === 1) throw new Error("killed");
        taken.push(index);
      },
    })
  );
  await watching.sign();
  assertEquals([taken, indexes((await watching.look({ quick: true })).found)], [[0], [1, 2, 3]]);
});

Deno.test("v1: what the index finds is proven to be in the log", async () => {
  for (const fault of ["wrongProof", "otherTreeSize"] as const) {
    await using watching = await Watching.start(1);
    watching.noise(3);
    await watching.sign();
    // Only in what is said of an entry: a walk would not see it.
    watching.log.misbehave(fault);
    await assertRejects(() => watching.look({ quick: true }), VerificationError, undefined, fault);
  }
  await using watching = await Watching.start(1);
  const watch = { fingerprint: "ab".repeat(32) };
  assertEquals((await assertRejects(() => watching.look({ quick: true, watch }), UsageError)).code, "NO_INDEX");
});

Deno.test("v1: a time that the log did not sign is not told", async () => {
  await using watching = await Watching.start(1);
  await watching.sign();
  watching.log.misbehave("otherPromiseKey");
  const { found } = await watching.look({ from: 0 });
  assertEquals(found.map(({ time }) => time), [null]);
});

Deno.test("v2: an envelope is found by the digest of what was signed", async () => {
  await using watching = await Watching.start(2);
  const payload = new TextEncoder().encode("{}");
  await watching.sign({ statement: payload });
  const digest = sha256(pae("application/vnd.in-toto+json", payload));
  assertEquals(indexes((await watching.look({ from: 0, watch: { digest } })).found), [0]);
});
