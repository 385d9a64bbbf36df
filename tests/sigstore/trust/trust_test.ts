import { assert, assertEquals } from "@std/assert";
import { UnavailableError, VerificationError } from "../../../src/errors.ts";
import { describeAge, describeTrust } from "../../../src/sigstore/trust/describe.ts";
import { shippedPublic } from "../../../src/sigstore/trust/shipped.ts";
import { chooseInstance, choosePublicInstance, loadTrust, offlineTrust } from "../../../src/sigstore/trust/trust.ts";
import { keptFile, repositoryDirectory } from "../../../src/sigstore/tuf/cache.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { TestRepository } from "./_repository.ts";

const REQUEST_POLICY = { tryMs: 30_000, tries: 1, pauseMs: 1, maxPauseMs: 10 };
const OFFLINE = { staging: false, offline: true };
const ONLINE = { staging: false, offline: false };
const FIXTURES = new URL("../../fixtures/sigstore/", import.meta.url).pathname;

/** A repository that tells what the public instance does. */
function makeRepository(): TestRepository {
  const { trustedRoot, signingConfig } = shippedPublic();
  return new TestRepository({ "trusted_root.json": trustedRoot, "signing_config.v0.2.json": signingConfig });
}

/** A user's directories, empty at first, and a file with the repository's root. */
class Home extends TempDirectory {
  readonly environment = {
    places: { cache: `${this.path}/cache`, settings: `${this.path}/settings` },
    retryPolicy: REQUEST_POLICY,
  };
}

Deno.test("loadTrust() reads files", async () => {
  const byRoot = await loadTrust({ trustedRootFile: `${FIXTURES}trusted_root.public-good.json` });
  assertEquals([byRoot.trustedRoot.tlogs.length, byRoot.signingConfig, byRoot.asOf], [2, undefined, undefined]);
  assert(byRoot.origin.includes("trusted_root.public-good.json"));
  const byConfig = await loadTrust({ trustConfigFile: `${FIXTURES}client_trust_config.example.json` });
  assertEquals(byConfig.signingConfig?.caUrls.length, 2);
});

Deno.test("loadTrust() fails with invalid and unsuitable files", async () => {
  using home = new Home();
  for (const key of ["trustedRootFile", "trustConfigFile"] as const) {
    const load = (path: string) => () => loadTrust({ [key]: path } as { trustedRootFile: string });
    await assertFails(load(`${home.path}/none`), UnavailableError, "NOT_FOUND", `${home.path}/none`);
    await assertFails(load(home.write("bad", "{}")), VerificationError, "TRUST_INVALID", `${home.path}/bad`);
    await assertFails(load(home.writeSparse("large", 1_000_001)), VerificationError, "TOO_LARGE", "large");
  }
});

Deno.test("loadTrust() takes offline what ships, with its date", async () => {
  using home = new Home();
  const trust = await loadTrust(OFFLINE, home.environment);
  assertEquals(trust.asOf, shippedPublic().asOf);
  assert(trust.origin.includes("public Sigstore instance, as it ships"), trust.origin);
  const staging = await loadTrust({ staging: true, offline: true }, home.environment);
  assert(staging.origin.includes("staging"), staging.origin);
  assertEquals(staging.trustedRoot.tlogs.length, 4);
  assertEquals([...Deno.readDirSync(home.path)], [], "nothing is written");
});

Deno.test("loadTrust() refuses offline what was fetched if it is damaged, and does not pass over it", async () => {
  using home = new Home();
  const { cache } = home.environment.places;
  const path = keptFile(repositoryDirectory(cache, shippedPublic().mirror)).replace(`${home.path}/`, "");
  home.write(path, "{");
  await assertFails(() => loadTrust(OFFLINE, home.environment), VerificationError, "CACHE_INVALID", path);
  // A state of another repository, put where that of the public one belongs.
  await using repository = makeRepository();
  await chooseInstance(repository.mirror, home.write("root.json", repository.firstRoot), home.environment);
  Deno.copyFileSync(keptFile(repositoryDirectory(cache, repository.mirror)), `${home.path}/${path}`);
  choosePublicInstance(home.environment);
  await assertFails(() => loadTrust(OFFLINE, home.environment), VerificationError, "CACHE_INVALID", "signed by 0/1");
});

Deno.test("an instance of one's own is trusted once it is chosen, online and offline, until the public one is", async () => {
  using home = new Home();
  {
    await using repository = makeRepository();
    const rootFile = home.write("root.json", repository.firstRoot);
    const { mirror } = repository;
    const chosen = await chooseInstance(mirror, rootFile, home.environment);
    assertEquals(chosen.tuf?.mirror, mirror);
    Deno.removeSync(rootFile);
    const online = await loadTrust(ONLINE, home.environment);
    assertEquals([online.origin, online.tuf], [
      `the Sigstore instance of ${mirror.host}, by its TUF repository`,
      chosen.tuf,
    ]);
    assertEquals(online.signingConfig!.caUrls[0]!.url, "https://fulcio.sigstore.dev/");
  }
  const offline = await loadTrust(OFFLINE, home.environment);
  assert(offline.origin.includes("as its TUF repository was when it was last asked"), offline.origin);
  assertEquals(offline.tuf?.rootVersion, 1);
  assertEquals((await loadTrust({ staging: true, offline: true }, home.environment)).tuf, undefined);
  choosePublicInstance(home.environment);
  choosePublicInstance(home.environment);
  assertEquals((await loadTrust(OFFLINE, home.environment)).asOf, shippedPublic().asOf);
});

Deno.test("offline, the younger of what was fetched and what ships is taken", async () => {
  using home = new Home();
  await using repository = makeRepository();
  await chooseInstance(repository.mirror, home.write("root.json", repository.firstRoot), home.environment);
  for (const [days, isShipped] of [[-1, false], [1, true]] as const) {
    const shipped = { ...shippedPublic(), asOf: new Date(Date.now() + days * 86_400_000) };
    const known = { mirror: repository.mirror, root: repository.firstRoot, name: "it", shipped };
    const { tuf } = await offlineTrust(known, home.environment.places);
    assertEquals(tuf === undefined, isShipped);
  }
});

Deno.test("an instance of one's own is never replaced by the public one for want of a network or a cache", async () => {
  using home = new Home();
  {
    await using repository = makeRepository();
    await chooseInstance(repository.mirror, home.write("root.json", repository.firstRoot), home.environment);
  }
  Deno.removeSync(home.environment.places.cache, { recursive: true });
  await assertFails(() => loadTrust(OFFLINE, home.environment), UnavailableError, "NOT_FETCHED", "`offline`");
  await assertFails(() => loadTrust(ONLINE, home.environment), UnavailableError, "SERVICE_FAILED", "127.0.0.1");
  Deno.writeTextFileSync(`${home.environment.places.settings}/sigstore_instance.json`, "{");
  await assertFails(() => loadTrust(OFFLINE, home.environment), VerificationError, "INSTANCE_INVALID", "trust init");
});

Deno.test("an instance that cannot be trusted is not chosen", async () => {
  using home = new Home();
  await using repository = makeRepository();
  await using other = makeRepository();
  const choose = (root: Uint8Array) => () =>
    chooseInstance(repository.mirror, home.write("root.json", root), home.environment);
  await assertFails(choose(other.firstRoot), VerificationError, "TUF_REFUSED");
  await assertFails(choose(new Uint8Array(3)), VerificationError, "TUF_REFUSED");
  await assertFails(choose(new Uint8Array(600_000)), VerificationError, "TOO_LARGE");
  repository.targets["trusted_root.json"] = "{}";
  repository.publish();
  await assertFails(choose(repository.firstRoot), VerificationError, "TRUST_INVALID", "mediaType");
  assertEquals((await loadTrust(OFFLINE, home.environment)).asOf, shippedPublic().asOf);
});

Deno.test("without any directory, the public instance is trusted, and a warning says so", async () => {
  const places = { cache: undefined, settings: undefined };
  const warnings: string[] = [];
  const trust = await loadTrust(OFFLINE, { places, onWarning: (message) => warnings.push(message) });
  assertEquals(trust.asOf, shippedPublic().asOf);
  assertEquals(warnings.map((warning) => warning.includes("HOME")), [true]);
  await assertFails(() => choosePublicInstance({ places }), UnavailableError, "NO_SETTINGS_DIRECTORY", "HOME");
});

Deno.test("an instance of one's own can be used without a cache", async () => {
  using home = new Home();
  await using repository = makeRepository();
  const places = { ...home.environment.places, cache: undefined };
  const warnings: string[] = [];
  const environment = { ...home.environment, places, onWarning: (message: string) => warnings.push(message) };
  const chosen = await chooseInstance(repository.mirror, home.write("root.json", repository.firstRoot), environment);
  assertEquals((await loadTrust(ONLINE, environment)).tuf, chosen.tuf);
  assertEquals(warnings.map((warning) => warning.includes("HOME or XDG_CACHE_HOME")), [true, true]);
});

/** What may lie where the choice is written: whether that means that none was made, or the code of the error. */
const SETTINGS: Record<string, [prepare: (home: Home, file: string) => void, code: "none" | string]> = {
  "nothing": [() => {}, "none"],
  "a file in place of the directory": [(home) => home.write("settings"), "none"],
  "a directory": [(home, file) => home.makeDirectory(file), "IO"],
  "a symlink that leads nowhere": [(home, file) => home.link(file, "/nowhere/at/all"), "NOT_FOUND"],
  "a symlink that leads to itself": [(home, file) => home.link(file, "sigstore_instance.json"), "IO"],
  "half a document": [(home, file) => home.write(file, '{"mirror":'), "INSTANCE_INVALID"],
  "another document": [(home, file) => home.write(file, "{}"), "INSTANCE_INVALID"],
  "an empty file": [(home, file) => home.write(file, ""), "INSTANCE_INVALID"],
  "a file that is too large": [(home, file) => home.writeSparse(file, 2_000_000), "INSTANCE_INVALID"],
};

for (const [what, [prepare, code]] of Object.entries(SETTINGS)) {
  Deno.test(`the choice of an instance is ${what}`, async () => {
    using home = new Home();
    prepare(home, "settings/sigstore_instance.json");
    const load = () => loadTrust(OFFLINE, home.environment);
    if (code === "none") return assertEquals((await load()).asOf, shippedPublic().asOf);
    const errorClass = code === "INSTANCE_INVALID" ? VerificationError : UnavailableError;
    await assertFails(load, errorClass, code, `${home.path}/settings/sigstore_instance.json`);
    assertEquals((await loadTrust({ staging: true, offline: true }, home.environment)).tuf, undefined);
  });
}

Deno.test("a damaged root to start from is the fault of the file that holds it, not of the repository", async (t) => {
  using home = new Home();
  await using repository = makeRepository();
  const { environment } = home;
  await chooseInstance(repository.mirror, home.write("root.json", repository.firstRoot), environment);
  const file = `${environment.places.settings}/sigstore_instance.json`;
  const instance = JSON.parse(Deno.readTextFileSync(file));
  const root = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(instance.root)));
  const [keyId] = Object.keys(root.signed.keys);
  for (
    const damaged of [{}, { ...root, signatures: [] }, { ...root, signed: { ...root.signed, keys: { [keyId!]: 7 } } }]
  ) {
    const bytes = new TextEncoder().encode(JSON.stringify(damaged));
    Deno.writeTextFileSync(file, JSON.stringify({ ...instance, root: bytes.toBase64() }));
    for (const choice of [ONLINE, OFFLINE]) {
      await t.step(`${JSON.stringify(damaged).slice(0, 40)}, ${choice.offline ? "offline" : "online"}`, async () => {
        await assertFails(() => loadTrust(choice, environment), VerificationError, "TUF_REFUSED", file, "trust init");
      });
    }
    const other = home.write("other.json", bytes);
    await assertFails(
      () => chooseInstance(repository.mirror, other, environment),
      VerificationError,
      "TUF_REFUSED",
      other,
    );
  }
});

Deno.test("repositoryDirectory() stays below the cache, whatever the address holds", () => {
  const directories = [
    "https://../..",
    "https://a/../../b",
    "https://a/%2e%2e%2f",
    "https://[::1]:8/",
    "https://a",
    "https://a:444",
  ]
    .map((address) => repositoryDirectory("/cache", new URL(address)));
  for (const directory of directories) assert(/^\/cache\/tuf\/[a-z0-9._-]+-[0-9a-f]{16}$/.test(directory), directory);
  assertEquals(new Set(directories).size, directories.length);
});

Deno.test("describeTrust() says whom a trust means", async () => {
  const trust = await loadTrust(OFFLINE, { places: { cache: undefined, settings: undefined } });
  const info = describeTrust(trust, new Date("2026-11-22"));
  assertEquals(info.services?.logs, [{ url: "https://rekor.sigstore.dev/", version: 1 }]);
  assertEquals(info.logs[0], {
    url: "https://rekor.sigstore.dev",
    id: "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d",
    key: "PKIX_ECDSA_P256_SHA_256",
    start: "2021-01-12T11:53:27.000Z",
    end: null,
  });
  assertEquals(info.certificateAuthorities[1]!.certificates[0]!.subject, "CN=sigstore-intermediate, O=sigstore.dev");
  assertEquals(describeTrust(trust, new Date("2000-01-01")).services, null);
  const asOf = new Date("2026-11-05T12:00:00Z");
  const ages = ["2026-11-05T11:00:00Z", "2026-11-05T13:00:00Z", "2026-11-06T13:00:00Z", "2026-11-22T12:00:00Z"];
  assertEquals(ages.map((now) => describeAge(asOf, new Date(now)).replace("as of 2026-11-05, ", "")), [
    "which is in the future",
    "less than a day ago",
    "1 day ago",
    "17 days ago",
  ]);
});
