/** Name constraints (RFC 5280 §4.2.1.10) on certification paths. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { VerificationError } from "../../src/errors.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { verifyChain } from "../../src/x509/path.ts";
import {
  AT,
  type CertificateOptions,
  der,
  makeAuthority,
  makeKeys,
  makeLeaf,
  name,
  objectIdentifier,
  type TestCertificate,
  type TestExtension,
} from "../_certificates.ts";

const TAGS = { email: 0x81, dns: 0x82, uri: 0x86 } as const;

/** A general name, such as `dns:acme.example` or `dir:O=Acme`. */
function general(text: string): Uint8Array {
  const colon = text.indexOf(":");
  const [form, value] = [text.slice(0, colon), text.slice(colon + 1)];
  if (form === "dir") return der(0xa4, name(value));
  if (form === "ip") return der(0x87, Uint8Array.from(value.split("."), Number));
  if (form === "rid") return der(0x88, Uint8Array.of(0x2a, 3));
  if (form === "utf8mail") {
    return der(0xa0, objectIdentifier("1.3.6.1.5.5.7.8.9"), der(0xa0, der(0x0c, new TextEncoder().encode(value))));
  }
  return der(TAGS[form as keyof typeof TAGS], new TextEncoder().encode(value));
}

interface Constraints {
  readonly permitted?: readonly string[];
  readonly excluded?: readonly string[];
}

function constraints({ permitted = [], excluded = [] }: Constraints, critical: boolean): TestExtension {
  const list = (tag: number, names: readonly string[]): Uint8Array[] =>
    names.length === 0 ? [] : [der(tag, ...names.map((one) => der(0x30, general(one))))];
  return { oid: "2.5.29.30", critical, value: der(0x30, ...list(0xa0, permitted), ...list(0xa1, excluded)) };
}

function names(...all: readonly string[]): TestExtension[] {
  return all.length === 0 ? [] : [{ oid: "2.5.29.17", value: der(0x30, ...all.map(general)) }];
}

const keys = await makeKeys("P-256");
const root = await makeAuthority("CN=Root");

async function judge(
  leaf: TestCertificate,
  chain: readonly TestCertificate[],
  roots: readonly TestCertificate[],
): Promise<string> {
  const read = ({ der }: TestCertificate): ReturnType<typeof parseCertificate> => parseCertificate(der, "it");
  try {
    const path = await verifyChain(read(leaf), chain.map(read), roots.map(read), AT);
    assertEquals(path.length, 1 + chain.length + roots.length);
    return "accepted";
  } catch (error) {
    if (error instanceof VerificationError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

type Row = readonly [
  subject: string,
  alternative: readonly string[],
  constraints: Constraints,
  verdict: "accepted" | "is not permitted" | "is excluded" | "cannot be compared",
];

const ROWS: readonly Row[] = [
  // Directory names: whole levels from the top, whatever the letter case.
  ["CN=x,O=Acme", [], { permitted: ["dir:O=Acme"] }, "accepted"],
  ["CN=x,OU=Lab,O=ACME", [], { permitted: ["dir:OU=lab,O=acme"] }, "accepted"],
  ["CN=x,O=Acme Labs", [], { permitted: ["dir:O=Acme"] }, "is not permitted"],
  ["CN=x,O=Acme,C=DE", [], { permitted: ["dir:O=Acme"] }, "is not permitted"],
  ["O=Acme", [], { permitted: ["dir:CN=x,O=Acme"] }, "is not permitted"],
  ["CN=x,O=Acme", [], { excluded: ["dir:O=Acme"] }, "is excluded"],
  ["CN=x,O=Acme", [], { permitted: ["dir:O=Acme"], excluded: ["dir:CN=x,O=Acme"] }, "is excluded"],
  ["CN=x,O=Acme", [], { excluded: ["dir:"] }, "is excluded"],
  ["CN=x,O=Acme", ["dir:O=Victim"], { permitted: ["dir:O=Acme"] }, "is not permitted"],
  ["", ["email:a@acme.example"], { permitted: ["dir:O=Acme"] }, "accepted"],
  ["CN=x,O=\u00c4mter", [], { excluded: ["dir:O=\u00e4mter"] }, "is excluded"],
  // E-mail addresses: a mailbox, a host, or what is below a host.
  ["CN=x", ["email:jane@acme.example"], { permitted: ["email:acme.example"] }, "accepted"],
  ["CN=x", ["email:jane@ACME.example"], { permitted: ["email:jane@acme.example"] }, "accepted"],
  ["CN=x", ["email:JANE@acme.example"], { permitted: ["email:jane@acme.example"] }, "is not permitted"],
  ["CN=x", ["email:jane@lab.acme.example"], { permitted: ["email:acme.example"] }, "is not permitted"],
  ["CN=x", ["email:jane@lab.acme.example"], { permitted: ["email:.acme.example"] }, "accepted"],
  ["CN=x", ["email:jane@acme.example"], { permitted: ["email:.acme.example"] }, "is not permitted"],
  ["CN=x", ["email:ceo@victim.example"], { permitted: ["email:acme.example"] }, "is not permitted"],
  ["CN=x", ["email:jane@victim.example"], { excluded: ["email:victim.example"] }, "is excluded"],
  ["CN=x", ["email:jane@victim.example."], { excluded: ["email:victim.example"] }, "cannot be compared"],
  ["CN=x", ["email:jane"], { excluded: ["email:victim.example"] }, "cannot be compared"],
  ["CN=x", ["utf8mail:j\u00e4ne@acme.example"], { permitted: ["email:acme.example"] }, "cannot be compared"],
  ["1.2.840.113549.1.9.1=ceo@victim.example,CN=x", [], { permitted: ["email:acme.example"] }, "is not permitted"],
  ["1.2.840.113549.1.9.1=jane@acme.example,CN=x", [], { permitted: ["email:acme.example"] }, "accepted"],
  [
    "1.2.840.113549.1.9.1=ceo@victim.example",
    ["email:a@acme.example"],
    { excluded: ["email:victim.example"] },
    "is excluded",
  ],
  // DNS names.
  ["CN=x", ["dns:a.acme.example"], { permitted: ["dns:acme.example"] }, "accepted"],
  ["CN=x", ["dns:ACME.example"], { permitted: ["dns:acme.example"] }, "accepted"],
  ["CN=x", ["dns:xacme.example"], { permitted: ["dns:acme.example"] }, "is not permitted"],
  ["CN=x", ["dns:a.victim.example"], { excluded: ["dns:victim.example"] }, "is excluded"],
  ["CN=x", ["dns:*.example"], { excluded: ["dns:victim.example"] }, "is excluded"],
  ["CN=x", ["dns:victim.example."], { excluded: ["dns:victim.example"] }, "cannot be compared"],
  ["CN=victim.example", [], { permitted: ["dns:acme.example"] }, "is not permitted"],
  ["CN=victim.example", ["dns:acme.example"], { permitted: ["dns:acme.example"] }, "accepted"],
  ["CN=not a host", [], { permitted: ["dns:acme.example"] }, "accepted"],
  // URIs, by their host.
  ["CN=x", ["uri:https://acme.example/a:b@victim.example"], { permitted: ["uri:acme.example"] }, "accepted"],
  ["CN=x", ["uri:spiffe://acme.example/signer"], { permitted: ["uri:acme.example"] }, "accepted"],
  ["CN=x", ["uri:https://u:p@acme.example:8443?x"], { permitted: ["uri:acme.example"] }, "accepted"],
  ["CN=x", ["uri:https://acme.example@victim.example/"], { permitted: ["uri:acme.example"] }, "is not permitted"],
  ["CN=x", ["uri:https://a.acme.example/"], { permitted: ["uri:acme.example"] }, "is not permitted"],
  ["CN=x", ["uri:https://a.acme.example/"], { permitted: ["uri:.acme.example"] }, "accepted"],
  ["CN=x", ["uri:https://victim.example/"], { excluded: ["uri:victim.example"] }, "is excluded"],
  ["CN=x", ["uri:https://victim.example\\@acme.example/"], { permitted: ["uri:acme.example"] }, "cannot be compared"],
  ["CN=x", ["uri:https://192.0.2.1/"], { excluded: ["uri:victim.example"] }, "cannot be compared"],
  ["CN=x", ["uri:urn:victim.example"], { excluded: ["uri:victim.example"] }, "cannot be compared"],
  // IP addresses.
  ["CN=x", ["ip:192.0.2.7"], { permitted: ["ip:192.0.2.0.255.255.255.0"] }, "accepted"],
  ["CN=x", ["ip:192.0.3.7"], { permitted: ["ip:192.0.2.0.255.255.255.0"] }, "is not permitted"],
  // One form says nothing of the others.
  ["CN=x,O=Acme", ["uri:https://victim.example/"], { permitted: ["dir:O=Acme", "dns:acme.example"] }, "accepted"],
];

Deno.test("name constraints hold, critical or not, on an intermediate and on the trusted authority", async (t) => {
  for (const [subject, alternative, limits, verdict] of ROWS) {
    await t.step(`${subject} ${alternative.join(" ")} under ${JSON.stringify(limits)}: ${verdict}`, async () => {
      for (const critical of [false, true]) {
        const extensions = [constraints(limits, critical)];
        const middle = await makeAuthority("CN=Constrained", { issuer: root, keys, extensions });
        const top = await makeAuthority("CN=Constrained", { keys, extensions });
        const leaf = await makeLeaf(middle, { subject, keys, extensions: names(...alternative) });
        for (
          const found of [
            await judge(leaf, [middle], [root]),
            await judge(leaf, [], [top]),
            await judge(leaf, [], [middle]),
          ]
        ) {
          if (verdict === "accepted") {
            assertEquals(found, verdict);
            continue;
          }
          assertStringIncludes(found, "NAME_CONSTRAINTS: Cannot accept the signing certificate");
          assertStringIncludes(found, 'by the name constraints of "CN=Constrained", the ');
          assertStringIncludes(found, verdict);
        }
      }
    });
  }
});

Deno.test("name constraints hold for authorities too, except for the self-issued", async () => {
  const extensions = [constraints({ permitted: ["dir:O=Acme"] }, false)];
  const first = await makeAuthority("CN=First,O=Acme", { issuer: root, extensions });
  const outside = await makeAuthority("CN=Second,O=Victim", { issuer: first });
  const leaf = await makeLeaf(outside, { subject: "CN=x,O=Acme" });
  assertStringIncludes(
    await judge(leaf, [outside, first], [root]),
    'NAME_CONSTRAINTS: Cannot accept the certificate "CN=Second,O=Victim": by the name constraints of "CN=First,O=Acme"',
  );
  const only = [constraints({ permitted: ["dir:CN=x,O=Acme"] }, false)];
  const before = await makeAuthority("CN=First,O=Acme", { issuer: root, extensions: only });
  const after = await makeAuthority("CN=First,O=Acme", { issuer: before });
  assertEquals(await judge(await makeLeaf(after, { subject: "CN=x,O=Acme" }), [after, before], [root]), "accepted");
  assertStringIncludes(
    await judge(await makeLeaf(after, { subject: "CN=y,O=Acme" }), [after, before], [root]),
    "NAME_CONS",
  );
});

Deno.test("every authority of a path narrows the names", async () => {
  const outer = await makeAuthority("CN=Outer,O=Acme", {
    issuer: root,
    extensions: [constraints({ permitted: ["dir:O=Acme"] }, true)],
  });
  const inner = await makeAuthority("CN=Inner,O=Acme", {
    issuer: outer,
    extensions: [constraints({ permitted: ["dir:O=Victim", "dir:OU=Lab,O=Acme"] }, false)],
  });
  const under = (subject: string): Promise<string> =>
    makeLeaf(inner, { subject }).then((leaf) => judge(leaf, [inner, outer], [root]));
  assertEquals(await under("CN=x,OU=Lab,O=Acme"), "accepted");
  assertStringIncludes(await under("CN=x,O=Victim"), 'by the name constraints of "CN=Outer,O=Acme"');
  assertStringIncludes(await under("CN=x,O=Acme"), 'by the name constraints of "CN=Inner,O=Acme"');
});

Deno.test("name constraints that are not implemented are refused on sight", async (t) => {
  const raw = (value: Uint8Array): Partial<CertificateOptions> => ({ extensions: [{ oid: "2.5.29.30", value }] });
  const subtree = (...parts: Uint8Array[]): Uint8Array => der(0x30, der(0xa1, der(0x30, ...parts)));
  const rows: [string, Partial<CertificateOptions>, string][] = [
    ["a form of names", raw(subtree(general("rid:"))), "limit names of the form registeredId"],
    ["a minimum", raw(subtree(general("dns:a"), der(0x80, Uint8Array.of(1)))), "minimum or maximum"],
    ["a maximum", raw(subtree(general("dns:a"), der(0x81, Uint8Array.of(1)))), "minimum or maximum"],
    ["a wildcard", raw(subtree(general("dns:*.a"))), 'limit the DNS name "*.a", which is not supported'],
    ["a whole URI", raw(subtree(general("uri:https://a/"))), 'limit the URI "https://a/", which is not supported'],
    ["none", raw(der(0x30)), "malformed: its name constraints are empty"],
    ["an empty list", raw(der(0x30, der(0xa0))), "malformed: its name constraints are empty"],
    ["an address of 4 bytes", raw(subtree(general("ip:1.2.3.4"))), "malformed: its name constraints have a wrong IP"],
    ["text", raw(der(0x0c)), "malformed"],
  ];
  for (const [title, options, message] of rows) {
    await t.step(title, async () => {
      const middle = await makeAuthority("CN=Middle", { issuer: root, ...options });
      const found = await judge(await makeLeaf(middle), [middle], [root]);
      assertStringIncludes(found, 'NAME_CONSTRAINTS: Cannot accept the certificate "CN=Middle": its name constraints');
      assertStringIncludes(found, message);
    });
  }
  await t.step("a minimum of 0 is the usual one", async () => {
    const middle = await makeAuthority("CN=Middle", {
      issuer: root,
      ...raw(subtree(general("dns:a"), der(0x80, Uint8Array.of(0)))),
    });
    assertEquals(await judge(await makeLeaf(middle), [middle], [root]), "accepted");
  });
});

Deno.test("the work for hostile constraints and names is bounded", async () => {
  const many = Array.from({ length: 600 }, (_, i) => `dns:x${i}.acme.example`);
  const middle = await makeAuthority("CN=Middle", {
    issuer: root,
    extensions: [constraints({ permitted: many }, false)],
  });
  const leaf = await makeLeaf(middle, { extensions: names(...many) });
  assertStringIncludes(await judge(leaf, [middle], [root]), "there are too many to compare");
});

Deno.test("a malformed alternative name makes the certificate invalid", async () => {
  const leaf = await makeLeaf(root, { extensions: [{ oid: "2.5.29.17", value: der(0x30, der(0xa9, der(0x05))) }] });
  const error = await assertRejects(() => judge(leaf, [], [root]).then((found) => Promise.reject(new Error(found))));
  assertStringIncludes((error as Error).message, "CERTIFICATE_INVALID");
});
