import type { Period } from "./certificate_authority.ts";
import { CtLog } from "./ct_log.ts";
import { Fulcio } from "./fulcio.ts";
import { Issuer } from "./issuer.ts";
import type { ServiceKeyKind } from "./keys.ts";
import { RekorV1 } from "./rekor_v1.ts";
import { RekorV2 } from "./rekor_v2.ts";
import { TimestampAuthority } from "./timestamp_authority.ts";
import { GITHUB_ISSUER, GITLAB_ISSUER, type TokenOptions } from "./tokens.ts";
import { TufRepository } from "./tuf_repository.ts";
import {
  type SerializedClientTrustConfig,
  type SerializedSigningConfig,
  type SerializedTrustedRoot,
  signingConfigOf,
  trustedRootOf,
} from "./trust.ts";

/** How a Sigstore for tests is to be. */
export interface TestSigstoreOptions {
  /** What the clocks of all services say: the real time if not given. */
  now?: () => Date;
  /** From when to when keys and roots are valid: ten days before now to ten years behind, if not given. */
  period?: Period;
  /** When Fulcio's intermediate certificate is valid, if not then. */
  intermediatePeriod?: Period;
  /** When the signing certificate of the timestamp authority is valid, if not then. */
  timestampPeriod?: Period;
  /** Of Rekor v2's log: Ed25519 if not given. */
  rekorV2Key?: ServiceKeyKind;
  /** Names of issuers whom Fulcio trusts besides the issuer here, GitHub and GitLab. All of them sign with the issuer's key. */
  issuers?: readonly string[];
}

const DAY = 86_400_000;

/**
 * A Sigstore of our own on loopback, with new keys each time: Fulcio, a CT log, a timestamp authority, Rekor v1 and v2,
 * an OIDC issuer, and the TUF repository that tells of them. All of it keeps the rules of the real one, unless it is told to misbehave.
 *
 * @example
 * ```ts
 * await using sigstore = await TestSigstore.start();
 * const token = await sigstore.token({ email: "jane@example.com" });
 * sigstore.rekorV1.misbehave("tooManyRequests", { times: 1 });
 * ```
 */
export class TestSigstore implements AsyncDisposable {
  readonly period: Period;
  /** The OIDC issuer. */
  readonly issuer: Issuer;
  readonly fulcio: Fulcio;
  readonly ctLog: CtLog;
  readonly rekorV1: RekorV1;
  readonly rekorV2: RekorV2;
  readonly timestampAuthority: TimestampAuthority;
  /** The repository that tells of them all. */
  readonly tuf: TufRepository;
  /** What the clocks of all services say. */
  readonly now: () => Date;

  private constructor(services: Services) {
    this.period = services.period;
    this.issuer = services.issuer;
    this.fulcio = services.fulcio;
    this.ctLog = services.ctLog;
    this.rekorV1 = services.rekorV1;
    this.rekorV2 = services.rekorV2;
    this.timestampAuthority = services.timestampAuthority;
    this.now = services.now;
    this.tuf = new TufRepository({
      "trusted_root.json": this.trustedRoot(),
      "signing_config.v0.2.json": this.signingConfig(),
      "signing_config_rekor_v2.v0.2.json": this.signingConfig({ rekor: 2 }),
    }, this.now);
  }

  /** Starts all services. */
  static async start(options: TestSigstoreOptions = {}): Promise<TestSigstore> {
    const now = options.now ?? ((): Date => new Date());
    const begin = now().getTime();
    const period = options.period ?? { start: new Date(begin - 10 * DAY), end: new Date(begin + 3650 * DAY) };
    const ctLog = new CtLog(now);
    const issuer = await Issuer.start(now);
    const trusted = {
      names: [issuer.url, GITHUB_ISSUER, GITLAB_ISSUER, ...options.issuers ?? []],
      key: issuer.key.publicJwk,
    };
    return new TestSigstore({
      now,
      period,
      ctLog,
      issuer,
      fulcio: await Fulcio.start(period, options.intermediatePeriod ?? period, ctLog, trusted, now),
      timestampAuthority: await TimestampAuthority.start(period, options.timestampPeriod ?? period, now),
      rekorV1: new RekorV1(now),
      rekorV2: new RekorV2(options.rekorV2Key, now),
    });
  }

  /** A token that Fulcio takes: for jane@example.com, if nothing else is said. */
  token(options?: TokenOptions): Promise<string> {
    return this.issuer.token(options);
  }

  /** What a verifier is to trust: a new object each time, to be changed at will. */
  trustedRoot(): SerializedTrustedRoot {
    return trustedRootOf(this);
  }

  /** Where a signer is to go, to the one Rekor alone or, with 2, to the other if it can: a new object each time. */
  signingConfig({ rekor = 1 }: { rekor?: 1 | 2 } = {}): SerializedSigningConfig {
    return signingConfigOf(this, rekor);
  }

  /** Both in one. */
  clientTrustConfig(options?: { rekor?: 1 | 2 }): SerializedClientTrustConfig {
    return {
      mediaType: "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
      trustedRoot: this.trustedRoot(),
      signingConfig: this.signingConfig(options),
    };
  }

  /** Stops all services. */
  async [Symbol.asyncDispose](): Promise<void> {
    const services = [this.issuer, this.fulcio, this.rekorV1, this.rekorV2, this.timestampAuthority, this.tuf];
    await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
  }
}

interface Services {
  readonly period: Period;
  readonly issuer: Issuer;
  readonly fulcio: Fulcio;
  readonly ctLog: CtLog;
  readonly rekorV1: RekorV1;
  readonly rekorV2: RekorV2;
  readonly timestampAuthority: TimestampAuthority;
  readonly now: () => Date;
}
