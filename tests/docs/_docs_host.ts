/** A machine for the commands of the pages: everything that they name is there, and addresses mean test services. */
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { CODE_SIGNING, makeAuthority, makeLeaf } from "../_certificates.ts";
import { ENTRY, type Outcome, runCommand, Workplace } from "../_program.ts";

/** Where Deno keeps its packages; it would look for them in the cache directory of the test otherwise. */
const DENO_DIR = JSON.parse(
  new TextDecoder().decode(new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync().stdout),
).denoDir as string;

/** The identity in the pages. */
const IDENTITY = "me@example.com";

/**
 * A directory with the model `bert`, keys, certificates and a Sigstore instance of its own, where `me@example.com` is
 * logged in. `model-signing` is on the PATH.
 */
export class DocsHost extends Workplace implements AsyncDisposable {
  readonly #sigstore: TestSigstore;
  #token = "";

  private constructor(sigstore: TestSigstore) {
    super();
    this.#sigstore = sigstore;
  }

  /** Sets up the directory and the services. */
  static async start(): Promise<DocsHost> {
    const host = new DocsHost(await TestSigstore.start());
    await host.#writeCertificates();
    await host.#writeTrust();
    host.makeKeys();
    host.write("bin/model-signing", host.#wrapper());
    Deno.chmodSync(`${host.path}/bin/model-signing`, 0o755);
    return host;
  }

  /** Runs a script with bash in the directory. */
  async run(script: string): Promise<Outcome> {
    const env = {
      DENO_DIR,
      PATH: `${this.path}/bin:${Deno.env.get("PATH")}`,
      HOME: `${this.path}/home`,
      XDG_CACHE_HOME: `${this.path}/home/.cache`,
      XDG_CONFIG_HOME: `${this.path}/home/.config`,
      SIGSTORE_ID_TOKEN: this.#token,
      GITLAB_CI: "true",
      CI_SERVER_URL: this.#sigstore.issuer.url,
    };
    return await runCommand("bash", ["-c", script], { cwd: this.path, env });
  }

  async #writeCertificates(): Promise<void> {
    const root = await makeAuthority("CN=root");
    const intermediate = await makeAuthority("CN=intermediate", { issuer: root });
    const leaf = await makeLeaf(intermediate, { extendedKeyUsage: [CODE_SIGNING] });
    this.write("root.pem", root.pem);
    this.write("intermediate.pem", intermediate.pem);
    this.write("me.pem", leaf.pem);
    this.write("me.key", leaf.privateKeyPem);
  }

  async #writeTrust(): Promise<void> {
    const { tuf } = this.#sigstore;
    this.#token = await this.#sigstore.token({ email: IDENTITY });
    this.write("token.txt", this.#token);
    this.write("instance.json", JSON.stringify(this.#sigstore.clientTrustConfig()));
    this.write("trusted_root.json", JSON.stringify(this.#sigstore.trustedRoot()));
    this.write("root.json", tuf.root());
    const instance = { mirror: `${tuf.url}/`, root: tuf.root().toBase64() };
    this.write("home/.config/model-signing/sigstore_instance.json", JSON.stringify(instance));
  }

  /** The program, with the addresses of the pages replaced by those of the test services. */
  #wrapper(): string {
    const { issuer, tuf, rekorV1 } = this.#sigstore;
    const addresses = {
      "https://accounts.google.com": issuer.url,
      "https://tuf.example.com": tuf.url,
      "https://rekor.sigstore.dev": rekorV1.url,
    };
    const replacements = Object.entries(addresses).map(([from, to]) =>
      `  word=\${word//${from.replaceAll("/", "\\/")}/${to.replaceAll("/", "\\/")}}`
    );
    return [
      "#!/usr/bin/env bash",
      "words=()",
      'for word in "$@"; do',
      ...replacements,
      '  words+=("$word")',
      "done",
      `exec ${JSON.stringify(Deno.execPath())} run --quiet --no-prompt -A ${JSON.stringify(ENTRY)} "\${words[@]}"`,
      "",
    ].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sigstore[Symbol.asyncDispose]();
    this[Symbol.dispose]();
  }
}
