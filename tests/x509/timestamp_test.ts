/** Valid timestamps (RFC 3161) of every form, and invalid ones. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { constants, createHash, privateDecrypt, sign } from "node:crypto";
import { VerificationError } from "../../src/errors.ts";
import type { Authority } from "../../src/x509/authority.ts";
import { verifyTimestamp } from "../../src/x509/timestamp.ts";
import { AT, CODE_SIGNING, concat, der, integer, makeAuthority, name, type TestCertificate } from "../_certificates.ts";
import {
  algorithm,
  type Hash,
  makeTimestamp,
  makeTsa,
  pss,
  purpose,
  signPss,
  TIME_STAMPING,
  type TimestampOptions,
  trusted,
  type Tsa,
} from "./_timestamps.ts";

const SIGNED = new TextEncoder().encode("a signature");
const tsa = await makeTsa();
const authority = trusted([tsa.leaf, tsa.root]);

async function accept(
  der: Uint8Array,
  authorities: readonly Authority[],
  path: readonly TestCertificate[],
): Promise<void> {
  const proven = await verifyTimestamp(der, SIGNED, authorities);
  assertEquals(proven.time, AT);
  assertEquals(proven.path.map(({ subject }) => subject), path.map(({ subject }) => subject));
}

async function refuse(der: Uint8Array, reason: string, authorities: readonly Authority[] = [authority]): Promise<void> {
  const error = await assertRejects(() => verifyTimestamp(der, SIGNED, authorities), VerificationError);
  assertEquals(error.code, "TIMESTAMP_INVALID");
  assertStringIncludes(error.message, `Cannot verify a timestamp: ${reason}`);
}

Deno.test("verifyTimestamp() accepts every signature algorithm, with the hash and the salt that it names", async (t) => {
  const rsa = await makeTsa("RSA-2048");
  const ed = await makeTsa("Ed25519");
  const NULL = der(0x05);
  const RSA = "1.2.840.113549.1.1.";
  const rows: [string, Tsa, TimestampOptions][] = [
    ...(["P-256", "P-384", "P-521"] as const).flatMap((curve) =>
      (["sha224", "sha256", "sha384", "sha512"] as const).map((hash): [string, Tsa, TimestampOptions] => {
        return [`${curve} ${hash}`, undefined as unknown as Tsa, { hash }];
      })
    ),
    ...(["sha224", "sha256", "sha384", "sha512"] as const).flatMap((hash): [string, Tsa, TimestampOptions][] => [
      [`rsaEncryption ${hash}`, rsa, { hash, algorithm: algorithm(`${RSA}1`, NULL) }],
      [`RSA with ${hash}`, rsa, {
        hash,
        algorithm: algorithm(`${RSA}${{ sha224: 14, sha256: 11, sha384: 12, sha512: 13 }[hash]}`, NULL),
      }],
    ]),
    ...([["sha256", 32], ["sha256", 0], ["sha256", 20], ["sha256", 222], ["sha384", 48], ["sha512", 64]] as const).map(
      ([hash, salt]): [string, Tsa, TimestampOptions] => [`RSA-PSS ${hash} with a salt of ${salt}`, rsa, {
        hash,
        algorithm: pss(hash, hash, salt),
        sign: signPss(rsa.key, hash, salt),
      }],
    ),
    ["RSA-PSS with another hash for the mask", rsa, {
      algorithm: pss("sha256", "sha512", 20),
      sign: (data) => signMixedPss(rsa, data, "sha512"),
    }],
    ["RSA-PSS with SHA-1 for the mask", rsa, {
      algorithm: pss("sha256", "sha1", 20),
      sign: (data) => signMixedPss(rsa, data, "sha1"),
    }],
    ["Ed25519", ed, {
      hash: "sha512",
      algorithm: algorithm("1.3.101.112"),
      sign: (data) => new Uint8Array(sign(null, data, ed.key)),
    }],
    ["an EC key named as the algorithm", tsa, { algorithm: algorithm("1.2.840.10045.2.1") }],
  ];
  const curves = new Map<string, Tsa>();
  for (const curve of ["P-256", "P-384", "P-521"] as const) curves.set(curve, await makeTsa(curve));
  for (const [title, known, options] of rows) {
    const signer = known ?? curves.get(title.slice(0, 5))!;
    await t.step(title, async () => {
      // P-521 with a short hash is signed by hand, as `node:crypto` of Deno cannot.
      const isShort = title === "P-521 sha224" || title === "P-521 sha256";
      const made = isShort ? { ...options, sign: await signShort(signer, options.hash!) } : options;
      const stamp = makeTimestamp(SIGNED, signer, made);
      const trust = trusted([signer.leaf, signer.root]);
      await accept(stamp, [trust], [signer.leaf, signer.root]);
      const bad = stamp.slice();
      bad[bad.length - 5]! ^= 1;
      await refuse(bad, "its signature", [trust]);
    });
  }
});

/** With @noble/curves, which takes a digest of any length. */
async function signShort({ leaf }: Tsa, hash: Hash): Promise<(data: Uint8Array) => Uint8Array> {
  const { p521 } = await import("@noble/curves/nist.js");
  const { d } = await crypto.subtle.exportKey("jwk", leaf.keys.privateKey);
  const secret = Uint8Array.fromBase64(d!, { alphabet: "base64url" });
  return (data) =>
    p521.sign(createHash(hash).update(data).digest(), secret, { prehash: false, format: "der", lowS: false });
}

/** EMSA-PSS (RFC 8017 §9.1.1) with SHA-256, another hash for the mask, and 20 bytes of salt. */
function signMixedPss({ key }: Tsa, data: Uint8Array, maskHash: Hash): Uint8Array {
  const salt = new Uint8Array(20).fill(3);
  const digest = createHash("sha256").update(data).digest();
  const h = createHash("sha256").update(new Uint8Array(8)).update(digest).update(salt).digest();
  const block = new Uint8Array(256 - 32 - 1);
  block[block.length - 21] = 1;
  block.set(salt, block.length - 20);
  const mask: number[] = [];
  for (let i = 0; mask.length < block.length; i++) {
    mask.push(...createHash(maskHash).update(h).update(Uint8Array.of(0, 0, 0, i)).digest());
  }
  const masked = block.map((byte, i) => byte ^ mask[i]!);
  masked[0]! &= 0x7f;
  const encoded = concat([masked, h, Uint8Array.of(0xbc)]);
  return new Uint8Array(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encoded));
}

Deno.test("verifyTimestamp() finds the certificate in the timestamp or in the authority's chain", async (t) => {
  const { leaf, root } = tsa;
  await t.step("in both", () => accept(makeTimestamp(SIGNED, tsa), [authority], [leaf, root]));
  await t.step(
    "in the chain",
    () => accept(makeTimestamp(SIGNED, tsa, { certificates: [] }), [authority], [leaf, root]),
  );
  await t.step("in the timestamp", () => accept(makeTimestamp(SIGNED, tsa), [trusted([root])], [leaf, root]));
  await t.step("with its root", () => {
    return accept(makeTimestamp(SIGNED, tsa, { certificates: [root.der, leaf.der] }), [trusted([root])], [leaf, root]);
  });
  await t.step("of the second authority", async () => {
    const other = await makeTsa();
    await accept(makeTimestamp(SIGNED, tsa), [trusted([other.leaf, other.root]), authority], [leaf, root]);
  });
  await t.step("trusted by itself", () => accept(makeTimestamp(SIGNED, tsa), [trusted([leaf])], [leaf]));
  await t.step("in neither", () => {
    const stamp = makeTimestamp(SIGNED, tsa, { certificates: [] });
    return refuse(stamp, "the certificate that signed it is neither in it nor of a trusted", [trusted([root])]);
  });
  await t.step("by the identifier of its key", async () => {
    const id = { oid: "2.5.29.14", value: der(0x04, new Uint8Array(20).fill(9)) };
    const named = await makeTsa("P-256", { extensions: [purpose([TIME_STAMPING], true), id] });
    const trust = trusted([named.leaf, named.root]);
    await accept(makeTimestamp(SIGNED, named, { isByKeyId: true }), [trust], [named.leaf, named.root]);
    await refuse(makeTimestamp(SIGNED, tsa, { isByKeyId: true }), "the certificate that signed it is neither");
  });
  await t.step("a chain that ends at an intermediate", async () => {
    const top = await makeAuthority("CN=Top");
    const inner = await makeAuthority("CN=TSA Root", { issuer: top });
    const made = await makeTsa("P-256", { issuer: inner });
    const partial = trusted([made.leaf, inner]);
    await accept(makeTimestamp(SIGNED, made), [partial], [made.leaf, inner]);
    await accept(makeTimestamp(SIGNED, made, { certificates: [made.leaf.der, inner.der] }), [trusted([top])], [
      made.leaf,
      inner,
      top,
    ]);
  });
  await t.step("with a certificate that has nothing to do with it", async () => {
    const stray = await makeAuthority("CN=Stray", { issuer: await makeAuthority("CN=Elsewhere") });
    const stamp = makeTimestamp(SIGNED, tsa, { certificates: [leaf.der, stray.der] });
    await refuse(stamp, 'cannot accept the certificate "CN=Stray" in the signature: no certificate here has signed it');
  });
});

Deno.test("verifyTimestamp() requires a signed attribute that identifies the certificate", async (t) => {
  for (const ids of [["v1"], ["v2"], ["v2 sha512"], ["v1", "v2"]] as const) {
    await t.step(
      ids.join(" and "),
      () => accept(makeTimestamp(SIGNED, tsa, { ids }), [authority], [tsa.leaf, tsa.root]),
    );
  }
  await t.step(
    "none",
    () => refuse(makeTimestamp(SIGNED, tsa, { ids: [] }), "it does not say, signed, which certificate"),
  );
  for (const id of ["v1", "v2"] as const) {
    await t.step(`${id} of another`, async () => {
      const stamp = makeTimestamp(SIGNED, tsa, { ids: [id], idOf: tsa.root });
      await refuse(stamp, "it was signed with another certificate than the one that it names");
    });
  }
});

Deno.test("verifyTimestamp() requires a certificate for time stamping only", async (t) => {
  const rows: [string, Parameters<typeof makeTsa>[1], string][] = [
    ["another purpose", { extensions: [purpose([CODE_SIGNING], true)] }, "its extended key usage is 1.3.6.1.5.5.7.3.3"],
    ["two purposes", { extensions: [purpose([TIME_STAMPING, CODE_SIGNING], true)] }, "its extended key usage is"],
    ["any purpose", { extensions: [purpose(["2.5.29.37.0"], true)] }, "its extended key usage is 2.5.29.37.0"],
    ["no purpose", { extensions: [] }, "its extended key usage is empty"],
    [
      "a purpose that is not critical",
      { extensions: [purpose([TIME_STAMPING], false)] },
      "its extended key usage is not critical",
    ],
    ["another key usage", { keyUsage: ["keyEncipherment"] }, "its key usage is keyEncipherment"],
    ["expired", { notAfter: new Date(AT.getTime() - 1000) }, "it expired on 2026-05-31T23:59:59Z"],
    ["not valid yet", { notBefore: new Date(AT.getTime() + 1000) }, "it is not valid before 2026-06-01T00:00:01Z"],
  ];
  for (const [title, options, reason] of rows) {
    await t.step(title, async () => {
      const made = await makeTsa("P-256", options);
      const trust = trusted([made.leaf, made.root]);
      await refuse(makeTimestamp(SIGNED, made), `cannot accept the certificate "CN=TSA,O=Acme": ${reason}`, [trust]);
    });
  }
  await t.step("nonRepudiation is as good", async () => {
    const made = await makeTsa("P-256", { keyUsage: ["nonRepudiation"] });
    await accept(makeTimestamp(SIGNED, made), [trusted([made.leaf, made.root])], [made.leaf, made.root]);
  });
  await t.step("an authority for other purposes", async () => {
    const root = await makeAuthority("CN=TSA Root", { extendedKeyUsage: [CODE_SIGNING] });
    const made = { ...await makeTsa("P-256", { issuer: root }), root };
    const reason =
      'cannot accept the certificate "CN=TSA Root": its extended key usage is 1.3.6.1.5.5.7.3.3, time stamping';
    await refuse(makeTimestamp(SIGNED, made), reason, [trusted([made.leaf, root])]);
  });
  await t.step("an authority with name constraints", async () => {
    const value = der(0x30, der(0xa0, der(0x30, der(0xa4, name("O=Elsewhere")))));
    const root = await makeAuthority("CN=TSA Root", { extensions: [{ oid: "2.5.29.30", value }] });
    const made = { ...await makeTsa("P-256", { issuer: root }), root };
    const reason = 'cannot accept the certificate "CN=TSA,O=Acme": by the name constraints of "CN=TSA Root"';
    await refuse(makeTimestamp(SIGNED, made), reason, [trusted([made.leaf, root])]);
  });
  await t.step("within the period of the authority", async () => {
    const at = (seconds: number): Date => new Date(AT.getTime() + seconds * 1000);
    const { leaf, root } = tsa;
    await accept(makeTimestamp(SIGNED, tsa), [trusted([leaf, root], { start: AT, end: AT })], [leaf, root]);
    for (const period of [{ start: at(1) }, { end: at(-1) }]) {
      const reason = "its authority was not trusted at 2026-06-01T00:00:00.000Z";
      await refuse(makeTimestamp(SIGNED, tsa), reason, [trusted([leaf, root], period)]);
    }
  });
});

Deno.test("verifyTimestamp() names the step that failed", async (t) => {
  const text = (value: string): Uint8Array => der(0x30, der(0x0c, new TextEncoder().encode(value)));
  const NULL = der(0x05);
  const rows: [string, TimestampOptions, string][] = [
    ["rejected", { status: [integer(2), text("busy")] }, 'the authority did not grant it: rejection ("busy")'],
    ["an unknown status", { status: [integer(9)] }, "the authority did not grant it: unknown status"],
    ["trailing bytes", { behindResponse: NULL }, "there are 2 bytes too many after an element"],
    ["bytes behind the content", { behindInfo: NULL }, "there are 2 bytes too many after an element"],
    ["an unsigned attribute", { behindSigner: [der(0xa1, NULL)] }, "it has unsigned attributes"],
    ["a second signature", { behindSigner: [der(0x04)] }, "there are 2 bytes too many after the signature"],
    ["another content", { contentType: "1.2.840.113549.1.7.1" }, "what is signed in it is not a timestamp"],
    ["SHA-1 of the content", { hash: "sha1" }, "it uses SHA-1, which can be forged"],
    ["SHA-1 of what is stamped", { imprintHash: "sha1" }, "it uses SHA-1, which can be forged"],
    [
      "signed with SHA-1",
      { algorithm: algorithm("1.2.840.10045.4.1") },
      "it is signed with SHA-1, which can be forged",
    ],
    [
      "an unknown algorithm",
      { algorithm: algorithm("1.2.3.4") },
      "it is signed with the algorithm 1.2.3.4, which is not",
    ],
    [
      "another algorithm",
      { algorithm: algorithm("1.2.840.113549.1.1.11", NULL) },
      "its signature with SHA-256 is not by",
    ],
    ["no attributes", { attributes: [] }, "its signed attributes are not those of a timestamp"],
    ["another version", { version: 2 }, "it has another version than 1"],
    ["no time", { time: "20260230000000Z" }, "its time is not one"],
    ["a local time", { time: "20260601000000" }, "its time is not one"],
    ["a critical extension", {
      infoEnd: [der(0xa1, der(0x30, der(0x06, Uint8Array.of(42, 3)), der(0x01, Uint8Array.of(255)), der(0x04)))],
    }, "its critical extension 1.2.3 is not supported"],
    [
      "another name",
      { infoEnd: [der(0xa0, der(0xa4, name("CN=Other")))] },
      "it names another authority than its certificate",
    ],
  ];
  for (const [title, options, reason] of rows) {
    await t.step(title, () => refuse(makeTimestamp(SIGNED, tsa, options), reason));
  }
  await t.step("of something else", () => {
    return refuse(makeTimestamp(new Uint8Array(3), tsa), "it is about something else than this signature");
  });
  await t.step("not a timestamp", () => refuse(der(0x30), "it ends too early"));
  await t.step("no bytes", () => refuse(new Uint8Array(), "it ends too early"));
  await t.step("a trusted name, another key", async () => {
    const other = await makeTsa();
    const stamp = makeTimestamp(SIGNED, { ...tsa, key: other.key });
    await refuse(stamp, "its signature with SHA-256 is not by the certificate that it names, or it was changed since");
  });
  await t.step("a content that was exchanged", async () => {
    const stamp = makeTimestamp(SIGNED, tsa);
    const from = new TextEncoder().encode("20260601000000Z");
    const to = new TextEncoder().encode("20250601000000Z");
    const hex = stamp.toHex().replace(from.toHex(), to.toHex());
    await refuse(Uint8Array.fromHex(hex), "its content is not what its authority signed: the digest differs");
  });
});

Deno.test("verifyTimestamp() accepts the optional fields of a timestamp", async (t) => {
  const rows: [string, TimestampOptions][] = [
    ["granted with modifications", { status: [integer(1)] }],
    ["a text of the authority", {
      status: [integer(0), der(0x30, der(0x0c, new TextEncoder().encode("Operation Okay")))],
    }],
    ["its own name", { infoEnd: [der(0xa0, der(0xa4, name("CN=TSA,O=Acme")))] }],
    ["SHA-512 of what is stamped", { imprintHash: "sha512" }],
  ];
  for (const [title, options] of rows) {
    await t.step(title, () => accept(makeTimestamp(SIGNED, tsa, options), [authority], [tsa.leaf, tsa.root]));
  }
  await t.step("parts of a second", async () => {
    const { time } = await verifyTimestamp(makeTimestamp(SIGNED, tsa, { time: "20260601000000.25Z" }), SIGNED, [
      authority,
    ]);
    assertEquals(time.toISOString(), "2026-06-01T00:00:00.250Z");
  });
});

Deno.test("a change of any byte of a timestamp is detected", async () => {
  const stamp = makeTimestamp(SIGNED, tsa);
  const accepted: number[] = [];
  for (let i = 0; i < stamp.length; i++) {
    const changed = stamp.slice();
    changed[i]! ^= 1;
    const outcome = await verifyTimestamp(changed, SIGNED, [authority]).then(() => true, (error) => {
      if (!(error instanceof VerificationError)) throw error;
      return false;
    });
    if (outcome) accepted.push(i);
  }
  // But the status: "granted" becomes "granted with modifications", which means the same.
  assertEquals(accepted.map((i) => stamp.subarray(i - 2, i).toHex()), ["0201"]);
});
