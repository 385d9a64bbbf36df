/**
 * The cases of the OMS conformance suite that need no network, restated: names of cases and models are those of
 * `conformance/` in the model-signing-spec repository, so that a case here can be found there and the other way round.
 */
import {
  sign,
  type SignerOptions,
  type SignOptions,
  verify,
  type VerifyOptions,
  type VerifyResult,
} from "../../mod.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { type Json, makeKey, type TestKey } from "../oms/_forge.ts";

/** A model of the suite: the files that are signed, and those that are left out with `--ignore-paths`. */
export interface SuiteModel {
  readonly signed: readonly string[];
  readonly ignored: readonly string[];
  /** What is left out without being asked to. */
  readonly byDefault?: readonly string[];
  /** Files that hold something other than their name. */
  readonly contents?: Readonly<Record<string, Uint8Array>>;
}

const ALL_BYTES = Uint8Array.from({ length: 1024 }, (_, i) => i);

/** The models that more than one case uses, and all others. */
export const MODELS = {
  "simple": { signed: ["signme-1", "signme-2"], ignored: ["ignore-me"] },
  "multi-file": { signed: ["config.json", "subdir/adapter.bin", "weights.bin"], ignored: [] },
  "binary-content": {
    signed: ["header.bin", "weights.bin"],
    ignored: [],
    contents: { "header.bin": Uint8Array.of(0, 1, 255, 254, 0, 0x89, 0x50), "weights.bin": ALL_BYTES },
  },
  "with-dotfiles": { signed: [".config", ".env.example", "model.bin"], ignored: [] },
  "with-empty-file": { signed: ["empty.bin", "signme-1"], ignored: [], contents: { "empty.bin": new Uint8Array() } },
  "with-git-dir": {
    signed: ["model.bin"],
    ignored: [],
    byDefault: [".git/HEAD", ".gitattributes", ".github/ci.yml", ".gitignore"],
  },
  "hidden-subdir": { signed: [".cache/weights.bin", ".local/share/data.bin", "model.bin"], ignored: [] },
  "with-nested-gitignore": { signed: ["model.bin", "subdir/.gitignore"], ignored: [] },
  "with-nested-ignore": { signed: ["signme-1", "subdir/ignore-me"], ignored: ["ignore-me"] },
  "unicode-names": { signed: ["weights.bin", "\u6a21\u578b.bin"], ignored: [] },
  "special-chars": { signed: ["file (copy).bin", "normal.bin", "path with spaces/model.bin"], ignored: [] },
  "deeply-nested": { signed: ["a/very/deep/directory/tree/weights.bin"], ignored: [] },
  "deeply-nested-with-git": {
    signed: ["a/very/deep/directory/tree/weights.bin"],
    ignored: [],
    byDefault: [".git/HEAD"],
  },
  "multi-git-dirs": {
    signed: ["model.bin", "submodule/model.bin"],
    ignored: ["submodule/.git/HEAD"],
    byDefault: [".git/HEAD"],
  },
  "multi-gitignore": {
    signed: ["model.bin", "subdir/data.bin"],
    ignored: ["subdir/.gitignore"],
    byDefault: [".gitignore"],
  },
  "with-git-and-ignore": {
    signed: ["model.bin"],
    ignored: ["ignored-file.tmp"],
    byDefault: [".git/HEAD", ".gitattributes", ".gitignore"],
  },
  "with-assets-subdir": {
    signed: ["assets/tokenizer.bin", "assets/vocab.txt", "config.json", "weights.bin"],
    ignored: [],
  },
} as const satisfies Record<string, SuiteModel>;

/** The key that signs where a case names no other. */
export const KEY: TestKey = makeKey("P-384");

/** To sign with a key. */
export function signWith(key: TestKey): SignerOptions {
  return { kind: "key", privateKey: key.privatePem };
}

/** To verify with a key. */
export function verifyWith(key: TestKey): VerifyOptions["trust"] {
  return { kind: "key", publicKey: key.publicPem };
}

/** A model of the suite on the disk, its signature beside it. */
export class SuiteDirectory extends TempDirectory {
  /** The model's path. */
  readonly model: string = this.makeDirectory("model");
  /** The signature's path; a case may move it. */
  signature: string = `${this.path}/bundle.sig`;
  readonly #ignorePaths: readonly string[];

  constructor({ signed, ignored, byDefault = [], contents = {} }: SuiteModel) {
    super();
    for (const name of [...signed, ...ignored, ...byDefault]) this.write(`model/${name}`, contents[name] ?? name);
    this.#ignorePaths = ignored.map((name) => `${this.model}/${name}`);
  }

  /** Signs the model. */
  async sign(signer: SignerOptions = signWith(KEY), options: Partial<SignOptions> = {}): Promise<void> {
    await sign(this.model, { signer, signature: this.signature, ignorePaths: this.#ignorePaths, ...options });
  }

  /** Verifies the model. */
  verify(
    trust: VerifyOptions["trust"] = verifyWith(KEY),
    options: Partial<VerifyOptions> = {},
  ): Promise<VerifyResult> {
    return verify(this.model, { trust, signature: this.signature, ...options });
  }

  /** The bundle that was written. */
  get bundle(): Json {
    return JSON.parse(Deno.readTextFileSync(this.signature));
  }

  /** Puts another bundle, or other text, in its place. */
  set bundle(bundle: Json) {
    Deno.writeTextFileSync(this.signature, typeof bundle === "string" ? bundle : JSON.stringify(bundle));
  }

  /** The statement that was signed. */
  get statement(): Json {
    return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(this.bundle.dsseEnvelope.payload)));
  }

  /** The names of what was signed. */
  get signedNames(): string[] {
    return this.statement.predicate.resources.map(({ name }: Json) => name);
  }
}
