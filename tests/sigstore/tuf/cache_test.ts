/** Fetching with a cache that cannot be locked, read or written, and with several runs that share one. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LOCK_WAIT_MS } from "../../../src/sigstore/tuf/cache.ts";
import { fetchTrust } from "../../../src/sigstore/tuf/refresh.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { canMount, SmallDisk } from "../../io/_mount.ts";
import { Client, clockAt, Simulator } from "./_simulator.ts";

const ALL = ["targets", "snapshot", "timestamp"] as const;

Deno.test("a lock that another process holds is waited for, but not permanently", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  await client.fetch();
  const before = Deno.readTextFileSync(client.keptFile);
  const lockPath = client.keptFile.replace("kept.json", "lock");
  using lock = Deno.openSync(lockPath, { write: true });
  lock.lockSync(true);
  repo.addTarget("trusted_root.json", "new");
  repo.publish("root", ...ALL);
  const [clock, warnings] = [clockAt(0), [] as string[]];
  const { trustedRoot } = await client.fetch({ clock, onWarning: (message) => warnings.push(message) });
  assertEquals([trustedRoot, clock.waitedMs, warnings.length], ["new", LOCK_WAIT_MS, 1]);
  assertStringIncludes(warnings[0]!, `"${lockPath}"`);
  assertStringIncludes(warnings[0]!, `${LOCK_WAIT_MS / 1000} seconds`);
  assertEquals(Deno.readTextFileSync(client.keptFile), before);
});

Deno.test("a lock that is released meanwhile is then taken", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  await client.fetch();
  const lock = Deno.openSync(client.keptFile.replace("kept.json", "lock"), { write: true });
  lock.lockSync(true);
  repo.publish("timestamp");
  const clock = { now: () => clockAt(0).now(), sleep: () => Promise.resolve(lock.close()) };
  await client.fetch({ clock, onWarning: (message) => assert(false, message) });
  assertEquals(client.version("timestamp"), 2);
});

Deno.test("waiting for a lock ends when the user stops the work", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  await client.fetch();
  using lock = Deno.openSync(client.keptFile.replace("kept.json", "lock"), { write: true });
  lock.lockSync(true);
  repo.publish("timestamp");
  const stop = new AbortController();
  const reason = new Error("stopped");
  const clock = {
    now: () => clockAt(0).now(),
    sleep: (_ms: number, signal?: AbortSignal) => {
      stop.abort(reason);
      return Promise.reject(signal!.reason);
    },
  };
  const outcome = await client.fetch({ clock, signal: stop.signal }).then(() => "ok", (error) => error);
  assertEquals(outcome, reason);
});

/** Ways in which a cache is of no use: what to prepare, and what the warning names. */
const USELESS: Record<
  string,
  (directory: TempDirectory, ours: string) => [cacheDirectory: string | undefined, names: string]
> = {
  "no directory is known": () => [undefined, "HOME"],
  "it is a file": (directory) => [directory.write("cache"), `${directory.path}/cache/tuf`],
  "it lies below a device": () => ["/dev/null/cache", "/dev/null/cache/tuf"],
  "it cannot be made": () => ["/proc/cache", "/proc/cache/tuf"],
  "our directory is a file": (directory, ours) => [directory.path, directory.write(ours)],
  "what is kept is a directory": (directory, ours) => [directory.path, directory.makeDirectory(`${ours}/kept.json`)],
  "the lock is a directory": (directory, ours) => [directory.path, directory.makeDirectory(`${ours}/lock`)],
  "the lock is a symlink": (
    directory,
    ours,
  ) => [directory.path, directory.link(`${ours}/lock`, `${directory.path}/elsewhere`)],
};

for (const [what, prepare] of Object.entries(USELESS)) {
  Deno.test(`fetching works without a cache: ${what}`, async () => {
    await using repo = new Simulator();
    using client = new Client(repo);
    await client.fetch();
    const ours = client.keptFile.replace(`${client.repository.cacheDirectory}/`, "").replace("/kept.json", "");
    using directory = new TempDirectory();
    const [cacheDirectory, name] = prepare(directory, ours);
    const before = [...Deno.readDirSync(directory.path)];
    const warnings: string[] = [];
    const options = { clock: clockAt(0), onWarning: (message: string) => warnings.push(message) };
    for (let i = 0; i < 2; i++) {
      assertEquals((await fetchTrust({ ...client.repository, cacheDirectory }, options)).trustedRoot, "{}");
      assertEquals(warnings.splice(0).map((warning) => warning.includes(name)), [true], "one warning, each time");
    }
    assertEquals([...Deno.readDirSync(directory.path)], before);
  });
}

Deno.test({
  name: "fetching works without a cache: the disk is full, or read-only",
  ignore: !canMount,
  fn: async () => {
    const options = { force: true, clock: clockAt(0) };
    for (const isFull of [true, false]) {
      await using repo = new Simulator();
      using client = new Client(repo);
      using disk = new SmallDisk();
      const repository = { ...client.repository, cacheDirectory: disk.path };
      await fetchTrust(repository, { ...options, onWarning: (message) => assert(false, message) });
      const kept = [...listFiles(disk.path)].sort();
      if (isFull) disk.write("filler", new Uint8Array(20_000));
      else disk.protect();
      repo.addTarget("trusted_root.json", "x".repeat(50_000));
      repo.publish(...ALL);
      const warnings: string[] = [];
      const { trustedRoot } = await fetchTrust(repository, {
        ...options,
        onWarning: (message) => warnings.push(message),
      });
      assertEquals([trustedRoot.length, warnings.length], [50_000, 1]);
      assertStringIncludes(warnings[0]!, isFull ? "no space" : "ead-only");
      assertEquals([...listFiles(disk.path)].filter((path) => !path.endsWith("filler")).sort(), kept);
    }
  },
});

function* listFiles(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (isDirectory) yield* listFiles(`${directory}/${name}`);
    else yield `${directory}/${name}`;
  }
}

Deno.test("a link in place of what is kept is replaced, and not written through", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  await client.fetch();
  using directory = new TempDirectory();
  const elsewhere = directory.write("elsewhere", "untouched");
  Deno.removeSync(client.keptFile);
  Deno.symlinkSync(elsewhere, client.keptFile);
  await client.fetch();
  assertEquals(Deno.readTextFileSync(elsewhere), "untouched");
  assert(Deno.lstatSync(client.keptFile).isFile);
});

/** Two runs: while one has the answer `path`, another one ends. What is kept holds the newest of both. */
async function overlapping(repo: Simulator, client: Client, path: string, other: () => void): Promise<void> {
  const file = repo.bytes(path);
  repo.files.set(path, async () => {
    repo.files.set(path, file);
    other();
    await client.fetch();
    return new Response(file);
  });
  await client.fetch();
}

Deno.test("two runs at a time keep the newest of both: timestamp", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  await client.fetch();
  repo.addTarget("trusted_root.json", "two");
  repo.publish(...ALL);
  await overlapping(repo, client, "timestamp.json", () => {
    repo.addTarget("trusted_root.json", "three");
    repo.publish(...ALL);
  });
  assertEquals([client.versions(), await client.offline()], [[1, 3, 3, 3], "three"]);
});

Deno.test("two runs at a time keep the newest of both: a root that withdraws a key", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  await client.fetch();
  repo.md.timestamp.version = 99_998;
  repo.addTarget("trusted_root.json", "old");
  repo.publish(...ALL);
  await overlapping(repo, client, "timestamp.json", () => {
    repo.rotate("timestamp");
    repo.publish("root");
    repo.md.timestamp.version = 0;
    repo.addTarget("trusted_root.json", "new");
    repo.publish(...ALL);
  });
  assertEquals([client.versions(), await client.offline()], [[2, 1, 3, 3], "new"]);
});

Deno.test("several runs at a time with a cold cache", async () => {
  await using repo = new Simulator();
  using client = new Client(repo);
  const onWarning = (message: string): void => assert(false, message);
  const clock = { now: () => clockAt(0).now(), sleep: () => new Promise<void>((resolve) => setTimeout(resolve)) };
  const all = await Promise.all(Array.from({ length: 6 }, () => client.fetch({ onWarning, clock })));
  assertEquals(all.map(({ trustedRoot }) => trustedRoot), Array(6).fill("{}"));
  assertEquals(client.versions(), [1, 1, 1, 1]);
  const names = [...Deno.readDirSync(client.keptFile.replace("/kept.json", ""))].map(({ name }) => name);
  assertEquals(names.sort(), ["kept.json", "lock"]);
});
