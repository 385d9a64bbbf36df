import { assertEquals } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import { describeBlock, pemBlocks } from "../../src/text/pem.ts";
import { assertFails } from "../_assert_fails.ts";

function block(label: string, content = "AAAA\n"): string {
  return `-----BEGIN ${label}-----\n${content}-----END ${label}-----`;
}

/** Each block as its label and the hex of its content. */
function read(text: string): string[] {
  return pemBlocks(text, "it").map(({ label, content }) => `${label} ${content.toHex()}`);
}

const [KEY, CERTIFICATE] = [block("PUBLIC KEY"), block("CERTIFICATE", "AQID\nBA==\n")];

Deno.test("pemBlocks() reads blocks as OpenSSL does", async (t) => {
  const both = `${KEY}\n${CERTIFICATE}\n`;
  const texts: Record<string, string> = {
    "as they are written": both,
    "a byte order mark, text before, between and after":
      `\ufeffCertificate:\n  Data:\n${KEY}\n# -- \n${CERTIFICATE}\nEnd`,
    "a commented-out block": `${KEY}\n# -----BEGIN X-----\n# AAAA\n# -----END X-----\n${CERTIFICATE}`,
    "a blank at the end of each line": both.replaceAll("\n", " \n"),
    "a tab at the end of each line": both.replaceAll("\n", "\t\n"),
    "line ends of Windows": both.replaceAll("\n", "\r\n"),
    "line ends of Windows, twice": both.replaceAll("\n", "\r\r\n"),
    "blanks before line ends of Windows": both.replaceAll("\n", "  \r\n"),
    "line ends of old Macs": both.replaceAll("\n", "\r"),
    "control characters at the end of each line": both.replaceAll("\n", "\0\f\v\n"),
    "an empty line in a block": both.replace("AAAA", "AAAA\n"),
    "long and short lines": both.replace("AQID\nBA==", "A\nQID B\nA=\n="),
    "files joined without a line break": `${KEY}${CERTIFICATE}`,
    "files joined without a line break, with blanks": `${KEY}${CERTIFICATE}`.replaceAll("\n", " \n"),
  };
  for (const [what, text] of Object.entries(texts)) {
    await t.step(what, () => assertEquals(read(text), ["PUBLIC KEY 000000", "CERTIFICATE 01020304"]));
  }
});

Deno.test("pemBlocks() reads the headers of an encrypted block", () => {
  for (const lineEnd of ["\n", "\r\n", " \n", "\r\r\n"]) {
    const text = block("A KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: X,00\n\nAAAA\n").replaceAll("\n", lineEnd);
    const [{ headers, content } = { headers: [], content: [] }] = pemBlocks(text, "it");
    assertEquals([...headers], [["Proc-Type", "4,ENCRYPTED"], ["DEK-Info", "X,00"]]);
    assertEquals([...content], [0, 0, 0]);
  }
});

Deno.test("pemBlocks() refuses a text without a block", async (t) => {
  const texts = {
    "nothing": ["", "it is empty"],
    "line breaks": ["\n\n", "it is empty"],
    "base64": ["MIIB", "give the content of a PEM file, not its name"],
    "a path": ["keys/key.pem", "give the content of a PEM file, not its name"],
    "DER": ["0\x82\x01\x02\x03\n", "if it is DER"],
    "four dashes": ["----BEGIN PUBLIC KEY----\nAAAA\n----END PUBLIC KEY----", "it holds no line"],
    "small letters": ["-----begin public key-----\nAAAA\n-----end public key-----", "it holds no line"],
  };
  for (const [what, [text = "", message = ""]] of Object.entries(texts)) {
    await t.step(what, async () => {
      const reading = () => pemBlocks(text, "my\u202e.pem");
      await assertFails(reading, RefusedError, "NOT_PEM", '"my\\u{202e}.pem"', "it is not PEM", message);
    });
  }
});

/** What OpenSSL skips or ends at: here it could hide another key, or the missing link of a chain. */
Deno.test("pemBlocks() skips no malformed block, wherever it is", async (t) => {
  const utf16 = (text: string): string =>
    new TextDecoder().decode(new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer));
  const malformed: Record<string, [text: string, message: string]> = {
    "no end": ["-----BEGIN PUBLIC KEY-----\nAAAA\n", "does not end"],
    "another end": [KEY.replace("END PUBLIC", "END PRIVATE"), "does not end before line 3"],
    "an indented end": [KEY.replace("-----END", " -----END"), "does not end before line 3"],
    "a beginning within": [KEY.replace("AAAA", `AAAA\n-----BEGIN X-----`), "does not end before line 3"],
    "no beginning": ["AAAA\n-----END X-----", "ends a block that does not begin"],
    "text after BEGIN": [KEY.replace("KEY-----", "KEY----- x"), "is not a valid BEGIN or END line"],
    "text after END": [`${KEY} x`, "is not a valid END line"],
    "four dashes": [KEY.replace("KEY-----", "KEY----"), "is not a valid BEGIN or END line"],
    "no label": ["-----BEGIN -----\nAAAA\n-----END -----", "is not a valid BEGIN or END line"],
    "indented": [KEY.replaceAll(/^/gm, "  "), "is indented"],
    "text before BEGIN": [`key: ${KEY}`, "is not a valid BEGIN or END line"],
    "no line breaks": [KEY.replaceAll("\n", " "), "it has lost its line breaks"],
    "no line breaks at all": [KEY.replaceAll("\n", ""), "it has lost its line breaks"],
    "line breaks as two characters": [KEY.replaceAll("\n", "\\n"), 'the two characters "\\n"'],
    "the same for Windows": [`"${KEY.replaceAll("\n", "\\r\\n")}"`, 'the two characters "\\n"'],
    "UTF-16": [utf16(`\ufeff${KEY}`), "it is UTF-16 text"],
    "UTF-16 without a mark": [utf16(KEY), "it is UTF-16 text"],
    "no base64": [KEY.replace("AAAA", "AA!A"), "is not valid base64"],
    "base64 that is cut off": [KEY.replace("AAAA", "AAA"), "is not valid base64"],
    "base64 with bits left over": [KEY.replace("AAAA", "AAB="), "is not valid base64"],
    "base64 with something after it": [KEY.replace("AAAA", "AA==\nAAAA"), "is not valid base64"],
  };
  for (const [what, [text, message]] of Object.entries(malformed)) {
    for (const whole of [text, `${text}\n${CERTIFICATE}\n`, `${CERTIFICATE}\n${text}`]) {
      await t.step(what, async () => {
        const reading = () => pemBlocks(whole, "my.pem");
        const lines = whole.startsWith(text) ? message : message.replace(/ line \d+/, "");
        await assertFails(reading, RefusedError, "NOT_PEM", '"my.pem"', lines);
      });
    }
  }
});

Deno.test("pemBlocks() takes time in proportion to the text", async (t) => {
  const texts = {
    "beginnings": "-----BEGIN A-----\n".repeat(200_000),
    "beginnings in one line": "-----BEGIN A-----".repeat(200_000),
    "malformed BEGIN lines": "-----BEGIN A----- \u00e4\n".repeat(200_000),
    "white space": `x${" ".repeat(4_000_000)}x`,
    "white space in a block": block("A", `A${" ".repeat(4_000_000)}!`),
    "dashes": "-".repeat(4_000_000),
    "headers": block("A", "a:b\n".repeat(500_000) + "!"),
    "hyphens in a label": `-----BEGIN ${"a-".repeat(1_000_000)}`,
  };
  for (const [what, text] of Object.entries(texts)) {
    await t.step(what, async () => void await assertFails(() => pemBlocks(text, "it"), RefusedError, "NOT_PEM"));
  }
});

Deno.test("describeBlock() has words for what users mix up", () => {
  const words: [label: string, words: string][] = [
    ["CERTIFICATE", "a certificate"],
    ["X509 CERTIFICATE", "a certificate"],
    ["TRUSTED CERTIFICATE", "a certificate with OpenSSL's trust settings"],
    ["PUBLIC KEY", "a public key"],
    ["ENCRYPTED PRIVATE KEY", "a private key"],
    ["EC PRIVATE KEY", "a private key"],
    ["DSA PRIVATE KEY", "a DSA private key"],
    ["X509 CRL", 'a block of "X509 CRL"'],
  ];
  for (const [label, expected] of words) assertEquals(describeBlock(label), expected);
});
