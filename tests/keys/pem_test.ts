import { assertEquals } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import { describeBlock, pemBlocks } from "../../src/keys/pem.ts";
import { assertFails } from "../_assert_fails.ts";

function block(label: string, content = "AAAA\n"): string {
  return `-----BEGIN ${label}-----\n${content}-----END ${label}-----`;
}

Deno.test("pemBlocks() finds the blocks and nothing else", () => {
  const [a, b] = [block("PUBLIC KEY"), block("CERTIFICATE", "")];
  const texts: [text: string, found: string[]][] = [
    [a, [a]],
    [`${a}\n${b}\n`, [a, b]],
    [`${a}${b}`, [a, b]],
    [`\ufeffCertificate:\n  Data:\n${b}\nbehind it`, [b]],
    [a.replaceAll("\n", "\r\n"), [a.replaceAll("\n", "\r\n")]],
    [`-----BEGIN PUBLIC KEY-----\n${b}`, [b]],
    [`${b}\n-----BEGIN PUBLIC KEY-----\nAAAA`, [b]],
  ];
  for (const [text, found] of texts) assertEquals(pemBlocks(text, "it").map(({ text }) => text), found);
  assertEquals(pemBlocks(`${a}${b}`, "it").map(({ label }) => label), ["PUBLIC KEY", "CERTIFICATE"]);
});

Deno.test("pemBlocks() refuses a text without a block", async (t) => {
  const texts = {
    "nothing": "",
    "base64": "MIIB",
    "no end": "-----BEGIN PUBLIC KEY-----\nAAAA\n",
    "another end": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END CERTIFICATE-----",
    "no line break": "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----",
    "four dashes": "----BEGIN PUBLIC KEY----\nAAAA\n----END PUBLIC KEY----",
    "small letters": "-----begin public key-----\nAAAA\n-----end public key-----",
    "no label": "-----BEGIN -----\nAAAA\n-----END -----",
  };
  for (const [what, text] of Object.entries(texts)) {
    await t.step(what, async () => {
      await assertFails(() => pemBlocks(text, "my\u202e.pem"), RefusedError, "NOT_PEM", '"my\\u{202e}.pem"');
    });
  }
});

Deno.test({
  name: "pemBlocks() takes time in proportion to the text",
  fn: async () => {
    const beginnings = "-----BEGIN A-----\n".repeat(200_000);
    await assertFails(() => pemBlocks(beginnings, "it"), RefusedError, "NOT_PEM");
  },
});

Deno.test("describeBlock() has words for what users mix up", () => {
  const words: [label: string, words: string][] = [
    ["CERTIFICATE", "a certificate"],
    ["X509 CERTIFICATE", "a certificate"],
    ["TRUSTED CERTIFICATE", "a certificate"],
    ["PUBLIC KEY", "a public key"],
    ["ENCRYPTED PRIVATE KEY", "a private key"],
    ["EC PRIVATE KEY", "a private key"],
    ["DSA PRIVATE KEY", "a DSA private key"],
    ["X509 CRL", 'a block of "X509 CRL"'],
  ];
  for (const [label, expected] of words) assertEquals(describeBlock(label), expected);
});
