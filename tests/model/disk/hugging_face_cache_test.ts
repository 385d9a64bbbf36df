/** Snapshots of the Hugging Face cache, as `huggingface_hub` lays them out, and what only looks like them. */
import { assertEquals, assertRejects } from "@std/assert";
import { digest, sign, type SignOptions, verify, type VerifyOptions, type VerifyResult } from "../../../mod.ts";
import { RefusedError, UsageError, VerificationError } from "../../../src/errors.ts";
import { assertFails } from "../../_assert_fails.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { makeKey } from "../../oms/_forge.ts";
import { assertDiffers } from "../../verify/_forged_model.ts";

const key = makeKey();
const COMMIT = "a".repeat(40);

/** A repository in the cache with one snapshot, and the same files in an ordinary directory, `plain`. */
class Cache extends TempDirectory {
  readonly repository: string;
  readonly snapshot: string;
  readonly plain: string;

  constructor(name = "models--acme--bert", link: (cache: Cache, blob: string, depth: number) => string = relative) {
    super();
    this.repository = `${this.path}/hub/${name}`;
    this.snapshot = `${this.repository}/snapshots/${COMMIT}`;
    this.plain = this.makeDirectory("plain");
    this.write(`hub/${name}/refs/main`, COMMIT);
    for (const [file, content] of [["config.json", "{}"], ["onnx/model.onnx", "weights"], ["a/b/c.txt", "weights"]]) {
      this.add(file!, content!, link);
    }
  }

  /** Adds a file as a download does: a blob, and a link to it. */
  add(file: string, content: string, link: (cache: Cache, blob: string, depth: number) => string = relative): void {
    const blob = `${content.length}${file.replaceAll("/", "-")}`;
    this.write(this.#inHub(`blobs/${blob}`), content);
    this.link(this.#inHub(`snapshots/${COMMIT}/${file}`), link(this, blob, file.split("/").length));
    this.write(`plain/${file}`, content);
  }

  #inHub(name: string): string {
    return `${this.repository.slice(this.path.length + 1)}/${name}`;
  }
}

function relative(_: Cache, blob: string, depth: number): string {
  return `${"../".repeat(depth + 1)}blobs/${blob}`;
}

function absolute({ repository }: Cache, blob: string): string {
  return `${repository}/blobs/${blob}`;
}

const warnings: string[] = [];
const onWarning = (message: string): void => void warnings.push(message);

async function signWith(model: string, options: Partial<SignOptions> = {}): Promise<string> {
  const signer = { kind: "key" as const, privateKey: key.privatePem };
  return (await sign(model, { signer, onWarning, ...options })).signature;
}

async function verifyWith(model: string, options: Partial<VerifyOptions> = {}): Promise<VerifyResult> {
  const trust = { kind: "key" as const, publicKey: key.publicPem };
  const result = await verify(model, { trust, onWarning, ...options });
  assertEquals(warnings.splice(0), []);
  return result;
}

for (const name of ["models--acme--bert", "models--gpt2", "datasets--acme--words", "spaces--acme--demo"]) {
  for (const [title, link] of [["relative", relative], ["absolute", absolute]] as const) {
    Deno.test(`a snapshot in ${name} with ${title} links is signed and verified like its files`, async () => {
      using cache = new Cache(name, link);
      assertEquals((await digest(cache.snapshot)).digest, (await digest(cache.plain)).digest);
      for (const serialization of ["files", "shards", "h1", "h2"] as const) {
        const signature = await signWith(cache.plain, { serialization, signature: `${cache.path}/plain.sig` });
        assertEquals((await verifyWith(cache.snapshot, { signature, serialization })).files, 3, serialization);
        const ours = await signWith(cache.snapshot, { serialization, signature: `${cache.path}/snapshot.sig` });
        assertEquals((await verifyWith(cache.plain, { signature: ours, serialization })).files, 3, serialization);
      }
    });
  }
}

Deno.test("a signature of a snapshot records that no symbolic links are allowed", async () => {
  using cache = new Cache();
  const bundle = JSON.parse(Deno.readTextFileSync(await signWith(cache.snapshot)));
  const { predicate } = JSON.parse(atob(bundle.dsseEnvelope.payload));
  assertEquals([predicate.serialization.allow_symlinks, warnings], [false, []]);
  assertEquals(predicate.resources.map((resource: { name: string }) => resource.name), [
    "a/b/c.txt",
    "config.json",
    "onnx/model.onnx",
  ]);
});

Deno.test("a snapshot may be given by any path that leads to it", async () => {
  using cache = new Cache();
  const expected = (await digest(cache.plain)).digest;
  const alias = cache.link("current", cache.snapshot);
  const home = cache.link("home", "hub");
  for (
    const path of [
      `${cache.snapshot}/`,
      `${cache.snapshot}/../${COMMIT}`,
      `${cache.snapshot}/onnx/..`,
      alias,
      `${home}/models--acme--bert/snapshots/${COMMIT}`,
    ]
  ) {
    assertEquals((await digest(path)).digest, expected, path);
    const signature = await signWith(path, { signature: `${cache.path}/x.sig` });
    assertEquals((await verifyWith(path, { signature })).files, 3, path);
  }
});

Deno.test("absolute links of a snapshot may lead through a link above the cache", async () => {
  using cache = new Cache();
  cache.link("home", "hub");
  cache.add("more.bin", "more", ({ path }, blob) => `${path}/home/models--acme--bert/blobs/${blob}`);
  assertEquals((await digest(cache.snapshot)).digest, (await digest(cache.plain)).digest);
});

Deno.test("a snapshot may hold files instead of links, as on systems without them", async () => {
  using cache = new Cache();
  Deno.removeSync(`${cache.snapshot}/config.json`);
  Deno.writeTextFileSync(`${cache.snapshot}/config.json`, "{}");
  assertEquals((await digest(cache.snapshot)).digest, (await digest(cache.plain)).digest);
});

Deno.test("one file of a snapshot may be the model, also in a directory of the snapshot", async () => {
  using cache = new Cache();
  for (const name of ["config.json", "onnx/model.onnx"]) {
    const signature = await signWith(`${cache.plain}/${name}`);
    assertEquals((await verifyWith(`${cache.snapshot}/${name}`, { signature })).files, 1);
    const ours = await signWith(`${cache.snapshot}/${name}`);
    assertEquals(ours, `${cache.snapshot}/${name}.sig`);
    assertEquals((await verifyWith(`${cache.plain}/${name}`, { signature: ours })).files, 1);
  }
});

Deno.test("the signature that was downloaded with a snapshot is read through its link, and replaced with the link", async () => {
  using cache = new Cache();
  const published = Deno.readTextFileSync(await signWith(cache.plain));
  Deno.removeSync(`${cache.plain}/model.sig`);
  cache.add("model.sig", published);
  assertEquals((await verifyWith(cache.snapshot)).files, 3);

  const blob = Deno.realPathSync(`${cache.snapshot}/model.sig`);
  await signWith(cache.snapshot);
  assertEquals(Deno.readTextFileSync(blob), published, "the blob is as it was");
  assertEquals(Deno.lstatSync(`${cache.snapshot}/model.sig`).isFile, true);
  assertEquals((await verifyWith(cache.snapshot)).files, 3);
});

Deno.test("a link that is no link to a blob is not replaced by a signature", async () => {
  using cache = new Cache();
  const signature = await signWith(cache.plain);
  const link = cache.link(`hub/models--acme--bert/snapshots/${COMMIT}/model.sig`, signature);
  await assertFails(() => signWith(cache.snapshot), RefusedError, "NOT_A_SIGNATURE", link, "a symbolic link");
});

const ATTACKS: readonly [what: string, attack: (cache: Cache) => void, name?: string][] = [
  ["out of the cache", (cache) => relink(cache, cache.write("outside", "{}"))],
  ["to another repository", (cache) => {
    cache.write("hub/models--evil--bert/blobs/x", "{}");
    relink(cache, "../../../models--evil--bert/blobs/x");
  }],
  ["through the blobs to another repository", (cache) => {
    cache.write("hub/models--evil--bert/blobs/x", "{}");
    relink(cache, "../../blobs/../../models--evil--bert/blobs/x");
  }],
  ["to refs", (cache) => relink(cache, "../../refs/main")],
  ["to a file of the snapshot", (cache) => relink(cache, "onnx/model.onnx")],
  ["to another link of the snapshot, then to a blob", (cache) => {
    cache.link(`hub/models--acme--bert/snapshots/${COMMIT}/onnx/second`, "../../../blobs/2config.json");
    relink(cache, "onnx/second");
  }],
  ["to a directory in the blobs", (cache) => {
    cache.write("hub/models--acme--bert/blobs/directory/x", "{}");
    relink(cache, "../../blobs/directory");
  }],
  ["to a file in a directory in the blobs", (cache) => {
    cache.write("hub/models--acme--bert/blobs/directory/x", "{}");
    relink(cache, "../../blobs/directory/x");
  }],
  ["to the blobs", (cache) => relink(cache, "../../blobs")],
  ["to a blob that is a link", (cache) => {
    cache.link("hub/models--acme--bert/blobs/link", "2config.json");
    relink(cache, "../../blobs/link");
  }],
  ["to a blob that is missing", (cache) => relink(cache, "../../blobs/nothing")],
  ["to a FIFO in the blobs", (cache) => {
    new Deno.Command("mkfifo", { args: [`${cache.repository}/blobs/fifo`] }).outputSync();
    relink(cache, "../../blobs/fifo");
  }],
  ["to itself", (cache) => relink(cache, "config.json")],
  ["to blobs that are themselves a link", (cache) => {
    Deno.renameSync(`${cache.repository}/blobs`, `${cache.path}/blobs`);
    cache.link("hub/models--acme--bert/blobs", "../../blobs");
  }],
];

/** Lets a file of the snapshot lead elsewhere. */
function relink(cache: Cache, target: string): void {
  Deno.removeSync(`${cache.snapshot}/config.json`);
  Deno.symlinkSync(target, `${cache.snapshot}/config.json`);
}

for (const [what, attack] of ATTACKS) {
  Deno.test(`a link of a snapshot ${what} is refused`, async () => {
    using cache = new Cache();
    const signature = await signWith(cache.plain);
    attack(cache);
    await assertFails(() => signWith(cache.snapshot), RefusedError, "SYMLINK", cache.snapshot, "a symbolic link");
    await assertRejects(() => digest(`${cache.snapshot}/config.json`), Error, "Cannot ");
    await assertFails(() => verifyWith(cache.snapshot, { signature }), VerificationError, "MODEL_DIFFERS");
  });
}

Deno.test("a link beside what was signed in a snapshot is extra", async () => {
  using cache = new Cache();
  const signature = await signWith(cache.plain);
  cache.link(`hub/models--acme--bert/snapshots/${COMMIT}/onnx/more`, "/etc/passwd");
  await assertDiffers(() => verifyWith(cache.snapshot, { signature }), { extra: ["onnx/more"] });
});

Deno.test("a changed blob is a changed file", async () => {
  using cache = new Cache();
  const signature = await signWith(cache.snapshot);
  Deno.writeTextFileSync(Deno.realPathSync(`${cache.snapshot}/onnx/model.onnx`), "Weights");
  await assertDiffers(() => verifyWith(cache.snapshot, { signature }), { changed: ["onnx/model.onnx"] });
});

Deno.test("all links of a snapshot are followed with leave, of which those to blobs are not worth a warning", async () => {
  using cache = new Cache();
  cache.link(`hub/models--acme--bert/snapshots/${COMMIT}/more`, cache.write("outside", "more"));
  cache.write("plain/more", "more");
  const { digest: ours } = await digest(cache.snapshot, { allowSymlinks: true, onWarning });
  assertEquals(ours, (await digest(cache.plain)).digest);
  assertEquals(warnings.splice(0), [
    `The symbolic link "more" leads outside the model, to "${cache.path}/outside"`,
  ]);
});

Deno.test("links are refused where the layout is not that of a snapshot", async (t) => {
  const layouts: [title: string, from: string, to: string][] = [
    ["a repository of no known kind", "hub/models--acme--bert", "hub/other--acme--bert"],
    ["no repository", "hub/models--acme--bert", "hub/bert"],
    ["no snapshots", "hub/models--acme--bert/snapshots", "hub/models--acme--bert/versions"],
  ];
  for (const [title, from, to] of layouts) {
    await t.step(title, async () => {
      using cache = new Cache();
      Deno.renameSync(`${cache.path}/${from}`, `${cache.path}/${to}`);
      const model = cache.snapshot.replace(from, to);
      await assertFails(() => digest(model), RefusedError, "SYMLINK", "`allowSymlinks`");
    });
  }
});

for (const part of ["", "/", "/blobs", "/snapshots", "/refs", "/refs/main"]) {
  Deno.test(`the repository${part} is no model, and its snapshots are named`, async () => {
    using cache = new Cache();
    const path = `${cache.repository}${part}`;
    for (const run of [digest, signWith, verifyWith]) {
      await assertFails(() => run(path), UsageError, "MODEL", "Hugging Face", `"${cache.snapshot}"`);
    }
  });
}

Deno.test("what is only called like a repository is a model", async () => {
  using directory = new TempDirectory();
  directory.write("models--acme--bert/refs/weights.bin");
  assertEquals((await digest(`${directory.path}/models--acme--bert`)).files, 1);
  assertEquals((await digest(`${directory.path}/models--acme--bert/refs`)).files, 1);
});

Deno.test("the notes of a download into the model's own directory are named with the option that leaves them out", async () => {
  using directory = new TempDirectory();
  directory.write("model/config.json", "{}");
  for (const [serialization, path] of [["files", ".cache/huggingface"], ["h1", ".cache"]] as const) {
    directory.makeDirectory("model/.cache");
    Deno.removeSync(`${directory.path}/model/.cache`, { recursive: true });
    const signature = await signWith(`${directory.path}/model`, {
      serialization,
      signature: `${directory.path}/x.sig`,
    });
    directory.write("model/.cache/huggingface/download/config.json.metadata", COMMIT);
    directory.write("model/.cache/huggingface/.gitignore", "*");
    const options = { signature, serialization, ignorePaths: [path] };
    const hint = `\`ignorePaths\` ${path}`;
    await assertFails(
      () => verifyWith(`${directory.path}/model`, { signature, serialization }),
      VerificationError,
      "MODEL_DIFFERS",
      hint,
    );
    assertEquals((await verifyWith(`${directory.path}/model`, options)).files, 1);
    await signWith(`${directory.path}/model`, { serialization, signature: `${directory.path}/y.sig` });
    assertEquals(warnings.length, 1);
    assertEquals(warnings.splice(0)[0]?.includes(hint), true);
    await signWith(`${directory.path}/model`, { ...options, signature: `${directory.path}/z.sig` });
    assertEquals(warnings, []);
  }
});
