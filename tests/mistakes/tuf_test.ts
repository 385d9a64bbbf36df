/** Mistakes that others made with The Update Framework. */
import { assert, assertEquals } from "@std/assert";
import { type FetchOptions, fetchTrust } from "../../src/sigstore/tuf/refresh.ts";
import { readCachedTrust } from "../../src/sigstore/tuf/offline.ts";
import type { TufTrust } from "../../src/sigstore/tuf/targets.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { daysFromNow, type Json, makeKey, signed, TestRepository, User } from "../sigstore/trust/_repository.ts";
import { refused } from "./_refused.ts";

const REQUEST_POLICY = { tryMs: 30_000, tries: 1, pauseMs: 1, maxPauseMs: 1 };
const FORCED: FetchOptions = { force: true, retryPolicy: REQUEST_POLICY };

function fetchBy(user: User): Promise<TufTrust> {
  return fetchTrust(user.repository, FORCED);
}

async function isRefused(user: User): Promise<void> {
  await refused(() => fetchBy(user), "TUF_REFUSED");
}

/** A repository whose second root is spoiled, and which is therefore refused. */
async function refusedRoot(spoil: (content: Json) => void): Promise<void> {
  await using repository = new TestRepository();
  using user = new User(repository);
  await fetchBy(user);
  repository.spoil.root = spoil;
  repository.publishRoot();
  await isRefused(user);
  assertEquals((await readCachedTrust(user.repository))?.rootVersion, 1);
}

Deno.test("mistake: threshold 0", async (t) => {
  for (const role of ["root", "timestamp", "snapshot", "targets"]) {
    for (const threshold of [0, -1, 0.5, null, "1"]) {
      await t.step(`${role}: ${threshold}`, () => refusedRoot((content) => content.roles[role].threshold = threshold));
    }
  }
});

Deno.test("mistake: one key under two ids, one signature twice", async (t) => {
  await t.step("one key under two ids", () =>
    refusedRoot((content) => {
      const [id] = content.roles.targets.keyids;
      content.keys["00"] = content.keys[id];
      content.roles.targets = { keyids: [id, "00"], threshold: 2 };
    }));
  await t.step("one id twice", () =>
    refusedRoot((content) => {
      const [id] = content.roles.targets.keyids;
      content.roles.targets = { keyids: [id, id], threshold: 2 };
    }));
  await t.step("one signature twice", async () => {
    await using repository = new TestRepository();
    using user = new User(repository);
    const [one] = repository.rootKeys;
    const content = repository.rootContent(repository.rootKeys, daysFromNow(300));
    repository.put("2.root.json", signed(content, [one!, one!]));
    await isRefused(user);
  });
});

Deno.test("mistake: version rollback", async (t) => {
  await t.step("of all", async () => {
    await using repository = new TestRepository();
    using user = new User(repository);
    const goBack = repository.remember();
    repository.publish();
    await fetchBy(user);
    goBack();
    await isRefused(user);
  });
  for (const role of ["timestamp", "snapshot", "targets"] as const) {
    await t.step(`of ${role}`, async () => {
      await using repository = new TestRepository();
      repository.publish();
      using user = new User(repository);
      await fetchBy(user);
      for (const each of ["timestamp", "snapshot", "targets"] as const) repository.versions[each] += 1;
      repository.versions[role] = 0;
      repository.publish();
      await isRefused(user);
    });
  }
  await t.step("of the root", () => refusedRoot((content) => content.version = 1));
});

Deno.test("mistake: wrong delegation order", async () => {
  await using repository = new TestRepository();
  const keys = [makeKey(), makeKey()];
  // Whichever role is asked first, and whatever ends the search: neither of them may name the trusted root.
  repository.spoil.targets = (content) => {
    content.targets = {};
    content.delegations = {
      keys: Object.fromEntries(keys.map((key) => [key.id, key.json])),
      roles: keys.map((key, i) => ({
        name: `role${i}`,
        keyids: [key.id],
        threshold: 1,
        paths: ["*"],
        terminating: i === 0,
      })),
    };
  };
  repository.publish();
  keys.forEach((key, i) => {
    const targets = { "trusted_root.json": { length: 2, hashes: { sha256: "00".repeat(32) } } };
    const content = { _type: "targets", spec_version: "1.0.31", version: 1, expires: daysFromNow(7), targets };
    repository.put(`1.role${i}.json`, signed(content, [key]));
  });
  using user = new User(repository);
  await isRefused(user);
  assertEquals(repository.requests.filter((path) => path.includes("role")), []);
});

Deno.test("mistake: target and repository names that leave the cache directory", async (t) => {
  const names = [
    "../../../evil.json",
    "/etc/evil.json",
    "..\\..\\evil.json",
    "a/../../evil.json",
    "%2e%2e%2fevil.json",
  ];
  await t.step("targets", async () => {
    await using repository = new TestRepository(
      Object.fromEntries(["trusted_root.json", ...names].map((name) => [name, "{}"])),
    );
    using user = new User(repository);
    await fetchBy(user);
    assertEquals(user.leftovers(), []);
    const asked = repository.requests.filter((path) => path.startsWith("targets/"));
    assertEquals(asked.length, 1, "only what has a name that is known is fetched");
  });
  await t.step("digests, which stand in names of files", async () => {
    await using repository = new TestRepository();
    repository.spoil.targets = (content) => {
      content.targets["trusted_root.json"].hashes = { sha256: "../../../../evil" };
    };
    repository.publish();
    using user = new User(repository);
    await isRefused(user);
    assertEquals(repository.requests.filter((path) => path.includes("evil")), []);
  });
  for (
    const path of [
      "/..%2f..%2f..%2fevil",
      "/%2e%2e/%2e%2e/evil",
      "/a\\..\\..\\evil",
      "/a\u0000b",
      `/${"long".repeat(80)}`,
    ]
  ) {
    await t.step(`a repository at ${JSON.stringify(path.slice(0, 30))}`, async () => {
      await using repository = new TestRepository();
      using directory = new TempDirectory();
      const cacheDirectory = directory.makeDirectory("home/cache/of/a/user");
      const mirror = new URL(`${repository.mirror.origin}${path}`);
      for (const [name, file] of [...repository.files]) {
        // It answers there too.
        repository.files.set(decodeURIComponent(`${mirror.pathname}/${name}`), file);
      }
      const known = { mirror, root: repository.firstRoot, cacheDirectory };
      assertEquals((await fetchTrust(known, FORCED)).trustedRoot, "{}");
      const written = [...filesBelow(directory.path)];
      assert(written.length > 0);
      for (const file of written) assert(file.startsWith(`${cacheDirectory}/tuf/`), file);
    });
  }
});

function* filesBelow(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (isDirectory) yield* filesBelow(`${directory}/${name}`);
    else yield `${directory}/${name}`;
  }
}

Deno.test("mistake: an unverified root kept after a failure", async (t) => {
  const lies: [what: string, lie: (repository: TestRepository) => Json][] = [
    ["by other keys", (repository) => {
      const others = [makeKey(), makeKey()];
      return signed(repository.rootContent(others, daysFromNow(300)), others);
    }],
    ["by too few keys", (repository) => {
      const others = [repository.rootKeys[0]!, makeKey()];
      return signed(repository.rootContent(others, daysFromNow(300)), others);
    }],
    ["changed after it was signed", (repository) => {
      const root = signed(repository.rootContent(repository.rootKeys, daysFromNow(300)), repository.rootKeys);
      root.signed.expires = daysFromNow(3000);
      return root;
    }],
  ];
  for (const [what, lie] of lies) {
    await t.step(what, async () => {
      await using repository = new TestRepository();
      using user = new User(repository);
      await fetchBy(user);
      const before = Deno.readTextFileSync(user.keptFile);
      repository.put("2.root.json", lie(repository));
      await isRefused(user);
      assertEquals(JSON.parse(Deno.readTextFileSync(user.keptFile)).roots, JSON.parse(before).roots);
      assertEquals((await readCachedTrust(user.repository))?.rootVersion, 1);
      repository.files.delete("2.root.json");
      assertEquals((await fetchBy(user)).rootVersion, 1, "and it is not begun with the next time");
    });
  }
});
