/** Whatever is read from outside ends in a result or in an error that callers expect, and never in a forged content. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { inspect } from "../../mod.ts";
import { ModelSigningError, RefusedError, VerificationError } from "../../src/errors.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { readPrivateKey, readPublicKey } from "../../src/keys/ec_key.ts";
import { pemBlocks } from "../../src/text/pem.ts";
import { readCertificates } from "../../src/x509/read_certificates.ts";
import { readBundle } from "../../src/bundle/read.ts";
import { checkStatement } from "../../src/oms/check_statement.ts";
import { parseStatement } from "../../src/oms/statement.ts";
import { createKeyVerifier } from "../../src/verify/key.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { makeAuthority, makeLeaf } from "../_certificates.ts";
import * as files from "../keys/_pem.ts";
import {
  chainMaterial,
  edit,
  envelopeBundle,
  type Json,
  makeKey,
  messageBundle,
  REMOVED,
  toBytes,
} from "../oms/_forge.ts";
import { filesStatement, oldStatement, resource, statementOf } from "../oms/_statements.ts";
import { anyJson, check, pathsOf, splice, spliced } from "./_arbitraries.ts";
import { verifyWhole } from "../verify/_verify_whole.ts";

// deno-lint-ignore no-explicit-any -- any constructor of errors
type Class = abstract new (...args: any[]) => Error;

/** Calls and returns the result, or `undefined` after one of the expected errors. */
async function attempt<T>(action: () => T | Promise<T>, ...expected: Class[]): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!expected.some((expectedClass) => error instanceof expectedClass)) throw error;
    assert(error instanceof Error && !/\p{Cc}/u.test(error.message), "a message is one plain line");
    return undefined;
  }
}

const key = makeKey();
const authority = await makeAuthority("CN=Root");
const leaf = await makeLeaf(authority);
const message = new Uint8Array(32);

const STATEMENTS: readonly Json[] = [
  filesStatement("a", "b/c"),
  statementOf([resource("w:0:4"), resource("w:4:6")], { method: "shards", shard_size: 4, ignore_paths: [".git"] }),
  oldStatement("a", "b"),
];
const BUNDLES: readonly Json[] = [
  ...STATEMENTS.map((statement) => envelopeBundle(key, statement)),
  messageBundle(key, message),
  edit(envelopeBundle(key, STATEMENTS[0]), "verificationMaterial", chainMaterial(leaf, authority)),
];

/** Good bytes with up to three changes. */
function changedBytes(values: readonly Json[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.constantFrom(...values.map(toBytes)), fc.array(splice, { minLength: 1, maxLength: 3 }))
    .map(([bytes, changes]) => changes.reduce<Uint8Array>(spliced, bytes));
}

/** Good JSON with up to three of its values changed or removed. */
function changedJson(values: readonly Json[]): fc.Arbitrary<Json> {
  const change = fc.tuple(fc.nat(), fc.oneof(anyJson, fc.constant(REMOVED)));
  return fc.tuple(fc.constantFrom(...values), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([json, changes]) =>
      changes.reduce((json, [at, value]) => {
        const paths = pathsOf(json);
        return paths.length === 0 ? json : edit(json, paths[at % paths.length]!, value);
      }, json)
    );
}

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: "binary" }).map(toBytes),
  anyJson.map((json) => toBytes(JSON.stringify(json))),
);

Deno.test("readBundle() and parseStatement() refuse any bytes as a signature that does not verify", async () => {
  const bytes = fc.oneof(anyBytes, changedBytes(BUNDLES), changedBytes(STATEMENTS));
  await check(
    10_000,
    fc.asyncProperty(bytes, async (bytes) => {
      await attempt(() => readBundle(bytes), VerificationError);
      await attempt(() => checkStatement(parseStatement(bytes)), VerificationError);
    }),
  );
});

Deno.test("so they do with any JSON", async () => {
  await check(
    10_000,
    fc.asyncProperty(changedJson([...BUNDLES, ...STATEMENTS]), async (json) => {
      const bytes = toBytes(JSON.stringify(json));
      await attempt(() => readBundle(bytes), VerificationError);
      await attempt(() => checkStatement(parseStatement(bytes)), VerificationError);
    }),
  );
});

Deno.test("a changed bundle is refused, or holds what was signed", async () => {
  const verifier = createKeyVerifier({ kind: "key", publicKey: key.publicPem });
  const signed = new Set(STATEMENTS.map((statement) => toBytes(statement).toHex()));
  const changed = fc.oneof(changedBytes(BUNDLES), changedJson(BUNDLES).map((json) => toBytes(JSON.stringify(json))));
  await check(
    6_000,
    fc.asyncProperty(changed, async (bytes) => {
      const opened = await attempt(() => verifyWhole(verifier, bytes), VerificationError);
      if (opened?.kind === "envelope") assert(signed.has(opened.payload.toHex()));
      if (opened?.kind === "message") {
        // The digest that it claims may be changed; what it verifies is the one message.
        const other = message.with(0, 1);
        assertEquals(await attempt(() => (opened.verify(other), true), VerificationError), undefined);
      }
    }),
  );
});

Deno.test("inspect() says something of any file, or that it is none", async () => {
  using directory = new TempDirectory();
  const path = `${directory.path}/model.sig`;
  const certificate = { certificate: { rawBytes: leaf.der.toBase64() } };
  const entry = { logIndex: "1", logId: { keyId: "AA==" }, integratedTime: "1", kindVersion: {} };
  const sigstore = edit(BUNDLES[0], "verificationMaterial", { ...certificate, tlogEntries: [entry] });
  const values = [...BUNDLES, sigstore];
  await check(
    1_500,
    fc.asyncProperty(
      fc.oneof(changedBytes(values), changedJson(values).map(JSON.stringify).map(toBytes)),
      async (bytes) => {
        await Deno.writeFile(path, bytes);
        const found = await attempt(() => inspect(path), ModelSigningError);
        assertEquals(found?.verified ?? false, false);
        JSON.stringify(found);
      },
    ),
  );
});

Deno.test("the readers of PEM refuse any text", async () => {
  const texts = [files.PUBLIC, files.PKCS8, files.SEC1, files.SEC1_ENCRYPTED, files.PKCS8_ENCRYPTED, leaf.pem];
  const pemLike = fc.array(fc.constantFrom(
    "-----",
    "BEGIN ",
    "END ",
    "PUBLIC KEY",
    "PRIVATE KEY",
    "ENCRYPTED ",
    "CERTIFICATE",
    "\n",
    "AAAA",
    "=",
    "Proc-Type: 4,ENCRYPTED\n",
    "\u0000",
  )).map((parts) => parts.join(""));
  const changed = changedBytes(texts).map((bytes) => new TextDecoder().decode(bytes));
  await check(
    2_000,
    fc.asyncProperty(fc.oneof(fc.string({ unit: "binary" }), pemLike, changed), async (text) => {
      await attempt(() => pemBlocks(text, "it"), RefusedError);
      await attempt(() => readPublicKey(text, "it"), RefusedError);
      await attempt(() => readPrivateKey(text, undefined, "it"), RefusedError);
      await attempt(() => readPrivateKey(text, files.PASSWORD, "it"), RefusedError);
      await attempt(() => readCertificates(text, "it"), RefusedError, VerificationError);
    }),
  );
});

Deno.test("a changed certificate is refused, or read as a whole", async () => {
  await check(
    1_500,
    fc.asyncProperty(changedBytes([leaf.der, authority.der]), async (der) => {
      const certificate = await attempt(() => parseCertificate(der, "it"), VerificationError);
      if (certificate !== undefined) assertEquals(certificate.der, new Uint8Array(der));
    }),
  );
});
