import { assert, assertEquals } from "@std/assert";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { RefusedError } from "../../src/errors.ts";
import {
  keyHint,
  keysEqual,
  PasswordNeededError,
  publicKeyFromSpki,
  publicKeyPem,
  readPrivateKey,
  readPublicKey,
} from "../../src/keys/ec_key.ts";
import { assertFails } from "../_assert_fails.ts";
import { bitString, der, objectIdentifier, pem } from "../_certificates.ts";
import { CURVES, makeKey } from "../oms/_forge.ts";
import * as files from "./_pem.ts";

Deno.test("readPrivateKey() reads every form of a key file", async (t) => {
  const forms = {
    "SEC1": files.SEC1,
    "SEC1 without the public key": files.SEC1_PRIVATE_ONLY,
    "PKCS#8": files.PKCS8,
    "SEC1, encrypted": files.SEC1_ENCRYPTED,
    "PKCS#8, encrypted": files.PKCS8_ENCRYPTED,
    "PKCS#8, encrypted with scrypt": files.PKCS8_SCRYPT,
    "PKCS#8, encrypted with Triple-DES": files.PKCS8_DES3,
    "white space at the end of each line": files.SEC1_ENCRYPTED.replaceAll("\n", " \t\r\n"),
    "text before it": `Bag Attributes\n    localKeyID: 01\n${files.PKCS8}`,
    "line ends of Windows": files.PKCS8.replaceAll("\n", "\r\n"),
  };
  for (const [form, text] of Object.entries(forms)) {
    await t.step(form, () => {
      const key = readPrivateKey(text, files.PASSWORD, "my.pem");
      assertEquals([key.curve.name, keyHint(key.publicKey)], ["P-256", files.HINT]);
      const message = new Uint8Array(10);
      assert(verify("sha256", message, readPublicKey(files.PUBLIC, "it").key, sign("sha256", message, key.key)));
    });
  }
  assertEquals(readPrivateKey(files.SEC1_WITH_PARAMETERS, undefined, "it").curve.name, "P-256");
});

Deno.test("readPrivateKey() reads a key on each curve", async (t) => {
  for (const curve of CURVES) {
    await t.step(curve, () => {
      const { privateKey, hint, hash, bundleHash } = makeKey(curve);
      for (const type of ["sec1", "pkcs8"] as const) {
        const key = readPrivateKey(privateKey.export({ type, format: "pem" }).toString(), undefined, "it");
        assertEquals([key.curve.name, key.curve.hash, key.curve.bundleHash], [curve, hash, bundleHash]);
        assertEquals(keyHint(key.publicKey), hint);
      }
    });
  }
});

Deno.test("readPrivateKey() needs the password of an encrypted key", async (t) => {
  for (const [form, text] of Object.entries({ SEC1: files.SEC1_ENCRYPTED, PKCS8: files.PKCS8_ENCRYPTED })) {
    await t.step(form, async () => {
      await assertFails(
        () => readPrivateKey(text, undefined, "my.pem"),
        PasswordNeededError,
        "PASSWORD_NEEDED",
        '"my.pem"',
      );
      for (const password of ["", "Secret", "secret ", "\0"]) {
        await assertFails(() => readPrivateKey(text, password, "my.pem"), RefusedError, "PASSWORD_WRONG", '"my.pem"');
      }
    });
  }
});

Deno.test("readPrivateKey() recognizes a wrong password in every way that it shows", async () => {
  // One wrong password of some three hundred happens to end in right padding: what comes out then is no key.
  for (const [text, password] of [[files.PKCS8_ENCRYPTED, "w329"], [files.SEC1_ENCRYPTED, "w134"]] as const) {
    await assertFails(() => readPrivateKey(text, password, "my.pem"), RefusedError, "PASSWORD_WRONG", '"my.pem"');
  }
});

Deno.test("readPrivateKey() describes other content", async (t) => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const ed25519 = generateKeyPairSync("ed25519").privateKey;
  const malformed = files.PKCS8.replace(/.\n-----END/, "!\n-----END");
  const cases: [what: string, text: string, code: string, message: string][] = [
    ["nothing", "", "NOT_PEM", "it is not PEM"],
    ["DER", "0\x81\x87\x02\x01", "NOT_PEM", "it is not PEM"],
    ["a public key", files.PUBLIC, "KEY_KIND", "as it holds a public key: an EC private key on P-256, P-384 or P-521"],
    ["a certificate", pem("CERTIFICATE", new Uint8Array(3)), "KEY_KIND", "as it holds a certificate"],
    ["a request", pem("CERTIFICATE REQUEST", new Uint8Array(3)), "KEY_KIND", "as it holds a certificate request"],
    ["parameters", pem("EC PARAMETERS", new Uint8Array(3)), "KEY_KIND", "as it holds EC parameters without a key"],
    ["an OpenSSH key", pem("OPENSSH PRIVATE KEY", new Uint8Array(3)), "KEY_KIND", "as it holds an OpenSSH private key"],
    ["an old RSA key", pem("RSA PRIVATE KEY", new Uint8Array(3)), "KEY_KIND", "as it holds an RSA private key"],
    ["an RSA key", rsa.export({ type: "pkcs8", format: "pem" }).toString(), "KEY_KIND", "holds a key of type rsa"],
    ["Ed25519", ed25519.export({ type: "pkcs8", format: "pem" }).toString(), "KEY_KIND", "holds a key of type ed25519"],
    ["something unknown", pem("A THING", new Uint8Array(3)), "KEY_KIND", 'as it holds a block of "A THING"'],
    ["two keys", files.PKCS8 + files.SEC1, "KEY_KIND", "it holds more than one key"],
    ["no key inside", pem("PRIVATE KEY", new Uint8Array(3)), "KEY_INVALID", "it is no private key"],
    ["half a key", pem("PRIVATE KEY", new Uint8Array(100)), "KEY_INVALID", "it is no private key"],
    ["no base64", malformed, "NOT_PEM", "the block that begins in its line 1 is not valid base64"],
    [
      "a cosign key",
      pem("ENCRYPTED COSIGN PRIVATE KEY", new Uint8Array(3)),
      "KEY_KIND",
      "in cosign's encrypted format",
    ],
    [
      "a newer cosign key",
      pem("ENCRYPTED SIGSTORE PRIVATE KEY", new Uint8Array(3)),
      "KEY_KIND",
      "in cosign's encrypted format",
    ],
    ["a curve written out", files.SEC1_EXPLICIT, "KEY_INVALID", "`openssl ec -in OLD.pem -param_enc named_curve"],
    ["the same in PKCS#8", files.PKCS8_EXPLICIT, "KEY_INVALID", "`openssl ec -in OLD.pem -param_enc named_curve"],
    ["headers of no encryption", files.SEC1.replace("\n", "\nComment: mine\n\n"), "KEY_INVALID", "its PEM headers"],
  ];
  for (const [what, text, code, message] of cases) {
    await t.step(what, async () => {
      await assertFails(() => readPrivateKey(text, files.PASSWORD, "my.pem"), RefusedError, code, '"my.pem"', message);
    });
  }
});

Deno.test("no message shows what a key file holds", async () => {
  for (const text of [files.PKCS8.replace("PRIVATE KEY", "SECRET\u202e KEY"), `${files.PASSWORD}\n`]) {
    const error = await assertFails(() => readPrivateKey(text, files.PASSWORD, "my.pem"), RefusedError, "NOT_PEM");
    assert(!error.message.includes("secret") && !error.message.includes("MIGH"), error.message);
  }
});

Deno.test("readPublicKey() reads a key on each curve", () => {
  for (const curve of CURVES) {
    const { publicPem, hint } = makeKey(curve);
    const key = readPublicKey(`text\n${publicPem}text\n`, "it");
    assertEquals([key.curve.name, keyHint(key), publicKeyPem(key)], [curve, hint, publicPem]);
  }
});

Deno.test("a key has one hint in every encoding of its file", () => {
  const key = readPublicKey(files.PUBLIC, "it");
  assertEquals(keyHint(key), files.HINT);
  const withoutBreaks = files.PUBLIC.replace(/(?<=[^-])\n(?=[^-])/g, "");
  for (const text of [files.PUBLIC_COMPRESSED, withoutBreaks, files.PUBLIC.replaceAll("\n", "\r\n")]) {
    const other = readPublicKey(text, "it");
    assertEquals([keyHint(other), keysEqual(other, key)], [files.HINT, true]);
  }
  assertEquals(keysEqual(key, readPublicKey(makeKey().publicPem, "it")), false);
});

/** A public key in DER whose point is any bytes. */
function spkiOf(point: Uint8Array, ...behind: Uint8Array[]): Uint8Array {
  const algorithm = der(0x30, objectIdentifier("1.2.840.10045.2.1"), objectIdentifier("1.2.840.10045.3.1.7"));
  return der(0x30, algorithm, bitString(point), ...behind);
}

const POINT = readPublicKey(files.PUBLIC, "it").key.export({ type: "spki", format: "der" }).subarray(-65);

Deno.test("a public key that is not a point on its curve is refused", async (t) => {
  assertEquals(publicKeyFromSpki(spkiOf(POINT), "it").curve.name, "P-256");
  const points: [what: string, spki: Uint8Array][] = [
    ["no point", spkiOf(new Uint8Array())],
    ["infinity", spkiOf(Uint8Array.of(0))],
    ["infinity in full length", spkiOf(new Uint8Array(65))],
    ["zero", spkiOf(new Uint8Array(65).with(0, 4))],
    ["a point beside the curve", spkiOf(Uint8Array.from(POINT).with(64, POINT[64]! ^ 1))],
    ["a number above the field", spkiOf(new Uint8Array(65).fill(0xff).with(0, 4))],
    ["half a point", spkiOf(POINT.subarray(0, 33))],
    ["a byte too many", spkiOf(Uint8Array.of(...POINT, 0))],
    ["another form", spkiOf(Uint8Array.from(POINT).with(0, 5))],
    ["nothing", new Uint8Array()],
    ["garbage", new Uint8Array(100).fill(0x30)],
  ];
  for (const [what, spki] of points) {
    await t.step(what, async () => {
      await assertFails(() => publicKeyFromSpki(spki, "it"), RefusedError, "KEY_INVALID", "it is no public key");
      await assertFails(() => readPublicKey(pem("PUBLIC KEY", spki), "it"), RefusedError, "KEY_INVALID");
    });
  }
});

Deno.test("readPublicKey() describes other content", async (t) => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  const ed25519 = generateKeyPairSync("ed25519").publicKey;
  const cases: [what: string, text: string, code: string, message: string][] = [
    ["nothing", "", "NOT_PEM", "it is not PEM"],
    ["a private key", files.PKCS8, "KEY_KIND", "as it holds a private key: an EC public key on P-256, P-384 or P-521"],
    ["a certificate", pem("CERTIFICATE", new Uint8Array(3)), "KEY_KIND", "as it holds a certificate"],
    ["an RSA key", rsa.export({ type: "spki", format: "pem" }).toString(), "KEY_KIND", "holds a key of type rsa"],
    ["an old RSA key", pem("RSA PUBLIC KEY", new Uint8Array(3)), "KEY_KIND", "as it holds an RSA public key"],
    ["Ed25519", ed25519.export({ type: "spki", format: "pem" }).toString(), "KEY_KIND", "holds a key of type ed25519"],
    ["another curve", files.P256K1_PUBLIC, "KEY_KIND", "holds an EC key on secp256k1"],
    [
      "a curve written out",
      files.PUBLIC_EXPLICIT,
      "KEY_INVALID",
      "`openssl ec -pubin -in OLD.pem -param_enc named_curve",
    ],
    ["two keys", files.PUBLIC + makeKey().publicPem, "KEY_KIND", "it holds more than one key"],
    ["one key twice", files.PUBLIC + files.PUBLIC, "KEY_KIND", "it holds more than one key"],
  ];
  for (const [what, text, code, message] of cases) {
    await t.step(what, async () => {
      await assertFails(() => readPublicKey(text, "my.pem"), RefusedError, code, '"my.pem"', message);
    });
  }
});
