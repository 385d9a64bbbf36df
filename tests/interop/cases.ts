/** The cases: what is signed, how, what is done to it afterwards, and where a peer is known to differ. */

import type { Entry } from "../fixtures/vectors/make_tree.ts";
import type { Hashing, Implementation } from "./peer.ts";
import type { Column } from "./table.ts";

/** What is done to a signed model before it is verified; each must be refused. */
export type Tamper = "flip" | "missing" | "extra" | "payload" | "forgery" | "signature" | "wrong key";

/** A difference that is known. It explains cells, it does not excuse others: the reason seen must be this one. */
export interface Deviation {
  cells: Column[];
  /** The reason, with the section of the specification (OMS v1.0) that decides. */
  why: string;
  /** What the failure says when it is this one; absent where the peer's words are not known. */
  seen?: RegExp;
  /** The specification wants a refusal: that it passes would be the fault. */
  always?: true;
}

export interface Case {
  name: string;
  tree: Entry[];
  /** The model's path inside the tree, where that is one file. */
  model?: string;
  /** Names the files that make_keys.py wrote. */
  keys: { method: "key" | "certificate"; curve: "p256" | "p384" | "p521"; encrypted?: true };
  hashing: Hashing;
  ignorePaths?: string[];
  /** Ignored paths are not given again to verify: they stand in the signature (OMS v1.0 §6.2.1). */
  ignoreAsRecorded?: true;
  keepGitPaths?: true;
  allowSymlinks?: true;
  /** At `model.sig` in the model, where our program looks by itself; else beside the model. */
  signatureInside?: true;
  /** Added after signing; verified with unsigned files ignored. */
  unsigned?: Entry[];
  tampers: Tamper[];
  /** The file that tampering is done to. */
  target: string;
  deviations: Partial<Record<Implementation["name"], Deviation[]>>;
}

/** Every way of tampering. Whether a signature is looked at at all does not depend on names: few cases need all. */
const ALL: Tamper[] = ["flip", "missing", "extra", "payload", "signature", "wrong key"];

const FILES: Hashing = { serialization: "files", hashAlgorithm: "sha256" };

function shards(hashAlgorithm: Hashing["hashAlgorithm"], shardSize = 1000): Hashing {
  return { serialization: "shards", hashAlgorithm, shardSize };
}

const weights = (path: string, bytes = 2500, seed = 7): Entry => ({ path, bytes, seed });
const text = (path: string): Entry => ({ path, text: `this is ${path}\n` });

/** A small model as they are: weights, a configuration, a directory. */
const PLAIN = [weights("weights.bin"), text("config.json"), text("tokenizer/merges.txt"), text("tokenizer/vocab.json")];

/** Sizes at which sharding may go wrong: one below, at and above one shard and two. */
const SIZES = [1, 999, 1000, 1001, 1999, 2000, 2001].map((size) => weights(`size-${size}.bin`, size, size));

/** Python's own order of resources; the root digest is over them in order, so it differs as well. */
function pythonOrder(by: string): Deviation {
  return {
    cells: ["digestEqual"],
    why: `python: sorts by ${by}, not by the whole name (specification 5.2.1, 6.4); the resources are the same`,
    seen: /^the same resources in another order/,
  };
}

const PYTHON_SINGLE_FILE: Deviation[] = [
  {
    cells: ["digestEqual"],
    why: "python: names a single file `.`, not by its base name (specification 6.1.2)",
    seen: /^resources differ: .*theirs alone \["\. /,
  },
  {
    cells: ["oursVerified"],
    why: "python: looks for a single file under the name `.` (specification 6.1.2)",
    seen: /Extra files found in model '[^']*': \./,
  },
];

/**
 * In every signature of shards. The reference compares these names as well, so it can verify no shards but its own. A
 * verifier that goes by `hash_type` alone (specification 5.2.2) could verify the reference's: the cells then pass.
 */
const PYTHON_SHARDS: Deviation[] = [
  {
    cells: ["oursVerified"],
    why: "python: wants the algorithm of a shard to be `sha256-sharded-1000`, not the hash_type (specification 6.3.2)",
    seen: /Expected 'Digest\(algorithm='(\w+)', .*Actual 'Digest\(algorithm='\1-sharded-\d+'/s,
  },
];

const PYTHON_BLAKE3_SHARDS: Deviation[] = [{
  cells: ["digestEqual", "oursVerified"],
  why: "python: does files where shards with blake3 are asked for (specification 6.3.2)",
  seen: /^resources differ|Missing files in model '[^']*': \S+:0:/,
}];

const PYTHON_COLON_SHARDS: Deviation[] = [{
  cells: ["oursVerified"],
  why: "python: cannot read the name of a shard whose file has a colon in its own (specification 6.3.2)",
  seen: /expected 3 components separated by/,
}];

const PYTHON_UNSIGNED_SHARDS: Deviation[] = [{
  cells: ["oursVerified"],
  why: "python: takes shard names for file names when unsigned files are ignored (specification 8.5)",
  seen: /Cannot use '.*:0:\d+' as file or directory/,
}];

/** A linked directory's files, which neither peer visits. */
function linkedDirectory(peer: string, ours: RegExp, theirs: RegExp): Deviation[] {
  const why = `${peer}: leaves out what lies below a linked directory (specification 6.1.1)`;
  return [
    { cells: ["theirsVerified"], why, seen: ours },
    { cells: ["oursVerified"], why, seen: theirs },
    { cells: ["digestEqual"], why, seen: /^resources differ/ },
  ];
}

/** No side signs such a model, or ours does not accept that another does. */
function refusedBySpecification(why: string, ours: RegExp, theirs: RegExp = ours): Deviation[] {
  return [
    { cells: ["theirsVerified"], why, seen: theirs, always: true },
    { cells: ["oursVerified"], why, seen: ours, always: true },
  ];
}

const EMPTY = (peer: string): Deviation[] =>
  refusedBySpecification(
    `${peer} signs a model without a file, ours neither signs nor accepts it (specification 5.2.1, 6.1)`,
    /^ours did not sign: .*(empty|no file|at least one|nothing)/i,
    /^ours does not verify: .*(empty|no file|no resource|at least one|resources|nothing)|did not sign/i,
  );

const LINK = refusedBySpecification(
  "no side signs a symbolic link that it was not allowed to follow (specification 6.1.1)",
  /^\w+ did not sign: .*sym(bolic |)link/is,
);

const GO_GIT: Deviation[] = [{
  cells: ["theirsVerified", "oursVerified", "digestEqual"],
  why: "go: leaves git paths out even with --ignore-git-paths=false",
}];

const GO_CERTIFICATE: Deviation[] = [{
  cells: ["theirsVerified"],
  why: "go: writes `certificate`, without intermediates, for `x509CertificateChain` (specification 4.1)",
}];

const GO_BLAKE3: Deviation[] = [{ cells: ["oursVerified"], why: "go: knows sha256 and blake2b alone" }];

const GO_RECORDED: Deviation[] = [{
  cells: ["oursVerified"],
  why: "go: does not leave out what the signature says was left out (specification 6.2.1, 8.4)",
}];

/** Fills in what most cases have in common. */
function define(name: string, tree: Entry[], rest: Partial<Case> = {}): Case {
  const { hashing = FILES, deviations = {} } = rest;
  const python = [...deviations.python ?? [], ...hashing.serialization === "shards" ? PYTHON_SHARDS : []];
  return {
    name,
    tree,
    keys: { method: "key", curve: "p256" },
    tampers: ["flip", "missing", "extra"],
    target: "weights.bin",
    ...rest,
    hashing,
    deviations: { ...deviations, python },
  };
}

const methods = [
  define("key P-256 (SEC1)", PLAIN, { tampers: [...ALL, "forgery"] }),
  define("key P-384", PLAIN, { keys: { method: "key", curve: "p384" }, tampers: ALL }),
  define("key P-521", PLAIN, { keys: { method: "key", curve: "p521" }, tampers: ALL }),
  define("key P-256, encrypted PKCS#8", PLAIN, { keys: { method: "key", curve: "p256", encrypted: true } }),
  define("certificate P-256, intermediate", PLAIN, {
    keys: { method: "certificate", curve: "p256" },
    tampers: [...ALL, "forgery"],
    deviations: { go: GO_CERTIFICATE },
  }),
  define("certificate P-384, intermediate", PLAIN, {
    keys: { method: "certificate", curve: "p384" },
    tampers: ["flip", "payload", "signature", "wrong key"],
    deviations: { go: GO_CERTIFICATE },
  }),
  define("certificate P-521, intermediate", PLAIN, {
    keys: { method: "certificate", curve: "p521" },
    tampers: ["flip", "payload", "signature", "wrong key"],
    deviations: { go: GO_CERTIFICATE },
  }),
];

const serializations = [
  define("files, blake2b", PLAIN, { hashing: { serialization: "files", hashAlgorithm: "blake2b" }, tampers: ALL }),
  define("files, blake3", PLAIN, {
    hashing: { serialization: "files", hashAlgorithm: "blake3" },
    tampers: ALL,
    deviations: { go: GO_BLAKE3 },
  }),
  define("shards of 1000, sha256", PLAIN, { hashing: shards("sha256"), tampers: ALL }),
  define("shards of 1000, blake2b", PLAIN, { hashing: shards("blake2b"), tampers: ALL }),
  define("shards of 1000, blake3", PLAIN, {
    hashing: shards("blake3"),
    tampers: ALL,
    deviations: { python: PYTHON_BLAKE3_SHARDS, go: GO_BLAKE3 },
  }),
  define("shards, sizes around the shard", [...SIZES, { path: "empty.bin", text: "" }], {
    hashing: shards("sha256"),
    target: "size-2001.bin",
  }),
  define("shards, order by text and number", [weights("weights.bin", 1100), weights("w.bin", 12_000)], {
    hashing: shards("sha256", 100),
    target: "w.bin",
    deviations: { python: [pythonOrder("path and number")] },
  }),
  define("shards, a colon in a name", [weights("weights.bin"), weights("a:0:7")], {
    hashing: shards("sha256"),
    deviations: { python: PYTHON_COLON_SHARDS },
  }),
  define("shards, unsigned files ignored", PLAIN, {
    hashing: shards("sha256"),
    unsigned: [text("added-later.txt")],
    deviations: { python: PYTHON_UNSIGNED_SHARDS },
  }),
  define("shards of one file that fits", [weights("weights.bin")], { hashing: shards("sha256", 1_000_000) }),
];

const trees = [
  define("nested names", [text("a/b/c/d/e/f.txt"), text("a/b/x.txt"), text("a/b.txt"), weights("a/b/c/weights.bin")], {
    target: "a/b/c/weights.bin",
    deviations: { python: [pythonOrder("path component")] },
  }),
  define("unicode names", [
    weights("weights.bin"),
    text("modèle/poids.txt"),
    // The same word composed and decomposed: two names, as no one may normalize (OMS v1.0 §6.1.2).
    text("re\u0301sume\u0301.txt"),
    text("r\u00e9sum\u00e9.txt"),
    // Where the order by UTF-16 units is the other way round.
    text("\ufb00.txt"),
    text("\u{1f600}.txt"),
    text("模型/权重.txt"),
  ]),
  define("spaces, quotes, odd characters", [
    weights("weights.bin"),
    text("with space.txt"),
    text(" leading"),
    text("trailing "),
    text("-dash"),
    text('it\'s "quoted" \\ % $HOME & <tag> # ? *.txt'),
    text("colon:0:7"),
    text("new\nline"),
    text("tab\there"),
  ]),
  define("empty files", [
    weights("weights.bin"),
    { path: "empty", text: "" },
    { path: "dir/__init__.py", text: "" },
    { dir: "nothing/here" },
  ]),
  define("names around /", [weights("weights.bin"), text("a-b"), text("a/b"), text("a.b"), text("a0"), text("a b")], {
    deviations: { python: [pythonOrder("path component")] },
  }),
  define("letters of both cases", [
    weights("weights.bin"),
    text("Model.txt"),
    text("model.txt"),
    text("_x"),
    text("Z"),
  ]),
  define("single file", [weights("weights.bin"), text("neighbor.txt")], {
    model: "weights.bin",
    tampers: ["flip", "payload", "wrong key"],
    deviations: { python: PYTHON_SINGLE_FILE },
  }),
  define("hidden files", [weights("weights.bin"), text(".hidden"), text(".cache/x"), text("dir/.keep")]),
  define("git paths", [
    weights("weights.bin"),
    text(".git/HEAD"),
    text(".gitignore"),
    text(".gitattributes"),
    text(".github/workflows/x.yml"),
    text("sub/.git/HEAD"),
    text("sub/.gitignore"),
    text(".gitkeep"),
  ]),
  define("git paths signed too", [weights("weights.bin"), text(".git/HEAD"), text(".gitignore"), text(".github/x")], {
    keepGitPaths: true,
    deviations: { go: GO_GIT },
  }),
  define("signature inside the model", PLAIN, { signatureInside: true }),
  define("model.sig in a subdirectory is signed", [weights("weights.bin"), text("sub/model.sig")], {
    signatureInside: true,
    target: "sub/model.sig",
  }),
  define("a hundred files", Array.from({ length: 100 }, (_, at) => weights(`layer-${at}.bin`, 50 + at, at)), {
    target: "layer-42.bin",
  }),
];

const options = [
  define("ignored paths, given to both", [...PLAIN, text("ignore-me"), text("cache/a"), text("cache/b/c")], {
    ignorePaths: ["ignore-me", "cache"],
  }),
  define("ignored paths, as recorded", [...PLAIN, text("ignore-me"), text("cache/a"), text("sub/cache/a")], {
    ignorePaths: ["ignore-me", "cache"],
    ignoreAsRecorded: true,
    deviations: { go: GO_RECORDED },
  }),
  define("unsigned files ignored", PLAIN, {
    unsigned: [text("added-later.txt"), text("later/too.txt")],
    tampers: ["flip", "missing", "extra", "payload"],
  }),
  define("links to files, allowed", [...PLAIN, { symlink: "link.bin", target: "weights.bin" }, {
    symlink: "tokenizer/link",
    target: "../config.json",
  }], { allowSymlinks: true, tampers: ["flip", "extra", "payload"] }),
  define("link to a directory, allowed", [...PLAIN, { symlink: "linked", target: "tokenizer" }], {
    allowSymlinks: true,
    deviations: {
      python: linkedDirectory("python", /"extra":\["linked\//, /Missing files in model '[^']*': linked\//),
      go: linkedDirectory("go", /"extra":\["linked\//, /linked\//),
    },
  }),
  define("link, not allowed", [...PLAIN, { symlink: "link.bin", target: "weights.bin" }], {
    deviations: { python: LINK, go: LINK },
  }),
  define("no file at all", [{ dir: "nothing" }], { deviations: { python: EMPTY("python"), go: EMPTY("go") } }),
  define("shards of nothing but an empty file", [{ path: "empty", text: "" }], {
    hashing: shards("sha256"),
    deviations: { python: EMPTY("python"), go: EMPTY("go") },
  }),
];

/** All cases, in the order of the table. */
export const CASES: Case[] = [...methods, ...serializations, ...trees, ...options];
