/** Signing by a person who logs in: the library with a person, whose browser is a script. */
import { assert, assertEquals } from "@std/assert";
import { sign, verify } from "../../mod.ts";
import { RefusedError } from "../../src/errors.ts";
import { assertFails } from "../_assert_fails.ts";
import { browse } from "../_sigstore/browse.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { TempDirectory } from "../_temp_directory.ts";

/** A model, and the trust config of a Sigstore. */
function prepare(place: TempDirectory, sigstore: TestSigstore): { model: string; trustConfigFile: string } {
  const model = place.write("model/weights.bin", "weights").replace("/weights.bin", "");
  const trustConfigFile = place.write("trust.json", JSON.stringify(sigstore.clientTrustConfig({ rekor: 2 })));
  return { model, trustConfigFile };
}

Deno.test("a person who logs in with a browser signs, and the signature verifies for that identity", async () => {
  using place = new TempDirectory();
  await using sigstore = await TestSigstore.start();
  const { model, trustConfigFile } = prepare(place, sigstore);
  const shown: string[] = [];
  let page: Promise<unknown> | undefined;
  const { signer } = await sign(model, {
    signer: {
      kind: "sigstore",
      instance: { trustConfigFile },
      person: {
        tell: (text) => void shown.push(text),
        openBrowser: (url) => {
          page = browse(url);
          return Promise.resolve(true);
        },
      },
    },
  });
  await page;
  assert(signer.method === "sigstore");
  assert(shown.join().includes(sigstore.issuer.url), "the address is shown too");
  const { identity, identityProvider } = signer;
  assertEquals(identityProvider, sigstore.issuer.url);
  const trust = { kind: "sigstore", identity, identityProvider, instance: { trustConfigFile } } as const;
  assertEquals((await verify(model, { trust })).verified, true);
});

Deno.test("an answer to another login signs nothing", async () => {
  using place = new TempDirectory();
  await using sigstore = await TestSigstore.start();
  const { model, trustConfigFile } = prepare(place, sigstore);
  sigstore.issuer.misbehave("otherState");
  let page: Promise<unknown> | undefined;
  const openBrowser = (url: string): Promise<boolean> => {
    page = browse(url);
    return Promise.resolve(true);
  };
  const signer = { kind: "sigstore", instance: { trustConfigFile }, person: { tell: () => {}, openBrowser } } as const;
  await assertFails(() => sign(model, { signer }), RefusedError, "LOGIN_STATE");
  await page;
  assertEquals([...Deno.readDirSync(model)].map(({ name }) => name), ["weights.bin"]);
  assertEquals(sigstore.fulcio.issued.length, 0);
});
