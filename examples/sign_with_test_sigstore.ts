// deno-lint-ignore-file no-console -- an example talks to its user
/**
 * Signs and verifies with an identity in a Sigstore instance that runs inside this process, so that tests of your own
 * programs need no network and write nothing into the public log.
 *
 *     deno run -A examples/sign_with_test_sigstore.ts
 *
 * @module
 */
import { sign, verify } from "@model-signing/model-signing";
import { TestSigstore } from "../tests/_sigstore/test_sigstore.ts";

await using sigstore = await TestSigstore.start();
const directory = await Deno.makeTempDir();
try {
  const model = `${directory}/bert`;
  await Deno.mkdir(model);
  await Deno.writeTextFile(`${model}/config.json`, '{"layers": 12}');
  // The services and their keys, as a file.
  const trustConfigFile = `${directory}/instance.json`;
  await Deno.writeTextFile(trustConfigFile, JSON.stringify(sigstore.clientTrustConfig()));

  const identityToken = await sigstore.token({ email: "me@example.com" });
  await sign(model, { signer: { kind: "sigstore", identityToken, instance: { trustConfigFile } } });

  const identity = { identity: "me@example.com", identityProvider: sigstore.issuer.url };
  const { verdict } = await verify(model, { trust: { kind: "sigstore", ...identity, instance: { trustConfigFile } } });
  console.log(`Verified: ${verdict}`);
} finally {
  await Deno.remove(directory, { recursive: true });
}
