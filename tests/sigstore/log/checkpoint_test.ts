import { Bundle, TrustedRoot } from "@sigstore/protobuf-specs";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { VerificationError } from "../../../src/errors.ts";
import { type Checkpoint, verifyCheckpoint } from "../../../src/sigstore/log/checkpoint.ts";
import { logKeys } from "../../../src/sigstore/log/log_key.ts";
import { leafHash, verifyInclusion } from "../../../src/sigstore/log/merkle.ts";
import { keyId, makeKey, signCheckpoint, signWith, trustedRoot } from "./_log_server.ts";

const NAME = "log.example";
const HEAD = { treeSize: 7, rootHash: new Uint8Array(32).fill(9) };

function refused(note: string, root: TrustedRoot, message: string): void {
  const error = assertThrows(() => verifyCheckpoint(note, logKeys(root)), VerificationError);
  assertEquals(error.code, "LOG_CHECKPOINT");
  assertStringIncludes(error.message, message);
}

const fixture = (path: string): unknown =>
  JSON.parse(Deno.readTextFileSync(new URL(`../../fixtures/${path}`, import.meta.url)));

Deno.test("a genuine checkpoint and inclusion proof of the public log verify; with any byte of it changed they do not", () => {
  const root = TrustedRoot.fromJSON(fixture("sigstore/trusted_root.public-good.json"));
  const bundle = Bundle.fromJSON(fixture("oms/signatures/sigstore-v1.1.0/model.sig"));
  const entry = bundle.verificationMaterial!.tlogEntries[0]!;
  const proof = entry.inclusionProof!;
  const note = proof.checkpoint!.envelope;
  const checkpoint = verifyCheckpoint(note, logKeys(root));
  assertEquals(checkpoint.origin, "rekor.sigstore.dev - 1193050959916656506");
  assertEquals(checkpoint.treeId, "1193050959916656506");
  assertEquals(checkpoint.treeSize, 476246825);
  assertEquals(checkpoint.key.url, "https://rekor.sigstore.dev");
  verifyInclusion(Number(proof.logIndex), leafHash(entry.canonicalizedBody), proof.hashes, checkpoint);

  for (let at = 0; at < note.length; at++) {
    const changed = note.slice(0, at) + String.fromCharCode(note.charCodeAt(at) ^ 1) + note.slice(at + 1);
    assertThrows(() => verifyCheckpoint(changed, logKeys(root)), VerificationError, undefined, `byte ${at}`);
  }
});

Deno.test("the keys of the public root: one ECDSA, one Ed25519, whose ids are those that the root gives", () => {
  const keys = logKeys(TrustedRoot.fromJSON(fixture("sigstore/trusted_root.public-good.json")));
  assertEquals(keys.map((key) => key.names), [["rekor.sigstore.dev"], ["log2025-1.rekor.sigstore.dev"]]);
  for (const { keyHints, logId } of keys) {
    // Given and computed agree: for the second one that is the C2SP id, over name and key.
    assertEquals(keyHints.filter((hint) => hint.toHex() === logId.subarray(0, 4).toHex()).length, 2);
  }
});

for (const kind of ["p256", "p384", "ed25519", "rsa"] as const) {
  Deno.test(`a checkpoint signed with a key of kind ${kind} verifies; one of another key does not`, () => {
    const [key, other] = [makeKey(kind), makeKey(kind)];
    const root = trustedRoot([{ url: `https://${NAME}`, key, name: NAME }]);
    const checkpoint: Checkpoint = verifyCheckpoint(signCheckpoint(key, NAME, HEAD), logKeys(root));
    assertEquals([checkpoint.origin, checkpoint.treeId, checkpoint.treeSize], [NAME, undefined, 7]);
    assertEquals(checkpoint.rootHash, HEAD.rootHash);
    refused(signCheckpoint(other, NAME, HEAD), root, "not signed with the trusted key");
    // With the right hint it is still the wrong key.
    const text = `${NAME}\n7\n${HEAD.rootHash.toBase64()}\n`;
    const line = new Uint8Array([...keyId(key, NAME).subarray(0, 4), ...signWith(other, text)]).toBase64();
    refused(`${text}\n\u2014 ${NAME} ${line}\n`, root, "not signed with the trusted key");
  });
}

Deno.test("a name in a checkpoint is compared, not matched: not as a pattern, not as a part, not in other case", () => {
  const key = makeKey("p256");
  const root = trustedRoot([{ url: "https://rekor.example.com", key, name: "rekor.example.com" }]);
  verifyCheckpoint(signCheckpoint(key, "rekor.example.com", HEAD), logKeys(root));
  verifyCheckpoint(signCheckpoint(key, "rekor.example.com", HEAD, "rekor.example.com - 12"), logKeys(root));
  for (
    const name of [
      ".*",
      "rekor.example...",
      "rekor",
      "example.com",
      "rekor.example.com.evil",
      "xrekor.example.com",
      "REKOR.example.com",
      "https://rekor.example.com",
      "(a+)+$",
      "rekor.example.com/",
    ]
  ) {
    assertThrows(() => verifyCheckpoint(signCheckpoint(key, name, HEAD), logKeys(root)), VerificationError);
    // Named rightly in one place and wrongly in the other.
    assertThrows(
      () => verifyCheckpoint(signCheckpoint(key, name, HEAD, "rekor.example.com"), logKeys(root)),
      VerificationError,
    );
    assertThrows(
      () => verifyCheckpoint(signCheckpoint(key, "rekor.example.com", HEAD, name), logKeys(root)),
      VerificationError,
    );
  }
});

Deno.test("a checkpoint of another log is refused, though that log is trusted and its key signed it", () => {
  const [one, two] = [makeKey("p256"), makeKey("p256")];
  const root = trustedRoot([
    { url: "https://one.example", key: one, name: "one.example" },
    { url: "https://two.example", key: two, name: "two.example" },
  ]);
  refused(signCheckpoint(two, "two.example", HEAD, "one.example"), root, "not signed with the trusted key");
  refused(signCheckpoint(two, "one.example", HEAD, "one.example"), root, "not signed with the trusted key");
});

Deno.test("signatures of witnesses are passed over, and do not stand in for the log's own", () => {
  const [key, witness] = [makeKey("ed25519"), makeKey("ed25519")];
  const root = trustedRoot([{ url: `https://${NAME}`, key, name: NAME }]);
  const note = signCheckpoint(key, NAME, HEAD);
  const own = note.split("\n\n")[1]!;
  const cosigned = signCheckpoint(witness, "witness.example", HEAD, NAME);
  verifyCheckpoint(cosigned + own, logKeys(root));
  refused(cosigned, root, "not signed with the trusted key");
});

/** The lines of witnesses: their signatures are of any algorithm, and of random bytes. */
function cosigned(note: string, count: number, bytes: number): string {
  const line = (index: number): string => {
    const signature = new Uint8Array(4 + 8 + bytes).map((_, i) => (i * 31 + index) % 251);
    return `\u2014 witness${index}.example/${index} ${signature.toBase64()}\n`;
  };
  const cut = note.indexOf("\n\n") + 2;
  const lines = Array.from({ length: count }, (_, index) => line(index));
  // The log's own line stands anywhere among them.
  lines.splice(Math.floor(count / 2), 0, note.slice(cut));
  return note.slice(0, cut) + lines.join("");
}

Deno.test("many witnesses, with signatures as large as post-quantum algorithms make them", () => {
  const key = makeKey("ed25519");
  const keys = logKeys(trustedRoot([{ url: `https://${NAME}`, key, name: NAME }]));
  const note = signCheckpoint(key, NAME, HEAD);
  const sizes: [algorithm: string, bytes: number, count: number][] = [
    ["Ed25519", 64, 99],
    ["ML-DSA-44", 2_420, 99],
    ["ML-DSA-65", 3_309, 99],
    ["ML-DSA-87", 4_627, 99],
    ["SLH-DSA-128s", 7_856, 99],
    ["SLH-DSA-128f", 17_088, 60],
    ["SLH-DSA-256f", 49_856, 40],
  ];
  for (const [algorithm, bytes, count] of sizes) {
    const checkpoint = verifyCheckpoint(cosigned(note, count, bytes), keys);
    // Only the log's own signature is kept as evidence, and it verifies alone.
    assertEquals([algorithm, checkpoint.note, checkpoint.treeSize], [algorithm, note, 7]);
    verifyCheckpoint(checkpoint.note, keys);
  }
});

Deno.test("what no note has is refused: too many signatures, one that is too large, text or names without end", () => {
  const key = makeKey("ed25519");
  const root = trustedRoot([{ url: `https://${NAME}`, key, name: NAME }]);
  const note = signCheckpoint(key, NAME, HEAD);
  refused(cosigned(note, 100, 64), root, "more than 100");
  refused(cosigned(note, 50_000, 5), root, "more than 100");
  refused(cosigned(note, 1, 60_000), root, "longer than 57344 bytes");
  refused(cosigned(note, 99, 49_856), root, "longer than 4194304 characters");
  refused(signCheckpoint(key, NAME, HEAD, NAME, `${"x".repeat(70_000)}\n`), root, "text is longer");
  refused(`${note}\u2014 ${"x".repeat(5_000)} AAAAAAAA\n`, root, "longer than 4096");
});

Deno.test("a further signature of the log itself, of another algorithm, is ignored", () => {
  const key = makeKey("ed25519");
  const keys = logKeys(trustedRoot([{ url: `https://${NAME}`, key, name: NAME }]));
  const note = signCheckpoint(key, NAME, HEAD);
  const [text, own] = note.split("\n\n");
  const other = `\u2014 ${NAME} ${new Uint8Array(4 + 3_309).toBase64()}\n`;
  // The same key ID, and no signature of the key.
  const wrong = `\u2014 ${NAME} ${
    new Uint8Array([...keyId(key, NAME).subarray(0, 4), ...new Uint8Array(64)]).toBase64()
  }\n`;
  for (const lines of [other + own, own + other, wrong + own]) {
    assertEquals(verifyCheckpoint(`${text}\n\n${lines}`, keys).note, note);
  }
});

Deno.test("a key without a start of its validity, not valid yet, or of another kind than it says signs nothing", () => {
  const key = makeKey("p256");
  const note = signCheckpoint(key, NAME, HEAD);
  const log = { url: `https://${NAME}`, key, name: NAME };
  verifyCheckpoint(note, logKeys(trustedRoot([log])));
  refused(note, trustedRoot([{ ...log, start: null }]), "a log that is not trusted");
  refused(note, trustedRoot([{ ...log, start: "2999-01-01T00:00:00Z" }]), "a log that is not trusted");
  refused(note, trustedRoot([{ ...log, key: { ...key, kind: "p384" } }]), "a log that is not trusted");
  refused(note, trustedRoot([{ ...log, key: { ...key, kind: "ed25519" } }]), "a log that is not trusted");
  refused(note, trustedRoot([]), "a log that is not trusted");
});

Deno.test("what is not the one way to write a checkpoint is refused", () => {
  const key = makeKey("ed25519");
  const root = trustedRoot([{ url: `https://${NAME}`, key, name: NAME }]);
  const hash = HEAD.rootHash.toBase64();
  const signed = (text: string): string => {
    const line = new Uint8Array([...keyId(key, NAME).subarray(0, 4), ...signWith(key, text)]).toBase64();
    return `${text}\n\u2014 ${NAME} ${line}\n`;
  };
  verifyCheckpoint(signed(`${NAME}\n7\n${hash}\n`), logKeys(root));
  verifyCheckpoint(signed(`${NAME}\n7\n${hash}\nTimestamp: 1\nother\n`), logKeys(root));
  const wrong: [text: string, message: string][] = [
    [`${NAME}\n07\n${hash}\n`, "size"],
    [`${NAME}\n-7\n${hash}\n`, "size"],
    [`${NAME}\n0x7\n${hash}\n`, "size"],
    [`${NAME}\n7e3\n${hash}\n`, "size"],
    [`${NAME}\n\n${hash}\n`, "size"],
    [`${NAME}\n9007199254740993\n${hash}\n`, "size"],
    [`${NAME}\n99999999999999999999\n${hash}\n`, "size"],
    [`${NAME}\n7\n${hash.slice(0, -4)}\n`, "root"],
    [`${NAME}\n7\n${hash.replace(/.=$/, "l=")}\n`, "root"],
    [`${NAME}\n7\n${hash}\n\nmore\n`, "malformed"],
    [`${NAME}\n7\n`, "too short"],
    [`\n7\n${hash}\n`, "too short"],
    [`${NAME}\n7\n${hash}\n${"line\n".repeat(40)}`, "malformed"],
    [`${NAME} - 0x12\n7\n${hash}\n`, "name of a log"],
    [`${NAME} - -12\n7\n${hash}\n`, "name of a log"],
    [`${NAME}  - 12\n7\n${hash}\n`, "name of a log"],
    [`${NAME}\r\n7\n${hash}\n`, "control"],
  ];
  for (const [text, message] of wrong) refused(signed(text), root, message);

  const good = signed(`${NAME}\n7\n${hash}\n`);
  for (
    const [note, message] of [
      ["", "not a signed note"],
      [good.slice(0, -1), "not a signed note"],
      [good.replace("\n\n", "\n"), "not a signed note"],
      [good + "\n", "signature lines is malformed"],
      [good + "\u2014 x \n", "signature lines is malformed"],
      [good + "- x AAAAAAAA\n", "signature lines is malformed"],
      [good + "\u2014 x AAAA\n", "signature lines is malformed"],
      [good + "\u2014 x AAAAAAAB=\n", "signature lines is malformed"],
      [good + "\u2014 x AAAAAAAA\n".repeat(100), "more than 100"],
      [good + "\u2014 \ud800 AAAAAAAA\n", "control characters"],
    ] as const
  ) refused(note, root, message);
});
