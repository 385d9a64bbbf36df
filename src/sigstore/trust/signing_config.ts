/** The signing config: the addresses of a Sigstore instance's services, and how many of them a signer is to use. */
import { SigningConfig } from "@sigstore/protobuf-specs";
import { quoteAddress } from "../../text/address.ts";
import {
  asObject,
  asObjects,
  asOneOf,
  asOptionalText,
  asPeriod,
  asText,
  isPresent,
  type JsonObject,
  readDocument,
  TrustFormatError,
} from "../documents/read.ts";
import { TRUST_LIMITS } from "../documents/limits.ts";

const MEDIA_TYPE = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

const SELECTORS = ["ALL", "ANY", "EXACT"];

/**
 * Reads a signing config, strictly.
 *
 * @param text The JSON.
 * @param name What it is for messages, such as the file in quotes.
 * @returns The signing config.
 * @throws {VerificationError} With code `TRUST_INVALID` if it is not as it must be, or one of its addresses is not
 * `https:`, nor `http:` on this machine.
 */
export function parseSigningConfig(text: string, name: string): SigningConfig {
  return readDocument(text, name, readSigningConfig);
}

/**
 * Reads a signing config that is a part of a parsed document.
 *
 * @param document The JSON object.
 * @returns The signing config.
 * @throws {TrustFormatError} If it is not as it must be.
 */
export function readSigningConfig(document: JsonObject): SigningConfig {
  return SigningConfig.fromJSON({
    mediaType: asOneOf(document.mediaType, "mediaType", [MEDIA_TYPE]),
    caUrls: readServices(document, "caUrls"),
    oidcUrls: readServices(document, "oidcUrls"),
    rekorTlogUrls: readServices(document, "rekorTlogUrls"),
    rekorTlogConfig: readSelection(document, "rekorTlogConfig"),
    tsaUrls: readServices(document, "tsaUrls"),
    tsaConfig: readSelection(document, "tsaConfig"),
  });
}

function readServices(document: JsonObject, member: string): JsonObject[] {
  return asObjects(document[member], member).map((service, i) => readService(service, `${member}[${i}]`));
}

function readService(service: JsonObject, place: string): JsonObject {
  const { majorApiVersion, operator } = service;
  if (!Number.isSafeInteger(majorApiVersion) || (majorApiVersion as number) < 0) {
    throw new TrustFormatError(`${place}.majorApiVersion is not a whole number`);
  }
  return {
    url: readAddress(service.url, `${place}.url`).href,
    majorApiVersion,
    validFor: isPresent(service.validFor) ? readValidity(service.validFor, `${place}.validFor`) : undefined,
    operator: asOptionalText(operator, `${place}.operator`),
  };
}

function readValidity(value: unknown, place: string): JsonObject {
  const { start, end } = asPeriod(value, place);
  return { start: start?.toISOString(), end: end?.toISOString() };
}

/**
 * Reads the address of a service. A token or the digest of an unpublished model goes there, so that it must be `https:`;
 * `http:` is for a service on this very machine.
 *
 * @param value The address.
 * @param place Where it stands, for messages.
 * @returns The address.
 * @throws {TrustFormatError} If it is not fit.
 */
export function readAddress(value: unknown, place: string): URL {
  const text = asText(value, place);
  const url = URL.parse(text);
  if (url === null) throw new TrustFormatError(`${place} is not an address: ${quoteAddress(text)}`);
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  if (!isSafe) {
    throw new TrustFormatError(`${place} must be https, or http on this machine: ${quoteAddress(text)}`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new TrustFormatError(`${place} must be an address without user, query or fragment: ${quoteAddress(text)}`);
  }
  return url;
}

/** By the name as the URL parser has it: it has turned 127.1 and 0x7f000001 into 127.0.0.1. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function readSelection(document: JsonObject, member: string): JsonObject | undefined {
  if (!isPresent(document[member])) return undefined;
  const { selector, count } = asObject(document[member], member);
  const chosen = asOneOf(selector, `${member}.selector`, SELECTORS);
  if (chosen !== "EXACT") return { selector: chosen };
  const isCount = Number.isSafeInteger(count) && (count as number) >= 1 && (count as number) <= TRUST_LIMITS.listed;
  if (!isCount) throw new TrustFormatError(`${member}.count is not a number of services`);
  return { selector: chosen, count };
}
