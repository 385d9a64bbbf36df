/** Which log entries count as those of a known signature. */
import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { readClaims } from "../../src/monitor/entry_claims.ts";
import { readExpected } from "../../src/monitor/expect.ts";
import { createMatcher, type Watch } from "../../src/monitor/match.ts";
import { pae } from "../../src/bundle/envelope.ts";
import { UsageError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { type MadeBundle, makeBundle } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { TempDirectory } from "../_temp_directory.ts";

const JANE = "jane@example.com";
const STATEMENT = { model: "v1" };
const PAYLOAD = new TextEncoder().encode(JSON.stringify(STATEMENT));
const MESSAGE = new TextEncoder().encode("weights");
const TYPE = "application/vnd.in-toto+json";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toBase64().replace(/.{64}(?=.)/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
const hash = (bytes: Uint8Array): unknown => ({ algorithm: "sha256", value: sha256(bytes).toHex() });
const digest = (bytes: Uint8Array): unknown => ({ algorithm: "SHA2_256", digest: sha256(bytes).toBase64() });
const verifier = (der: Uint8Array): unknown => ({
  content: "AAAA",
  verifier: { keyDetails: "PKIX_ECDSA_P256_SHA_256", x509Certificate: { rawBytes: der.toBase64() } },
});

/** An entry of each kind, written as its log writes it. */
type Kind = (signers: readonly string[], ders: readonly Uint8Array[], bytes: Uint8Array) => Record<string, unknown>;

const ENVELOPE_KINDS: Record<string, Kind> = {
  "dsse 0.0.1": (pems, _, payload) => ({
    envelopeHash: hash(new Uint8Array(3)),
    payloadHash: hash(payload),
    signatures: pems.map((text) => ({ signature: "AAAA", verifier: btoa(text) })),
  }),
  "dsse 0.0.2": (_, ders, payload) => ({ dsseV002: { payloadHash: digest(payload), signatures: ders.map(verifier) } }),
  "intoto 0.0.1": ([text], _, payload) => ({
    content: { hash: hash(new Uint8Array(4)), payloadHash: hash(payload) },
    publicKey: btoa(text!),
  }),
  "intoto 0.0.2": (pems, _, payload) => ({
    content: {
      envelope: { payloadType: TYPE, signatures: pems.map((text) => ({ publicKey: btoa(text), sig: "AAAA" })) },
      hash: hash(new Uint8Array(5)),
      payloadHash: hash(payload),
    },
  }),
  "hashedrekord 0.0.2": (_, [der], payload) => ({
    hashedRekordV002: { data: digest(pae(TYPE, payload)), signature: verifier(der!) },
  }),
};

const MESSAGE_KINDS: Record<string, Kind> = {
  "hashedrekord 0.0.1": ([text], _, message) => ({
    data: { hash: hash(message) },
    signature: { content: "AAAA", publicKey: { content: btoa(text!) } },
  }),
  "rekord 0.0.1": ([text], _, message) => ({
    data: { hash: hash(message) },
    signature: { content: "AAAA", format: "x509", publicKey: { content: btoa(text!) } },
  }),
  "hashedrekord 0.0.2": (_, [der], message) => ({
    hashedRekordV002: { data: digest(message), signature: verifier(der!) },
  }),
};

function entry(name: string, spec: unknown, more: Record<string, unknown> = {}): Uint8Array {
  const [kind, apiVersion] = name.split(" ");
  return new TextEncoder().encode(JSON.stringify({ apiVersion, kind, spec, ...more }));
}

interface Scene {
  /** The known signature of an envelope, and of a message. */
  readonly good: MadeBundle;
  readonly goodMessage: MadeBundle;
  /** By jane's stolen login: same identity, another certificate. */
  readonly evil: MadeBundle;
  /** By somebody else. */
  readonly joe: MadeBundle;
  judge(body: Uint8Array, watch?: Watch): { matched: boolean; expected: boolean };
}

async function withScene(act: (scene: Scene) => Promise<void> | void): Promise<void> {
  await using sigstore = await TestSigstore.start();
  using directory = new TempDirectory();
  const [good, evil] = [
    await makeBundle(sigstore, { statement: STATEMENT }),
    await makeBundle(sigstore, { statement: STATEMENT }),
  ];
  const goodMessage = await makeBundle(sigstore, { message: MESSAGE });
  const joe = await makeBundle(sigstore, { statement: STATEMENT, identity: { name: "joe@example.com" } });
  const expected = readExpected([
    directory.write("known.sig", JSON.stringify(good.bundle)),
    directory.write("message.sig", JSON.stringify(goodMessage.bundle)),
  ]);
  const judge: Scene["judge"] = (body, watch = { identity: JANE }) => {
    const match = createMatcher(watch).find(readClaims(body)!);
    return { matched: match !== undefined, expected: match !== undefined && expected.find(body, match) !== undefined };
  };
  await act({ good, goodMessage, evil, joe, judge });
}

const EXPECTED = { matched: true, expected: true };
const ALARM = { matched: true, expected: false };

/** A kind with the signer and the bytes of the known signature of its sort. */
function kinds({ good, goodMessage }: Scene): [name: string, make: Kind, known: MadeBundle, bytes: Uint8Array][] {
  return [
    ...Object.entries(ENVELOPE_KINDS).map(([name, make]) => [name, make, good, PAYLOAD] as const),
    ...Object.entries(MESSAGE_KINDS).map(([name, make]) => [name, make, goodMessage, MESSAGE] as const),
  ] as [string, Kind, MadeBundle, Uint8Array][];
}

Deno.test("another record of a known signing is expected, in every kind of entry, for every way to watch", async () => {
  await withScene((scene) => {
    for (const [name, make, { certificate }, bytes] of kinds(scene)) {
      const body = entry(name, make([pem(certificate)], [certificate], bytes));
      assertEquals([name, scene.judge(body)], [name, EXPECTED]);
      const fingerprint = sha256(certificate).toHex();
      assertEquals([name, scene.judge(body, { fingerprint })], [name, EXPECTED]);
      const { value } = JSON.parse(JSON.stringify(hash(bytes)));
      const matchesDigest = !name.startsWith("hashedrekord 0.0.2") || bytes === MESSAGE;
      if (matchesDigest) assertEquals([name, scene.judge(body, { digest: value })], [name, EXPECTED]);
    }
  });
});

Deno.test("another certificate of the same identity is not expected, wherever the known one stands beside it", async () => {
  await withScene((scene) => {
    const { evil, judge } = scene;
    for (const [name, make, { certificate: known }, bytes] of kinds(scene)) {
      const [good, bad] = [pem(known), pem(evil.certificate)];
      const bodies: [what: string, body: Uint8Array][] = [
        ["alone", entry(name, make([bad], [evil.certificate], bytes))],
        ["known one appended", entry(name, make([bad + good], [evil.certificate], bytes))],
        ["known one put first", entry(name, make([good + bad], [known], bytes), { more: bad })],
        [
          "known one in a text before it",
          entry(name, make([`${good.replaceAll("-----", "---- ")}${bad}`], [evil.certificate], bytes)),
        ],
        [
          "known one in another member",
          entry(name, { ...make([bad], [evil.certificate], bytes), x: good, y: btoa(good) }),
        ],
        [
          "known one as a v2 verifier elsewhere",
          entry(name, make([bad], [evil.certificate], bytes), { z: verifier(known) }),
        ],
        [
          "an open block before",
          entry(name, make([`-----BEGIN CERTIFICATE-----\n${good}${bad}`], [evil.certificate], bytes)),
        ],
      ];
      for (const [what, body] of bodies) assertEquals([name, what, judge(body)], [name, what, ALARM]);
    }
  });
});

Deno.test("several signatures in one entry: each of this identity must be known, those of others do not matter", async () => {
  await withScene(({ good, evil, joe, judge }) => {
    for (const name of ["dsse 0.0.1", "dsse 0.0.2", "intoto 0.0.2"]) {
      const make = ENVELOPE_KINDS[name]!;
      const by = (...signers: MadeBundle[]): Uint8Array =>
        entry(name, make(signers.map((one) => pem(one.certificate)), signers.map((one) => one.certificate), PAYLOAD));
      assertEquals([name, judge(by(good, joe))], [name, EXPECTED]);
      assertEquals([name, judge(by(joe, good))], [name, EXPECTED]);
      assertEquals([name, judge(by(good, evil))], [name, ALARM]);
      assertEquals([name, judge(by(evil, good))], [name, ALARM]);
      // Who watches the artifact wants to know of everyone who signed it.
      const { value } = JSON.parse(JSON.stringify(hash(PAYLOAD)));
      assertEquals([name, judge(by(good, joe), { digest: value })], [name, ALARM]);
    }
  });
});

Deno.test("a known certificate that is only cargo in somebody else's entry is not expected", async () => {
  await withScene((scene) => {
    const { joe, judge } = scene;
    for (const [name, make, { certificate: known }, bytes] of kinds(scene)) {
      const body = entry(name, make([pem(joe.certificate)], [joe.certificate], bytes), { x: pem(known) });
      assertEquals([name, judge(body)], [name, ALARM]);
    }
  });
});

Deno.test("the digest must stand where the kind has it: not in other members, not of the other thing", async () => {
  await withScene((scene) => {
    const other = new TextEncoder().encode(JSON.stringify({ model: "EVIL" }));
    for (const [name, make, { certificate }, bytes] of kinds(scene)) {
      const spec = make([pem(certificate)], [certificate], other);
      const smuggled: [what: string, body: Uint8Array][] = [
        ["other content", entry(name, spec)],
        ["beside the spec", entry(name, spec, { extra: hash(bytes) })],
        ["in the spec", entry(name, { ...spec, extra: hash(bytes), data2: digest(bytes) })],
        ["as the hash of the envelope", entry(name, { ...spec, envelopeHash: hash(bytes) })],
        [
          "under another version's member",
          entry(name, { ...spec, dsseV002: { payloadHash: digest(bytes) } }, { data: { hash: hash(bytes) } }),
        ],
      ].filter(([, body]) => scene.judge(body as Uint8Array).matched) as [string, Uint8Array][];
      for (const [what, body] of smuggled.filter(([what]) => !(what.startsWith("under") && name === "dsse 0.0.2"))) {
        assertEquals([name, what, scene.judge(body)], [name, what, ALARM]);
      }
    }
    // A message with the digest of a known payload is another signing, and so is an envelope around a known message.
    const { good, goodMessage, judge } = scene;
    const [text, der] = [pem(good.certificate), good.certificate];
    assertEquals(
      judge(entry("hashedrekord 0.0.1", MESSAGE_KINDS["hashedrekord 0.0.1"]!([text], [der], PAYLOAD))),
      ALARM,
    );
    const messagePem = pem(goodMessage.certificate);
    assertEquals(judge(entry("dsse 0.0.1", ENVELOPE_KINDS["dsse 0.0.1"]!([messagePem], [], MESSAGE))), ALARM);
    // And so is the certificate of one known signature with the digest of another.
    assertEquals(judge(entry("dsse 0.0.1", ENVELOPE_KINDS["dsse 0.0.1"]!([messagePem], [], PAYLOAD))), ALARM);
  });
});

Deno.test("an entry that is not formed as its kind is, or of an unknown kind, is expected only byte for byte", async () => {
  await withScene(({ good, judge }) => {
    const [text, der] = [pem(good.certificate), good.certificate];
    const spec = ENVELOPE_KINDS["dsse 0.0.1"]!([text], [der], PAYLOAD);
    const wrong: [what: string, body: Uint8Array][] = [
      ["unknown kind", entry("new 0.0.1", spec)],
      ["unknown version", entry("dsse 0.0.9", spec)],
      ["kind in other case", entry("DSSE 0.0.1", spec)],
      ["no signatures", entry("dsse 0.0.1", { ...spec, signatures: [], x: text })],
      ["signatures as an object", entry("dsse 0.0.1", { ...spec, signatures: { 0: { verifier: btoa(text) } } })],
      [
        "a signature by a bare key",
        entry("dsse 0.0.1", {
          ...spec,
          signatures: [{ verifier: btoa(text) }, {
            verifier: btoa("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
          }],
        }),
      ],
      [
        "a digest that is too short",
        entry("dsse 0.0.1", { ...spec, payloadHash: { algorithm: "sha256", value: "ab" } }),
      ],
      ["no digest", entry("dsse 0.0.1", { ...spec, payloadHash: undefined })],
      [
        "PEM with a header",
        entry("dsse 0.0.1", { ...spec, x: text, signatures: [{ verifier: btoa(text.replace("\n", "\nA: b\n\n")) }] }),
      ],
    ];
    for (const [what, body] of wrong) assertEquals([what, judge(body)], [what, ALARM]);
    const own = Uint8Array.fromBase64(good.bundle.verificationMaterial.tlogEntries[0]!.canonicalizedBody);
    assertEquals(judge(own), EXPECTED);
  });
});

Deno.test("PEM as other tools write it: text before, CRLF, issuers behind", async () => {
  await withScene(({ good, joe, judge }) => {
    const text = pem(good.certificate);
    const chain = text + pem(joe.certificate);
    for (const form of [`subject=CN\n${text}`, text.replaceAll("\n", "\r\n"), chain, `${text}\n\n`, text.trimEnd()]) {
      const body = entry("dsse 0.0.1", ENVELOPE_KINDS["dsse 0.0.1"]!([form], [], PAYLOAD));
      assertEquals([form.slice(0, 40), judge(body)], [form.slice(0, 40), EXPECTED]);
    }
  });
});

Deno.test("a certificate that may be of this identity but cannot be read makes the entry unexpected", async () => {
  await withScene(({ good, judge }) => {
    const broken = new Uint8Array([...new TextEncoder().encode(`0\x82${JANE}`), ...new Uint8Array(99)]);
    const spec = ENVELOPE_KINDS["dsse 0.0.1"]!([pem(good.certificate)], [], PAYLOAD);
    assertEquals(judge(entry("dsse 0.0.1", spec, { x: { x509Certificate: { rawBytes: broken.toBase64() } } })), ALARM);
  });
});

Deno.test("a watched key that stands in an entry without its certificate makes it unexpected", async () => {
  await withScene(({ good, judge }) => {
    const fingerprint = sha256(new Uint8Array(91)).toHex();
    const spec = ENVELOPE_KINDS["dsse 0.0.1"]!([pem(good.certificate)], [], PAYLOAD);
    const body = entry("dsse 0.0.1", spec, { publicKey: { rawBytes: new Uint8Array(91).toBase64() } });
    assertEquals(judge(body, { fingerprint }), ALARM);
  });
});

Deno.test("digests of SHA-384 and SHA-512, as logs have them for larger keys", async () => {
  await withScene(({ good, judge }) => {
    for (const size of [384, 512]) {
      const encoded = pae(TYPE, PAYLOAD);
      const bytes = createHash(`sha${size}`).update(encoded).digest();
      const data = { algorithm: `SHA2_${size}`, digest: bytes.toString("base64") };
      const spec = { hashedRekordV002: { data, signature: verifier(good.certificate) } };
      assertEquals(judge(entry("hashedrekord 0.0.2", spec)), EXPECTED);
      const wrong = {
        hashedRekordV002: { data: { ...data, algorithm: "SHA2_256" }, signature: verifier(good.certificate) },
      };
      assertEquals(judge(entry("hashedrekord 0.0.2", wrong)), ALARM);
    }
  });
});

Deno.test("a file that is no signature, or too large to be one, is a usage error that names it", async () => {
  using directory = new TempDirectory();
  const large = directory.write("large.sig", "");
  Deno.truncateSync(large, 200_000_000);
  const files = [
    large,
    ...["", "[]", "null", '"x"', "{}", '{"verificationMaterial":7}'].map((text, i) =>
      directory.write(`${i}.sig`, text)
    ),
  ];
  for (const path of files) await assertFails(() => readExpected([path]), UsageError, "EXPECT", path);
});

Deno.test("a hostile signature is refused before it is parsed whole", async (t) => {
  const files = {
    "many members": `{${Array.from({ length: 200_001 }, (_, i) => `"${i}":0`).join()}}`,
    "a long text": `{"mediaType":"${"x".repeat(8_000_000)}"}`,
    "many lists": `{"verificationMaterial":{"tlogEntries":[${"[],".repeat(200_000)}[]]}}`,
    "nested lists": "[".repeat(1_000_000),
    "a member twice": '{"mediaType":"a","mediaType":"b"}',
    "nothing": "",
  };
  for (const [what, text] of Object.entries(files)) {
    await t.step(what, async () => {
      using directory = new TempDirectory();
      const path = directory.write("hostile.sig", text);
      await assertFails(() => readExpected([path]), UsageError, "EXPECT", path, "it is not a signature");
    });
  }
});
