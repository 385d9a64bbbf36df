import { assertEquals, assertRejects } from "@std/assert";
import { monitor } from "../../src/api/monitor.ts";
import { UnavailableError, UsageError } from "../../src/errors.ts";
import type { Finding } from "../../src/monitor/finding.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { JANE, Watching } from "../monitor/_watching.ts";

Deno.test("monitor() of the library: trust by a file, both logs, findings by a function", async () => {
  await using watching = await Watching.start(1);
  const trustConfigFile = watching.directory.write("trust.json", JSON.stringify(watching.sigstore.clientTrustConfig()));
  await watching.sign();
  await watching.sign({ rekor: 2 });
  const found: Finding[] = [];
  const options = {
    watch: { identity: JANE },
    instance: { trustConfigFile },
    state: watching.state,
    onFinding: (finding: Finding) => void found.push(finding),
  };
  const first = await monitor({ ...options, from: 0 });
  assertEquals(first.logs.map(({ log }) => log), [watching.sigstore.rekorV1.url, watching.sigstore.rekorV2.url]);
  assertEquals([first.alarming, found.map(({ index }) => index)], [2, [0, 0]]);
  assertEquals((await monitor(options)).alarming, 0);
  const aborted = new AbortController();
  aborted.abort(new Error("enough"));
  await assertRejects(() => monitor({ ...options, signal: aborted.signal }), Error, "enough");
});

Deno.test("monitor() of the library: trust that cannot be used keeps it from looking, and is no alarm", async () => {
  using directory = new TempDirectory();
  const options = { watch: { identity: JANE }, onFinding: () => {} };
  for (
    const text of ["", "<html>", "{}", "[]", '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=9"}']
  ) {
    const path = directory.write("trust.json", text);
    for (const instance of [{ trustedRootFile: path }, { trustConfigFile: path }]) {
      await assertFails(() => monitor({ ...options, instance }), UnavailableError, "TRUST_INVALID", path);
    }
  }
});

Deno.test("monitor() of the library: what cannot be watched for is said before anything is read", async () => {
  const options = { trust: { trustConfigFile: "/nowhere" }, onFinding: () => {} };
  await assertRejects(() => monitor({ ...options, watch: { fingerprint: "x" } }), UsageError);
});
