import { assertEquals } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import { keyHint, readPrivateKey } from "../../src/keys/ec_key.ts";
import { assertFails } from "../_assert_fails.ts";
import { concat, der, integer, objectIdentifier, pem } from "../_certificates.ts";
import { SUPPORTED, UNSUPPORTED } from "./_encrypted_keys.ts";
import { HINT, PASSWORD } from "./_pem.ts";

for (const [encryption, text] of Object.entries(SUPPORTED)) {
  Deno.test(`readPrivateKey() decrypts ${encryption}`, async () => {
    const { curve, publicKey } = readPrivateKey(text, PASSWORD, "my.pem");
    assertEquals([curve.name, keyHint(publicKey)], ["P-256", HINT]);
    for (const password of ["", "Secret", `${PASSWORD} `]) {
      const reading = () => readPrivateKey(text, password, "my.pem");
      const { message } = await assertFails(reading, RefusedError, "PASSWORD_WRONG");
      assertEquals(message, 'Cannot open "my.pem": the password is wrong');
    }
  });
}

for (const [encryption, text] of Object.entries(UNSUPPORTED)) {
  Deno.test(`readPrivateKey() names ${encryption}, and what to run instead`, async () => {
    const reading = () => readPrivateKey(text, PASSWORD, "my.pem");
    await assertFails(reading, RefusedError, "KEY_ENCRYPTION", '"my.pem"', encryption, "`openssl pkcs8 -topk8 ");
    // Nobody is asked for a password that would not help.
    await assertFails(() => readPrivateKey(text, undefined, "my.pem"), RefusedError, "KEY_ENCRYPTION");
  });
}

const octets = (...bytes: number[]): Uint8Array => der(0x04, Uint8Array.from(bytes));
const list = (...elements: Uint8Array[]): Uint8Array => der(0x30, ...elements);
const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";
const AES_128 = list(objectIdentifier("2.16.840.1.101.3.4.1.2"), octets(...new Uint8Array(16)));

function encryptedKey(derivation: Uint8Array, cipher = AES_128, data = octets(...new Uint8Array(16))): string {
  const scheme = list(objectIdentifier("1.2.840.113549.1.5.13"), list(derivation, cipher));
  return pem("ENCRYPTED PRIVATE KEY", list(scheme, data));
}

function pbkdf2(...parameters: Uint8Array[]): Uint8Array {
  return list(objectIdentifier(PBKDF2), list(...parameters));
}

function scrypt(...numbers: number[]): Uint8Array {
  return list(objectIdentifier(SCRYPT), list(octets(1), ...numbers.map(integer)));
}

Deno.test("readPrivateKey() limits the cost of a hostile key file", async (t) => {
  const cases: Record<string, Uint8Array> = {
    "2^31 iterations": pbkdf2(octets(1), integer(2 ** 31)),
    "2^70 iterations": pbkdf2(octets(1), der(0x02, new Uint8Array(10).fill(1))),
    "scrypt with 2 GB": scrypt(2 ** 21, 8, 1),
    "scrypt with a million lanes": scrypt(1024, 8, 1_000_000),
    "scrypt with large blocks": scrypt(2, 2 ** 30, 1),
  };
  for (const [what, derivation] of Object.entries(cases)) {
    await t.step(what, async () => {
      await assertFails(() => readPrivateKey(encryptedKey(derivation), "x", "it"), RefusedError, "KEY_ENCRYPTION");
    });
  }
});

Deno.test("readPrivateKey() distinguishes a malformed key from a wrong password", async (t) => {
  const good = pbkdf2(octets(1), integer(1));
  assertEquals(encryptedKey(good).includes("ENCRYPTED"), true);
  const cipher = (...iv: number[]): Uint8Array => list(objectIdentifier("2.16.840.1.101.3.4.1.2"), octets(...iv));
  const [begin = "", ...rest] = SUPPORTED["PEM headers, AES-256-CBC"]!.split("\n\n");
  const cases: Record<string, string> = {
    "no content": encryptedKey(good, AES_128, octets()),
    "half a block": encryptedKey(good, AES_128, octets(...new Uint8Array(24))),
    "a short initialization vector": encryptedKey(good, cipher(1, 2, 3)),
    "no iterations": encryptedKey(pbkdf2(octets(1), integer(0))),
    "a negative number of iterations": encryptedKey(pbkdf2(octets(1), der(0x02, Uint8Array.of(0x80)))),
    "the key length of another cipher": encryptedKey(pbkdf2(octets(1), integer(1), integer(32))),
    "N that is no power of two": encryptedKey(scrypt(1000, 8, 1)),
    "N of 1": encryptedKey(scrypt(1, 8, 1)),
    "no lanes": encryptedKey(scrypt(1024, 8, 0)),
    "no structure": pem("ENCRYPTED PRIVATE KEY", Uint8Array.of(1, 2, 3)),
    "bytes after it": pem("ENCRYPTED PRIVATE KEY", concat([list(), Uint8Array.of(0)])),
    "no DEK-Info": [begin.replace(/\nDEK.*$/, ""), ...rest].join("\n\n"),
    "a DEK-Info without a vector": [begin.replace(/,[0-9A-F]+$/, ""), ...rest].join("\n\n"),
    "a vector of another length": [begin.replace(/[0-9A-F]{2}$/, ""), ...rest].join("\n\n"),
    "another Proc-Type": [begin.replace("ENCRYPTED", "MIC-ONLY"), ...rest].join("\n\n"),
  };
  for (const [what, text] of Object.entries(cases)) {
    await t.step(what, async () => {
      await assertFails(() => readPrivateKey(text, PASSWORD, "my.pem"), RefusedError, "KEY_INVALID", '"my.pem"');
    });
  }
});
