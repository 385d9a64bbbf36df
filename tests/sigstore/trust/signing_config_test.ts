import { assertEquals } from "@std/assert";
import { UnavailableError, VerificationError } from "../../../src/errors.ts";
import { parseClientTrustConfig } from "../../../src/sigstore/trust/client_trust_config.ts";
import { selectServices, type SigningServices } from "../../../src/sigstore/trust/select_services.ts";
import { parseSigningConfig } from "../../../src/sigstore/trust/signing_config.ts";
import { shippedPublic, shippedStaging } from "../../../src/sigstore/trust/shipped.ts";
import { assertFails } from "../../_assert_fails.ts";

const NOW = new Date("2026-11-22T12:00:00Z");

// deno-lint-ignore no-explicit-any -- the tests spoil any member
type Json = any;

function service(host: string, options: Json = {}): Json {
  const { version = 1, start = "2025-01-01T00:00:00Z", end, operator = host } = options;
  return { url: `https://${host}`, majorApiVersion: version, validFor: { start, end }, operator };
}

function config(members: Json = {}): Json {
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service("ca.example")],
    oidcUrls: [service("login.example")],
    rekorTlogUrls: [service("log.example")],
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: [service("time.example")],
    tsaConfig: { selector: "ANY" },
    ...members,
  };
}

function select(members: Json, options: { rekorVersions?: number[]; now?: Date } = {}): SigningServices {
  return selectServices(parseSigningConfig(JSON.stringify(config(members)), "it"), { now: NOW, ...options });
}

/** The names and versions of the logs that are selected. */
function logs(...args: Parameters<typeof select>): string[] {
  return select(...args).logs.map(({ url, majorApiVersion }) => `${url.host} v${majorApiVersion}`);
}

Deno.test("selectServices() takes version 1 of the public instance, and version 2 of staging", () => {
  const ofPublic = selectServices(parseSigningConfig(shippedPublic().signingConfig, "it"), { now: NOW });
  assertEquals(ofPublic.fulcio.href, "https://fulcio.sigstore.dev/");
  assertEquals(ofPublic.oidcIssuer?.href, "https://oauth2.sigstore.dev/auth");
  assertEquals(ofPublic.logs, [{ url: new URL("https://rekor.sigstore.dev"), majorApiVersion: 1 }]);
  assertEquals(ofPublic.timestampAuthorities.map(String), ["https://timestamp.sigstore.dev/api/v1/timestamp"]);
  const staging = parseSigningConfig(shippedStaging().signingConfig, "it");
  assertEquals(selectServices(staging, { now: NOW }).logs, [
    { url: new URL("https://log2025-alpha3.rekor.sigstage.dev"), majorApiVersion: 2 },
  ]);
  assertEquals(selectServices(staging, { now: NOW, rekorVersions: [1] }).logs, [
    { url: new URL("https://rekor.sigstage.dev"), majorApiVersion: 1 },
  ]);
});

Deno.test("parseClientTrustConfig() reads a genuine one, whose signing_config is written with an underscore", () => {
  const url = new URL("../../fixtures/sigstore/client_trust_config.example.json", import.meta.url);
  const { trustedRoot, signingConfig } = parseClientTrustConfig(Deno.readTextFileSync(url), "it");
  assertEquals(trustedRoot.tlogs[0]!.baseUrl, "https://rekor.sigstore.dev");
  const selected = selectServices(signingConfig, { now: NOW });
  assertEquals(selected.fulcio.href, "https://fulcio.sigstore.dev/", "not the one whose validity ended");
  assertEquals(selected.timestampAuthorities.length, 1);
});

Deno.test("parseClientTrustConfig() says which part is wrong", async () => {
  const url = new URL("../../fixtures/sigstore/client_trust_config.example.json", import.meta.url);
  const { trustedRoot, ...whole } = JSON.parse(Deno.readTextFileSync(url));
  const parse = (document: Json) => () => parseClientTrustConfig(JSON.stringify(document), "the file");
  await assertFails(parse(whole), VerificationError, "TRUST_INVALID", "the file", "trustedRoot is missing");
  delete trustedRoot.tlogs[0].publicKey.validFor;
  const spoiled = { ...whole, trustedRoot };
  await assertFails(parse(spoiled), VerificationError, "TRUST_INVALID", "in its trustedRoot, tlogs[0]");
  await assertFails(parse(trustedRoot), VerificationError, "TRUST_INVALID", "mediaType");
});

Deno.test("selectServices() takes services within their validity, whose ends belong to it", () => {
  const start = "2026-11-22T12:00:00Z";
  const rekorTlogUrls = [service("new.example", { start }), service("old.example", { end: start })];
  assertEquals(logs({ rekorTlogUrls }), ["new.example v1"]);
  assertEquals(logs({ rekorTlogUrls }, { now: new Date(NOW.getTime() - 1) }), ["old.example v1"]);
  assertEquals(logs({ rekorTlogUrls: rekorTlogUrls.slice(1) }), ["old.example v1"]);
});

Deno.test("selectServices() takes the newest service of each operator", () => {
  const rekorTlogUrls = [
    service("a1.example", { start: "2024-01-01T00:00:00Z", operator: "a" }),
    service("a2.example", { start: "2025-01-01T00:00:00Z", operator: "a" }),
    service("b1.example", { start: "2023-01-01T00:00:00Z", operator: "b" }),
  ];
  assertEquals(logs({ rekorTlogUrls, rekorTlogConfig: { selector: "ALL" } }), ["a2.example v1", "b1.example v1"]);
  assertEquals(logs({ rekorTlogUrls, rekorTlogConfig: { selector: "ANY" } }), ["a2.example v1"]);
  assertEquals(logs({ rekorTlogUrls, rekorTlogConfig: { selector: "EXACT", count: 1 } }), ["a2.example v1"]);
});

Deno.test("selectServices() takes the highest version that it may, and never two", () => {
  const rekorTlogUrls = [
    service("one.example", { operator: "a" }),
    service("two.example", { version: 2, operator: "b" }),
    service("three.example", { version: 3, operator: "c" }),
  ];
  const rekorTlogConfig = { selector: "ALL" };
  assertEquals(logs({ rekorTlogUrls, rekorTlogConfig }), ["two.example v2"]);
  assertEquals(logs({ rekorTlogUrls, rekorTlogConfig }, { rekorVersions: [1] }), ["one.example v1"]);
});

Deno.test("selectServices() does without what is not needed", () => {
  const selected = select({ oidcUrls: [], tsaUrls: [], tsaConfig: undefined });
  assertEquals([selected.oidcIssuer, selected.timestampAuthorities], [undefined, []]);
});

Deno.test("selectServices() takes a period that Go left open for open", () => {
  const start = "0001-01-01T00:00:00Z";
  assertEquals(logs({ rekorTlogUrls: [service("log.example", { start, end: start })] }), ["log.example v1"]);
});

const v2 = service("two.example", { version: 2 });
const NO_SERVICE: Record<string, [Json, string]> = {
  "no certificate authority": [{ caUrls: [] }, "no certificate authority"],
  "a certificate authority of another version": [{ caUrls: [service("ca", { version: 2 })] }, "of version 1"],
  "logs that are not valid yet": [
    { rekorTlogUrls: [service("log", { start: "2027-01-01T00:00:00Z" })] },
    "no transparency log",
  ],
  "logs whose validity ended": [
    { rekorTlogUrls: [service("log", { end: "2026-11-22T11:59:59Z" })] },
    "no transparency log",
  ],
  "a log of a version that is not known": [{ rekorTlogUrls: [service("log", { version: 3 })] }, "version 1 or 2"],
  "a version 2 log without timestamp authority": [{ rekorTlogUrls: [v2], tsaUrls: [] }, "no timestamp authority"],
  "too few for EXACT": [{ rekorTlogConfig: { selector: "EXACT", count: 2 } }, "asks for 2"],
  "two of one operator for EXACT": [
    {
      rekorTlogUrls: [service("a", { operator: "x" }), service("b", { operator: "x" })],
      rekorTlogConfig: { selector: "EXACT", count: 2 },
    },
    "asks for 2",
  ],
  "no rule how many logs": [{ rekorTlogConfig: undefined }, "how many"],
};

for (const [what, [members, words]] of Object.entries(NO_SERVICE)) {
  Deno.test(`selectServices() fails with ${what}`, async () => {
    await assertFails(() => select(members), UnavailableError, "NO_SERVICE", "signing config", words);
  });
}

const withUrl = (url: unknown): Json => ({ caUrls: [{ ...service("ca"), url }] });
const REFUSED: Record<string, [Json, string]> = {
  "an http: address elsewhere": [withUrl("http://ca.example"), "must be https"],
  "an http: address that begins like this machine": [withUrl("http://localhost.example"), "must be https"],
  "an http: address that begins like 127.0.0.1": [withUrl("http://127.0.0.1.example"), "must be https"],
  "an http: address with this machine as user": [withUrl("http://127.0.0.1@ca.example"), "must be https"],
  "an http: log": [{ rekorTlogUrls: [{ ...service("log"), url: "http://log.example" }] }, "rekorTlogUrls[0].url"],
  "an http: timestamp authority": [{ tsaUrls: [{ ...service("tsa"), url: "http://tsa.example" }] }, "tsaUrls[0].url"],
  "an http: issuer": [{ oidcUrls: [{ ...service("oidc"), url: "http://oidc.example" }] }, "oidcUrls[0].url"],
  "an http: service that is not selected": [
    { caUrls: [service("ca"), { ...service("old", { version: 9 }), url: "http://old.example" }] },
    "caUrls[1].url",
  ],
  "a file": [withUrl("file:///etc/passwd"), "must be https"],
  "an address with a password": [withUrl("https://me:secret@ca.example"), "without user"],
  "an address with a query": [withUrl("https://ca.example?next=x"), "query"],
  "what is not an address": [withUrl("ca.example"), "is not an address"],
  "no address": [withUrl(undefined), "url is missing"],
  "a version that is not a number": [{ caUrls: [{ ...service("ca"), majorApiVersion: "1" }] }, "majorApiVersion"],
  "a rule that is not known": [{ tsaConfig: { selector: "SOME" } }, '"SOME"'],
  "EXACT without a number": [{ tsaConfig: { selector: "EXACT" } }, "tsaConfig.count"],
  "EXACT of none": [{ tsaConfig: { selector: "EXACT", count: 0 } }, "tsaConfig.count"],
  "an older version": [{ mediaType: "application/vnd.dev.sigstore.signingconfig.v0.1+json" }, "v0.1"],
  "too many services": [{ caUrls: Array(101).fill(service("ca")) }, "at most 100"],
};

for (const [what, [members, words]] of Object.entries(REFUSED)) {
  Deno.test(`parseSigningConfig() refuses ${what}`, async () => {
    const text = JSON.stringify(config(members));
    await assertFails(
      () => parseSigningConfig(text, "the file"),
      VerificationError,
      "TRUST_INVALID",
      "the file",
      words,
    );
  });
}

Deno.test("parseSigningConfig() takes http: on this machine", () => {
  for (const url of ["http://localhost:3000", "http://127.0.0.1:3000/x", "http://[::1]:3000", "http://127.1"]) {
    assertEquals(select(withUrl(url)).fulcio.href, new URL(url).href);
  }
});
