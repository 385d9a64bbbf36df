/**
 * Name constraints, compared with OpenSSL. Where they differ:
 *
 * - Constraints that OpenSSL cannot apply (no domain, a minimum or maximum) matter to it only when a name of that form
 *   comes by; here an authority with such constraints is refused on sight.
 * - Malformed names (a URI without a host by name, as RFC 5280 §4.2.1.10 asks; `acme.example.`) are refused where
 *   constraints of their form exist; OpenSSL compares them as text, so that they escape exclusions.
 * - Exclusions are wider: an empty domain excludes all, `.acme.example` also `acme.example` (as Go has it), `*.example`
 *   counts as a name in `acme.example`, and letters beyond ASCII fold too (RFC 5280 §7.1).
 * - OpenSSL takes a leaf that bears the name of its issuer, and has no key identifiers, for one that signed itself.
 * - OpenSSL takes the first colon after the scheme for the end of a URI's host, also if it is in the path.
 */
import { assert, assertEquals } from "@std/assert";
import { judge, ODD, PLAIN } from "./_random_chains.ts";

const hasOpenssl = await new Deno.Command("openssl", { args: ["version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

Deno.test({ name: "name constraints are judged as OpenSSL does", ignore: !hasOpenssl }, async () => {
  const verdicts = await judge(8, 2026, PLAIN);
  const isWider = (reason: string, constraints: readonly string[]): boolean =>
    constraints.includes("excluded;dns:.acme.example") && /DNS name "acme\.example" is excluded/i.test(reason);
  const differing = verdicts.filter(({ ours, openssl, reason, constraints, output }) =>
    ours !== openssl && !isWider(reason, constraints) && !output.includes("self-signed certificate")
  );
  assertEquals(differing, []);
  assert(verdicts.filter(({ ours }) => ours).length > verdicts.length / 5, "many must be good");
  assert(verdicts.filter(({ ours }) => !ours).length > verdicts.length / 5, "and many bad");
  for (const { ours, reason } of verdicts) assert(ours || reason.startsWith("NAME_CONSTRAINTS: "), reason);
});

Deno.test(
  { name: "odd names and constraints are judged at least as strictly as by OpenSSL", ignore: !hasOpenssl },
  async () => {
    const verdicts = await judge(5, 2027, ODD);
    const lax = verdicts.filter(({ ours, openssl, output }) => ours && !openssl && !output.includes("self-signed"));
    assertEquals(lax.filter(({ names }) => !names.some((name) => name === "uri:https://acme.example/a:b")), []);
  },
);
