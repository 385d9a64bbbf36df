/** What a trusted key has signed is believed only if it is right; what it has not signed is not even looked at. */
import { assertEquals } from "@std/assert";
import { type Differences, VerificationError } from "../../mod.ts";
import { assertFails } from "../_assert_fails.ts";
import { FALSE } from "../oms/_false_statements.ts";
import { envelopeBundle, type Json, keyMaterial, makeKey } from "../oms/_forge.ts";
import { MALFORMED } from "../oms/_malformed_statements.ts";
import { filesStatement, oldStatement, statementOf } from "../oms/_statements.ts";
import { assertDiffers, ForgedModel } from "./_forged_model.ts";

const key = makeKey();
const otherKey = makeKey();

const HOSTILE: readonly (readonly [what: string, payload: Json, code: string, message: string])[] = [
  ...MALFORMED.map(([what, payload, message]) => [what, payload, "SIGNATURE_INVALID", message] as const),
  ...FALSE,
];

Deno.test("verify() refuses a hostile statement, even from a trusted signer", async (t) => {
  using model = new ForgedModel("a", "b");
  for (const [what, payload, code, message] of HOSTILE) {
    await t.step(what, async () => {
      // An empty payload is refused by its envelope already.
      const expected = payload === "" ? "payload is empty" : message;
      const signed = envelopeBundle(key, payload);
      await assertFails(() => model.verify(signed, key), VerificationError, code, expected);
      await assertFails(
        () => model.verify(signed, key, { ignoreUnsignedFiles: true }),
        VerificationError,
        code,
        expected,
      );
    });
  }
});

Deno.test("verify() reads nothing that was not signed", async (t) => {
  using model = new ForgedModel("a", "b");
  for (const [what, payload] of [...HOSTILE, ["a good statement", filesStatement("a", "b")] as const]) {
    if (payload === "") continue;
    await t.step(what, async () => {
      const unsigned = envelopeBundle(otherKey, payload, { material: keyMaterial(key) });
      await assertFails(() => model.verify(unsigned, key), VerificationError, "SIGNATURE_WRONG");
    });
  }
});

Deno.test("verify() accepts what these statements were made from", async (t) => {
  using model = new ForgedModel("a", "b");
  for (const [what, statement] of Object.entries({ new: filesStatement("a", "b"), old: oldStatement("a", "b") })) {
    await t.step(what, async () => {
      const result = await model.verify(envelopeBundle(key, statement), key);
      assertEquals([result.verified, result.files, result.signer.method], [true, 2, "key"]);
    });
  }
});

Deno.test("verify() finds what differs in whatever order the signature lists it", async (t) => {
  using model = new ForgedModel("a", "b", "c/d", "x");
  model.write("model/b", "changed");
  const names = ["a", "b", "c/d", "missing"];
  for (const listed of [names, names.toReversed(), ["c/d", "missing", "a", "b"]]) {
    const differences = { changed: ["b"], missing: ["missing"], extra: ["x"] };
    await t.step(listed.join(" "), async () => {
      const signed = envelopeBundle(key, filesStatement(...listed));
      await assertDiffers(() => model.verify(signed, key), differences);
      await assertDiffers(() => model.verify(signed, key, { ignoreUnsignedFiles: true }), {
        ...differences,
        extra: [],
      });
    });
  }
});

Deno.test("a signed statement of another model is refused with what differs", async (t) => {
  const cases: [what: string, statement: Json, differences: Partial<Differences>][] = [
    ["a digest of other bytes", statementOf([{ ...filesStatement("a").predicate.resources[0], name: "b" }]), {
      changed: ["b"],
      extra: ["a"],
    }],
    ["a file that is not there", filesStatement("a", "b", "c"), { missing: ["c"] }],
    ["a file that is not signed", filesStatement("a"), { extra: ["b"] }],
    [
      "a file that was signed and left out",
      statementOf(filesStatement("a", "b").predicate.resources, {
        ignore_paths: ["b"],
      }),
      { missing: ["b"] },
    ],
    ["a name in other case", filesStatement("A", "b"), { missing: ["A"], extra: ["a"] }],
    ["names that are swapped", swapped(), { changed: ["a", "b"] }],
  ];
  for (const [what, statement, differences] of cases) {
    await t.step(what, async () => {
      using model = new ForgedModel("a", "b");
      const bundle = envelopeBundle(key, statement);
      await assertDiffers(() => model.verify(bundle, key), differences);
    });
  }
});

/** The right digests under the wrong names: the root digest cannot tell. */
function swapped(): Json {
  const [a, b] = filesStatement("a", "b").predicate.resources;
  return statementOf([{ ...a, name: "b" }, { ...b, name: "a" }]);
}

Deno.test("git paths at the top are left out unless the statement lists something there", async (t) => {
  const cases: [what: string, signed: string[], unsigned: string, differences: Partial<Differences> | undefined][] = [
    ["a git directory", ["a"], ".git/config", undefined],
    ["a file of its rules", ["a"], ".gitignore", undefined],
    ["a file of its rules, one of which below is signed", ["a", "b/.gitignore"], ".gitignore", undefined],
    ["a git directory below", ["a"], "b/.git/config", { extra: ["b/.git/config"] }],
    ["another name that begins so", ["a"], ".gitmodules", { extra: [".gitmodules"] }],
    ["a git directory of which a part is signed", ["a", ".git/HEAD"], ".git/config", { extra: [".git/config"] }],
  ];
  for (const [what, signed, unsigned, differences] of cases) {
    await t.step(what, async () => {
      using model = new ForgedModel(...signed, unsigned);
      const verifying = (): Promise<unknown> => model.verify(envelopeBundle(key, filesStatement(...signed)), key);
      if (differences === undefined) await verifying();
      else await assertDiffers(verifying, differences);
      const all = { ignoreGitPaths: false };
      const bundle = envelopeBundle(key, filesStatement(...signed));
      await assertDiffers(() => model.verify(bundle, key, all), { extra: [unsigned] });
    });
  }
});
