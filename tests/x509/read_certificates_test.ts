import { assertEquals } from "@std/assert";
import { RefusedError, VerificationError } from "../../src/errors.ts";
import { readCertificates } from "../../src/x509/read_certificates.ts";
import { assertFails } from "../_assert_fails.ts";
import { concat, makeAuthority, pem } from "../_certificates.ts";
import { makeKey } from "../oms/_forge.ts";

const [a, b] = [await makeAuthority("CN=A"), await makeAuthority("CN=B")];

Deno.test("readCertificates() reads all certificates of a file in their order", () => {
  const subjects = (text: string): string[] => readCertificates(text, "it").map(({ subject }) => subject);
  assertEquals(subjects(a.pem), ["CN=A"]);
  assertEquals(subjects(b.pem + a.pem), ["CN=B", "CN=A"]);
  assertEquals(subjects(`Certificate:\n    Data:\n${a.pem}`), ["CN=A"]);
  assertEquals(subjects(a.pem.replaceAll("\n", "\r\n")), ["CN=A"]);
  assertEquals(subjects(a.pem + b.pem.replaceAll("\n", " \n")), ["CN=A", "CN=B"]);
  assertEquals(subjects(pem("X509 CERTIFICATE", a.der)), ["CN=A"]);
  // A file of a key and its certificate.
  assertEquals(subjects(makeKey().privatePem + a.pem), ["CN=A"]);
});

Deno.test("readCertificates() refuses a file in which one cannot be read", async (t) => {
  const cases: [what: string, text: string, code: string][] = [
    ["nothing", "", "NOT_PEM"],
    ["no base64", a.pem.replace(/\n./, "\n!"), "NOT_PEM"],
    ["the second is no base64", a.pem + b.pem.replace(/.\n-----END/, "!\n-----END"), "NOT_PEM"],
    ["other last bits", pem("CERTIFICATE", new Uint8Array(1)).replace("AA==", "AB=="), "NOT_PEM"],
    ["the URL-safe alphabet", pem("CERTIFICATE", Uint8Array.of(255, 255, 255)).replace("////", "____"), "NOT_PEM"],
    ["a header", a.pem.replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n"), "NOT_PEM"],
    ["a public key", makeKey().publicPem, "NO_CERTIFICATE"],
    ["a private key", makeKey().privatePem, "NO_CERTIFICATE"],
    ["trust settings of OpenSSL", pem("TRUSTED CERTIFICATE", concat([a.der, a.der])), "CERTIFICATE_KIND"],
    ["the second with trust settings", a.pem + pem("TRUSTED CERTIFICATE", b.der), "CERTIFICATE_KIND"],
    ["attributes", pem("ATTRIBUTE CERTIFICATE", a.der), "CERTIFICATE_KIND"],
    ["text behind the BEGIN line of the second", a.pem + b.pem.replace("\n", " x\n"), "NOT_PEM"],
    ["the last is cut off", a.pem + b.pem.slice(0, 100), "NOT_PEM"],
  ];
  for (const [what, text, code] of cases) {
    await t.step(what, async () => {
      await assertFails(() => readCertificates(text, "my.pem"), RefusedError, code, '"my.pem"');
    });
  }
});

Deno.test("readCertificates() refuses a block that holds no certificate", async (t) => {
  const cases: [what: string, text: string][] = [
    ["empty", pem("CERTIFICATE", new Uint8Array())],
    ["garbage", pem("CERTIFICATE", new Uint8Array(100))],
    ["the second is half of one", a.pem + pem("CERTIFICATE", b.der.subarray(0, 100))],
    ["two in one", pem("CERTIFICATE", concat([a.der, b.der]))],
  ];
  for (const [what, text] of cases) {
    await t.step(what, async () => {
      await assertFails(() => readCertificates(text, "my.pem"), VerificationError, "CERTIFICATE_INVALID", '"my.pem"');
    });
  }
});
