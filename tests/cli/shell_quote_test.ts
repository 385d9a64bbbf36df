import { assertEquals, assertFalse } from "@std/assert";
import { shellQuote } from "../../src/cli/report.ts";

const WORDS = [
  "bert",
  "a b",
  "it's",
  "$HOME `id` \\",
  "me@example.com",
  "line\nbreak",
  "\x1b[2Jclear's",
  "\u202eright to left",
  "\u{1f600}",
  "",
];

Deno.test("a quoted word is one line, steers no terminal, and is the word again to a shell", async () => {
  for (const word of WORDS) {
    const quoted = shellQuote(word);
    assertFalse(/[\p{Cc}\p{Cf}]/u.test(quoted), quoted);
    const { stdout } = await new Deno.Command("bash", { args: ["-c", `printf %s ${quoted}`] }).output();
    assertEquals(new TextDecoder().decode(stdout), word);
  }
});
