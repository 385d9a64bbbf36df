/** What is fuzzed: for each input of the program some good examples, and how the program reads one. */
import { createHash, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { inspect, monitor, sign, type TrustOptions, verify, type VerifyOptions, type VerifyResult } from "../../mod.ts";
import { parseClientTrustConfig } from "../../src/sigstore/trust/client_trust_config.ts";
import { describeTrust } from "../../src/sigstore/trust/describe.ts";
import { selectServices } from "../../src/sigstore/trust/select_services.ts";
import { parseSigningConfig } from "../../src/sigstore/trust/signing_config.ts";
import { loadTrust } from "../../src/sigstore/trust/trust.ts";
import { readPrivateKey } from "../../src/keys/ec_key.ts";
import { NOW } from "./_clock.ts";
import { playBack, type Reply } from "./_replies.ts";
import { CORPUS, type World } from "./_world.ts";

/** A good input. */
export interface Example {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * Reads an input as the program does.
   *
   * @param input The example, or something that was made of it.
   * @returns What it means; whatever is made of a good input must either mean the same or be refused.
   */
  read(input: Uint8Array<ArrayBuffer>): Promise<string>;
  /** The file that an error must name. */
  readonly file?: string;
}

/** A kind of input. */
export interface Target {
  readonly name: string;
  readonly examples: readonly Example[];
}

const FIXTURES = `${CORPUS}/../../fixtures`;
const MODEL = `${CORPUS}/model`;

/** An answer that means nothing: whatever is read is as good. */
const ANYTHING = "";

/**
 * All kinds of input.
 *
 * @param directory A directory for files of the moment.
 * @returns The targets.
 */
export function targets(directory: string): Target[] {
  const world: World = JSON.parse(readText("world.json"));
  return [
    { name: "signature-key", examples: keySignatures(directory) },
    { name: "signature-certificate", examples: certificateSignatures(directory) },
    { name: "signature-sigstore", examples: sigstoreSignatures(directory, world) },
    { name: "statement", examples: statements(directory) },
    { name: "inspect", examples: inspected(directory) },
    { name: "public-key", examples: publicKeys() },
    { name: "private-key", examples: privateKeys() },
    { name: "certificates", examples: rootCertificates() },
    { name: "trusted-root", examples: trustedRoots(directory, world) },
    { name: "trust-config", examples: trustConfigs(directory) },
    { name: "signing-config", examples: signingConfigs() },
    { name: "identity-token", examples: identityTokens(directory, world) },
    { name: "log-reply", examples: logReplies(directory, world) },
    { name: "monitor-state", examples: states(directory, world) },
    { name: "expected-signature", examples: expectedSignatures(directory, world) },
    { name: "tuf-reply", examples: tufReplies(directory, world) },
    { name: "tuf-cache", examples: tufCaches(directory, world) },
    { name: "chosen-instance", examples: instances(directory, world) },
  ];
}

function read(path: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(path.startsWith("/") ? path : `${CORPUS}/${path}`);
}

function readText(path: string): string {
  return new TextDecoder().decode(read(path));
}

/** Writes an input where the program reads it. */
function put(file: string, input: Uint8Array): string {
  Deno.writeFileSync(file, input);
  return file;
}

/** What was verified, without what may be proven in fewer ways than before and mean the same. */
function meaningOf(result: VerifyResult): string {
  const { serialization, hashAlgorithm, files, bytes, digest } = result;
  const { times: _, logEntries: __, notChecked: ___, ...signer } = result.signer as unknown as Record<string, unknown>;
  return JSON.stringify({ serialization, hashAlgorithm, files, bytes, digest, signer });
}

/** A signature file that is verified for a model. */
function signatureExample(
  directory: string,
  signature: string,
  trust: TrustOptions,
  model = MODEL,
  more: Partial<VerifyOptions> = {},
): Example {
  const file = `${directory}/model.sig`;
  return {
    name: signature.slice(signature.lastIndexOf("/", signature.lastIndexOf("/") - 1) + 1),
    bytes: read(signature),
    read: async (input) => meaningOf(await verify(model, { trust, signature: put(file, input), ...more })),
  };
}

const FORMS = ["files", "shards", "h2"];
const CURVES = ["P-256", "P-521"];

function keySignatures(directory: string): Example[] {
  const ours = FORMS.flatMap((form) => CURVES.map((curve) => `key_${form}_${curve}`)).map((name) =>
    signatureExample(directory, `${name}.sig`, { kind: "key", publicKey: readText(`${name}.pub`) }, MODEL, {
      ...(name.includes("h2") ? { serialization: "h2" } : {}),
    })
  );
  const old = `${FIXTURES}/oms/signatures/key-v0.3.1`;
  const publicKey = readText(`${old}/signing-key-pub.pem`);
  return [
    ...ours,
    signatureExample(directory, `${old}/model.sig`, { kind: "key", publicKey }, `${old}/model/signme-1`),
  ];
}

function certificateSignatures(directory: string): Example[] {
  return ["certificate-v0.2.0", "certificate-v1.1"].map((name) => {
    const place = `${FIXTURES}/oms/signatures/${name}`;
    const roots = [readText(`${place}/ca-cert.pem`)];
    return signatureExample(directory, `${place}/model.sig`, { kind: "certificate", roots }, `${place}/model`);
  });
}

function sigstoreSignatures(directory: string, world: World): Example[] {
  const instance = { trustedRootFile: `${CORPUS}/trusted_root.json` };
  const { identity, identityProvider } = world;
  const trust = { kind: "sigstore" as const, identity, identityProvider, instance };
  return FORMS.flatMap((form) => ["v1", "v2"].map((log) => ({ form, log }))).map(({ form, log }) =>
    signatureExample(directory, `sigstore_${form}_${log}.sig`, trust, MODEL, {
      ...(form === "h2" ? { serialization: "h2" } : {}),
    })
  );
}

/** A statement that a trusted key has signed, whatever it says. */
function statements(directory: string): Example[] {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const hint = createHash("sha256").update(pem).digest("hex");
  return FORMS.filter((form) => form !== "h2").map((form) => {
    const bundle = JSON.parse(readText(`key_${form}_P-256.sig`));
    return {
      name: form,
      bytes: Uint8Array.fromBase64(bundle.dsseEnvelope.payload),
      read: async (payload) => {
        const head = new TextEncoder().encode(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `);
        const sig = signBytes("sha256", new Uint8Array([...head, ...payload]), privateKey).toString("base64");
        const { dsseEnvelope } = bundle;
        const signed = {
          ...bundle,
          verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
          dsseEnvelope: { ...dsseEnvelope, payload: payload.toBase64(), signatures: [{ sig, keyid: "" }] },
        };
        const signature = put(`${directory}/model.sig`, new TextEncoder().encode(JSON.stringify(signed)));
        const result = await verify(MODEL, { trust: { kind: "key", publicKey: pem }, signature });
        return meaningOf(result);
      },
    };
  });
}

function inspected(directory: string): Example[] {
  const file = `${directory}/inspected.sig`;
  const all = ["key_files_P-256.sig", "key_h2_P-521.sig", "sigstore_shards_v1.sig", "sigstore_files_v2.sig"];
  const certificate = `${FIXTURES}/oms/signatures/certificate-v1.1/model.sig`;
  return [...all, certificate].map((name) => ({
    name,
    bytes: read(name),
    file,
    read: async (input) => {
      const { verified } = await inspect(put(file, input));
      return verified ? "it says that it verified" : ANYTHING;
    },
  }));
}

function publicKeys(): Example[] {
  return CURVES.map((curve) => ({
    name: curve,
    bytes: read(`key_files_${curve}.pub`),
    read: async (input) => {
      const publicKey = new TextDecoder().decode(input);
      const signature = `${CORPUS}/key_files_${curve}.sig`;
      return meaningOf(await verify(MODEL, { trust: { kind: "key", publicKey, keyName: "key.pub" }, signature }));
    },
    file: "key.pub",
  }));
}

/** Made at each start, as no private key belongs into a repository: one is told apart by its public key. */
function privateKeys(): Example[] {
  const password = "password";
  const forms = [
    { type: "pkcs8", format: "pem" },
    { type: "sec1", format: "pem" },
    { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: password },
  ] as const;
  return forms.map((form) => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    return {
      name: `${form.type}${"cipher" in form ? ", encrypted" : ""}`,
      bytes: new TextEncoder().encode(privateKey.export(form).toString()),
      read: (input) => {
        readPrivateKey(new TextDecoder().decode(input), "cipher" in form ? password : undefined, "key.pem");
        return Promise.resolve(ANYTHING);
      },
    };
  });
}

function rootCertificates(): Example[] {
  const place = `${FIXTURES}/oms/signatures/certificate-v1.1`;
  return [{
    name: "certificate-v1.1",
    bytes: read(`${place}/ca-cert.pem`),
    read: async (input) => {
      const roots = [new TextDecoder().decode(input)];
      const trust = { kind: "certificate" as const, roots, rootNames: ["ca.pem"] };
      return meaningOf(await verify(`${place}/model`, { trust, signature: `${place}/model.sig` }));
    },
  }];
}

function trustedRoots(directory: string, { identity, identityProvider }: World): Example[] {
  const file = `${directory}/trusted_root.json`;
  const verifyWith = async (signature: string, input: Uint8Array): Promise<string> => {
    const instance = { trustedRootFile: put(file, input) };
    const trust = { kind: "sigstore" as const, identity, identityProvider, instance };
    return meaningOf(await verify(MODEL, { trust, signature: `${CORPUS}/${signature}` }));
  };
  const ours = ["sigstore_files_v1.sig", "sigstore_files_v2.sig"].map((signature) => ({
    name: signature,
    bytes: read("trusted_root.json"),
    read: (input: Uint8Array) => verifyWith(signature, input),
  }));
  return [...ours, {
    name: "public good",
    bytes: read(`${FIXTURES}/sigstore/trusted_root.public-good.json`),
    file,
    read: async (input) => {
      describeTrust(await loadTrust({ trustedRootFile: put(file, input) }), NOW);
      return ANYTHING;
    },
  }];
}

function trustConfigs(directory: string): Example[] {
  const file = `${directory}/trust_config.json`;
  const names = ["trust_config_v1.json", "trust_config_v2.json"].map((name) => `${CORPUS}/${name}`);
  return [...names, `${FIXTURES}/sigstore/client_trust_config.example.json`].map((name) => ({
    name,
    bytes: read(name),
    file,
    read: async (input) => {
      const trust = await loadTrust({ trustConfigFile: put(file, input) });
      const { signingConfig } = trust;
      describeTrust(trust, NOW);
      const name = `the signing config of ${file}`;
      if (signingConfig !== undefined) selectServices(signingConfig, { now: NOW, name });
      return ANYTHING;
    },
  }));
}

function signingConfigs(): Example[] {
  return [{
    name: "v2",
    bytes: read("signing_config.json"),
    read: (input) => {
      selectServices(parseSigningConfig(new TextDecoder().decode(input), "the signing config"), { now: NOW });
      return Promise.resolve(ANYTHING);
    },
  }, {
    name: "in a trust config",
    bytes: read("trust_config_v2.json"),
    read: (input) => {
      parseClientTrustConfig(new TextDecoder().decode(input), "the trust config");
      return Promise.resolve(ANYTHING);
    },
  }];
}

/** A token is read, and its identity shown, before it is sent to any service. */
function identityTokens(directory: string, { token, replies }: World): Example[] {
  const instance = { trustConfigFile: `${CORPUS}/trust_config_v1.json` };
  return [{
    name: "token",
    bytes: new TextEncoder().encode(token),
    read: async (input) => {
      playBack(replies.v1!);
      const identityToken = new TextDecoder().decode(input);
      const signature = `${directory}/unsigned.sig`;
      const stop = new Error("confirmed");
      const confirm = (): never => {
        throw stop;
      };
      try {
        await sign(MODEL, { signer: { kind: "sigstore", identityToken, instance, confirm }, signature });
      } catch (error) {
        if (error !== stop) throw error;
      }
      return ANYTHING;
    },
  }];
}

/** Looks at a log whose answers were recorded, from a state. */
async function look(directory: string, world: World, log: string, replies: () => void, more = {}): Promise<string> {
  replies();
  const findings: unknown[] = [];
  const result = await monitor({
    watch: { identity: world.identity },
    instance: { trustConfigFile: `${CORPUS}/trust_config_${log}.json` },
    logs: [world.logs[log]!],
    state: `${directory}/state.json`,
    onFinding: ({ index, identity, expected }: Record<string, unknown>) => {
      findings.push({ index, identity, expected });
    },
    ...more,
  } as never);
  const { logs, alarming } = result as unknown as { logs: Record<string, unknown>[]; alarming: number };
  return JSON.stringify({ findings, alarming, logs: logs.map(({ from, to }) => ({ from, to })) });
}

function logReplies(directory: string, world: World): Example[] {
  return ["v1", "v2"].flatMap((log) => {
    const replies = world.replies[log]!;
    return replies.map((reply, index) => ({
      name: `${log} ${new URL(reply.request.split(" ")[1]!).pathname}`,
      bytes: Uint8Array.fromBase64(reply.body),
      read: (input: Uint8Array<ArrayBuffer>) => {
        put(`${directory}/state.json`, read(`state_${log}.json`));
        return look(directory, world, log, () => playBack(replies, input, index));
      },
    }));
  });
}

function states(directory: string, world: World): Example[] {
  return ["v1", "v2"].map((log) => ({
    name: log,
    bytes: read(`state_${log}.json`),
    read: async (input) => {
      put(`${directory}/state.json`, input);
      await look(directory, world, log, () => playBack(world.replies[log]!));
      return ANYTHING; // A state is the user's own; that it is changed cannot always be seen.
    },
  }));
}

function expectedSignatures(directory: string, world: World): Example[] {
  const file = `${directory}/expected.sig`;
  return [["v1", "sigstore_h2_v1.sig"], ["v2", "sigstore_h2_v2.sig"]].map(([log, name]) => ({
    name: name!,
    bytes: read(name!),
    file,
    read: async (input) => {
      put(`${directory}/state.json`, read(`state_${log}.json`));
      put(file, input);
      await look(directory, world, log!, () => playBack(world.replies[log!]!), { expect: [file] });
      return ANYTHING; // Less is expected than before: more alarms, which hide nothing.
    },
  }));
}

/** Verifies with the instance that was chosen, whose TUF repository is asked, or not. */
async function trustOf(directory: string, offline: boolean): Promise<string> {
  const places = { cache: `${directory}/cache`, settings: `${directory}/settings` };
  const onWarning = (): void => {};
  const { trustedRoot, signingConfig } = await loadTrust({ staging: false, offline }, { places, onWarning } as never);
  return JSON.stringify({ trustedRoot, signingConfig });
}

function emptyDirectory(path: string): void {
  Deno.removeSync(path, { recursive: true });
  Deno.mkdirSync(path, { recursive: true });
}

function prepare(directory: string, instance: Uint8Array): void {
  for (const name of ["cache", "settings"]) {
    Deno.mkdirSync(`${directory}/${name}`, { recursive: true });
    emptyDirectory(`${directory}/${name}`);
  }
  put(`${directory}/settings/sigstore_instance.json`, instance);
}

function tufReplies(directory: string, world: World): Example[] {
  const replies = world.replies.tuf!;
  return replies.map((reply, index) => ({ reply, index })).filter(({ reply }) => reply.status === 200).map(
    ({ reply, index }) => ({
      name: new URL(reply.request.split(" ")[1]!).pathname,
      bytes: Uint8Array.fromBase64(reply.body),
      read: async (input) => {
        prepare(directory, read("instance.json"));
        playBack(replies, input, index);
        return await trustOf(directory, false);
      },
    }),
  );
}

function tufCaches(directory: string, world: World): Example[] {
  return [true, false].map((offline) => ({
    name: offline ? "offline" : "online",
    bytes: read("tuf_cache.json"),
    read: async (input) => {
      prepare(directory, read("instance.json"));
      const file = `${directory}/cache/${world.cacheFile}`;
      Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      put(file, input);
      playBack(world.replies.tuf!);
      return await trustOf(directory, offline);
    },
  }));
}

function instances(directory: string, world: World): Example[] {
  const replies: readonly Reply[] = world.replies.tuf!;
  return [{
    name: "sigstore_instance.json",
    bytes: read("instance.json"),
    read: async (input) => {
      prepare(directory, input);
      playBack(replies);
      return await trustOf(directory, false);
    },
  }];
}
