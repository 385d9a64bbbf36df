/** The Sigstore for tests writes trusted roots, signing configs and a TUF repository by code of its own. */
import { assertEquals } from "@std/assert";
import { parseClientTrustConfig } from "../../../src/sigstore/trust/client_trust_config.ts";
import { selectServices } from "../../../src/sigstore/trust/select_services.ts";
import { chooseInstance, loadTrust } from "../../../src/sigstore/trust/trust.ts";
import { TestSigstore } from "../../_sigstore/test_sigstore.ts";
import { TempDirectory } from "../../_temp_directory.ts";

Deno.test("an instance is trusted by its TUF repository, with Rekor v1 and v2", async () => {
  using home = new TempDirectory();
  await using sigstore = await TestSigstore.start();
  const environment = { places: { cache: `${home.path}/cache`, settings: `${home.path}/settings` } };
  const rootFile = home.write("root.json", sigstore.tuf.root());
  await chooseInstance(new URL(sigstore.tuf.url), rootFile, environment);
  const trust = await loadTrust({ staging: false, offline: true }, environment);
  const byFile = parseClientTrustConfig(JSON.stringify(sigstore.clientTrustConfig()), "it");
  assertEquals(trust.trustedRoot, byFile.trustedRoot);
  assertEquals(trust.trustedRoot.tlogs.length, 2);
  const now = new Date();
  const [v1, v2] = [trust.signingConfig!, trust.rekorV2SigningConfig!].map((config) => selectServices(config, { now }));
  assertEquals(v1!.logs, [{ url: new URL(sigstore.rekorV1.url), majorApiVersion: 1 }]);
  assertEquals(v2!.logs, [{ url: new URL(sigstore.rekorV2.url), majorApiVersion: 2 }]);
  assertEquals(v2!.fulcio, new URL(sigstore.fulcio.url));
});
