/** Runs one case between our program and a peer, and says what each cell of its row holds. */

import { type Entry, makeTree } from "../fixtures/vectors/make_tree.ts";
import { changePayload, changeSignatureValue, forge, type Manifest, readManifest, rootDigest } from "./bundle.ts";
import type { Case, Deviation, Tamper } from "./cases.ts";
import type { Ours } from "./ours.ts";
import type { Implementation, Job, SigningKeys, Trust } from "./peer.ts";
import type { Cell, Column, Row } from "./table.ts";

/** What a check found; a message says why it did not hold. What is broken no known difference explains. */
type Found = { holds: true } | { holds: false; message: string; broken?: boolean };

/** A model of the case that one side has signed. */
interface Signed {
  job: Job;
  /** Whether it has been signed. */
  found: Found;
}

/** What make_keys.py encrypted with. */
const PASSWORD = "correct horse";

/** Characters of a message that go into the table. */
const NOTE_LENGTH = 500;

const HOLDS: Found = { holds: true };

/** The case, between these two. */
export class Match {
  readonly #case: Case;
  readonly #ours: Ours;
  readonly #theirs: Implementation;
  readonly #keys: string;
  readonly #directory: string;

  /**
   * @param keys The directory that make_keys.py has filled.
   * @param directory Where models and signatures go; a new one for each match.
   */
  constructor(wanted: Case, ours: Ours, theirs: Implementation, keys: string, directory: string) {
    this.#case = wanted;
    this.#ours = ours;
    this.#theirs = theirs;
    this.#keys = keys;
    this.#directory = directory;
  }

  /** Plays the match. */
  async row(): Promise<Row> {
    const cannot = this.#theirs.cannotSign(this.#case.hashing);
    const byTheirs = cannot === undefined ? await this.#sign(this.#theirs) : undefined;
    const byOurs = await this.#sign(this.#ours);
    const unable: Cell = { state: "explained", note: cannot ?? "" };

    const theirsVerified = byTheirs ? this.#judge("theirsVerified", await this.#accepts(this.#ours, byTheirs)) : unable;
    const oursVerified = this.#judge("oursVerified", await this.#accepts(this.#theirs, byOurs));
    const cells: Record<Column, Cell> = {
      theirsVerified,
      oursVerified,
      digestEqual: byTheirs ? await this.#digestEqual(byTheirs, byOurs, theirsVerified, oursVerified) : unable,
      theirsTampered: byTheirs
        ? await this.#after(theirsVerified, () => this.#refusesAll("theirsTampered", this.#ours, byTheirs))
        : unable,
      oursTampered: await this.#after(oursVerified, () => this.#refusesAll("oursTampered", this.#theirs, byOurs)),
    };
    return { name: this.#case.name, cells };
  }

  /** Turns what was found into a cell, with what is known of this peer. */
  #judge(column: Column, found: Found): Cell {
    const deviations: Deviation[] = this.#case.deviations[this.#theirs.name] ?? [];
    const known = deviations.filter(({ cells }) => cells.includes(column));
    if (found.holds) {
      const wanted = known.find((deviation) => deviation.always);
      return wanted ? { state: "failed", note: `went through, yet: ${wanted.why}` } : { state: "passed" };
    }
    const reason = known.find(({ seen }) => !found.broken && (seen === undefined || seen.test(found.message)));
    return reason
      ? { state: "explained", note: reason.why }
      : { state: "failed", note: shorten(`${this.#case.name}: ${found.message}`) };
  }

  /** A refusal tells nothing where the untouched one is refused as well. */
  async #after(before: Cell, next: () => Promise<Cell>): Promise<Cell> {
    if (before.state === "passed") return await next();
    if (before.state === "explained") return before;
    return { state: "failed", note: `${this.#case.name}: not tried, as the untouched one does not verify` };
  }

  async #sign(by: Implementation): Promise<Signed> {
    const job = this.#build(by.name, []);
    const { status, message } = await by.sign({ ...job, keys: this.#signingKeys() });
    const found = status === "done" ? HOLDS : lacking(`${by.name} did not sign: ${message}`, status === "broken");
    return { job, found };
  }

  /** Whether a side verifies what was signed, once there is what the case adds afterwards. */
  async #accepts(by: Implementation, signed: Signed): Promise<Found> {
    if (!signed.found.holds) return signed.found;
    const unsigned = this.#case.unsigned ?? [];
    const job = unsigned.length === 0 ? signed.job : await this.#copy(signed, `${by.name}-unsigned`, unsigned);
    const { status, message } = await this.#verify(by, job, this.#trust(), unsigned.length > 0);
    return status === "done" ? HOLDS : lacking(`${by.name} does not verify: ${message}`, status === "broken");
  }

  /** Whether both have signed the same resources, under the same root digest, and `digest` tells that of ours. */
  async #digestEqual(byTheirs: Signed, byOurs: Signed, theirCell: Cell, ourCell: Cell): Promise<Cell> {
    if (!byTheirs.found.holds) return this.#judgeUnsigned(byTheirs, theirCell);
    if (!byOurs.found.holds) return this.#judgeUnsigned(byOurs, ourCell);
    const [theirs, ours] = [await readManifest(byTheirs.job.signature), await readManifest(byOurs.job.signature)];
    const own = await this.#ours.digest(byOurs.job);
    if (own.status !== "done" || own.message !== ours.root) {
      return this.#judge("digestEqual", lacking(`ours: digest gives ${own.message}, sign signed ${ours.root}`));
    }
    return this.#judge("digestEqual", await compare(theirs, ours));
  }

  /** What was not signed has no digest, for the reason that its own cell gives. */
  #judgeUnsigned(signed: Signed, cell: Cell): Cell {
    return cell.state === "explained" ? cell : this.#judge("digestEqual", signed.found);
  }

  /** Whether a side refuses what was signed in each of the ways it can be tampered with. */
  async #refusesAll(column: Column, by: Implementation, signed: Signed): Promise<Cell> {
    const faults: string[] = [];
    for (const tamper of this.#case.tampers) {
      const found = await this.#refuses(by, signed, tamper);
      if (!found.holds) faults.push(`${tamper}: ${found.message}`);
    }
    return this.#judge(column, faults.length === 0 ? HOLDS : lacking(faults.join("; ")));
  }

  async #refuses(by: Implementation, signed: Signed, tamper: Tamper): Promise<Found> {
    // An unsigned file must be refused when it is not asked to let such files by; all else even when it is.
    const unsigned = tamper === "extra" ? [{ path: "extra-file.txt", text: "new" }] : this.#case.unsigned ?? [];
    const ignoreUnsigned = tamper !== "extra" && unsigned.length > 0;
    const job = await this.#copy(signed, `${by.name}-${tamper.replace(" ", "-")}`, unsigned);
    const named = await this.#tamper(job, tamper);
    const trust = this.#trust(tamper === "wrong key");
    const { status, message } = await this.#verify(by, job, trust, ignoreUnsigned);
    if (status === "done") return lacking(`${by.name} accepts it`);
    if (status === "broken") return lacking(`${by.name}: ${message}`, true);
    // Refused for another reason, it would not show whether this one was noticed.
    if (!message.includes(named)) return lacking(`${by.name} refuses it without naming ${named}: ${message}`);
    return HOLDS;
  }

  /** Does the damage, and returns what a refusal has to name. */
  async #tamper(job: Job, tamper: Tamper): Promise<string> {
    const { model, target } = this.#case;
    const path = model === undefined ? `${job.model}/${target}` : job.model;
    switch (tamper) {
      case "flip":
        await flip(path);
        // A single file has a name of its own in each implementation.
        return model === undefined ? target : "";
      case "missing":
        await Deno.remove(path);
        return target;
      case "extra":
        return "extra-file.txt"; // copied in with the model
      case "payload":
        await changePayload(job.signature);
        return "";
      case "forgery":
        await forge(job.signature, target, await flip(path));
        return "";
      case "signature":
        await changeSignatureValue(job.signature);
        return "";
      case "wrong key":
        return ""; // it is the verifier that gets another key
    }
  }

  /** Builds the case's model in a directory of its own. */
  #build(name: string, added: Entry[]): Job {
    const { tree, model: file, hashing, ignorePaths = [], keepGitPaths, allowSymlinks, signatureInside } = this.#case;
    const parent = `${this.#directory}/${name}`;
    const wanted = { name: this.#case.name, tree: [...tree, ...added], ...(file === undefined ? {} : { model: file }) };
    const model = makeTree(wanted, `${parent}/model`);
    return {
      model,
      signature: signatureInside ? `${model}/model.sig` : `${parent}/model.sig`,
      hashing,
      ignorePaths,
      ignoreGitPaths: !keepGitPaths,
      allowSymlinks: allowSymlinks ?? false,
    };
  }

  /** The signed model once more, with its signature. */
  async #copy(signed: Signed, name: string, added: Entry[]): Promise<Job> {
    const job = this.#build(name, added);
    await Deno.copyFile(signed.job.signature, job.signature);
    return job;
  }

  #verify(
    by: Implementation,
    job: Job,
    trust: Trust,
    ignoreUnsignedFiles: boolean,
  ): ReturnType<Implementation["verify"]> {
    const ignorePaths = this.#case.ignoreAsRecorded ? [] : job.ignorePaths;
    return by.verify({ ...job, ignorePaths, trust, ignoreUnsignedFiles });
  }

  #signingKeys(): SigningKeys {
    const { method, curve, encrypted } = this.#case.keys;
    const path = (name: string): string => `${this.#keys}/${name}.pem`;
    if (method === "key") {
      return encrypted
        ? { method, privateKey: path(`${curve}.encrypted`), password: PASSWORD }
        : { method, privateKey: path(curve) };
    }
    const [privateKey, certificate] = [path(`leaf.${curve}.key`), path(`leaf.${curve}`)];
    return { method, privateKey, certificate, intermediates: [path("intermediate")] };
  }

  #trust(wrong = false): Trust {
    const { method, curve } = this.#case.keys;
    const other = wrong ? ".other" : "";
    return { method, path: `${this.#keys}/${method === "key" ? `${curve}${other}.pub` : `root${other}.pem`}` };
  }
}

/** Some peers print every digest: the beginning tells what it is about. */
function shorten(note: string): string {
  return note.length > NOTE_LENGTH ? `${note.slice(0, NOTE_LENGTH)}…` : note;
}

function lacking(message: string, broken = false): Found {
  return { holds: false, message: broken ? `${message} [neither yes nor no]` : message, broken };
}

/** Changes one bit in the middle of a file, and returns the file's new SHA-256. */
async function flip(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await Deno.writeFile(path, bytes);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Compares what two sides have signed for the same model. */
async function compare(theirs: Manifest, ours: Manifest): Promise<Found> {
  for (const [who, { resources, root }] of [["theirs", theirs], ["ours", ours]] as const) {
    const computed = await rootDigest(resources);
    if (computed !== root) return lacking(`${who}: the root digest is ${root}, over the resources it is ${computed}`);
  }
  const names = ours.resources.map((resource) => resource.name);
  if (names.join("\0") !== names.toSorted(byCodePoint).join("\0")) return lacking("ours: not sorted by code point");

  // A peer may write another algorithm for shards: that shows where signatures are verified. Here it is about digests.
  const plain = theirs.resources.map((one) => ({ ...one, algorithm: one.algorithm.replace(/-sharded-\d+$/, "") }));
  const [theirTexts, ourTexts] = [plain, ours.resources].map((resources) =>
    resources.map(({ name, algorithm, digest }) => `${name} ${algorithm} ${digest}`)
  ) as [string[], string[]];
  const [theirSet, ourSet] = [new Set(theirTexts), new Set(ourTexts)];
  if (theirSet.symmetricDifference(ourSet).size > 0 || theirTexts.length !== ourTexts.length) {
    const list = (set: Set<string>): string => JSON.stringify([...set].slice(0, 3));
    return lacking(
      `resources differ: ours alone ${list(ourSet.difference(theirSet))}, theirs alone ${
        list(theirSet.difference(ourSet))
      }`,
    );
  }
  if (theirTexts.join("\n") !== ourTexts.join("\n")) return lacking("the same resources in another order");
  return HOLDS; // the same digests in the same order have the same root
}

/** Order by code point, for which the bytes of UTF-8 serve; JavaScript's own is by UTF-16 unit. */
function byCodePoint(a: string, b: string): number {
  const [x = "", y = ""] = [a, b].map((text) => new TextEncoder().encode(text).toHex());
  return x === y ? 0 : x < y ? -1 : 1;
}
