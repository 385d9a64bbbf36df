import { assert, assertEquals } from "@std/assert";
import { type ModelSigningError, UnavailableError, VerificationError } from "../../../src/errors.ts";
import { readCachedTrust } from "../../../src/sigstore/tuf/offline.ts";
import { type FetchOptions, fetchTrust } from "../../../src/sigstore/tuf/refresh.ts";
import type { TufTrust } from "../../../src/sigstore/tuf/targets.ts";
import { assertFails } from "../../_assert_fails.ts";
import { daysFromNow, type Json, makeKey, signed, TestRepository, User } from "../trust/_repository.ts";

const REQUEST_POLICY = { tryMs: 30_000, tries: 2, pauseMs: 1, maxPauseMs: 10 };
const TRUSTED_ROOT = "trusted_root.json";

function fetchBy(user: User, options: FetchOptions = {}): Promise<TufTrust> {
  return fetchTrust(user.repository, { retryPolicy: REQUEST_POLICY, ...options });
}

function refused(user: User, ...words: string[]): Promise<ModelSigningError> {
  const host = user.repository.mirror.host;
  return assertFails(() => fetchBy(user, { force: true }), VerificationError, "TUF_REFUSED", host, ...words);
}

Deno.test("fetchTrust() fetches the files that there are", async () => {
  await using repository = new TestRepository({
    [TRUSTED_ROOT]: "root",
    "signing_config.v0.2.json": "config",
    "signing_config_rekor_v2.v0.2.json": "config 2",
    "other.json": "other",
  });
  using user = new User(repository);
  const start = Date.now();
  const { asOf, expires, ...trust } = await fetchBy(user);
  const end = Date.now();
  assertEquals(trust, {
    trustedRoot: "root",
    signingConfig: "config",
    rekorV2SigningConfig: "config 2",
    rootVersion: 1,
  });
  assert(start <= asOf.getTime() && asOf.getTime() <= end);
  assertEquals(expires, new Date(JSON.parse(served(repository, "timestamp.json")).signed.expires));
  assertEquals(repository.requests.some((path) => path.includes("other")), false);
  assertEquals(user.leftovers(), []);
});

function served(repository: TestRepository, path: string): string {
  return new TextDecoder().decode(repository.files.get(path) as Uint8Array);
}

Deno.test("fetchTrust() asks again after a day, and fetches only what is new", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  await fetchBy(user);
  repository.requests = [];
  await fetchBy(user);
  assertEquals(repository.requests, []);
  user.age(0.99);
  await fetchBy(user);
  assertEquals(repository.requests, []);
  user.age(1.01);
  await fetchBy(user);
  assertEquals(repository.requests, ["2.root.json", "timestamp.json"]);
  user.age(1.01);
  repository.targets = { [TRUSTED_ROOT]: "newer" };
  repository.publish();
  assertEquals((await fetchBy(user)).trustedRoot, "newer");
  user.age(-1);
  repository.requests = [];
  await fetchBy(user);
  assert(repository.requests.length > 0, "a time in the future says nothing");
});

Deno.test("fetchTrust() asks at once when what is kept has expired", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  await fetchBy(user);
  repository.publish({ timestamp: daysFromNow(-0.1) });
  user.changeKept((kept) => {
    kept.complete.timestamp = base64(repository, "timestamp.json");
    kept.complete.snapshot = base64(repository, "2.snapshot.json");
    kept.complete.targets = base64(repository, "2.targets.json");
  });
  await assertFails(() => fetchBy(user), VerificationError, "TUF_REFUSED", "expired");
  repository.publish();
  await fetchBy(user);
});

function base64(repository: TestRepository, path: string): string {
  return (repository.files.get(path) as Uint8Array).toBase64();
}

Deno.test("fetchTrust() walks from an expired root to the newest, with other keys", async () => {
  await using repository = new TestRepository();
  repository.rootVersion = 0;
  repository.publishRoot(repository.rootKeys, daysFromNow(-100));
  using user = new User(repository);
  repository.publishRoot([makeKey(), ...repository.rootKeys.slice(1)], daysFromNow(-1));
  repository.publishRoot([makeKey("ecdsa"), makeKey()]);
  assertEquals((await fetchBy(user)).rootVersion, 3);
  repository.requests = [];
  await fetchBy(user, { force: true });
  assertEquals(repository.requests.filter((path) => path.includes("root")), ["4.root.json"]);
  assertEquals((await readCachedTrust(user.repository))?.rootVersion, 3);
});

Deno.test("fetchTrust() starts again where what is kept is damaged, or not from this root", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  for (const text of ["", "{", "[]", "{}", '{"roots": [], "seen": 1}', "null"]) {
    await fetchBy(user);
    Deno.writeTextFileSync(user.keptFile, text);
    assertEquals((await fetchBy(user)).trustedRoot, "{}", text);
  }
  await using other = new TestRepository();
  user.changeKept((kept) => {
    other.publishRoot();
    kept.roots = [{ bytes: base64(other, "2.root.json") }];
    kept.complete.timestamp = base64(other, "timestamp.json");
  });
  assertEquals((await fetchBy(user)).rootVersion, 1);
});

Deno.test("several runs at a time do not disturb each other", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  const trusts = await Promise.all(Array.from({ length: 6 }, () => fetchBy(user, { force: true })));
  assertEquals(new Set(trusts.map(({ trustedRoot }) => trustedRoot)), new Set(["{}"]));
  assertEquals(user.leftovers(), []);
  assertEquals((await readCachedTrust(user.repository))?.trustedRoot, "{}");
});

Deno.test("what another run kept meanwhile is not replaced by something older", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  await fetchBy(user);
  const kept = Deno.readTextFileSync(user.keptFile);
  const timestamp = repository.files.get("timestamp.json") as Uint8Array<ArrayBuffer>;
  repository.targets = { [TRUSTED_ROOT]: "newer" };
  repository.publish();
  await fetchBy(user, { force: true });
  const newer = Deno.readTextFileSync(user.keptFile);
  Deno.writeTextFileSync(user.keptFile, kept);
  // While this run has its answer, the other one ends.
  repository.files.set("timestamp.json", () => {
    Deno.writeTextFileSync(user.keptFile, newer);
    return new Response(timestamp);
  });
  await fetchBy(user, { force: true });
  assertEquals(Deno.readTextFileSync(user.keptFile), newer);
});

// --- Attacks -------------------------------------------------------------------------------------------------------

for (const role of ["timestamp", "snapshot", "targets"] as const) {
  Deno.test(`stale: ${role} metadata that have expired are refused`, async () => {
    await using repository = new TestRepository();
    repository.publish({ [role]: daysFromNow(-1) });
    using user = new User(repository);
    await refused(user, "expired");
  });

  Deno.test(`rollback: older ${role} metadata are refused`, async () => {
    await using repository = new TestRepository();
    repository.publish();
    using user = new User(repository);
    await fetchBy(user);
    // A new timestamp, by the right keys, that points to what is older.
    for (const later of ["timestamp", "snapshot", "targets"] as const) repository.versions[later] += 1;
    repository.versions[role] = 0;
    repository.publish();
    await refused(user, "version");
    assertEquals((await readCachedTrust(user.repository))?.trustedRoot, "{}");
  });

  Deno.test(`${role} metadata by another key are refused`, async () => {
    await using repository = new TestRepository();
    using user = new User(repository);
    repository.keys[role] = makeKey();
    repository.publish();
    await refused(user, "signed by 0/1 keys");
  });
}

Deno.test("rollback: the state of yesterday is refused", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  const goBack = repository.remember();
  repository.publish();
  await fetchBy(user);
  goBack();
  await refused(user, "less than current version");
});

Deno.test("rollback: what was seen before a failure counts", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  await fetchBy(user);
  const goBack = repository.remember();
  repository.publish();
  repository.files.delete("2.snapshot.json");
  await assertFails(() => fetchBy(user, { force: true }), UnavailableError, "SERVICE_FAILED", "404");
  goBack();
  await refused(user, "less than current version");
  assertEquals((await readCachedTrust(user.repository))?.trustedRoot, "{}", "the last whole state stays");
});

Deno.test("stale: a newest root that has expired is refused", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  repository.publishRoot(repository.rootKeys, daysFromNow(-1));
  await refused(user, "root metadata expired");
});

Deno.test("a root that too few of the keys before it have signed is refused, and not kept", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  await fetchBy(user);
  const [known] = repository.rootKeys;
  const others = [known!, makeKey()];
  repository.put("2.root.json", signed(repository.rootContent(others, daysFromNow(300)), others));
  await refused(user, "signed by 1/2 keys");
  repository.files.delete("2.root.json");
  assertEquals((await fetchBy(user, { force: true })).rootVersion, 1);
});

Deno.test("a root that leaves out a version is refused", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  repository.spoil.root = (content) => content.version = 3;
  repository.publishRoot();
  await refused(user, "root 3 does not follow root 1");
});

const SPOILED_ROOTS: Record<string, [(content: Json) => void, string]> = {
  "threshold 0": [(content) => content.roles.targets.threshold = 0, "threshold must be at least 1"],
  "a threshold below 0": [(content) => content.roles.root.threshold = -1, "threshold must be at least 1"],
  "one key id twice": [
    (content) => content.roles.root.keyids.push(content.roles.root.keyids[0]),
    "duplicate key IDs found",
  ],
  "one key under two ids": [
    (content) => {
      const [id] = content.roles.timestamp.keyids;
      content.keys["00"] = content.keys[id];
      content.roles.timestamp = { keyids: [id, "00"], threshold: 2 };
    },
    "timestamp has one key under two ids",
  ],
  "one key under two ids, in two notations": [
    (content) => {
      const [id] = content.roles.snapshot.keyids;
      const pem: string = content.keys[id].keyval.public;
      const raw = Uint8Array.fromBase64(pem.replaceAll(/-----[A-Z ]+-----|\n/g, "")).slice(-32);
      content.keys["00"] = { ...content.keys[id], keyval: { public: raw.toHex() } };
      content.roles.snapshot = { keyids: [id, "00"], threshold: 2 };
    },
    "snapshot has one key under two ids",
  ],
  "another type": [(content) => content._type = "targets", "expected 'root'"],
  "another version of TUF": [(content) => content.spec_version = "2.0.0", "specVersion"],
};

for (const [what, [spoil, words]] of Object.entries(SPOILED_ROOTS)) {
  Deno.test(`a root with ${what} is refused`, async () => {
    await using repository = new TestRepository();
    using user = new User(repository);
    await fetchBy(user);
    repository.spoil.root = spoil;
    repository.publishRoot();
    await refused(user, words);
    assertEquals((await readCachedTrust(user.repository))?.rootVersion, 1);
  });
}

Deno.test("one signature twice does not count as two", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  const [one] = repository.rootKeys;
  repository.put("2.root.json", signed(repository.rootContent(repository.rootKeys, daysFromNow(300)), [one!, one!]));
  await refused(user, "multiple signatures found");
});

Deno.test("a starting root that is not signed as it says is refused", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  const root = JSON.parse(served(repository, "1.root.json"));
  root.signatures.pop();
  const start = new TextEncoder().encode(JSON.stringify(root));
  const refusedStart = () => fetchTrust({ ...user.repository, root: start }, { retryPolicy: REQUEST_POLICY });
  await assertFails(refusedStart, VerificationError, "TUF_REFUSED", "signed by 1/2 keys");
});

const SPOILED_TARGETS: Record<string, [(targets: Json, repository: TestRepository) => void, string]> = {
  "a file that is not listed": [(targets) => delete targets[TRUSTED_ROOT], 'do not list "trusted_root.json"'],
  "a file without digests": [(targets) => targets[TRUSTED_ROOT].hashes = {}, "no digest"],
  "a file with a weak digest": [(targets) => targets[TRUSTED_ROOT].hashes = { md5: "00" }, "no digest"],
  "a digest that is a path": [
    (targets) => targets[TRUSTED_ROOT].hashes = { sha256: "../../../x" },
    "no digest",
  ],
  "a file that is too large": [(targets) => targets[TRUSTED_ROOT].length = 2_000_000, "too large"],
};

for (const [what, [spoil, words]] of Object.entries(SPOILED_TARGETS)) {
  Deno.test(`targets with ${what} are refused`, async () => {
    await using repository = new TestRepository();
    repository.spoil.targets = (content) => spoil(content.targets, repository);
    repository.publish();
    using user = new User(repository);
    await refused(user, words);
  });
}

Deno.test("a target file with other bytes is refused", async () => {
  await using repository = new TestRepository();
  for (const path of repository.files.keys()) {
    if (path.startsWith("targets/")) repository.files.set(path, new TextEncoder().encode("[]"));
  }
  using user = new User(repository);
  await refused(user, "trusted_root.json does not have the stated sha256 digest");
});

// A holder of a delegated key must not name the trusted root, in whatever order roles are asked.
Deno.test("delegations are not followed, whatever their names are", async () => {
  await using repository = new TestRepository();
  const key = makeKey();
  repository.spoil.targets = (content) => {
    content.targets = {};
    content.delegations = {
      keys: { [key.id]: key.json },
      roles: [{ name: "../../evil", keyids: [key.id], threshold: 1, paths: ["*"], terminating: false }],
    };
  };
  repository.publish();
  using user = new User(repository);
  await refused(user, 'do not list "trusted_root.json"');
  assertEquals(repository.requests.filter((path) => path.includes("evil")), []);
});

Deno.test("what is kept is verified at each use", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  await fetchBy(user);
  user.changeKept((kept) => kept.complete.files[TRUSTED_ROOT] = btoa("planted"));
  await assertFails(
    () => readCachedTrust(user.repository),
    VerificationError,
    "CACHE_INVALID",
    "kept.json",
    "`offline`",
  );
  assertEquals((await fetchBy(user)).trustedRoot, "{}");
  user.changeKept((kept) => delete kept.complete.files[TRUSTED_ROOT]);
  await assertFails(() => readCachedTrust(user.repository), VerificationError, "CACHE_INVALID", "is missing");
  assertEquals((await fetchBy(user)).trustedRoot, "{}");
  for (const name of ["constructor", "__proto__", "../../../x"]) {
    user.changeKept((kept) => kept.complete.files = JSON.parse(`{"${name}": "AAAA"}`));
    await assertFails(() => readCachedTrust(user.repository), VerificationError, "CACHE_INVALID", name, "do not list");
  }
});

Deno.test("what is kept is of one time, and by the right keys", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  await fetchBy(user);
  const old = JSON.parse(Deno.readTextFileSync(user.keptFile)).complete;
  repository.publish();
  await fetchBy(user, { force: true });
  const whole = Deno.readTextFileSync(user.keptFile);
  const { signed: content } = JSON.parse(served(repository, "timestamp.json"));
  const foreign = btoa(JSON.stringify(signed(content, [makeKey()])));
  const planted: [role: string, file: string, words: string][] = [
    ["timestamp", old.timestamp, "snapshot metadata does not have the stated sha256 digest"],
    ["timestamp", foreign, "signed by 0/1 keys"],
    ["snapshot", old.snapshot, "snapshot metadata does not have the stated sha256 digest"],
    ["targets", old.targets, "targets metadata does not have the stated sha256 digest"],
  ];
  for (const [role, file, words] of planted) {
    Deno.writeTextFileSync(user.keptFile, whole);
    user.changeKept((kept) => kept.complete[role] = file);
    await assertFails(() => readCachedTrust(user.repository), VerificationError, "CACHE_INVALID", words);
  }
});

for (const role of ["snapshot", "targets"] as const) {
  Deno.test(`what is kept needs ${role} by the right key, even where all else fits`, async () => {
    await using repository = new TestRepository();
    using user = new User(repository);
    await fetchBy(user);
    repository.keys[role] = makeKey();
    repository.publish();
    user.changeKept((kept) => {
      kept.complete.timestamp = base64(repository, "timestamp.json");
      kept.complete.snapshot = base64(repository, "2.snapshot.json");
      kept.complete.targets = base64(repository, "2.targets.json");
    });
    await assertFails(() => readCachedTrust(user.repository), VerificationError, "CACHE_INVALID", "signed by 0/1 keys");
  });
}

Deno.test("what is kept leads root by root from the one to start from", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  repository.publishRoot([makeKey(), makeKey()]);
  repository.publishRoot([makeKey()]);
  await fetchBy(user);
  const whole = Deno.readTextFileSync(user.keptFile);
  const spoiled: [(kept: Json) => void, string][] = [
    [(kept) => kept.roots.shift(), "root 3 does not follow root 1"],
    [(kept) => kept.roots.reverse(), "root 3 does not follow root 1"],
    [(kept) => kept.roots[0] = kept.roots[1], "root 3 does not follow root 1"],
    [(kept) => kept.roots[1] = kept.roots[0], "root 2 does not follow root 2"],
  ];
  for (const [spoil, words] of spoiled) {
    Deno.writeTextFileSync(user.keptFile, whole);
    user.changeKept(spoil);
    await assertFails(() => readCachedTrust(user.repository), VerificationError, "CACHE_INVALID", words);
    assertEquals((await fetchBy(user)).rootVersion, 3, "online it is fetched again");
  }
  // Signed by the keys of the one before, as it must be, but not by its own.
  Deno.writeTextFileSync(user.keptFile, whole);
  const { rootKeys } = repository;
  const halfSigned = signed(repository.rootContent([makeKey()], daysFromNow(300)), rootKeys);
  user.changeKept((kept) => kept.roots.push({ bytes: btoa(JSON.stringify(halfSigned)) }));
  await assertFails(() => readCachedTrust(user.repository), VerificationError, "CACHE_INVALID", "signed by 0/1 keys");
  // A program that ships a newer root passes over those that it has overtaken.
  const newer = { ...user.repository, root: repository.files.get("3.root.json") as Uint8Array<ArrayBuffer> };
  Deno.writeTextFileSync(user.keptFile, whole);
  assertEquals((await readCachedTrust(newer))?.rootVersion, 3);
});

Deno.test("offline, what is kept may have expired since, but not when it was fetched", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  assertEquals(await readCachedTrust(user.repository), undefined);
  await fetchBy(user);
  repository.requests = [];
  const cached = await readCachedTrust(user.repository);
  assertEquals(cached?.trustedRoot, "{}");
  user.age(-8);
  await assertFails(() => readCachedTrust(user.repository), VerificationError, "CACHE_INVALID", "expired");
  Deno.writeTextFileSync(user.keptFile, "{");
  await assertFails(() => readCachedTrust(user.repository), VerificationError, "CACHE_INVALID", "kept.json");
  assertEquals(repository.requests, []);
});

// --- Failures of the network ---------------------------------------------------------------------------------------

Deno.test("a repository that cannot be reached is a failure of the environment, which names `offline`", async () => {
  let user: User;
  {
    await using repository = new TestRepository();
    user = new User(repository);
  }
  using gone = user;
  await assertFails(() => fetchBy(gone), UnavailableError, "SERVICE_FAILED", gone.repository.mirror.host, "`offline`");
});

const ANSWERS: Record<string, [() => Response, string]> = {
  "an error": [() => new Response("busy", { status: 503 }), "status 503"],
  "nothing there": [() => new Response("none", { status: 404 }), "status 404"],
  "a way elsewhere": [
    () => Response.redirect("https://elsewhere.example/timestamp.json"),
    "redirects are not followed",
  ],
  "no end": [() => new Response(endless()), "exceeds the limit of 16384 bytes"],
};

function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(65_536);
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

for (const [what, [answer, words]] of Object.entries(ANSWERS)) {
  Deno.test(`a repository that answers with ${what} is a failure of the environment`, async () => {
    await using repository = new TestRepository();
    using user = new User(repository);
    await fetchBy(user);
    repository.files.set("timestamp.json", answer);
    const failing = () => fetchBy(user, { force: true });
    await assertFails(failing, UnavailableError, "SERVICE_FAILED", "TUF repository", words, "`offline`");
  });
}

Deno.test("a repository that answers with no JSON is refused", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  repository.files.set("timestamp.json", new TextEncoder().encode("<html>\u001b[31m\n"));
  await refused(user);
});

Deno.test("a repository that answers too slowly is given up, and so is one when the user stops", async () => {
  await using repository = new TestRepository();
  using user = new User(repository);
  const { promise, resolve } = Promise.withResolvers<Response>();
  repository.files.set("timestamp.json", () => promise);
  const slow = () => fetchBy(user, { timeLimitMs: 100 });
  await assertFails(slow, UnavailableError, "SERVICE_FAILED", "longer than 0.1 seconds");
  const stop = new AbortController();
  const fetching = fetchBy(user, { signal: stop.signal });
  stop.abort(new UnavailableError("IO", "stopped"));
  // The repository shuts down only after its last answer, also when an assertion fails.
  await assertFails(() => fetching, UnavailableError, "IO").finally(() => resolve(new Response("{}")));
});
