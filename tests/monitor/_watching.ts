/** A Sigstore with logs to watch. */
import { TrustedRoot } from "@sigstore/protobuf-specs";
import type { Finding } from "../../src/monitor/finding.ts";
import type { Watch } from "../../src/monitor/match.ts";
import { type MonitorResult, watchLogs, type WatchOptions } from "../../src/monitor/watch_logs.ts";
import { type BundleOptions, type MadeBundle, makeBundle } from "../_sigstore/make_bundle.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { IMPATIENT } from "../sigstore/log/_log_server.ts";

export const JANE = "jane@example.com";

export class Watching implements AsyncDisposable {
  readonly sigstore: TestSigstore;
  readonly directory = new TempDirectory();
  readonly rekor: 1 | 2;
  #number = 0;

  private constructor(sigstore: TestSigstore, rekor: 1 | 2) {
    this.sigstore = sigstore;
    this.rekor = rekor;
  }

  static async start(rekor: 1 | 2): Promise<Watching> {
    return new Watching(await TestSigstore.start(), rekor);
  }

  get log(): TestSigstore["rekorV1"] | TestSigstore["rekorV2"] {
    return this.rekor === 1 ? this.sigstore.rekorV1 : this.sigstore.rekorV2;
  }

  get trustedRoot(): TrustedRoot {
    return TrustedRoot.fromJSON(this.sigstore.trustedRoot());
  }

  get state(): string {
    return `${this.directory.path}/state.json`;
  }

  /** Signs something new each time. */
  sign(options: BundleOptions = {}): Promise<MadeBundle> {
    return makeBundle(this.sigstore, { statement: { number: this.#number++ }, rekor: this.rekor, ...options });
  }

  /** What others do. */
  noise(count: number): void {
    const { log } = this;
    for (let i = 0; i < count; i++) {
      const body = new TextEncoder().encode(JSON.stringify({ kind: "noise", number: this.#number++ }));
      if ("beginShard" in log) log.addCanonical({ body, kind: "noise", version: "0", keys: [] });
      else log.addCanonical(body);
    }
  }

  /** Looks once. */
  async look(
    options: Partial<WatchOptions> & { watch?: Watch } = {},
  ): Promise<MonitorResult & { readonly found: Finding[] }> {
    const found: Finding[] = [];
    const result = await watchLogs({
      watch: { identity: JANE },
      trustedRoot: this.trustedRoot,
      logs: [{ url: this.log.url }],
      state: this.state,
      from: Infinity, // the present, as in a log of billions of entries
      retryPolicy: IMPATIENT,
      onFinding: (finding) => void found.push(finding),
      ...options,
    });
    return { ...result, found };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.directory[Symbol.dispose]();
    await this.sigstore[Symbol.asyncDispose]();
  }
}
