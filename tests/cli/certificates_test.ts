/** The method `certificate` through the program: what is refused, when, and in which words. The clock stands still. */
import { assertEquals } from "@std/assert";
import { AT, makeAuthority, makeCertificate, makeLeaf, SERVER_AUTH, type TestCertificate } from "../_certificates.ts";
import { type RunOptions, runToFail, runWell, Workplace } from "../_program.ts";

const LATER = new Date("2036-01-01T00:00:00Z");
const EARLIER = new Date("2024-01-01T00:00:00Z");

const SIGN = ["sign", "certificate", "bert", "--private-key", "leaf.key", "--signing-certificate", "leaf.pem"];
const VERIFY = ["verify", "certificate", "bert", "--certificate-chain", "root.pem"];

/** A place with the files `root.pem`, `leaf.pem` and `leaf.key`. */
async function makePlace(makeOne: (root: TestCertificate) => Promise<TestCertificate> = makeLeaf): Promise<Workplace> {
  const place = new Workplace();
  const root = await makeAuthority("CN=root");
  const leaf = await makeOne(root);
  place.write("root.pem", root.pem);
  place.write("leaf.pem", leaf.pem);
  place.write("leaf.key", leaf.privateKeyPem);
  return place;
}

function at(place: Workplace, now: Date = AT): RunOptions {
  return { cwd: place.path, now };
}

Deno.test("a certificate counts from its first day to its last", async () => {
  using place = await makePlace();
  await runWell(SIGN, at(place));
  await runWell(VERIFY, at(place));
  await runToFail(VERIFY, 1, ['"CN=leaf,O=Acme"', "expired on 2035-01-01", '"bert/model.sig"'], at(place, LATER));
  await runToFail(VERIFY, 1, ["not valid before 2025-01-01", "is the clock right?"], at(place, EARLIER));

  // What no one could verify is not signed, and the older signature stays.
  const before = Deno.readTextFileSync(`${place.model}/model.sig`);
  await runToFail(SIGN, 1, ["Cannot sign", '"CN=leaf,O=Acme"', "expired on"], at(place, LATER));
  await runToFail(SIGN, 1, ["Cannot sign", "not valid before"], at(place, EARLIER));
  assertEquals(Deno.readTextFileSync(`${place.model}/model.sig`), before);
});

// A root of the same name that is another: names prove nothing.
Deno.test("roots that have nothing to do with the signer are not enough", async () => {
  using place = await makePlace();
  await runWell(SIGN, at(place));
  const namesake = await makeAuthority("CN=root");
  const unrelated = await makeAuthority("CN=elsewhere");
  place.write("namesake.pem", namesake.pem);
  place.write("unrelated.pem", unrelated.pem);
  const withRoot = (root: string): string[] => ["verify", "certificate", "bert", "--certificate-chain", root];
  await runToFail(withRoot("unrelated.pem"), 1, ['issuer "CN=root"', '"CN=elsewhere"'], at(place));
  await runToFail(withRoot("namesake.pem"), 1, ["was not signed by"], at(place));
  // The signer's own certificate is trusted if the user says so.
  await runWell(withRoot("leaf.pem"), at(place));
});

Deno.test("a certificate and the key to sign with must be a pair", async () => {
  using place = await makePlace();
  place.makeKeys();
  const args = SIGN.map((word) => word === "leaf.key" ? "key.pem" : word);
  await runToFail(args, 1, ['"leaf.pem"', "not for the private key given"], at(place));
  assertEquals(place.list("bert"), ["config.json", "weights/part-1.bin"]);
});

Deno.test("a certificate that may not sign models is refused before anything is signed", async (t) => {
  const cases: readonly [title: string, makeOne: Parameters<typeof makePlace>[0], words: readonly string[]][] = [
    ["for servers", (issuer) => makeLeaf(issuer, { extendedKeyUsage: [SERVER_AUTH] }), ["extended key usage"]],
    ["for encryption", (issuer) => makeLeaf(issuer, { keyUsage: ["keyEncipherment"] }), ["digitalSignature"]],
  ];
  for (const [title, makeOne, words] of cases) {
    await t.step(title, async () => {
      using place = await makePlace(makeOne);
      await runToFail(SIGN, 1, ["Cannot sign", ...words], at(place));
      assertEquals(place.list("bert"), ["config.json", "weights/part-1.bin"]);
    });
  }
});

Deno.test("a certificate for a key that OMS does not sign with is refused", async () => {
  using place = await makePlace((issuer) => makeLeaf(issuer, { key: "Ed25519" }));
  await runToFail(SIGN, 1, ['"leaf.key"', "ed25519", "P-256, P-384 or P-521"], at(place));
});

Deno.test("an issuer that may not issue does not lead to the root", async () => {
  using place = await makePlace();
  const root = await makeAuthority("CN=strict");
  const noAuthority = await makeCertificate({ subject: "CN=no-ca", issuer: root, keyUsage: ["digitalSignature"] });
  const leaf = await makeLeaf(noAuthority);
  place.write("leaf.pem", leaf.pem);
  place.write("leaf.key", leaf.privateKeyPem);
  place.write("root.pem", root.pem);
  place.write("middle.pem", noAuthority.pem);
  await runWell([...SIGN, "--certificate-chain", "middle.pem"], at(place));
  await runToFail(VERIFY, 1, ['"CN=no-ca"', "no certificate authority"], at(place));
});

Deno.test("files that are no certificate are refused with what they are", async () => {
  using place = await makePlace();
  place.makeKeys();
  await runWell(SIGN, at(place));
  place.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  place.write("text.pem", "hello");
  const cases: readonly [file: string, words: string][] = [
    ["key.pub", "a public key"],
    ["key.pem", "a private key"],
    ["text.pem", "not PEM"],
    ["broken.pem", "certificate"],
  ];
  for (const [file, words] of cases) {
    const verifyArgs = ["verify", "certificate", "bert", "--certificate-chain", file];
    await runToFail(verifyArgs, 1, [`"${file}"`, words], at(place));
    const signArgs = SIGN.map((word) => word === "leaf.pem" ? file : word);
    await runToFail([...signArgs, "--signature", "new.sig"], 1, [`"${file}"`, words], at(place));
    // An intermediate certificate is looked at before signing too.
    await runToFail([...SIGN, "--certificate-chain", file, "--signature", "new.sig"], 1, [words], at(place));
  }
  assertEquals(place.list().includes("new.sig"), false);
  await runToFail(["verify", "certificate", "bert", "--certificate-chain", "nothing"], 3, ['"nothing"'], at(place));
});

Deno.test("a bad certificate of the chain is called by its file when signing", async () => {
  using place = await makePlace();
  place.write("text.pem", "hello");
  await runToFail([...SIGN, "--certificate-chain", "text.pem"], 1, ['"text.pem"'], at(place));
});
