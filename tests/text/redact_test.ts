import { assert, assertEquals, assertFalse } from "@std/assert";
import { quoteAddress } from "../../src/text/address.ts";
import { repeatsSecret } from "../../src/text/redact.ts";

const SECRET = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";

Deno.test("repeatsSecret() finds a secret in every form in which a server may repeat it", () => {
  const bytes = new TextEncoder().encode(SECRET);
  const forms = {
    "as it is": `bad token ${SECRET}`,
    "a part": `bad token ${SECRET.slice(7, 18)}…`,
    "in other case": SECRET.toUpperCase(),
    "in hex": bytes.toHex(),
    "in base64": bytes.toBase64(),
    "in base64, behind one byte": btoa(`x${SECRET}`),
    "in base64, behind two bytes": btoa(`xy${SECRET}`),
    "percent-encoded": SECRET.replaceAll(/./g, (one) => `%${one.charCodeAt(0).toString(16)}`),
    "broken into lines": SECRET.replaceAll(/.{5}/g, "$&\n"),
    "with escapes": SECRET.replaceAll(/.{5}/g, "$&\\n"),
    "with markup": SECRET.replaceAll(/.{3}/g, "$&-"),
  };
  for (const [what, text] of Object.entries(forms)) assert(repeatsSecret(text, [SECRET]), what);
  for (const text of ["", "There was an error processing the identity token", "invalid audience", SECRET.slice(0, 6)]) {
    assertFalse(repeatsSecret(text, [SECRET]), text);
  }
  assert(repeatsSecret("the password is hunter2", ["hunter2"]));
  assertFalse(repeatsSecret("the password is hunter2", ["", "pw"]));
});

Deno.test("quoteAddress() shows scheme, host and path alone", () => {
  const cases = {
    "https://rekor.example.com": '"https://rekor.example.com"',
    "https://user:hunter2@rekor.example.com/a": '"https://rekor.example.com/a"',
    "https://token@rekor.example.com": '"https://rekor.example.com/"',
    "https://rekor.example.com/?token=hunter2#x": '"https://rekor.example.com/"',
    "https://rekor.example.com/?": '"https://rekor.example.com/"',
    "https://user:hunter2@rekor.example.com:999999/": "a malformed address (not shown)",
    "rekor example": '"rekor example"',
    "//user:hunter2@host": "a malformed address (not shown)",
  };
  for (const [address, expected] of Object.entries(cases)) assertEquals(quoteAddress(address), expected);
});
