// deno-lint-ignore-file no-console -- a task talks to the developer
/**
 * Makes the corpus again, with new keys: `deno run -A tests/fuzz/make_corpus.ts`. Needed only if a format changes. All of
 * it is of one small model, at one time, under one Sigstore of the tests; beside it the fixtures of other programs are
 * used.
 */
import { NOW } from "./_clock.ts";
import { generateKeyPairSync } from "node:crypto";
import { monitor, sign, verify } from "../../mod.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { CORPUS, type World } from "./_world.ts";
import { record } from "./_replies.ts";

await using sigstore = await TestSigstore.start({ now: () => NOW });
const temporary = Deno.makeTempDirSync();
Deno.env.set("XDG_CONFIG_HOME", `${temporary}/config`);
Deno.env.set("XDG_CACHE_HOME", `${temporary}/cache`);

const model = `${CORPUS}/model`;
Deno.mkdirSync(`${model}/layers`, { recursive: true });
Deno.writeTextFileSync(`${model}/config.json`, '{"layers": 2}\n');
Deno.writeTextFileSync(`${model}/layers/0.bin`, "first layer");
Deno.writeTextFileSync(`${model}/layers/1.bin`, "second layer, which is longer");

const write = (name: string, value: unknown): string => {
  const text = typeof value === "string" ? value : `${JSON.stringify(value, null, 1)}\n`;
  Deno.writeTextFileSync(`${CORPUS}/${name}`, text);
  return `${CORPUS}/${name}`;
};

write("trusted_root.json", sigstore.trustedRoot());
const configs = { v1: sigstore.clientTrustConfig({ rekor: 1 }), v2: sigstore.clientTrustConfig({ rekor: 2 }) };
const [v1, v2] = [write("trust_config_v1.json", configs.v1), write("trust_config_v2.json", configs.v2)];
write("signing_config.json", configs.v2.signingConfig);

const forms = { files: {}, shards: { serialization: "shards", shardSize: 7 }, h2: { serialization: "h2" } } as const;
/** One signature in each log. */
async function signInBoth(form: keyof typeof forms): Promise<void> {
  for (const [log, trustConfigFile] of [["v1", v1], ["v2", v2]] as const) {
    const identityToken = await sigstore.token();
    const signature = `${CORPUS}/sigstore_${form}_${log}.sig`;
    const signer = { kind: "sigstore" as const, identityToken, instance: { trustConfigFile } };
    await sign(model, { signer, signature, ...forms[form] });
  }
}

/** Looks at one log with the state of the corpus. */
async function look(log: "v1" | "v2"): Promise<unknown> {
  return await monitor({
    watch: { identity: "jane@example.com" },
    instance: { trustConfigFile: { v1, v2 }[log] },
    logs: [{ v1: sigstore.rekorV1.url, v2: sigstore.rekorV2.url }[log]],
    state: `${temporary}/state_${log}.json`,
    from: 0,
    onFinding: () => {},
  });
}

await signInBoth("files");
await signInBoth("shards");
for (const log of ["v1", "v2"] as const) {
  await look(log);
  Deno.copyFileSync(`${temporary}/state_${log}.json`, `${CORPUS}/state_${log}.json`);
}
await signInBoth("h2");
const looks = { v1: await record(() => look("v1")), v2: await record(() => look("v2")) };

for (const [form, options] of Object.entries(forms)) {
  for (const namedCurve of ["P-256", "P-521"]) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", {
      namedCurve,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const name = `key_${form}_${namedCurve}`;
    write(`${name}.pub`, publicKey);
    await sign(model, { signer: { kind: "key", privateKey }, signature: `${CORPUS}/${name}.sig`, ...options });
  }
}
const identity = { identity: "jane@example.com", identityProvider: sigstore.issuer.url };
const mirror = sigstore.tuf.url;
const root = sigstore.tuf.files.get([...sigstore.tuf.files.keys()].find((name) => /\b1\.root\.json$/.test(name))!)!;
Deno.mkdirSync(`${temporary}/config/model-signing`, { recursive: true });
const instance = JSON.stringify({ mirror, root: root.toBase64() });
Deno.writeTextFileSync(`${temporary}/config/model-signing/sigstore_instance.json`, instance);
write("instance.json", instance);
const signature = `${CORPUS}/sigstore_files_v1.sig`;
const tuf = await record(() => verify(model, { trust: { kind: "sigstore", ...identity }, signature }));
const [repository] = [...Deno.readDirSync(`${temporary}/cache/model-signing/tuf`)];
const cached = `${temporary}/cache/model-signing/tuf/${repository!.name}`;
for (const { name } of Deno.readDirSync(cached)) {
  if (name.endsWith(".json")) Deno.copyFileSync(`${cached}/${name}`, `${CORPUS}/tuf_cache.json`);
}
const world: World = {
  ...identity,
  token: await sigstore.token(),
  logs: { v1: sigstore.rekorV1.url, v2: sigstore.rekorV2.url },
  replies: { ...looks, tuf },
  cacheFile: `tuf/${repository!.name}/${
    [...Deno.readDirSync(cached)].find(({ name }) => name.endsWith(".json"))!.name
  }`,
};
write("world.json", world);
Deno.removeSync(temporary, { recursive: true });
console.log(`wrote ${CORPUS}`);
