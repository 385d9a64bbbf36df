/** Services that fail or lie: signing reports an error that names them, or continues once they recover. */
import { assert, assertEquals } from "@std/assert";
import { RefusedError, UnavailableError } from "../../src/errors.ts";
import type { RequestPolicy } from "../../src/io/http.ts";
import { assertFails } from "../_assert_fails.ts";
import type { WireFault } from "../_sigstore/faults.ts";
import type { Server } from "../_sigstore/server.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { until } from "../_until.ts";
import { ENVELOPE, IMPATIENT, MESSAGE, signWith, type TestSigning } from "./_sigstore.ts";

const SERVICES = {
  "the certificate authority": (sigstore: TestSigstore) => sigstore.fulcio,
  "the transparency log": (sigstore: TestSigstore) => sigstore.rekorV1,
  "the timestamp authority": (sigstore: TestSigstore) => sigstore.timestampAuthority,
};

/** The service that signing asks just before. */
const PREVIOUS: Record<string, (sigstore: TestSigstore) => { server: Server }> = {
  // The log's checkpoint is read before anything else.
  "the certificate authority": (sigstore) => sigstore.rekorV1,
  "the timestamp authority": (sigstore) => sigstore.fulcio,
};

const WIRE_FAULTS: [fault: WireFault, text: string][] = [
  ["serverError", "status 500"],
  ["tooManyRequests", "status 429"],
  ["notFound", "status 404"],
  ["redirect", "redirects are not followed"],
  ["endless", "exceeds the limit of"],
  ["cutOff", "tried 3 times"],
  ["slow", "did not answer within"],
];

/** A policy that gives 50 ms to one service, which never answers, and 30 s to those that signing asks before it. */
function impatientWith(service: string, sigstore: TestSigstore): RequestPolicy {
  const previous = PREVIOUS[service]?.(sigstore).server.requests;
  const earlier = previous?.length;
  return {
    ...IMPATIENT,
    tries: 1,
    get tryMs() {
      return previous?.length === earlier && previous !== undefined ? IMPATIENT.tryMs : 50;
    },
  };
}

for (const [service, of] of Object.entries(SERVICES)) {
  Deno.test(`signing reports an error that names ${service}`, async (t) => {
    await using sigstore = await TestSigstore.start();
    const { faults } = of(sigstore);
    for (const [fault, text] of WIRE_FAULTS) {
      await t.step(fault, async () => {
        faults.add(fault, { location: `${sigstore.issuer.url}/elsewhere` });
        const retryPolicy = fault === "slow" ? impatientWith(service, sigstore) : IMPATIENT;
        const sign = (): Promise<string> => signWith(sigstore, ENVELOPE, { retryPolicy });
        await assertFails(sign, UnavailableError, "SERVICE_FAILED", service, "127.0.0.1", text);
        faults.clear();
      });
    }
    for (const fault of ["notJson", "nothing"] as const) {
      await t.step(fault, async () => {
        faults.add(fault);
        await assertFails(() => signWith(sigstore, ENVELOPE), UnavailableError, "SERVICE_FAILED", service);
        faults.clear();
      });
    }
  });

  Deno.test(`signing continues once ${service} recovers`, async (t) => {
    await using sigstore = await TestSigstore.start();
    for (const fault of ["serverError", "tooManyRequests", "cutOff"] as const) {
      await t.step(fault, async () => {
        of(sigstore).faults.add(fault, { times: 2 });
        assert((await signWith(sigstore, ENVELOPE)).includes("inclusionProof"));
      });
    }
  });
}

Deno.test("a lost answer does not make a second entry", async () => {
  await using sigstore = await TestSigstore.start();
  // The log has taken the entry when the connection breaks; asked again it says that it has it, and where.
  sigstore.rekorV1.misbehave("cutOff", { times: 1, path: "/api/v1/log/entries" });
  await signWith(sigstore, ENVELOPE);
  assertEquals(sigstore.rekorV1.entries.length, 1);
});

Deno.test("a lost answer of a Rekor v2 does not make a second entry", async () => {
  await using sigstore = await TestSigstore.start();
  await signWith(sigstore, MESSAGE, { rekor: 2 });
  sigstore.rekorV2.misbehave("cutOff", { times: 1, path: "/api/v2/log/entries" });
  const { verificationMaterial } = JSON.parse(await signWith(sigstore, ENVELOPE, { rekor: 2 }));
  assertEquals([verificationMaterial.tlogEntries.length, verificationMaterial.tlogEntries[0].logIndex], [1, "1"]);
  assertEquals(sigstore.rekorV2.entries.length, 2);
});

Deno.test("services that lie have not signed", async (t) => {
  const lies: [what: string, lie: (sigstore: TestSigstore) => void, options?: TestSigning][] = [
    ["a certificate for another key", ({ fulcio }) => fulcio.misbehave("otherKey")],
    ["a certificate of another identity", ({ fulcio }) => fulcio.misbehave("otherIdentity")],
    ["a certificate of another issuer", ({ fulcio }) => fulcio.misbehave("otherIssuer")],
    ["a certificate without SCT", ({ fulcio }) => fulcio.misbehave("noSct")],
    ["an SCT of another log", ({ fulcio }) => fulcio.misbehave("otherCtLog")],
    ["a certificate of another authority", ({ fulcio }) => fulcio.misbehave("otherAuthority")],
    ["a certificate that has expired", ({ fulcio }) => fulcio.misbehave("expired")],
    ["a wrong proof", ({ rekorV1 }) => rekorV1.misbehave("wrongProof")],
    ["a proof for another tree", ({ rekorV1 }) => rekorV1.misbehave("otherTreeSize")],
    ["another entry", ({ rekorV1 }) => rekorV1.misbehave("entrySwapped")],
    ["a checkpoint of another key", ({ rekorV1 }) => rekorV1.misbehave("otherCheckpointKey")],
    ["a checkpoint of another origin", ({ rekorV1 }) => rekorV1.misbehave("otherOrigin")],
    ["a promise of another key", ({ rekorV1 }) => rekorV1.misbehave("otherPromiseKey")],
    ["a time that is not now", ({ rekorV1 }) => rekorV1.misbehave("lateIntegratedTime")],
    ["a wrong proof, v2", ({ rekorV2 }) => rekorV2.misbehave("wrongProof"), { rekor: 2 }],
    ["another entry, v2", ({ rekorV2 }) => rekorV2.misbehave("entrySwapped"), { rekor: 2 }],
    ["a checkpoint of another key, v2", ({ rekorV2 }) => rekorV2.misbehave("otherCheckpointKey"), { rekor: 2 }],
    ["a timestamp of something else", ({ timestampAuthority: tsa }) => tsa.misbehave("otherSignature"), { rekor: 2 }],
    ["a timestamp of another authority", ({ timestampAuthority: tsa }) => tsa.misbehave("otherAuthority"), {
      rekor: 2,
    }],
    ["a timestamp that is wrong", ({ timestampAuthority: tsa }) => tsa.misbehave("wrongSignature"), { rekor: 2 }],
  ];
  await using sigstore = await TestSigstore.start();
  for (const rekor of [1, 2] as const) await signWith(sigstore, MESSAGE, { rekor });
  for (const [what, lie, options] of lies) {
    await t.step(what, async () => {
      lie(sigstore);
      const sign = (): Promise<string> => signWith(sigstore, ENVELOPE, options);
      await assertFails(sign, RefusedError, "SERVICES_NOT_TRUSTED", "Cannot sign");
      for (const of of Object.values(SERVICES)) of(sigstore).faults.clear();
      sigstore.rekorV2.faults.clear();
    });
  }
});

Deno.test("a timestamp that answers another request is refused", async (t) => {
  await using sigstore = await TestSigstore.start();
  const faults = {
    wrongNonce: "the nonce differs",
    rejected: "it refused the request with status rejection",
    notJson: "not a timestamp response",
    nothing: "not a timestamp response",
  } as const;
  for (const [fault, text] of Object.entries(faults) as [keyof typeof faults, string][]) {
    await t.step(fault, async () => {
      sigstore.timestampAuthority.misbehave(fault);
      const sign = (): Promise<string> => signWith(sigstore, ENVELOPE, { rekor: 2 });
      await assertFails(sign, UnavailableError, "SERVICE_FAILED", "the timestamp authority", text);
      sigstore.timestampAuthority.faults.clear();
    });
  }
});

Deno.test("nothing is recorded without confirmation", async () => {
  await using sigstore = await TestSigstore.start();
  const asked: unknown[] = [];
  const confirm = (signer: unknown): boolean => asked.push(signer) === 0;
  const sign = (): Promise<string> => signWith(sigstore, ENVELOPE, { confirm });
  await assertFails(sign, RefusedError, "NOT_CONFIRMED", "Nothing was signed");
  assertEquals(asked, [{ identity: "jane@example.com", issuer: sigstore.issuer.url, isEmail: true }]);
  assertEquals([sigstore.fulcio.issued.length, sigstore.rekorV1.entries.length], [0, 0]);
});

Deno.test("content that is too large for the log is refused before login", async () => {
  await using sigstore = await TestSigstore.start();
  const large = { ...ENVELOPE, payload: new Uint8Array(31_000_000) } as typeof ENVELOPE;
  const logIn = (): never => {
    throw new Error("nobody should log in");
  };
  const sign = (): Promise<string> => signWith(sigstore, large, { logIn });
  await assertFails(sign, RefusedError, "TOO_LARGE_FOR_LOG", "version 2", "h2");
});

Deno.test("an abort cancels the requests", async () => {
  await using sigstore = await TestSigstore.start();
  sigstore.fulcio.misbehave("slow");
  const abort = new AbortController();
  const signing = signWith(sigstore, ENVELOPE, { signal: abort.signal, retryPolicy: { ...IMPATIENT, tryMs: 60_000 } });
  const failure = assertFailsWith(signing, "stopped");
  await until(() => sigstore.fulcio.server.requests.length > 0, "the first service has a request");
  abort.abort(new Error("stopped"));
  await failure;
});

async function assertFailsWith(promise: Promise<unknown>, message: string): Promise<void> {
  const error = await promise.then(() => undefined, (error) => error);
  assertEquals(error instanceof Error && error.message, message);
}
