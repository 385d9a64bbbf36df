/**
 * Random certification paths with name constraints, judged by OpenSSL and by this program. Run it with a number of groups
 * (of 25 leaves each) and a seed to compare many: `deno run -A tests/x509/_random_chains.ts 400 7`.
 */
import { parseCertificate } from "../../src/x509/certificate.ts";
import { VerificationError } from "../../src/errors.ts";
import { verifyChain } from "../../src/x509/path.ts";
import {
  AT,
  CODE_SIGNING,
  concat,
  der,
  makeCertificate,
  makeKeys,
  objectIdentifier,
  pem,
  type TestCertificate,
  type TestExtension,
} from "../_certificates.ts";

/** One leaf under one chain, and what each program says. */
export interface Verdict {
  readonly openssl: boolean;
  readonly ours: boolean;
  /** Our code and message. */
  readonly reason: string;
  /** What OpenSSL prints. */
  readonly output: string;
  readonly constraints: readonly string[];
  readonly names: readonly string[];
}

/** A general name of a test: as text, for people and explanations, and in DER. */
interface Name {
  readonly text: string;
  readonly der: Uint8Array;
}

const LEAVES = 25;

/** A generator of pseudo-random numbers (mulberry32): the same seed gives the same chains. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A number from 0 on and below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % end;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

/** Parts of names. The odd ones are those that programs read differently. */
interface Vocabulary {
  readonly organizations: readonly string[];
  readonly emails: readonly string[];
  readonly emailBases: readonly string[];
  readonly hosts: readonly string[];
  readonly hostBases: readonly string[];
  readonly uris: readonly string[];
  readonly uriBases: readonly string[];
}

export const PLAIN: Vocabulary = {
  organizations: ["Acme", "ACME", " acme  ", "Victim", "Acme Labs", "acme   labs"],
  emails: [
    "jane@acme.example",
    "JANE@ACME.example",
    "joe@lab.acme.example",
    "eve@victim.example",
    "jane@xacme.example",
  ],
  emailBases: ["jane@acme.example", "acme.example", ".acme.example", "victim.example", "ACME.EXAMPLE", "@acme.example"],
  hosts: ["acme.example", "a.acme.example", "b.a.acme.example", "xacme.example", "victim.example", "ACME.Example"],
  hostBases: ["acme.example", "a.acme.example", ".acme.example", "victim.example", "example", ""],
  uris: [
    "https://acme.example/x",
    "https://a.acme.example",
    "ssh://victim.example/acme.example",
    "https://acme.example:8443/",
  ],
  uriBases: ["acme.example", ".acme.example", "victim.example", "ACME.example"],
};

export const ODD: Vocabulary = {
  organizations: [...PLAIN.organizations, "\u00c4mter", "\u00e4mter", "\uff21cme"],
  emails: [
    ...PLAIN.emails,
    "Jane@acme.example",
    "jane",
    "jane@",
    "@acme.example",
    "jane@acme.example.",
    "a@b@acme.example",
    "j\u00e4ne@acme.example",
    "jane@[192.0.2.1]",
    '"a b"@acme.example',
  ],
  emailBases: [...PLAIN.emailBases, "", "acme.example.", "a b"],
  hosts: [...PLAIN.hosts, "*.acme.example", "*.example", "acme.example.", "", "acme example", "a..acme.example"],
  hostBases: [...PLAIN.hostBases, "*.acme.example", "acme.example."],
  uris: [
    ...PLAIN.uris,
    "https://victim.example@acme.example/",
    "https://acme.example@victim.example/",
    "https://acme.example/a:b",
    "https://acme.example?q",
    "https://acme.example#victim.example",
    "https://192.0.2.1/",
    "https://[2001:db8::1]/",
    "urn:acme.example",
    "mailto:jane@acme.example",
    "https:///acme.example",
    "https://acme.example\\@victim.example",
    "https://acme.example./",
  ],
  uriBases: [...PLAIN.uriBases, "", "https://acme.example", "acme.example:443"],
};

const authorityKeys = await makeKeys("P-256");
const leafKeys = await makeKeys("P-256");
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const ATTRIBUTES = { C: "2.5.4.6", O: "2.5.4.10", OU: "2.5.4.11", CN: "2.5.4.3", E: "1.2.840.113549.1.9.1" };

/** A value in one of the string types. */
function stringOf(random: Random, value: string): Uint8Array {
  const isAscii = /^[\x20-\x7e]*$/.test(value);
  const tag = isAscii ? random.pick([0x0c, 0x13, 0x14, 0x16, 0x1e]) : random.pick([0x0c, 0x1e]);
  if (tag !== 0x1e) return der(tag, text(value));
  return der(
    tag,
    concat(
      Array.from({ length: value.length }, (_, i) => Uint8Array.of(value.charCodeAt(i) >> 8, value.charCodeAt(i))),
    ),
  );
}

type Level = readonly [type: keyof typeof ATTRIBUTES, value: string];

function directory(random: Random, levels: readonly Level[]): Name {
  const parts = levels.map(([type, value]) => {
    const string = type === "E" ? der(0x16, text(value)) : stringOf(random, value);
    return der(0x31, der(0x30, objectIdentifier(ATTRIBUTES[type]), string));
  });
  return { text: `dir:${levels.map((level) => level.join("=")).join("/")}`, der: der(0x30, ...parts) };
}

function levels(random: Random, words: Vocabulary): Level[] {
  const all: Level[] = [];
  if (random.chance(50)) all.push(["C", random.pick(["DE", "US"])]);
  if (random.chance(80)) all.push(["O", random.pick(words.organizations)]);
  if (random.chance(30)) all.push(["OU", random.pick(["Research", "research", "Sales"])]);
  return all;
}

function subjectOf(random: Random, words: Vocabulary): Name {
  const all = levels(random, words);
  if (random.chance(60)) {
    all.push(["CN", random.pick(["Signer", "acme.example", "victim.example", "no host", "a-.example"])]);
  }
  if (random.chance(25)) all.push(["E", random.pick(words.emails.filter((email) => /^[\x20-\x7e]*$/.test(email)))]);
  return directory(random, all);
}

function generalName(random: Random, words: Vocabulary): Name {
  const kind = random.below(6);
  if (kind === 0) return tagged("email", 0x81, random.pick(words.emails));
  if (kind === 1) return tagged("dns", 0x82, random.pick(words.hosts));
  if (kind === 2) return tagged("uri", 0x86, random.pick(words.uris));
  if (kind === 3) return named(directory(random, levels(random, words)));
  if (kind === 4) return address(random.pick([[192, 0, 2, 1], [192, 0, 3, 1], [10, 1, 2, 3]]));
  return { text: "other", der: der(0xa0, objectIdentifier("1.2.3.4"), der(0xa0, der(0x0c, text("x")))) };
}

function tagged(form: string, tag: number, value: string): Name {
  return { text: `${form}:${value}`, der: der(tag, Uint8Array.from(value, (letter) => letter.charCodeAt(0))) };
}

function named({ text, der: name }: Name): Name {
  return { text, der: der(0xa4, name) };
}

function address(bytes: readonly number[]): Name {
  return { text: `ip:${bytes.join(".")}`, der: der(0x87, Uint8Array.from(bytes)) };
}

function base(random: Random, words: Vocabulary): Name {
  const kind = random.below(10);
  if (kind <= 1) return tagged("email", 0x81, random.pick(words.emailBases));
  if (kind <= 3) return tagged("dns", 0x82, random.pick(words.hostBases));
  if (kind <= 5) return tagged("uri", 0x86, random.pick(words.uriBases));
  if (kind <= 8) return named(directory(random, levels(random, words)));
  return address(random.pick([[192, 0, 2, 0, 255, 255, 255, 0], [10, 0, 0, 0, 255, 0, 0, 0]]));
}

/** The extension, with what it says as text. */
function constraints(random: Random, words: Vocabulary, isOdd: boolean): { extension: TestExtension; texts: string[] } {
  let permitted: Name[] = [];
  let excluded: Name[] = [];
  while (permitted.length + excluded.length === 0) {
    permitted = random.some(3, () => base(random, words));
    excluded = random.some(2, () => base(random, words));
  }
  const texts: string[] = [];
  const subtree = (kind: string) => ({ text, der: name }: Name): Uint8Array => {
    const limit = isOdd && random.chance(2) ? random.pick([[0x80, 1], [0x81, 3], [0x80, 0]] as const) : undefined;
    texts.push(`${kind};${text}${limit === undefined ? "" : ` limit ${limit}`}`);
    return der(0x30, name, ...(limit === undefined ? [] : [der(limit[0], Uint8Array.of(limit[1]))]));
  };
  const lists = [
    ...(permitted.length === 0 ? [] : [der(0xa0, ...permitted.map(subtree("permitted")))]),
    ...(excluded.length === 0 ? [] : [der(0xa1, ...excluded.map(subtree("excluded")))]),
  ];
  return { extension: { oid: "2.5.29.30", critical: random.chance(50), value: der(0x30, ...lists) }, texts };
}

/** A certificate whose names are given in DER. */
function certificate(
  subject: Uint8Array,
  issuer: { name: Uint8Array },
  extensions: readonly TestExtension[],
  ca: boolean,
): Promise<TestCertificate> {
  return makeCertificate({
    subject: "",
    keys: ca ? authorityKeys : leafKeys,
    issuer: {
      der: new Uint8Array(),
      pem: "",
      privateKeyPem: "",
      subject: "",
      keys: authorityKeys,
      keyKind: "P-256",
    },
    ...(ca ? { ca, keyUsage: ["keyCertSign"] } : { keyUsage: ["digitalSignature"], extendedKeyUsage: [CODE_SIGNING] }),
    extensions,
    alterTbs: (fields) => fields.toSpliced(3, 1, issuer.name).toSpliced(5, 1, subject),
  });
}

/** Makes a group of leaves under one chain and has both programs judge them. */
async function judgeGroup(random: Random, words: Vocabulary, work: string): Promise<Verdict[]> {
  const isOdd = words === ODD;
  const rootName = directory(random, [["CN", "Root"]]).der;
  const texts: string[] = [];
  const constrain = (percent: number): TestExtension[] => {
    if (!random.chance(percent)) return [];
    const made = constraints(random, words, isOdd);
    texts.push(...made.texts);
    return [made.extension];
  };
  const root = await certificate(rootName, { name: rootName }, constrain(25), true);
  const chain: TestCertificate[] = [];
  let issuer = rootName;
  for (let depth = 1 + random.below(3); depth > 0; depth--) {
    // Often a name that constraints above may exclude; sometimes self-issued, which they do not apply to.
    const own = random.chance(15)
      ? issuer
      : random.chance(70)
      ? directory(random, []).der
      : subjectOf(random, words).der;
    const name = own.length > 2 ? own : directory(random, [["O", "Acme"], ["CN", `CA ${depth}`]]).der;
    chain.push(await certificate(name, { name: issuer }, constrain(depth === 1 ? 85 : 25), true));
    issuer = name;
  }
  const leaves: { leaf: TestCertificate; names: string[] }[] = [];
  for (let i = 0; i < LEAVES; i++) {
    const subject = subjectOf(random, words);
    const names = random.some(3, () => generalName(random, words));
    const value = der(0x30, ...names.map((name) => name.der));
    const extensions = names.length === 0 ? [] : [{ oid: "2.5.29.17", critical: subject.der.length === 2, value }];
    const leaf = await certificate(subject.der, { name: issuer }, extensions, false);
    leaves.push({ leaf, names: [subject.text, ...names.map((name) => name.text)] });
  }
  const outputs = await openssl(work, root, chain, leaves.map(({ leaf }) => leaf));
  const verdicts: Verdict[] = [];
  for (const [i, { leaf, names }] of leaves.entries()) {
    const reason = await ours(leaf, chain, root);
    const output = outputs[i]!;
    verdicts.push({
      openssl: output.endsWith(": OK"),
      ours: reason === "",
      reason,
      output,
      constraints: texts,
      names: [...names, ...chain.map((one) => `ca ${parseCertificate(one.der, "it").subject}`)],
    });
  }
  return verdicts;
}

async function ours(leaf: TestCertificate, chain: readonly TestCertificate[], root: TestCertificate): Promise<string> {
  const read = (one: TestCertificate): ReturnType<typeof parseCertificate> => parseCertificate(one.der, "it");
  try {
    await verifyChain(read(leaf), chain.map(read), [read(root)], AT);
    return "";
  } catch (error) {
    if (error instanceof VerificationError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** One process for the whole group. */
async function openssl(
  work: string,
  root: TestCertificate,
  chain: readonly TestCertificate[],
  leaves: readonly TestCertificate[],
): Promise<string[]> {
  Deno.writeTextFileSync(`${work}/root`, root.pem);
  Deno.writeTextFileSync(`${work}/chain`, chain.map((one) => one.pem).join(""));
  for (const [i, leaf] of leaves.entries()) Deno.writeTextFileSync(`${work}/${i}`, pem("CERTIFICATE", leaf.der));
  const { stdout, stderr } = await new Deno.Command("openssl", {
    args: ["verify", "-attime", `${AT.getTime() / 1000}`, "-CAfile", "root", "-untrusted", "chain", ...leaves.keys()]
      .map(String),
    cwd: work,
  }).output();
  const all = `${new TextDecoder().decode(stdout)}\n${new TextDecoder().decode(stderr)}`;
  return leaves.map((_, i) => {
    if (new RegExp(`^${i}: OK$`, "m").test(all)) return `${i}: OK`;
    const found = new RegExp(`(error [^\\n]*)\\nerror ${i}: verification failed`).exec(all)?.[1];
    if (found === undefined) throw new Error(`OpenSSL said nothing about ${i}: ${all}`);
    return found;
  });
}

/**
 * Judges many chains.
 *
 * @param groups How many groups of 25 leaves under one chain.
 * @param seed The seed.
 * @param words The parts of names.
 * @returns The verdicts.
 */
export async function judge(groups: number, seed: number, words: Vocabulary): Promise<Verdict[]> {
  const work = await Deno.makeTempDir();
  try {
    const random = new Random(seed);
    const verdicts: Verdict[] = [];
    for (let i = 0; i < groups; i++) verdicts.push(...await judgeGroup(random, words, work));
    return verdicts;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  const [groups = "40", seed = "1"] = Deno.args;
  for (const [title, words] of [["plain", PLAIN], ["odd", ODD]] as const) {
    const verdicts = await judge(Number(groups), Number(seed), words);
    const differing = verdicts.filter((verdict) => verdict.ours !== verdict.openssl);
    const both = verdicts.filter((verdict) => verdict.ours && verdict.openssl).length;
    // deno-lint-ignore no-console
    console.log(`${title}: ${verdicts.length} chains, ${both} accepted by both, ${differing.length} differ`);
    // deno-lint-ignore no-console
    for (const verdict of differing.slice(0, Number(Deno.args[2] ?? 20))) console.log(verdict);
  }
}
