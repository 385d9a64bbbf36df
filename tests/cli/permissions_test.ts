/** Each row of the table in docs/permissions.md is run with exactly its permissions, by a user with a fresh home. */
import { assert, assertEquals } from "@std/assert";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { makeAuthority, makeLeaf } from "../_certificates.ts";
import { runProgram, runToFail, runWell, Workplace } from "../_program.ts";

const PAGE = await Deno.readTextFile(new URL("../../docs/permissions.md", import.meta.url));

/** The rows: the command with its options, and the permissions. */
const ROWS: ReadonlyMap<string, string> = new Map(
  PAGE.split("\n")
    .filter((line) => /^\| `/.test(line))
    .map((line): [string, string] => {
      const [command, permissions] = line.split("|").slice(1).map((cell) => cell.trim());
      return [command!.replaceAll("`", ""), permissions!];
    }),
);

/** Where this Deno keeps its packages: it would look for them in the cache directory that a test names. */
const DENO_DIR = JSON.parse(
  new TextDecoder().decode(new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync().stdout),
).denoDir as string;

const linux = Deno.build.os === "linux";

/** A user with a model, signed in every way, and a Sigstore whose instance is chosen in a fresh home. */
class Home extends Workplace {
  readonly env = { DENO_DIR, HOME: `${this.path}/home`, GITLAB_CI: "true", SIGSTORE_ID_TOKEN: "" };
  readonly directories = {
    cache: `${this.path}/home/.cache/model-signing`,
    settings: `${this.path}/home/.config/model-signing`,
  };

  private constructor(readonly sigstore: TestSigstore) {
    super();
  }

  static async make(sigstore: TestSigstore): Promise<Home> {
    const home = new Home(sigstore);
    home.makeDirectory("home");
    home.makeDirectory("states");
    home.makeDirectory("signatures");
    home.makeKeys();
    const root = await makeAuthority("CN=root");
    const leaf = await makeLeaf(root);
    home.write("root.pem", root.pem);
    home.write("leaf.pem", leaf.pem);
    home.write("leaf.key", leaf.privateKeyPem);
    home.write("config.json", JSON.stringify(sigstore.clientTrustConfig({ rekor: 1 })));
    home.write("tuf_root.json", sigstore.tuf.root());
    home.env.SIGSTORE_ID_TOKEN = await sigstore.token();
    home.write("token", home.env.SIGSTORE_ID_TOKEN);
    return home;
  }

  /** Chooses the instance, and forgets what was fetched by that. */
  async chooseInstance(): Promise<void> {
    await this.run("trust init --mirror MIRROR_URL --root tuf_root.json", ["-A"]);
    Deno.removeSync(`${this.path}/home/.cache`, { recursive: true });
  }

  /** Runs a command, which must do its work without a warning. */
  async run(line: string, allow: readonly string[]): Promise<void> {
    await runWell(this.#words(line), { cwd: this.path, allow, env: this.env });
  }

  /** Signs, which says on standard error what becomes public. */
  async sign(line: string, allow: readonly string[]): Promise<void> {
    const { code, stderr } = await runProgram(this.#words(line), { cwd: this.path, allow, env: this.env });
    assertEquals(code, 0, stderr);
  }

  #words(line: string): string[] {
    const { issuer, tuf } = this.sigstore;
    return line.replace("JANE", `--identity jane@example.com --identity-provider ${issuer.url}`)
      .replace("MIRROR_URL", tuf.url).split(" ");
  }

  /** The permissions of a row, with what its capitals stand for. */
  permissions(row: string): string[] {
    const [, words = ""] = /`([^`]+)`/.exec(ROWS.get(row) ?? "") ?? [];
    const { fulcio, rekorV1, timestampAuthority, tuf, issuer } = this.sigstore;
    const host = (service: { url: string }): string => new URL(service.url).host;
    const meanings: Record<string, string> = {
      MODEL: `${this.path}/bert`,
      SIGNATURE: `${this.path}/signatures/bert.sig`,
      DIRECTORY: `${this.path}/signatures`,
      PUBLIC_KEY: `${this.path}/key.pub`,
      PRIVATE_KEY: `${this.path}/key.pem,${this.path}/leaf.key`,
      ROOTS: `${this.path}/root.pem`,
      CERTIFICATES: `${this.path}/leaf.pem,${this.path}/root.pem`,
      FILE: `${this.path}/config.json`,
      TOKEN: `${this.path}/token`,
      ROOT: `${this.path}/tuf_root.json`,
      STATE_DIRECTORY: `${this.path}/states`,
      SIGNATURES: `${this.path}/signatures/bert.sig`,
      CACHE: this.directories.cache,
      SETTINGS: this.directories.settings,
      LOG: host(rekorV1),
      MIRROR: host(tuf),
      SERVICES: [fulcio, rekorV1, timestampAuthority, issuer].map(host).join(),
      "tuf-repo-cdn.sigstore.dev": host(tuf),
    };
    return words.split(" ").map((word) => {
      const [flag, values] = word.split("=");
      return values === undefined ? flag! : `${flag}=${
        values.split(",").map((value) => {
          assert(meanings[value] !== undefined, `${row}: what is ${value}?`);
          return meanings[value];
        }).join()
      }`;
    });
  }
}

const AT = "--signature signatures/bert.sig";
const SIGN_WITH_TOKEN = `sign bert ${AT} --identity-token token --trust-config config.json`;
const SIGN_KEY = `sign key bert ${AT} --private-key key.pem`;
const SIGN_CERTIFICATE =
  `sign certificate bert ${AT} --private-key leaf.key --signing-certificate leaf.pem --certificate-chain root.pem`;

/** What is signed before, with all permissions, and the command of a row. */
interface Scenario {
  readonly before?: string;
  readonly line: string;
  /** A row whose permissions are needed as well. */
  readonly with?: string;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "digest": { line: "digest bert" },
  "inspect": { before: SIGN_KEY, line: "inspect signatures/bert.sig" },
  "verify key": { before: SIGN_KEY, line: `verify key bert ${AT} --public-key key.pub` },
  "verify certificate": {
    before: SIGN_CERTIFICATE,
    line: `verify certificate bert ${AT} --certificate-chain root.pem`,
  },
  "verify, --offline": { before: SIGN_WITH_TOKEN, line: `verify bert ${AT} JANE --offline` },
  "verify, --trusted-root or --trust-config": {
    before: SIGN_WITH_TOKEN,
    line: `verify bert ${AT} JANE --trust-config config.json`,
  },
  "verify": { before: SIGN_WITH_TOKEN, line: `verify bert ${AT} JANE` },
  "verify, --check-log": { before: SIGN_WITH_TOKEN, line: `verify bert ${AT} JANE --check-log`, with: "verify" },
  "sign": { line: `sign bert ${AT} --use-ambient-credentials` },
  "sign, --identity-token and --trust-config": { line: SIGN_WITH_TOKEN },
  "trust show": { line: "trust show" },
  "trust init, --mirror and --root": { line: "trust init --mirror MIRROR_URL --root tuf_root.json" },
  "monitor, --trust-config": {
    before: SIGN_WITH_TOKEN,
    line: `monitor --identity other@example.com --state states/state.json --expect signatures/bert.sig ` +
      "--trust-config config.json --log LOG_URL --quiet",
  },
  "sign key": { line: SIGN_KEY },
  "sign certificate": { line: SIGN_CERTIFICATE },
};

Deno.test("every row of the permissions is tested", () => {
  assertEquals([...ROWS.keys()].sort(), Object.keys(SCENARIOS).sort());
});

Deno.test({
  name: "docs: the permissions of each row are enough",
  ignore: !linux,
  fn: async (t) => {
    await using sigstore = await TestSigstore.start();
    for (const [row, scenario] of Object.entries(SCENARIOS)) await t.step(row, () => runRow(sigstore, row, scenario));
  },
});

async function runRow(sigstore: TestSigstore, row: string, { before, line, with: other }: Scenario): Promise<void> {
  using home = await Home.make(sigstore);
  const allow = [...home.permissions(row), ...(other === undefined ? [] : home.permissions(other))];
  const has = (directory: string): boolean => allow.some((word) => word.includes(directory));
  if (has(home.directories.settings) && !row.startsWith("trust init")) await home.chooseInstance();
  if (before !== undefined) await home.sign(before, ["-A"]);
  if (row === "verify, --offline") await home.run("trust show", ["-A"]);
  const words = line.replace("LOG_URL", sigstore.rekorV1.url);
  if (line.startsWith("sign")) await home.sign(words, joined(allow));
  else await home.run(words, joined(allow));
  const made = [...Deno.readDirSync(`${home.path}/home`)].map(({ name }) => name).sort();
  const { cache, settings } = home.directories;
  assertEquals(made, [...(has(cache) ? [".cache"] : []), ...(has(settings) ? [".config"] : [])]);
}

/** A row that adds to another one: Deno takes each flag once. */
function joined(allow: readonly string[]): string[] {
  const values = new Map<string, string[]>();
  for (const word of allow) {
    const [flag, value] = word.split("=");
    values.set(flag!, [...values.get(flag!) ?? [], ...(value === undefined ? [] : [value])]);
  }
  return [...values].map(([flag, all]) => all.length === 0 ? flag : `${flag}=${all.join()}`);
}

Deno.test({
  name: "docs: without SETTINGS, or the environment to find it, nothing of the public instance is trusted",
  ignore: !linux,
  fn: async () => {
    await using sigstore = await TestSigstore.start();
    using home = await Home.make(sigstore);
    await home.chooseInstance();
    await home.sign(SIGN_WITH_TOKEN, ["-A"]);
    const at = { cwd: home.path, env: home.env };
    const identity = ["--identity", "jane@example.com", "--identity-provider", sigstore.issuer.url];
    for (const row of ["verify", "verify, --offline"]) {
      const args = ["verify", "bert", ...AT.split(" "), ...identity, ...(row === "verify" ? [] : ["--offline"])];
      const allow = home.permissions(row);
      const file = `${home.directories.settings}/sigstore_instance.json`;
      const unread = allow.map((word) => word.replace(`,${home.directories.settings}`, ""));
      await runToFail(args, 3, [`"${file}"`, `--allow-read=${file}`], { ...at, allow: unread });
      const blind = allow.filter((word) => word !== "--allow-env");
      await runToFail(args, 3, ["--allow-env=XDG_CONFIG_HOME,HOME"], { ...at, allow: blind });
    }
  },
});
