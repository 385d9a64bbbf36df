/**
 * Signatures that other programs made verify as they should, and none does once a bit of it or of its model is changed.
 * What is known of each stands in `tests/fixtures/README.md`. The clock stands still where a certificate counts.
 */
import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { ModelSigningError, type TrustOptions, verify } from "../../mod.ts";
import { exitStatus } from "../../src/cli/exit.ts";
import { FIXTURES, runForJson, runToFail, runWell } from "../_program.ts";
import { TempDirectory } from "../_temp_directory.ts";

const SIGNATURES = `${FIXTURES}/oms/signatures`;
const VALID = `${FIXTURES}/oms/bundles-v1.0/valid`;
const NOW = new Date("2026-06-01T00:00:00Z");

interface Genuine {
  readonly name: string;
  readonly signature: string;
  readonly model: string;
  readonly method: "key" | "certificate" | "sigstore";
  /** The file with the key, the root, or the trusted root. */
  readonly trust: string;
  readonly ignorePaths?: readonly string[];
  /** What is known of its outcome. */
  readonly expected: Readonly<Record<string, unknown>>;
}

const KEY = `${SIGNATURES}/key-go-v1.1/signing-key-pub.pem`;
const ROOT = `${SIGNATURES}/certificate-v1.1/ca-cert.pem`;
const DIGEST = "sha256:92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4";

const GENUINE: readonly Genuine[] = [
  {
    name: "key-v0.3.1",
    signature: `${SIGNATURES}/key-v0.3.1/model.sig`,
    model: `${SIGNATURES}/key-v0.3.1/model/signme-1`,
    method: "key",
    trust: `${SIGNATURES}/key-v0.3.1/signing-key-pub.pem`,
    expected: { files: 1, bytes: 9, digest: "sha256:afa48c8674afe334b8a7dea34f7b46ab256e9255edf8da2132792341b667a45b" },
  },
  {
    name: "certificate-v0.2.0",
    signature: `${SIGNATURES}/certificate-v0.2.0/model.sig`,
    model: `${SIGNATURES}/certificate-v0.2.0/model`,
    method: "certificate",
    trust: `${SIGNATURES}/certificate-v0.2.0/ca-cert.pem`,
    // The oldest form has no root digest.
    expected: { files: 2, bytes: 16, digest: undefined },
  },
  {
    name: "key-go-v1.1",
    signature: `${SIGNATURES}/key-go-v1.1/model.sig`,
    model: `${SIGNATURES}/key-go-v1.1/model`,
    method: "key",
    trust: KEY,
    // It recorded this path relative to where the tool ran, so it has to be told once more.
    ignorePaths: ["ignore-me"],
    expected: { files: 2, bytes: 17, digest: DIGEST },
  },
  {
    name: "certificate-v1.1",
    signature: `${SIGNATURES}/certificate-v1.1/model.sig`,
    model: `${SIGNATURES}/certificate-v1.1/model`,
    method: "certificate",
    trust: ROOT,
    expected: { files: 2, bytes: 17, digest: DIGEST },
  },
  {
    name: "sigstore-v1.1.0",
    signature: `${SIGNATURES}/sigstore-v1.1.0/model.sig`,
    model: `${SIGNATURES}/sigstore-v1.1.0/model`,
    method: "sigstore",
    trust: `${FIXTURES}/sigstore/trusted_root.public-good.json`,
    ignorePaths: ["ignore-me"],
    expected: {
      files: 2,
      bytes: 16,
      digest: "sha256:61d4849d9d90076d6215f4d525f13d6574af8e3f67aef3e6f36fc40a14fdd226",
    },
  },
  // The examples of the specification are of the same model, key and root.
  {
    name: "key.bundle.json",
    signature: `${VALID}/key.bundle.json`,
    model: `${SIGNATURES}/certificate-v1.1/model`,
    method: "key",
    trust: KEY,
    expected: { files: 2, bytes: 17, digest: DIGEST },
  },
  {
    name: "certificate.bundle.json",
    signature: `${VALID}/certificate.bundle.json`,
    model: `${SIGNATURES}/certificate-v1.1/model`,
    method: "certificate",
    trust: ROOT,
    expected: { files: 2, bytes: 17, digest: DIGEST },
  },
];

/** Who signed `sigstore-v1.1.0`. */
const SIGNER = { identity: "stefanb@us.ibm.com", identityProvider: "https://sigstore.verify.ibm.com/oauth2" };

function verifyArgs({ signature, model, method, trust, ignorePaths = [] }: Genuine): string[] {
  const trusted = {
    key: ["--public-key", trust],
    certificate: ["--certificate-chain", trust],
    sigstore: ["--trusted-root", trust, "--identity", SIGNER.identity, "--identity-provider", SIGNER.identityProvider],
  }[method];
  return ["verify", method, model, "--signature", signature, ...trusted]
    .concat(ignorePaths.flatMap((path) => ["--ignore-paths", path]));
}

/** What proves `sigstore-v1.1.0`, besides. */
const RECORD = {
  method: "sigstore",
  times: [
    { source: "transparency log", name: "https://rekor.sigstore.dev", time: "2025-10-10T02:12:20.000Z" },
    { source: "timestamp authority", name: "CN=sigstore-tsa,O=sigstore.dev", time: "2025-10-10T02:12:20.000Z" },
  ],
  logEntries: [{
    log: "https://rekor.sigstore.dev",
    logIndex: "598151086",
    logId: "wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0=",
  }],
  serialNumber: "6b75927951bf6e8c820d00c9d3b8184cbb09b9b3",
  fingerprint: "22c8c013f730328f079699a46018ee71c42ce3308a177e24092273c229f01f2f",
};

for (const genuine of GENUINE) {
  Deno.test(`${genuine.name} verifies`, async () => {
    const { files, bytes, digest, signer, serialization, hashAlgorithm, verified } = await runForJson(
      verifyArgs(genuine),
      { now: NOW },
    );
    assertEquals({ files, bytes, digest }, { files: 0, bytes: 0, digest: undefined, ...genuine.expected });
    assertEquals([verified, serialization, hashAlgorithm], [true, "files", "sha256"]);
    const hint = "e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e";
    if (genuine.method === "key") assertEquals(signer, { method: "key", curve: "P-384", keyHint: hint });
    else if (genuine.method === "sigstore") assertEquals(signer, { ...SIGNER, ...RECORD });
    else assertEquals([signer.method, signer.subject], ["certificate", "CN=intermediate-ca"]);
  });
}

// Its resource is called ".": a file of any name in any directory, but no directory.
Deno.test("key-v0.3.1 is for one file and not for the directory around it", async () => {
  const genuine = GENUINE[0]!;
  const directory = { ...genuine, model: `${SIGNATURES}/key-v0.3.1/model` };
  await runToFail(verifyArgs(directory), 1, ["it is a directory", "one file"]);
  using place = new TempDirectory();
  const renamed = place.write("renamed.bin", Deno.readFileSync(genuine.model));
  assertStringIncludes(await runWell(verifyArgs({ ...genuine, model: renamed })), "1 file");
});

Deno.test("what a signature does not record as left out is extra", async () => {
  const failed = await runToFail(verifyArgs({ ...GENUINE[2]!, ignorePaths: [] }), 1, ["1 extra"]);
  assertEquals(failed.stdout, "  extra    ignore-me\n");
});

// The certificates are of 2025 to 2035. A signature without a timestamp proves nothing of when it was made.
Deno.test("genuine certificates count in their time alone", async () => {
  const args = verifyArgs(GENUINE[3]!);
  await runToFail(args, 1, ["CN=intermediate-ca", "expired on 2035-04-30T23:36:28Z"], { now: new Date("2036-01-01") });
  await runToFail(args, 1, ["not valid before 2025-05-02"], { now: new Date("2024-01-01") });
});

Deno.test("a genuine signature of another method says which method it is of", async () => {
  const [, certificate, key] = GENUINE;
  const swapped = (of: Genuine, by: Genuine): string[] => verifyArgs({ ...of, method: by.method, trust: by.trust });
  await runToFail(swapped(key!, certificate!), 1, ["with a key"], { now: NOW });
  await runToFail(swapped(certificate!, key!), 1, ["with a certificate"]);
  const sigstore = GENUINE[4]!;
  await runToFail(swapped(sigstore, key!), 1, ["method sigstore"]);
  await runToFail(swapped(key!, sigstore), 1, ["method key"]);
  await runToFail(swapped(certificate!, sigstore), 1, ["method certificate"]);
});

/** Verifies in this process, for the many changes. */
async function verifyHere(genuine: Genuine, changed: { signature?: string; model?: string }): Promise<unknown> {
  const pem = Deno.readTextFileSync(genuine.trust);
  const trust: TrustOptions = {
    key: { kind: "key", publicKey: pem } as const,
    certificate: { kind: "certificate", roots: [pem] } as const,
    sigstore: { kind: "sigstore", ...SIGNER, instance: { trustedRootFile: genuine.trust } } as const,
  }[genuine.method];
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: [] | [string]): Date => args.length === 0 ? new target(NOW) : new target(...args),
  });
  try {
    const { model = genuine.model, signature = genuine.signature } = changed;
    return await verify(model, { trust, signature, ignorePaths: genuine.ignorePaths ?? [] });
  } catch (error) {
    return error;
  } finally {
    globalThis.Date = RealDate;
  }
}

/** Without a change it verifies: else none would prove anything. */
async function assertVerifies(genuine: Genuine, same: { signature?: string; model?: string }): Promise<void> {
  assertEquals(Object(await verifyHere(genuine, same)).verified, true);
}

/** That it does not verify, as a plain verdict on signature or model, and not because the program gave up. */
function assertRefused(outcome: unknown, what: string): void {
  assertInstanceOf(outcome, ModelSigningError, `${what}: ${Deno.inspect(outcome)}`);
  assertEquals(exitStatus(outcome), 1, `${what}: ${outcome}`);
}

for (const genuine of GENUINE.slice(0, 5)) {
  Deno.test(`${genuine.name} does not verify with a bit changed anywhere in the model`, async () => {
    using place = new TempDirectory();
    const model = copyModel(genuine.model, place);
    await assertVerifies(genuine, { model });
    const files = Deno.statSync(model).isFile ? [model] : [`${model}/signme-1`, `${model}/signme-2`];
    for (const file of files) {
      const bytes = Deno.readFileSync(file);
      for (const at of bytes.keys()) {
        Deno.writeFileSync(file, flipped(bytes, at));
        assertRefused(await verifyHere(genuine, { model }), `byte ${at} of ${file}`);
      }
      Deno.writeFileSync(file, bytes);
    }
  });

  Deno.test(`${genuine.name} does not verify with a bit changed in any field of the signature`, async (t) => {
    using place = new TempDirectory();
    const text = Deno.readTextFileSync(genuine.signature);
    for (const field of fieldsOf(JSON.parse(text))) {
      await t.step(`${field.path} (${field.bytes.length} bytes)`, async () => {
        const verifyWith = (bytes: Uint8Array): Promise<unknown> => {
          const bundle = JSON.parse(text);
          field.put(bundle, bytes);
          return verifyHere(genuine, { signature: place.write("model.sig", JSON.stringify(bundle)) });
        };
        assertEquals(Object(await verifyWith(field.bytes)).verified, true);
        for (let at = 0; at < field.bytes.length; at += STEP * sparseness(genuine)) {
          assertRefused(await verifyWith(flipped(field.bytes, at)), `byte ${at} of ${field.path}`);
        }
      });
    }
  });

  // Also what is no field: names of members, brackets, blanks.
  Deno.test(`${genuine.name} does not verify with a bit changed in the text of the signature file`, async () => {
    using place = new TempDirectory();
    const bytes = Deno.readFileSync(genuine.signature);
    await assertVerifies(genuine, { signature: place.write("model.sig", bytes) });
    for (let at = 0; at < bytes.length; at += TEXT_STEP * sparseness(genuine)) {
      const signature = place.write("model.sig", flipped(bytes, at));
      assertRefused(await verifyHere(genuine, { signature }), `byte ${at} of the file`);
    }
  });

  Deno.test(`${genuine.name} does not verify when it is cut off`, async () => {
    using place = new TempDirectory();
    // Not the line break at the end, which says nothing.
    const bytes = new TextEncoder().encode(Deno.readTextFileSync(genuine.signature).trimEnd());
    await assertVerifies(genuine, { signature: place.write("model.sig", bytes) });
    for (let length = 0; length < bytes.length; length += 97 * sparseness(genuine)) {
      const signature = place.write("model.sig", bytes.subarray(0, length));
      assertRefused(await verifyHere(genuine, { signature }), `${length} bytes`);
    }
    const signature = place.write("model.sig", bytes.subarray(0, -1));
    assertRefused(await verifyHere(genuine, { signature }), "all but one byte");
  });
}

/** Every so many bytes one is changed: primes, so that no pattern in the data keeps a kind of byte from its turn. */
const STEP = 13;
const TEXT_STEP = 37;

/** A signature by Sigstore takes several times as long to verify as another. */
function sparseness({ method }: Genuine): number {
  return method === "sigstore" ? 4 : 1;
}

/** A copy with one bit of one byte changed, another bit at each place. */
function flipped(bytes: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[at]! ^= 1 << (at % 8);
  return copy;
}

function copyModel(model: string, place: TempDirectory): string {
  if (Deno.statSync(model).isFile) return place.write("model.bin", Deno.readFileSync(model));
  for (const { name } of Deno.readDirSync(model)) place.write(`model/${name}`, Deno.readFileSync(`${model}/${name}`));
  return `${place.path}/model`;
}

interface Field {
  readonly path: string;
  readonly bytes: Uint8Array;
  put(bundle: unknown, bytes: Uint8Array): void;
}

/** The text members of a bundle, decoded where they are base64. Those of a payload are part of its bytes. */
function fieldsOf(bundle: unknown, path: readonly string[] = []): Field[] {
  if (typeof bundle === "string" && bundle !== "") return [fieldOf(bundle, path)];
  if (typeof bundle !== "object" || bundle === null) return [];
  return Object.entries(bundle).flatMap(([name, value]) => fieldsOf(value, [...path, name]));
}

const BASE64_FIELDS = ["payload", "sig", "rawBytes"];

function fieldOf(text: string, path: readonly string[]): Field {
  const name = path.at(-1)!;
  const isBase64 = BASE64_FIELDS.includes(name);
  return {
    path: path.join("."),
    bytes: isBase64 ? Uint8Array.fromBase64(text) : new TextEncoder().encode(text),
    put: (bundle, bytes): void => {
      // deno-lint-ignore no-explicit-any -- the path leads to a text in this very bundle
      const parent = path.slice(0, -1).reduce((at: any, part) => at[part], bundle);
      parent[name] = isBase64 ? bytes.toBase64() : new TextDecoder().decode(bytes);
    },
  };
}
