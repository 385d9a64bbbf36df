/** Signatures over one digest of the whole model, as `h1` and `h2` have them. */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { sign, verify, type VerifyOptions } from "../../mod.ts";
import { UsageError, VerificationError } from "../../src/errors.ts";
import { createKeyVerifier } from "../../src/verify/key.ts";
import type { UnverifiedMessageSignature } from "../../src/verify/verifier.ts";
import { assertFails } from "../_assert_fails.ts";
import { concat } from "../_certificates.ts";
import * as reference from "../_reference.ts";
import {
  CURVES,
  edit,
  envelopeBundle,
  type Json,
  keyMaterial,
  makeKey,
  messageBundle,
  toBytes,
} from "../oms/_forge.ts";
import { filesStatement } from "../oms/_statements.ts";
import { assertDiffers, ForgedModel } from "./_forged_model.ts";
import { verifyBytes } from "./_verify_whole.ts";

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

const MESSAGE = new Uint8Array(32).map((_, i) => i);
const OTHER = MESSAGE.toReversed();

for (const curve of CURVES) {
  const key = makeKey(curve);
  const good = messageBundle(key, MESSAGE);
  const open = async (bundle: Json): Promise<UnverifiedMessageSignature> => {
    const opened = await verifyBytes(createKeyVerifier({ kind: "key", publicKey: key.publicPem }), toBytes(bundle));
    return opened as UnverifiedMessageSignature;
  };
  const digestOf = (message: Uint8Array): string => createHash(key.hash).update(message).digest("base64");

  Deno.test(`a message signature on ${curve} is about its message and no other`, async () => {
    const opened = await open(good);
    assertEquals([opened.kind, opened.claimsDigestOf(MESSAGE), opened.claimsDigestOf(OTHER)], ["message", true, false]);
    opened.verify(MESSAGE);
    await assertFails(() => opened.verify(OTHER), VerificationError, "SIGNATURE_WRONG");
    await assertFails(() => opened.verify(new Uint8Array()), VerificationError, "SIGNATURE_WRONG");
  });

  Deno.test(`a message signature on ${curve} with another algorithm is refused`, async (t) => {
    for (const algorithm of ["SHA2_256", "SHA2_384", "SHA2_512"].filter((name) => name !== key.bundleHash)) {
      await t.step(algorithm, async () => {
        const bundle = edit(good, "messageSignature.messageDigest.algorithm", algorithm);
        await assertFails(
          () => open(bundle),
          VerificationError,
          "SIGNATURE_INVALID",
          `its key needs ${key.bundleHash}`,
        );
      });
    }
  });

  Deno.test(`a message signature on ${curve} with another digest is about nothing that it signs`, async (t) => {
    const digest = Uint8Array.fromBase64(good.messageSignature.messageDigest.digest);
    const digests: [what: string, digest: Uint8Array][] = [
      ["one bit changed", digest.with(0, digest[0]! ^ 1)],
      ["one byte less", digest.subarray(0, -1)],
      ["one byte more", Uint8Array.of(...digest, 0)],
      ["one byte", Uint8Array.of(0)],
      ["the message itself", MESSAGE],
    ];
    for (const [what, changed] of digests) {
      await t.step(what, async () => {
        const opened = await open(edit(good, "messageSignature.messageDigest.digest", changed.toBase64()));
        assertEquals(opened.claimsDigestOf(MESSAGE), false);
      });
    }
  });

  Deno.test(`a message signature on ${curve} with the digest of another message proves nothing`, async () => {
    const opened = await open(edit(good, "messageSignature.messageDigest.digest", digestOf(OTHER)));
    assertEquals([opened.claimsDigestOf(MESSAGE), opened.claimsDigestOf(OTHER)], [false, true]);
    await assertFails(() => opened.verify(OTHER), VerificationError, "SIGNATURE_WRONG");
  });

  Deno.test(`a message signature on ${curve} by another key proves nothing`, async () => {
    const opened = await open(messageBundle(makeKey(curve), MESSAGE, { material: keyMaterial(key) }));
    assertEquals(opened.claimsDigestOf(MESSAGE), true);
    await assertFails(() => opened.verify(MESSAGE), VerificationError, "SIGNATURE_WRONG");
  });

  Deno.test(`h1 and h2 signatures on ${curve} are not taken for each other`, async () => {
    using model = new ForgedModel("a", "b/c");
    const [h1, h2] = [reference.h1(model.model), reference.h2(model.model)];
    const of = (digest: Uint8Array): Json => messageBundle(key, digest);
    assertEquals((await model.verify(of(h1), key, { serialization: "h1" })).serialization, "h1");
    assertEquals((await model.verify(of(h2), key, { serialization: "h2" })).serialization, "h2");
    await assertDiffers(() => model.verify(of(h1), key, { serialization: "h2" }));
    await assertDiffers(() => model.verify(of(h2), key, { serialization: "h1" }));
    // The digest of one with the signature of the other.
    for (const [serialization, claimed, signed] of [["h1", h1, h2], ["h2", h2, h1]] as const) {
      const mixed = edit(of(signed), "messageSignature.messageDigest.digest", digestOf(claimed));
      await assertFails(() => model.verify(mixed, key, { serialization }), VerificationError, "SIGNATURE_WRONG");
    }
  });
}

Deno.test("a message signature and an envelope are not taken for each other", async (t) => {
  const key = makeKey();
  using model = new ForgedModel("a", "b");
  const h2 = reference.h2(model.model);
  const statement = filesStatement("a", "b");
  const root = Uint8Array.fromHex(statement.subject[0].digest.sha256);
  const envelope = envelopeBundle(key, statement);
  const cases: [what: string, bundle: Json, code: string, form?: "h2"][] = [
    ["the root digest of files as a message", messageBundle(key, root), "MODEL_DIFFERS", "h2"],
    ["the payload as a message", messageBundle(key, toBytes(statement)), "MODEL_DIFFERS", "h2"],
    [
      "the signature of the payload as one of h2",
      edit(messageBundle(key, h2), "messageSignature.signature", envelope.dsseEnvelope.signatures[0].sig),
      "SIGNATURE_WRONG",
      "h2",
    ],
    [
      "the signature of h2 as one of the payload",
      edit(envelope, "dsseEnvelope.signatures.0.sig", messageBundle(key, h2).messageSignature.signature),
      "SIGNATURE_WRONG",
    ],
    ["h2 in an envelope, signed as it is", envelopeBundle(key, h2, { signed: h2 }), "SIGNATURE_WRONG"],
    ["h2 in an envelope", envelopeBundle(key, h2), "SIGNATURE_INVALID"],
  ];
  for (const [what, bundle, code, serialization] of cases) {
    await t.step(what, async () => {
      const options = serialization === undefined ? {} : { serialization };
      await assertFails(() => model.verify(bundle, key, options), VerificationError, code);
    });
  }
});

Deno.test("options that do not fit a message signature are refused", async (t) => {
  const key = makeKey();
  using model = new ForgedModel("a");
  const bundle = messageBundle(key, reference.h2(model.model));
  for (const serialization of ["files", "shards"] as const) {
    await t.step(serialization, async () => {
      const text = `\`serialization\` ${serialization}`;
      await assertFails(() => model.verify(bundle, key, { serialization }), VerificationError, "SERIALIZATION", text);
    });
  }
  await t.step("ignoreUnsignedFiles", async () => {
    const options: Partial<VerifyOptions> = { serialization: "h2", ignoreUnsignedFiles: true };
    await assertFails(() => model.verify(bundle, key, options), UsageError, "IGNORE_UNSIGNED_FILES");
  });
});

Deno.test("what the first forms cannot tell apart is told by serialization alone", async (t) => {
  const key = makeKey();
  using directory = new ForgedModel("a", "b");
  const leafDigests = ["a", "b"].map((name) => {
    const head = (form: "h1" | "h2"): string => `file.${btoa(name)}.${form === "h1" ? "" : "0-1."}`;
    return { h1: sha256(toBytes(head("h1") + name)), h2: sha256(toBytes(head("h2") + name)) };
  });
  // A file that spells out what was hashed for a directory has, as h1, the directory's digest: h1 of a file is plain SHA-256.
  const spelled = {
    h1: Uint8Array.of(...toBytes("dir.cm9vdA==."), ...sha256(concat(leafDigests.map(({ h1 }) => h1)))),
    h2: concat(leafDigests.map(({ h2 }) => h2)),
  };
  for (const form of ["h1", "h2"] as const) {
    await t.step(form, async () => {
      const signature = directory.write(
        `${form}.sig`,
        JSON.stringify(messageBundle(key, reference[form](directory.model))),
      );
      const file = directory.write(`${form}.bin`, spelled[form]);
      const options = { trust: { kind: "key", publicKey: key.publicPem }, signature } as const;
      assertEquals((await verify(directory.model, { ...options, serialization: form })).serialization, form);
      assertEquals((await verify(file, { ...options, serialization: "h1" })).serialization, "h1");
      await assertDiffers(() => verify(file, { ...options, serialization: "h2" }));
    });
  }
});

// The h1 digest of a file is its plain SHA-256, which people sign for many reasons.
Deno.test("32 bytes that were signed for another purpose do not verify as a model", async (t) => {
  const key = makeKey("P-384");
  using directory = new ForgedModel("a", "b/c");
  const file = directory.write("checkpoint.pt", "weights");
  const trust = { kind: "key", publicKey: key.publicPem } as const;
  const digests = {
    "SHA-256 of a file": [file, sha256(toBytes("weights"))],
    "h1": [directory.model, reference.h1(directory.model)],
    "h2": [directory.model, reference.h2(directory.model)],
  } as const;
  for (const [what, [model, digest]] of Object.entries(digests)) {
    await t.step(what, async () => {
      const signature = directory.write("a.sig", JSON.stringify(messageBundle(key, digest)));
      await assertFails(
        () => verify(model, { trust, signature }),
        VerificationError,
        "SERIALIZATION",
        signature,
        "`serialization` h1",
      );
    });
  }
});

Deno.test("an envelope does not verify as h1 or h2", async () => {
  const key = makeKey();
  using model = new ForgedModel("a");
  const bundle = envelopeBundle(key, filesStatement("a"));
  for (const serialization of ["h1", "h2", "shards"] as const) {
    await assertFails(() => model.verify(bundle, key, { serialization }), VerificationError, "SERIALIZATION", "files");
  }
});

Deno.test("a model that differs from its message signature is refused", async (t) => {
  const key = makeKey();
  for (const serialization of ["h1", "h2"] as const) {
    await t.step(serialization, async () => {
      using model = new ForgedModel("a", "b/c");
      const signature = `${model.path}/good.sig`;
      await sign(model.model, { signer: { kind: "key", privateKey: key.privatePem }, signature, serialization });
      const bundle = JSON.parse(Deno.readTextFileSync(signature));
      assertEquals((await model.verify(bundle, key, { serialization })).serialization, serialization);
      model.write("model/b/c", "other bytes");
      await assertDiffers(() => model.verify(bundle, key, { serialization }));
      model.write("model/b/c", "b/c");
      model.makeDirectory("model/empty");
      await assertDiffers(() => model.verify(bundle, key, { serialization }));
    });
  }
});

Deno.test("a message signature that fits nothing names no signer", async () => {
  const [key, attacker] = [makeKey(), makeKey()];
  using model = new ForgedModel("a");
  const forged = messageBundle(attacker, MESSAGE, { material: keyMaterial(key) });
  const report = await assertDiffers(() => model.verify(forged, key, { serialization: "h1" }));
  assertEquals(report.signer, null);
});
