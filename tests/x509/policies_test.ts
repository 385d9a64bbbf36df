/** Certificate policies (RFC 5280 §6.1): what CAs require with policyConstraints and inhibitAnyPolicy. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { verifyChain } from "../../src/x509/path.ts";
import {
  AT,
  der,
  makeAuthority,
  makeLeaf,
  objectIdentifier,
  type TestCertificate,
  type TestExtension,
} from "../_certificates.ts";

const ANY = "2.5.29.32.0";
const [A, B] = ["1.2.3.1", "1.2.3.2"];

interface Policies {
  readonly policies?: readonly string[];
  readonly mappings?: readonly (readonly [string, string])[];
  readonly explicit?: number;
  readonly inhibitMapping?: number;
  readonly inhibitAny?: number;
  readonly subject?: string;
}

function extensions({ policies, mappings, explicit, inhibitMapping, inhibitAny }: Policies): TestExtension[] {
  const oids = (all: readonly string[]): Uint8Array[] => all.map(objectIdentifier);
  const number = (tag: number, value: number | undefined): Uint8Array[] =>
    value === undefined ? [] : [der(tag, Uint8Array.of(value))];
  const all: TestExtension[] = [];
  if (policies) all.push({ oid: "2.5.29.32", value: der(0x30, ...oids(policies).map((one) => der(0x30, one))) });
  if (mappings) all.push({ oid: "2.5.29.33", value: der(0x30, ...mappings.map((pair) => der(0x30, ...oids(pair)))) });
  if (explicit !== undefined || inhibitMapping !== undefined) {
    all.push({ oid: "2.5.29.36", value: der(0x30, ...number(0x80, explicit), ...number(0x81, inhibitMapping)) });
  }
  if (inhibitAny !== undefined) {
    all.push({ oid: "2.5.29.54", critical: true, value: der(0x02, Uint8Array.of(inhibitAny)) });
  }
  return all;
}

/** From the root to the leaf. */
async function judge(...path: readonly Policies[]): Promise<string> {
  const made: TestCertificate[] = [];
  for (const [i, policies] of path.entries()) {
    const issuer = made[0];
    const options = { ...(issuer === undefined ? {} : { issuer }), extensions: extensions(policies) };
    const subject = policies.subject ?? `CN=${i}`;
    const isLeaf = i === path.length - 1;
    made.unshift(isLeaf ? await makeLeaf(issuer, { ...options, subject }) : await makeAuthority(subject, options));
  }
  const [leaf, ...chain] = made.map(({ der }) => parseCertificate(der, "it"));
  try {
    await verifyChain(leaf!, chain.slice(0, -1), chain.slice(-1), AT);
    return "accepted";
  } catch (error) {
    if (error instanceof VerificationError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const NONE = "CERTIFICATE_POLICY: Cannot accept the signing certificate";

Deno.test("certificate policies are required where a CA requires them", async (t) => {
  const rows: [string, boolean, Policies[]][] = [
    ["nobody requires one", true, [{}, { policies: [A] }, { policies: [B] }]],
    ["one all the way", true, [{}, { explicit: 0, policies: [A] }, { policies: [A] }]],
    ["none in the leaf", false, [{}, { explicit: 0, policies: [A] }, {}]],
    ["another in the leaf", false, [{}, { explicit: 0, policies: [A] }, { policies: [B] }]],
    ["none in the authority", false, [{}, { explicit: 0 }, { policies: [A] }]],
    ["one later", true, [{}, { explicit: 2, policies: [A] }, {}]],
    ["one later, which is now", false, [{}, { explicit: 1, policies: [A] }, {}]],
    ["by the trusted authority", false, [{ explicit: 0 }, {}]],
    ["by the trusted authority, with one", true, [{ explicit: 0 }, { policies: [A] }]],
    ["by the leaf itself", false, [{}, {}, { explicit: 0 }]],
    ["by the leaf itself, with one", true, [{}, { policies: [A] }, { explicit: 0, policies: [A] }]],
    ["any policy in the authority", true, [{}, { explicit: 0, policies: [ANY] }, { policies: [B] }]],
    ["any policy in the leaf", true, [{}, { explicit: 0, policies: [A] }, { policies: [ANY] }]],
    ["any policy, inhibited", false, [{}, { explicit: 0, policies: [A], inhibitAny: 0 }, { policies: [ANY] }]],
    ["any policy, inhibited later", true, [{}, { explicit: 0, policies: [A], inhibitAny: 1 }, { policies: [ANY] }]],
    ["inhibited by the trusted authority", false, [{ explicit: 0, inhibitAny: 0 }, { policies: [ANY] }]],
    ["any policy, inhibited, of a self-issued", true, [
      {},
      { explicit: 0, policies: [A], inhibitAny: 0, subject: "CN=self" },
      { policies: [ANY], subject: "CN=self" },
      { policies: [A] },
    ]],
    ["inhibited without a requirement", true, [{ inhibitAny: 0 }, { policies: [ANY] }]],
    ["mapped", true, [{}, { explicit: 0, policies: [A], mappings: [[A, B]] }, { policies: [B] }]],
    ["mapped away", false, [{}, { explicit: 0, policies: [A], mappings: [[A, B]] }, { policies: [A] }]],
    ["mapping inhibited", false, [
      { inhibitMapping: 0 },
      { explicit: 0, policies: [A], mappings: [[A, B]] },
      { policies: [B] },
    ]],
    ["any policy mapped", true, [{}, { explicit: 0, policies: [ANY], mappings: [[A, B]] }, { policies: [B] }]],
  ];
  for (const [title, isGood, path] of rows) {
    await t.step(title, async () => {
      const found = await judge(...path);
      if (isGood) assertEquals(found, "accepted");
      else assertStringIncludes(found, `${NONE} "CN=${path.length - 1}": an authority requires a certificate policy`);
    });
  }
});

Deno.test("malformed policies are refused where policies are required", async () => {
  const any = await judge({}, { explicit: 0, policies: [A], mappings: [[ANY, B]] }, { policies: [B] });
  assertStringIncludes(any, 'CERTIFICATE_POLICY: Cannot accept the signing certificate "CN=2": a mapping of');
  const twice = await judge({}, { explicit: 0, policies: [A, A] }, { policies: [A] });
  assertStringIncludes(twice, "the policies on its path are malformed: it has a certificate policy twice");
  const empty = await judge({}, { explicit: 200 }, {});
  assertStringIncludes(empty, "CERTIFICATE_POLICY");
});
