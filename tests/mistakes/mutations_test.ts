/**
 * What a forger changes without knowing what it is: a bundle with changes anywhere is refused by an error of ours, or else
 * says just what it said before.
 */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import { VerificationError } from "../../src/errors.ts";
import { parseTrustedRoot } from "../../src/sigstore/trust/trusted_root.ts";
import { createSigstoreVerifier } from "../../src/verify/sigstore.ts";
import type { Verifier } from "../../src/verify/verifier.ts";
import { type BundleOptions, makeBundle } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { edit, type Json, REMOVED, toBytes } from "../oms/_forge.ts";
import { anyJson, check, pathsOf, splice, spliced } from "../properties/_arbitraries.ts";
import { jane } from "../verify/_sigstore.ts";
import { type VerifiedWhole, verifyWhole } from "../verify/_verify_whole.ts";

/** Of each kind, of each bundle; 700 were tried when this was written. */
const RUNS = 15;
const MESSAGE = new Uint8Array(32).fill(7);
const BUNDLES: Record<string, BundleOptions> = {
  "v1, an envelope": { statement: { a: 1 }, timestamps: 1 },
  "v1, a message": { message: MESSAGE },
  "v2, an envelope": { statement: { a: 1 }, rekor: 2 },
};

/** Values that parsers stumble over, besides any JSON. */
const odd: fc.Arbitrary<Json> = fc.oneof(
  anyJson,
  fc.constant(REMOVED),
  fc.constantFrom(
    "0",
    "-1",
    "1e400",
    "NaN",
    "9223372036854775808",
    "0x10",
    " 1",
    "1 ",
    "AA",
    "====",
    "\ud800",
    "\ufeff",
    "\r\n",
    "__proto__",
    1e308,
    -0,
    2 ** 63,
    { __proto__: null, constructor: 1 },
    JSON.parse('{"__proto__": {"a": 1}}'),
    { length: 1 },
    { toString: 1 },
  ),
);

/** What a signature came to say, to compare. */
interface Meaning {
  readonly said: unknown;
  readonly times: readonly string[];
}

function meaning(opened: VerifiedWhole): Meaning {
  const { signer } = opened.kind === "envelope" ? opened : opened.verify(MESSAGE);
  assert(signer.method === "sigstore");
  const content = opened.kind === "envelope" ? opened.payload.toHex() : opened.claimsDigestOf(MESSAGE);
  return {
    said: { content, identity: signer.identity, provider: signer.identityProvider },
    times: signer.times.map((time) => JSON.stringify(time)),
  };
}

/** Whether the changed one is refused as it should be, or changed in nothing that counts. */
async function holds(verifier: Verifier, good: Meaning, text: string): Promise<void> {
  let opened: VerifiedWhole;
  try {
    opened = await verifyWhole(verifier, toBytes(text));
  } catch (error) {
    assertInstanceOf(error, VerificationError);
    assertEquals(/\p{Cc}/u.test(error.message), false, "a message is one plain line");
    return;
  }
  const { said, times } = meaning(opened);
  assertEquals(said, good.said);
  // One proof of the time may be taken away where there are two.
  assert(times.length > 0 && times.every((time) => good.times.includes(time)), times.join());
}

Deno.test("a bundle with changes is refused, or says what it said before", async (t) => {
  await using sigstore = await TestSigstore.start();
  const root = parseTrustedRoot(JSON.stringify(sigstore.trustedRoot()), "the root of the test");
  const verifier = createSigstoreVerifier(jane(sigstore), root);
  for (const [what, options] of Object.entries(BUNDLES)) {
    await makeBundle(sigstore, options); // So that proofs are not empty.
    const bundle: Json = (await makeBundle(sigstore, options)).bundle;
    const text = JSON.stringify(bundle);
    const good = meaning(await verifyWhole(verifier, toBytes(text)));
    const paths = pathsOf(bundle);
    const path = fc.constantFrom(...paths);
    await t.step(`${what}: values`, async () => {
      const change = fc.tuple(path, odd);
      await check(
        RUNS,
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
          // The second may be within what the first has taken away.
          const changed = changes.reduce(
            (json, [at, value]) => pathsOf(json).includes(at) ? edit(json, at, value) : json,
            bundle,
          );
          await holds(verifier, good, JSON.stringify(changed));
        }),
      );
    });
    await t.step(`${what}: bytes of values`, async () => {
      const base64 = paths.filter((at) => isBase64(valueAt(bundle, at)));
      await check(
        RUNS,
        fc.asyncProperty(fc.constantFrom(...base64), splice, async (at, change) => {
          const bytes = spliced(Uint8Array.fromBase64(valueAt(bundle, at)), change);
          await holds(verifier, good, JSON.stringify(edit(bundle, at, bytes.toBase64())));
        }),
      );
    });
    await t.step(`${what}: bytes of the file`, async () => {
      await check(
        RUNS,
        fc.asyncProperty(splice, async (change) => {
          await holds(verifier, good, new TextDecoder().decode(spliced(toBytes(text), change)));
        }),
      );
    });
  }
});

function valueAt(json: Json, path: string): Json {
  return path.split(".").reduce((at, part) => at?.[part], json);
}

function isBase64(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9+/]{8,}={0,2}$/.test(value) && value.length % 4 === 0;
}
