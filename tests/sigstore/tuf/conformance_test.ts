/**
 * The scenarios of the public suite tuf-conformance, but for delegations, which this client does not follow, and more of
 * the same kind.
 */
import { assert, assertEquals } from "@std/assert";
import {
  Client,
  encode,
  inDays,
  inHex,
  type Json,
  makeSigner,
  NOW,
  parse,
  type Role,
  ROLES,
  type Signer,
  Simulator,
} from "./_simulator.ts";

const BELOW_ROOT = ["timestamp", "snapshot", "targets"] as const;
/** Targets, and what refers to them, in the order of publication. */
const ALL = ["targets", "snapshot", "timestamp"] as const;

/** Runs a scenario with a repository and a client that has seen version 1 of everything. */
function scenario(name: string, run: (repo: Simulator, client: Client) => Promise<void>): void {
  Deno.test(`tuf: ${name}`, async () => {
    await using repo = new Simulator();
    using client = new Client(repo);
    assertEquals(await client.refresh(), "ok");
    assertEquals(client.versions(), [1, 1, 1, 1]);
    repo.requests = [];
    await run(repo, client);
  });
}

// --- The beginning -------------------------------------------------------------------------------------------------

Deno.test("tuf: a first refresh asks for each role once", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  assertEquals((await client.fetch()).trustedRoot, "{}");
  const [target, ...others] = repo.requests.reverse();
  assert(/^targets\/[0-9a-f]{64}\.trusted_root\.json$/.test(target!), target);
  assertEquals(others.reverse(), ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]);
});

Deno.test("tuf: an initial root that is malformed or not signed by its keys is refused before any request", async () => {
  await using repo = new Simulator();
  const root = repo.bytes("1.root.json");
  const spoils: ((root: Json) => void)[] = [
    ({ signed }) => delete signed.version,
    ({ signed }) => signed.version = 0,
    ({ signed }) => signed.version = 1.5,
    ({ signed }) => signed._type = "targets",
    ({ signed }) => signed.expires = "soon",
    ({ signed }) => delete signed.roles.snapshot,
    ({ signatures }) => signatures[0].sig = "3045022100ee448afe2d25dd1f05afedac83a24e7d",
    ({ signatures }) => signatures[0].sig = "",
    ({ signatures }) => signatures.length = 0,
    (document) => delete document.signatures,
  ];
  for (const spoil of spoils) {
    const document = parse(root);
    spoil(document);
    using client = new Client(repo, encode(JSON.stringify(document)));
    assertEquals(await client.refresh(), "TUF_REFUSED", spoil.toString());
  }
  for (const text of ["", "null", "[]", '"root"', "{", "\u00ff", "[".repeat(200_000)]) {
    using client = new Client(repo, encode(text));
    assertEquals(await client.refresh(), "TUF_REFUSED", text.slice(0, 10));
  }
  assertEquals(repo.requests, []);
});

// --- Fast-forward recovery -----------------------------------------------------------------------------------------

scenario("fast-forward recovery: timestamp", async (repo, client) => {
  repo.md.timestamp.version = 99_998;
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.version("timestamp"), 99_999);
  repo.rotate("timestamp");
  repo.publish("root");
  repo.md.timestamp.version = 0;
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.versions(), [2, 1, 1, 1]);
  assertEquals(client.kept().complete.timestamp, client.kept().seen.timestamp);
  assertEquals(await client.offline(), "{}");
});

scenario("fast-forward recovery: snapshot", async (repo, client) => {
  repo.md.snapshot.version = 99_998;
  repo.publish("snapshot", "timestamp");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.version("snapshot"), 99_999);
  repo.rotate("snapshot");
  repo.rotate("timestamp");
  repo.publish("root");
  repo.md.snapshot.version = 0;
  repo.publish("snapshot", "timestamp");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.version("snapshot"), 1);
});

// Specification 5.3.11 deletes both: the python client keeps the timestamp here, which then refuses the snapshot.
scenario("fast-forward recovery: snapshot, with new keys of the snapshot only", async (repo, client) => {
  repo.md.snapshot.version = 99_998;
  repo.publish("snapshot", "timestamp");
  assertEquals(await client.refresh(), "ok");
  repo.rotate("snapshot");
  repo.publish("root");
  repo.md.snapshot.version = 0;
  repo.publish("snapshot", "timestamp");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.version("snapshot"), 1);
});

scenario("fast-forward recovery: targets", async (repo, client) => {
  repo.md.targets.version = 99_998;
  repo.publish(...ALL);
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.version("targets"), 99_999);
  repo.rotate("snapshot");
  repo.publish("root");
  repo.md.targets.version = 0;
  repo.publish(...ALL);
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.version("targets"), 1);
});

scenario(
  "fast-forward recovery: one of several keys is withdrawn, and the others signed as well",
  async (repo, client) => {
    const stays = repo.addSigner("timestamp");
    repo.publish("root");
    repo.md.timestamp.version = 99_998;
    repo.publish("timestamp"); // By both keys, so that it would still be valid.
    assertEquals(await client.refresh(), "ok");
    repo.useSigners("timestamp", [stays]);
    repo.publish("root");
    repo.md.timestamp.version = 0;
    repo.publish("timestamp");
    assertEquals(await client.refresh(), "ok");
    assertEquals(client.versions(), [3, 1, 1, 1]);
    assertEquals(client.kept().complete.timestamp, client.kept().seen.timestamp);
  },
);

scenario("fast-forward recovery: a root that is hidden again is not forgotten", async (repo, client) => {
  repo.md.timestamp.version = 99_998;
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  const old = new Map(repo.files);
  repo.rotate("timestamp");
  repo.publish("root");
  repo.md.timestamp.version = 0;
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  // An attacker with the withdrawn key serves its metadata, without the root that withdrew it.
  repo.files.clear();
  for (const [path, file] of old) repo.files.set(path, file);
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals(client.versions(), [2, 1, 1, 1]);
});

scenario("a key that is added withdraws none: what was seen counts", async (repo, client) => {
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  repo.addSigner("timestamp");
  repo.publish("root");
  repo.md.timestamp.version = 0;
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals(client.versions(), [2, 2, 1, 1]);
});

scenario("a threshold that rises withdraws no key: what was seen counts", async (repo, client) => {
  repo.addSigner("timestamp");
  const [one, two] = repo.signers.timestamp;
  repo.publish("root");
  repo.signers.timestamp = [one!];
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  repo.signers.timestamp = [one!, two!];
  repo.role("timestamp").threshold = 2;
  repo.publish("root");
  assertEquals(await client.refresh(), "TUF_REFUSED", "too few have signed");
  repo.md.timestamp.version = 0;
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "TUF_REFUSED", "an older one");
  repo.republish("root");
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok", "the same version, with enough signatures");
  assertEquals(client.versions(), [3, 2, 1, 1]);
});

scenario("the same key under another id, or in another notation, withdraws none", async (repo, client) => {
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  repo.useSigners("timestamp", [inHex(repo.signers.timestamp[0]!)]);
  repo.publish("root");
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.versions(), [2, 3, 1, 1]);
});

// --- Rollback ------------------------------------------------------------------------------------------------------

scenario("rollback: timestamp", async (repo, client) => {
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "ok");
  repo.md.timestamp.version = 0;
  repo.publish("timestamp");
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals([client.version("timestamp"), repo.requests.at(-1)], [2, "timestamp.json"]);
});

scenario("rollback: a snapshot that the timestamp does not mention is not asked for", async (repo, client) => {
  repo.publish("snapshot", "timestamp");
  assertEquals(await client.refresh(), "ok");
  repo.md.snapshot.version = 0;
  repo.publish("snapshot");
  assertEquals(await client.refresh(), "ok");
  assertEquals([client.version("snapshot"), repo.requests.at(-1)], [2, "timestamp.json"]);
});

for (const statesDigests of [false, true]) {
  const how = statesDigests ? "with digests" : "without digests";

  scenario(`rollback: snapshot, ${how}`, async (repo, client) => {
    repo.statesDigests = statesDigests;
    repo.publish("snapshot", "timestamp");
    assertEquals(await client.refresh(), "ok");
    repo.md.snapshot.version = 0;
    repo.publish("snapshot", "timestamp");
    assertEquals(await client.refresh(), "TUF_REFUSED");
    assertEquals([client.versions(), repo.requests.at(-1)], [[1, 2, 2, 1], "timestamp.json"]);
  });

  scenario(`rollback: targets, ${how}`, async (repo, client) => {
    repo.statesDigests = statesDigests;
    repo.publish(...ALL);
    assertEquals(await client.refresh(), "ok");
    repo.md.targets.version = 0;
    repo.publish(...ALL);
    assertEquals(await client.refresh(), "TUF_REFUSED");
    assertEquals(client.versions(), [1, 3, 2, 2]);
  });
}

scenario("rollback: a role that the snapshot listed and no longer lists", async (repo, client) => {
  repo.md.snapshot.meta["other.json"] = { version: 3 };
  repo.publish("snapshot", "timestamp");
  assertEquals(await client.refresh(), "ok");
  for (
    const change of [
      () => repo.md.snapshot.meta["other.json"].version = 2,
      () => delete repo.md.snapshot.meta["other.json"],
    ]
  ) {
    change();
    repo.publish("snapshot", "timestamp");
    assertEquals(await client.refresh(), "TUF_REFUSED");
    assertEquals(client.version("snapshot"), 2);
  }
  repo.md.snapshot.meta["other.json"] = { version: 3 };
  repo.publish("snapshot", "timestamp");
  assertEquals(await client.refresh(), "ok");
});

scenario("rollback: root", async (repo, client) => {
  repo.publish("root");
  assertEquals(await client.refresh(), "ok");
  repo.files.set("3.root.json", repo.bytes("1.root.json"));
  assertEquals(await client.refresh(), "TUF_REFUSED");
  repo.files.set("3.root.json", repo.bytes("2.root.json"));
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals(client.version("root"), 2);
});

scenario("rollback: metadata that was seen counts, though a later step failed", async (repo, client) => {
  const old = repo.bytes("timestamp.json");
  repo.publish(...ALL);
  const newer = repo.bytes("timestamp.json");
  for (const [path, versions] of [["2.snapshot.json", [1, 2, 1, 1]], ["2.targets.json", [1, 2, 2, 1]]] as const) {
    const file = repo.bytes(path);
    repo.files.delete(path);
    assertEquals(await client.refresh(), "SERVICE_FAILED");
    assertEquals(client.versions(), [...versions]);
    repo.files.set("timestamp.json", old);
    assertEquals(await client.refresh(), "TUF_REFUSED");
    assertEquals(await client.offline(), "{}", "the last complete state stays");
    repo.files.set("timestamp.json", newer);
    repo.files.set(path, file);
  }
  assertEquals(await client.refresh(), "ok");
});

scenario("the same version with other content is not taken", async (repo, client) => {
  const before = client.kept().seen.timestamp;
  repo.md.timestamp.custom = "other";
  repo.republish("timestamp");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.kept().seen.timestamp, before);
});

// --- Expiry and freeze ---------------------------------------------------------------------------------------------

for (const role of BELOW_ROOT) {
  scenario(`freeze: a ${role} that has expired`, async (repo, client) => {
    repo.md[role].expires = inDays(-1);
    repo.publish(...ALL);
    assertEquals(await client.refresh(), "TUF_REFUSED");
    assertEquals(client.version(role), 1);
  });

  scenario(`freeze: nothing new, until the ${role} expires`, async (repo, client) => {
    repo.md[role].expires = inDays(5);
    repo.publish(...ALL);
    assertEquals(await client.refresh(4), "ok");
    assertEquals(await client.refresh(5), "TUF_REFUSED", "the very second counts as expired");
    assertEquals(await client.offline(), "{}");
  });

  scenario(`an expired ${role} is a lower bound for the next`, async (repo, client) => {
    repo.md[role].expires = inDays(5);
    repo.publish(...ALL);
    assertEquals(await client.refresh(), "ok");
    repo.md[role].expires = inDays(25);
    repo.publish(...ALL);
    assertEquals(await client.refresh(18), "ok");
    assertEquals(client.versions(), [1, 3, 3, 3]);
    for (const each of ALL) repo.md[each].version = 1;
    repo.publish(...ALL);
    assertEquals(await client.refresh(18), "TUF_REFUSED");
  });
}

scenario("freeze: a root that has expired is kept, and nothing below it is asked for", async (repo, client) => {
  repo.publish("root");
  repo.md.root.expires = inDays(-1);
  repo.publish("root");
  repo.publish(...ALL);
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals([client.versions(), repo.requests.at(-1)], [[3, 1, 1, 1], "4.root.json"]);
  repo.md.root.expires = inDays(30);
  repo.publish("root");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.versions(), [4, 2, 2, 2]);
});

Deno.test("tuf: an expired initial root is fit to begin with, online", async () => {
  await using repo = new Simulator();
  repo.md.root.expires = inDays(-400);
  repo.republish("root");
  using client = new Client(repo);
  assertEquals(await client.refresh(), "TUF_REFUSED");
  repo.md.root.expires = inDays(-2);
  repo.publish("root");
  repo.md.root.expires = inDays(2);
  repo.publish("root");
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.version("root"), 3);
});

// --- Mix and match -------------------------------------------------------------------------------------------------

for (const [role, referrer] of [["snapshot", "timestamp"], ["targets", "snapshot"]] as const) {
  const spoils: Record<string, (repo: Simulator) => void> = {
    "another version": (repo) => {
      repo.md[role].version++;
      const document = repo.sign(role);
      repo.md[role].version--;
      repo.serve(role, document);
    },
    "other content of the same version": (repo) => {
      repo.md[role].custom = "x";
      repo.serve(role, repo.sign(role));
    },
    "another key": (repo) => repo.serve(role, repo.sign(role, [makeSigner()])),
    "no JSON": (repo) => repo.files.set(`2.${role}.json`, encode("<html>")),
    "another role": (repo) => repo.serve(role, repo.sign(role === "targets" ? "snapshot" : "targets")),
  };
  for (const statesDigests of [true, false]) {
    for (const [what, spoil] of Object.entries(spoils)) {
      // Without a digest, the version is all that ties a file to the one that refers to it.
      const isFit = !statesDigests && what.startsWith("other content");
      scenario(
        `mix and match: ${role} with ${what}, ${statesDigests ? "with" : "without"} digests`,
        async (repo, client) => {
          repo.statesDigests = statesDigests;
          repo.publish(...ALL);
          spoil(repo);
          // What is longer than stated is not received to its end.
          const result = await client.refresh();
          assert(isFit ? result === "ok" : ["TUF_REFUSED", "SERVICE_FAILED"].includes(result), result);
          assertEquals(client.version(role), isFit ? 2 : 1);
          assertEquals(client.version(referrer), 2);
        },
      );
    }
  }
}

const META_SPOILS: Record<string, (meta: Json) => void> = {
  "a length that is too small": (meta) => meta.length--,
  "a length that is too large": (meta) => meta.length++,
  "a negative length": (meta) => meta.length = -1,
  "no known digest": (meta) => meta.hashes = { md5: "00" },
  "an empty list of digests": (meta) => meta.hashes = {},
  "a wrong second digest": (meta) => meta.hashes.sha512 = "00".repeat(64),
  "a digest that is cut off": (meta) => meta.hashes.sha256 = meta.hashes.sha256.slice(0, 32),
  "version 0": (meta) => meta.version = 0,
  "half a version": (meta) => meta.version = 1.5,
  "a version that is a text": (meta) => meta.version = "2",
};

for (const [role, referrer] of [["snapshot", "timestamp"], ["targets", "snapshot"]] as const) {
  for (const [what, spoil] of Object.entries(META_SPOILS)) {
    scenario(`${referrer} that states ${what}`, async (repo, client) => {
      repo.publish(...ALL);
      spoil(repo.md[referrer].meta[`${role}.json`]);
      repo.serve(referrer, repo.sign(referrer));
      if (referrer === "snapshot") repo.publish("timestamp");
      assertEquals((await client.refresh()) === "ok", false);
      assertEquals(client.version(role), 1);
    });
  }
}

scenario("meta that is missing, or lists nothing", async (repo, client) => {
  for (
    const [role, meta] of [["timestamp", undefined], ["timestamp", {}], ["snapshot", undefined], [
      "snapshot",
      {},
    ]] as const
  ) {
    repo.publish(...ALL);
    repo.md[role].meta = meta;
    repo.serve(role, repo.sign(role));
    repo.md[role].meta = {};
    if (role === "snapshot") repo.publish("timestamp");
    assertEquals(await client.refresh(), "TUF_REFUSED", `${role} ${meta}`);
  }
});

scenario("unknown digests beside a known one are passed over", async (repo, client) => {
  repo.publish(...ALL);
  repo.md.timestamp.meta["snapshot.json"].hashes["blake2b-256"] = "00".repeat(32);
  repo.serve("timestamp", repo.sign("timestamp"));
  assertEquals(await client.refresh(), "ok");
});

// --- Keys ----------------------------------------------------------------------------------------------------------

/** Keys of a role by number, its threshold, and the numbers of the keys that sign. */
type Step = readonly [keys: number[], threshold: number, signers: number[]];

const FIVE = [0, 1, 2, 3, 4];
const ROOT_ROTATIONS: Record<string, [isFit: boolean, ...Step[]]> = {
  "1 of 1": [true, [[1], 1, [1]], [[2], 1, [2, 1]], [[2], 1, [2]]],
  "1 of 1, with signatures of strangers": [true, [[1], 1, [3, 1, 4]], [[2], 1, [3, 2, 1, 4]], [[2], 1, [3, 2, 4]]],
  "3 of 5, by other ones each time": [true, [FIVE, 3, [0, 2, 4]], [FIVE, 3, [0, 4, 1]], [FIVE, 3, [0, 1, 3]]],
  "3 of 5, one replaced": [true, [FIVE, 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 4, 1]]],
  "3 of 5, one replaced by an intermediate root": [
    true,
    [FIVE, 3, [0, 2, 4]],
    [[0, 1, 3, 4, 5], 3, [0, 2, 4, 5]],
    [[0, 1, 3, 4, 5], 3, [0, 4, 5]],
  ],
  "3 of 5, all replaced": [true, [FIVE, 3, [0, 2, 4]], [[5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]], [[5, 6, 7, 8, 9], 3, [
    5,
    6,
    7,
  ]]],
  "threshold from 1 to 2 of 3": [true, [[1, 2, 3], 1, [1]], [[1, 2, 3], 2, [1, 2]]],
  "threshold from 2 to 1 of 3": [true, [[1, 2, 3], 2, [1, 2]], [[1, 2, 3], 1, [1, 2]], [[1, 2, 3], 1, [1]]],
  "1 of 1 to 2 of 2": [true, [[1], 1, [1]], [[1, 2], 2, [1, 2]]],
  "not by the old key": [false, [[1], 1, [1]], [[2], 1, [2, 3, 4]]],
  "not by the new key": [false, [[1], 1, [1]], [[2], 1, [1, 3, 4]]],
  "by too few new keys": [false, [FIVE, 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 2, 4]]],
  "by too few old keys": [false, [FIVE, 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 4, 5]]],
  "new threshold not reached": [false, [[1, 2, 3], 1, [1]], [[1, 2, 3], 2, [2]]],
  "old threshold not reached": [false, [[1, 2, 3], 2, [1, 2]], [[1, 2, 3], 1, [1]]],
};

const SIGNERS: readonly Signer[] = Array.from({ length: 10 }, () => makeSigner());
const pick = (numbers: readonly number[]): Signer[] => numbers.map((i) => SIGNERS[i]!);

for (const [name, [isFit, ...steps]] of Object.entries(ROOT_ROTATIONS)) {
  Deno.test(`tuf: root keys rotate: ${name}`, async () => {
    await using repo = new Simulator();
    repo.md.root.version = 0;
    for (const [keys, threshold, signers] of steps) {
      repo.useSigners("root", pick(keys), threshold);
      repo.signers.root = pick(signers);
      repo.publish("root");
    }
    using client = new Client(repo);
    assertEquals(await client.refresh(), isFit ? "ok" : "TUF_REFUSED");
    if (isFit || steps.length > 2) assertEquals(client.version("root"), isFit ? steps.length : steps.length - 1);
    else {assertEquals(
        [...Deno.readDirSync(client.repository.cacheDirectory)],
        [],
        "nothing was verified, nothing is kept",
      );}
  });
}

const OTHER_ROTATIONS: Record<string, [isFit: boolean, Step]> = {
  "1 of 1": [true, [[2], 1, [2]]],
  "1 of 1, with signatures of strangers": [true, [[1], 1, [3, 1, 4]]],
  "not by the new key": [false, [[2], 1, [1, 3, 4]]],
  "one of three by a stranger": [false, [[0, 1, 3, 4, 5], 3, [0, 2, 4]]],
  "one signature too few": [false, [[0, 1, 3, 4, 5], 3, [0, 4]]],
  "3 of 5": [true, [FIVE, 3, [0, 2, 4]]],
  "3 of 5, by others": [true, [FIVE, 3, [4, 3, 1]]],
  "more than there are": [false, [[1, 2], 3, [1, 2]]],
};

for (const role of BELOW_ROOT) {
  for (const [name, [isFit, [keys, threshold, signers]]] of Object.entries(OTHER_ROTATIONS)) {
    scenario(`${role} keys rotate: ${name}`, async (repo, client) => {
      repo.useSigners(role, pick(keys), threshold);
      repo.signers[role] = pick(signers);
      repo.publish("root", ...ALL);
      assertEquals(await client.refresh(), isFit ? "ok" : "TUF_REFUSED");
      assertEquals(client.version("root"), 2, "the root is fit in any case");
      // A withdrawn key takes along what was seen of timestamp and snapshot.
      if (isFit) assertEquals(client.versions(), [2, 2, 2, 2]);
      else assert(client.version(role) !== 2);
    });
  }
}

for (
  const [scheme, spoil] of [
    ["ed25519"],
    ["ecdsa-sha2-nistp256"],
    ["ecdsa-sha2-nistp384"],
    ["ecdsa-sha2-nistp521"],
    ["rsassa-pss-sha256"],
    ["rsassa-pss-sha512"],
    ["ecdsa-sha2-nistp256", (key: Json) => key.keytype = "ecdsa-sha2-nistp256"],
  ] as [string, ((key: Json) => void)?][]
) {
  scenario(
    `a key of scheme ${scheme}${spoil === undefined ? "" : ", as older repositories write it"}`,
    async (repo, client) => {
      for (const role of ROLES) {
        repo.addSigner(role, makeSigner(scheme, spoil));
        repo.role(role).threshold = 2;
      }
      repo.publish("root", ...ALL);
      assertEquals(await client.refresh(), "ok");
      assertEquals(client.versions(), [2, 2, 2, 2]);
      // Another signature of the same kind.
      const document = repo.sign("root");
      repo.md.root.version++;
      const next = repo.sign("root");
      next.signatures[1].sig = document.signatures[1].sig;
      repo.serve("root", next);
      assertEquals(await client.refresh(), "TUF_REFUSED");
      assertEquals(client.version("root"), 2);
    },
  );
}

scenario("keys of unknown types or schemes, and damaged ones, are passed over", async (repo, client) => {
  const spoils: ((key: Json) => void)[] = [
    (key) => [key.keytype, key.scheme] = ["sphincs", "sphincs-shake-128s"],
    (key) => [key.keytype, key.scheme, key.keyval] = ["sigstore-oidc", "Fulcio", { identity: "me", issuer: "it" }],
    (key) => key.scheme = "ecdsa-sha2-nistp256",
    (key) => key.keytype = "rsa",
    (key) => key.keyval = { public: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" },
    (key) => key.keyval = { public: "zz" },
    (key) => key.keyval = {},
  ];
  for (const role of ROLES) {
    for (const spoil of spoils) repo.addSigner(role, makeSigner("ed25519", spoil));
  }
  repo.role("snapshot").keyids.push("ff", "constructor", "__proto__"); // No such keys.
  repo.publish("root", ...ALL);
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.versions(), [2, 2, 2, 2]);
  repo.role("snapshot").threshold = 2;
  repo.publish("root", ...ALL);
  assertEquals(await client.refresh(), "TUF_REFUSED", "they do not count either");
  assertEquals(client.versions(), [3, 3, 2, 2]);
});

scenario("one valid signature is enough beside an invalid one", async (repo, client) => {
  for (const sig of ["00", "", "no hex", repo.sign("timestamp").signatures[0].sig]) {
    const before = repo.signers.timestamp;
    repo.addSigner("timestamp");
    repo.publish("root", "timestamp");
    const document = repo.sign("timestamp");
    document.signatures[0].sig = sig;
    repo.serve("timestamp", document);
    assertEquals(await client.refresh(), "ok", sig);
    repo.useSigners("timestamp", [...before]);
  }
});

scenario("a signature of a key counts once, whatever its ids and notation", async (repo, client) => {
  for (const twin of [(signer: Signer) => ({ ...signer, id: "00" }), (signer: Signer) => inHex(signer)]) {
    for (const [isFit, threshold] of [[true, 2], [false, 3]] as const) {
      const [one, two] = [makeSigner(), makeSigner()];
      repo.useSigners("snapshot", [one, twin(one), two], threshold);
      const { version } = repo.md.root;
      repo.publish("root", ...ALL);
      assertEquals(await client.refresh(), isFit ? "ok" : "TUF_REFUSED");
      if (isFit) continue;
      // A threshold that needs one key twice makes the root itself invalid.
      assertEquals(client.version("root"), version);
      repo.md.root.version = version;
    }
  }
});

scenario("key ids and signatures that occur twice", async (repo, client) => {
  repo.publish(...ALL);
  const snapshot = repo.sign("snapshot");
  snapshot.signatures.push(snapshot.signatures[0]);
  repo.statesDigests = false;
  repo.publish("timestamp");
  repo.serve("snapshot", snapshot);
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals(client.version("snapshot"), 1);
  const { keyids } = repo.role("targets");
  keyids.push(keyids[0]!);
  repo.publish("root");
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals(client.version("root"), 1);
});

scenario("invalid thresholds", async (repo, client) => {
  for (const role of ROLES) {
    for (const threshold of [0, -1, 0.5, 1.5, null, "1", [1]]) {
      repo.md.root.version = 1;
      repo.role(role).threshold = threshold as number;
      repo.publish("root");
      assertEquals(await client.refresh(), "TUF_REFUSED", `${role} ${threshold}`);
      assertEquals(client.version("root"), 1);
      repo.role(role).threshold = 1;
    }
  }
});

scenario("unknown members count for the signature, and are passed over", async (repo, client) => {
  for (const role of ROLES) repo.md[role]["custom-field"] = { a: [1, "\u00e9", null], "\u{1f600}": true, 'a"b\\': -1 };
  repo.md.timestamp.meta["other.json"] = { version: 1 };
  repo.md.root.keys[repo.signers.root[0]!.id].extra = { b: 2 };
  repo.md.root.keys[repo.signers.root[0]!.id].keyid_hash_algorithms = ["md5"];
  repo.role("root").another = "value";
  repo.md.targets.targets["trusted_root.json"].custom = { sigstore: { status: "Active" } };
  repo.publish("root", ...ALL);
  assertEquals(await client.refresh(), "ok");
  assertEquals(client.versions(), [2, 2, 2, 2]);
  const root = repo.sign("root");
  root.signed["custom-field"] = "changed";
  root.signed.version++;
  repo.files.set("3.root.json", encode(JSON.stringify(root)));
  assertEquals(await client.refresh(), "TUF_REFUSED");
});

scenario("spec versions: the same major version is enough", async (repo, client) => {
  for (
    const [version, isFit] of [["1.0.0", true], ["1.0", true], ["1.9.9", true], ["2.0.0", false], ["1", false], [
      "x",
      false,
    ]] as const
  ) {
    repo.md.timestamp.spec_version = version;
    repo.publish("timestamp");
    assertEquals(await client.refresh(), isFit ? "ok" : "TUF_REFUSED", version);
  }
});

// --- Roots ---------------------------------------------------------------------------------------------------------

scenario("root versions: a jump, a version that does not rise, an invalid version", async (repo, client) => {
  for (const version of [1, 3, 0, -1, 2.5, "2", null, 2 ** 53]) {
    repo.md.root.version = version;
    repo.files.set("2.root.json", encode(JSON.stringify(repo.sign("root"))));
    assertEquals(await client.refresh(), "TUF_REFUSED", `${version}`);
    assertEquals(client.version("root"), 1);
  }
});

scenario("the walk through the roots ends at 404 or 403, and fails at anything else", async (repo, client) => {
  for (
    const [status, result] of [[404, "ok"], [403, "ok"], [400, "SERVICE_FAILED"], [500, "SERVICE_FAILED"], [
      302,
      "SERVICE_FAILED",
    ]] as const
  ) {
    repo.files.set("2.root.json", () => new Response("", { status, headers: { location: "/" } }));
    assertEquals(await client.refresh(), result, `${status}`);
  }
  repo.files.set("2.root.json", encode("<html>"));
  assertEquals(await client.refresh(), "TUF_REFUSED");
});

scenario("many roots are walked through one by one, and kept although the last is refused", async (repo, client) => {
  for (let version = 2; version <= 40; version++) {
    if (version % 10 === 0) {
      const old = repo.signers.root;
      repo.rotate("root");
      repo.md.root.version++;
      repo.serve("root", repo.sign("root", [...old, ...repo.signers.root]));
    } else repo.publish("root");
  }
  repo.files.set("41.root.json", encode(JSON.stringify(repo.sign("root", []))));
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals(client.versions(), [40, 1, 1, 1]);
  repo.files.delete("41.root.json");
  repo.requests = [];
  assertEquals(await client.refresh(), "ok");
  assertEquals(repo.requests, ["41.root.json", "timestamp.json"]);
});

// --- Targets -------------------------------------------------------------------------------------------------------

for (const algorithms of [["sha256"], ["sha512"], ["sha512", "sha256"]]) {
  scenario(`a target with ${algorithms.join(" and ")}`, async (repo, client) => {
    repo.addTarget("trusted_root.json", "new", algorithms);
    repo.publish(...ALL);
    assertEquals((await client.fetch()).trustedRoot, "new");
  });
}

scenario(
  "a target with an unknown digest only is refused; beside a known one it is passed over",
  async (repo, client) => {
    const { hashes } = repo.md.targets.targets["trusted_root.json"];
    repo.addTarget("trusted_root.json", "new");
    const fit = repo.md.targets.targets["trusted_root.json"].hashes;
    fit["unknown-hash"] = "00";
    repo.publish(...ALL);
    assertEquals((await client.fetch()).trustedRoot, "new");
    repo.md.targets.targets["trusted_root.json"].hashes = { "unknown-hash": hashes.sha256 };
    repo.publish(...ALL);
    assertEquals(await client.refresh(), "TUF_REFUSED");
  },
);

const TARGET_SPOILS: Record<string, (repo: Simulator, path: string) => void> = {
  "other bytes": (repo, path) => repo.files.set(path, encode("[]")),
  "fewer bytes": (repo, path) => repo.files.set(path, encode("{")),
  "more bytes": (repo, path) => repo.files.set(path, encode("{}  ")),
  "nothing there": (repo, path) => repo.files.delete(path),
  "no end": (repo, path) => repo.files.set(path, () => new Response(endless())),
};

function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(65_536);
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

for (const [what, spoil] of Object.entries(TARGET_SPOILS)) {
  scenario(`a target with ${what} fails; the metadata that was seen is kept`, async (repo, client) => {
    const old = new Map(repo.files);
    repo.addTarget("trusted_root.json", "xy");
    repo.publish("root", ...ALL);
    const path = [...repo.files.keys()].filter((name) => /^targets\/[0-9a-f]{64}/.test(name)).at(-1)!;
    const served = repo.bytes(path);
    spoil(repo, path);
    assert(await client.refresh() !== "ok");
    assertEquals(client.versions(), [2, 2, 2, 2]);
    assertEquals(await client.offline(), "{}", "the last complete state stays");
    await client.fetch({ force: false }).then(
      () => assert(false, "what is known to be outdated is not used as fresh"),
      () => {},
    );
    const now = new Map(repo.files);
    for (const [name, file] of old) repo.files.set(name, file);
    assertEquals(await client.refresh(), "TUF_REFUSED", "nothing older is taken");
    for (const [name, file] of now) repo.files.set(name, file);
    repo.files.set(path, served);
    assertEquals((await client.fetch()).trustedRoot, "xy");
  });
}

scenario("targets that are not known by name are not asked for, wherever their paths lead", async (repo, client) => {
  for (
    const name of ["../../../evil", "/etc/evil", "..\\evil", "%2e%2e%2fevil", "a/b/evil", "constructor"]
  ) {
    repo.addTarget(name, "evil");
  }
  repo.addTarget("trusted_root.json", "new");
  repo.publish(...ALL);
  assertEquals((await client.fetch()).trustedRoot, "new");
  assertEquals(repo.requests.filter((path) => path.startsWith("targets/")).length, 1);
});

scenario("delegations are not followed", async (repo, client) => {
  const signer = makeSigner();
  repo.md.targets.delegations = {
    keys: { [signer.id]: signer.key },
    roles: [{ name: "../evil", keyids: [signer.id], threshold: 1, paths: ["*"], terminating: true }],
  };
  repo.md.snapshot.meta["../evil.json"] = { version: 1 };
  repo.publish(...ALL);
  assertEquals(await client.refresh(), "ok");
  repo.md.targets.targets = {};
  repo.publish(...ALL);
  assertEquals(await client.refresh(), "TUF_REFUSED");
  assertEquals(repo.requests.filter((path) => path.includes("evil")), []);
});

// --- Consistent snapshots ------------------------------------------------------------------------------------------

for (const value of [false, undefined]) {
  Deno.test(`tuf: a repository whose consistent_snapshot is ${value}`, async () => {
    await using repo = new Simulator();
    repo.md.root.consistent_snapshot = value;
    if (value === undefined) delete repo.md.root.consistent_snapshot;
    repo.republish("root");
    using client = new Client(repo);
    assertEquals((await client.fetch()).trustedRoot, "{}");
    assertEquals(repo.requests, [
      "2.root.json",
      "timestamp.json",
      "snapshot.json",
      "targets.json",
      "targets/trusted_root.json",
    ]);
    repo.publish(...ALL);
    assertEquals(await client.refresh(), "ok");
    assertEquals(client.versions(), [1, 2, 2, 2]);
  });
}

scenario("consistent snapshots begin with a new root", async (repo, client) => {
  repo.md.root.consistent_snapshot = false;
  repo.publish("root", ...ALL);
  assertEquals(await client.refresh(), "ok");
  assertEquals(repo.requests.slice(1), ["3.root.json", "timestamp.json", "snapshot.json", "targets.json"]);
});

// --- Downloads -----------------------------------------------------------------------------------------------------

for (const path of ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"]) {
  scenario(`downloads: ${path} without end, failing, slow`, async (repo, client) => {
    repo.publish(...ALL);
    const answers: Record<string, () => Response | Promise<Response>> = {
      "without end": () => new Response(endless()),
      "an error": () => new Response("busy", { status: 503 }),
    };
    for (const [what, answer] of Object.entries(answers)) {
      repo.files.set(path, answer);
      assertEquals(await client.refresh(), "SERVICE_FAILED", what);
    }
    const { promise, resolve } = Promise.withResolvers<Response>();
    repo.files.set(path, () => promise);
    const retryPolicy = { tryMs: 50, tries: 1, pauseMs: 1, maxPauseMs: 1 };
    const code = await client.fetch({ retryPolicy }).then(() => "ok", (error) => error.code);
    assertEquals(code, "SERVICE_FAILED");
    resolve(new Response("{}"));
    assertEquals(client.version("root"), 1);
  });
}

// --- The cache -----------------------------------------------------------------------------------------------------

scenario("a cache that was tampered with is refused offline, and fetched again online", async (repo, client) => {
  const whole = Deno.readTextFileSync(client.keptFile);
  const stranger = makeSigner();
  const planted = (role: Role): string => encode(JSON.stringify(repo.sign(role, [stranger]))).toBase64();
  const spoils: ((kept: Json) => void)[] = [
    ...BELOW_ROOT.map((role) => (kept: Json) => kept.complete[role] = kept.seen[role] = planted(role)),
    (kept) => kept.complete.files["trusted_root.json"] = btoa("[]"),
    (kept) => {
      repo.md.root.version = 2;
      kept.roots.push({ bytes: planted("root") });
    },
    (kept) => kept.complete.fetchedAt = inDays(60),
  ];
  for (const spoil of spoils) {
    const kept = JSON.parse(whole);
    spoil(kept);
    Deno.writeTextFileSync(client.keptFile, JSON.stringify(kept));
    assertEquals(await client.offline(), "CACHE_INVALID", spoil.toString());
    assertEquals((await client.fetch({ force: false })).trustedRoot, "{}");
    assertEquals(await client.offline(), "{}");
  }
});

Deno.test("tuf: a clock that stands still is all that counts", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  assertEquals((await client.fetch()).asOf, NOW);
  repo.requests = [];
  await client.fetch({ force: false }, 0.9);
  assertEquals(repo.requests, []);
  await client.fetch({ force: false }, 1);
  assert(repo.requests.length > 0);
});
