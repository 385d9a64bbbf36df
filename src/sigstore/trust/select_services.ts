/** Which services a signer uses, of those that a signing config lists. */
import { type Service, ServiceSelector, type SigningConfig } from "@sigstore/protobuf-specs";
import { UnavailableError } from "../../errors.ts";

/** A transparency log to write to. */
export interface LogService {
  readonly url: URL;
  /** Rekor's version: 1 or 2. */
  readonly majorApiVersion: number;
}

/** The services that sign. */
export interface SigningServices {
  /** The certificate authority. */
  readonly fulcio: URL;
  /** The issuer of identity tokens for people; a private instance may know machines only, which bring theirs. */
  readonly oidcIssuer: URL | undefined;
  /** The transparency logs, one or more. */
  readonly logs: readonly LogService[];
  /** The timestamp authorities; none is needed with logs of version 1. */
  readonly timestampAuthorities: readonly URL[];
}

/** By what services are selected. */
export interface SelectOptions {
  /** The time of signing. */
  readonly now: Date;
  /** What messages call the signing config, such as the file in quotes. */
  readonly name?: string;
  /** The versions of Rekor that may be used; by default those that this program knows. */
  readonly rekorVersions?: readonly number[];
}

const REKOR_VERSIONS = [1, 2];
/** Of all other kinds of service there is one version. */
const OTHER_VERSIONS = [1];

/**
 * Selects the services to sign with, as the definition of the signing config says (protobuf-specs,
 * `sigstore_trustroot.proto`): within their validity, of the highest version that is known, never of two versions at
 * once, the newest of each operator, and the number that the config asks for. With the selector ANY, the newest is used.
 *
 * @param config The signing config.
 * @param options By what to select.
 * @returns The services.
 * @throws {UnavailableError} With code `NO_SERVICE` if the config has no fit service of a kind that is needed.
 */
export function selectServices(config: SigningConfig, options: SelectOptions): SigningServices {
  const { now, name = "the signing config", rekorVersions = REKOR_VERSIONS } = options;
  const [fulcio] = fitServices(config.caUrls, OTHER_VERSIONS, now);
  if (fulcio === undefined) throw noService(name, "certificate authority", OTHER_VERSIONS, now);
  const [issuer] = fitServices(config.oidcUrls, OTHER_VERSIONS, now);
  const logs = selectMany(fitServices(config.rekorTlogUrls, rekorVersions, now), config.rekorTlogConfig, "log", name);
  if (logs.length === 0) throw noService(name, "transparency log", rekorVersions, now);
  const authorities = selectMany(
    fitServices(config.tsaUrls, OTHER_VERSIONS, now),
    config.tsaConfig,
    "timestamp authority",
    name,
  );
  // A log of version 2 promises nothing and says no time: without a timestamp nobody could verify.
  if (authorities.length === 0 && logs.some((log) => log.majorApiVersion >= 2)) {
    throw noService(name, "timestamp authority, which a transparency log of version 2 needs", OTHER_VERSIONS, now);
  }
  return {
    fulcio: new URL(fulcio.url),
    oidcIssuer: issuer === undefined ? undefined : new URL(issuer.url),
    logs: logs.map(({ url, majorApiVersion }) => ({ url: new URL(url), majorApiVersion })),
    timestampAuthorities: authorities.map(({ url }) => new URL(url)),
  };
}

/** The newest of each operator of the highest version that is known, the newest of all first. */
function fitServices(services: readonly Service[], versions: readonly number[], now: Date): Service[] {
  const valid = services.filter((service) => versions.includes(service.majorApiVersion) && isValid(service, now));
  const highest = Math.max(...valid.map((service) => service.majorApiVersion));
  const newestFirst = valid.filter((service) => service.majorApiVersion === highest)
    .sort((a, b) => startOf(b) - startOf(a));
  return [...Map.groupBy(newestFirst, (service) => service.operator).values()].map((ofOne) => ofOne[0]!);
}

/** Both ends belong to the period. */
function isValid({ validFor }: Service, now: Date): boolean {
  return (validFor?.start === undefined || validFor.start <= now) &&
    (validFor?.end === undefined || now <= validFor.end);
}

function startOf({ validFor }: Service): number {
  return validFor?.start?.getTime() ?? 0;
}

function selectMany(
  services: Service[],
  rule: SigningConfig["rekorTlogConfig"],
  kind: string,
  name: string,
): Service[] {
  if (services.length === 0) return [];
  switch (rule?.selector) {
    case ServiceSelector.ALL:
      return services;
    case ServiceSelector.ANY:
      return services.slice(0, 1);
    case ServiceSelector.EXACT:
      if (services.length >= rule.count) return services.slice(0, rule.count);
      throw new UnavailableError(
        "NO_SERVICE",
        `Cannot sign: ${name} asks for ${rule.count} services of kind ${kind} by as many operators, and has ` +
          `${services.length} that can be used now`,
      );
    default:
      throw new UnavailableError(
        "NO_SERVICE",
        `Cannot sign: ${name} does not say how many of each ${kind} to use`,
      );
  }
}

function noService(name: string, kind: string, versions: readonly number[], now: Date): UnavailableError {
  return new UnavailableError(
    "NO_SERVICE",
    `Cannot sign: ${name} has no ${kind} of version ${versions.join(" or ")} that is valid on ` +
      `${now.toISOString().slice(0, 10)}`,
  );
}
