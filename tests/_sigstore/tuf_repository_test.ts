import "../../src/sigstore/node_crypto_patch.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { Updater } from "tuf-js";
import { TestSigstore } from "./test_sigstore.ts";
import { makeRoleKeys, type TufRepository } from "./tuf_repository.ts";

const PAST = new Date("2020-01-01T00:00:00Z");

// The HTTP client of tuf-js keeps connections open.
const options = { sanitizeResources: false, sanitizeOps: false };

Deno.test("TufRepository is read by tuf-js, with all targets", options, async () => {
  await using sigstore = await TestSigstore.start();
  using client = new Client(sigstore.tuf);
  assertEquals(await client.read("trusted_root.json"), sigstore.trustedRoot());
  assertEquals(await client.read("signing_config.v0.2.json"), sigstore.signingConfig());
  assertEquals(await client.read("signing_config_rekor_v2.v0.2.json"), sigstore.signingConfig({ rekor: 2 }));
});

Deno.test("TufRepository leads through a chain of roots with other keys", options, async () => {
  await using sigstore = await TestSigstore.start();
  const { tuf } = sigstore;
  using client = new Client(tuf);
  tuf.publishRoot({ root: makeRoleKeys(3, 2) });
  tuf.publishRoot({ targets: makeRoleKeys(3, 2), timestamp: makeRoleKeys(1, 1) });
  tuf.setTarget("trusted_root.json", { new: true });
  tuf.publish();
  assertEquals(tuf.rootVersion, 3);
  assertEquals(await client.read("trusted_root.json"), { new: true });
});

Deno.test("TufRepository can do wrong in every way, and tuf-js refuses", options, async (t) => {
  const wrong: Record<string, (tuf: TufRepository) => void> = {
    "expired timestamp": (tuf) => tuf.publish({ expires: { timestamp: PAST } }),
    "expired snapshot": (tuf) => tuf.publish({ expires: { snapshot: PAST } }),
    "expired targets": (tuf) => tuf.publish({ expires: { targets: PAST } }),
    "expired root": (tuf) => tuf.publishRoot({}, { expires: { root: PAST } }),
    "wrong key": (tuf) => tuf.publish({ signers: { timestamp: makeRoleKeys(1, 1).keys } }),
    "below the threshold": (tuf) => tuf.publish({ signers: { targets: tuf.keys.targets.keys.slice(0, 1) } }),
    "one key twice": (tuf) => {
      const [key] = tuf.keys.targets.keys;
      tuf.publish({ signers: { targets: [key!, key!] } });
    },
    "root not signed by the one before": (tuf) => {
      const root = makeRoleKeys(3, 2);
      tuf.publishRoot({ root }, { signers: { root: root.keys } });
    },
    "root skips a version": (tuf) => tuf.publishRoot({}, { alter: { root: (signed) => signed.version = 3 } }),
    "target altered": (tuf) => {
      for (const [path, bytes] of tuf.files) {
        if (path.endsWith("trusted_root.json")) tuf.files.set(path, bytes.slice(1));
      }
    },
    "server error": (tuf) => tuf.misbehave("serverError", { path: "/timestamp.json" }),
  };
  for (const [name, misbehave] of Object.entries(wrong)) {
    await t.step(name, async () => {
      await using sigstore = await TestSigstore.start();
      using client = new Client(sigstore.tuf);
      misbehave(sigstore.tuf);
      await assertRejects(() => client.read("trusted_root.json"));
    });
  }
  await t.step("played back", async () => {
    await using sigstore = await TestSigstore.start();
    const { tuf } = sigstore;
    using client = new Client(tuf);
    const old = tuf.copyFiles();
    tuf.publish();
    await client.read("trusted_root.json");
    tuf.files = old;
    await assertRejects(() => client.read("trusted_root.json"));
  });
});

/** A client with a cache of its own. */
class Client implements Disposable {
  readonly #directory = Deno.makeTempDirSync();
  readonly #repository: TufRepository;

  constructor(repository: TufRepository) {
    this.#repository = repository;
    Deno.writeFileSync(`${this.#directory}/root.json`, repository.root());
  }

  /** A target, as JSON. */
  async read(name: string): Promise<unknown> {
    const updater = new Updater({
      metadataDir: this.#directory,
      metadataBaseUrl: this.#repository.url,
      targetDir: this.#directory,
      targetBaseUrl: `${this.#repository.url}/targets`,
      config: { fetchRetry: 0 },
    });
    await updater.refresh();
    const target = await updater.getTargetInfo(name);
    return JSON.parse(Deno.readTextFileSync(await updater.downloadTarget(target!)));
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}
