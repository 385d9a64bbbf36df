/** Every form of key that is good, and every other file that may be given in its place. */
import { assertEquals, assertFalse, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { RefusedError, sign, verify } from "../../mod.ts";
import { makeAuthority } from "../_certificates.ts";
import { type CurveName, programArgs, runCommand, runProgram, runToFail, runWell, Workplace } from "../_program.ts";

const CURVES: readonly CurveName[] = ["P-256", "P-384", "P-521"];

/** Text that certificate tools print around what they make. */
const CHATTER = "Public Key Info:\r\n\tCurve: SECP384R1\r\n\r\n";

const PASSWORD = "correct horse";
const CIPHER = { cipher: "aes-256-cbc", passphrase: PASSWORD };

/** Every form that a private key may have in a file. */
function formsOf(key: KeyObject): [name: string, pem: string, password: readonly string[]][] {
  return [
    ["SEC1", pem(key, "sec1"), []],
    ["PKCS#8 with other text around it", `${CHATTER}${pem(key, "pkcs8")}\nend\n`, []],
    // OpenSSL writes this block before the key.
    ["SEC1 behind parameters", `${PARAMETERS}${pem(key, "sec1")}`, []],
    ["encrypted PKCS#8", pem(key, "pkcs8", CIPHER), ["--password", PASSWORD]],
    ["encrypted SEC1", pem(key, "sec1", CIPHER), ["--password", PASSWORD]],
    ["a password in a file", pem(key, "pkcs8", CIPHER), ["--password-file", "password.txt"]],
    // A password too many does no harm: the key's form is not always known to a script.
    ["a password for a key without one", pem(key, "pkcs8"), ["--password", "whatever"]],
  ];
}

Deno.test("private keys in SEC1 and PKCS#8, encrypted or not", async (t) => {
  using place = new Workplace();
  const options = { cwd: place.path };
  place.write("password.txt", `${PASSWORD}\r\nsecond line`);
  const { key } = place.makeKeys();
  for (const [name, text, password] of formsOf(key)) {
    await t.step(name, async () => {
      place.write("form.pem", text);
      await runWell(["sign", "key", "bert", "--private-key", "form.pem", ...password], options);
    });
  }
  await runWell(["verify", "key", "bert", "--public-key", "key.pub"], options);
});

Deno.test("private keys in every form on every curve", async (t) => {
  using place = new Workplace();
  for (const curve of CURVES) {
    const { key, publicKey } = place.makeKeys("key", curve);
    for (const [name, privateKey, [option]] of formsOf(key)) {
      await t.step(`${curve}: ${name}`, async () => {
        const password = option === undefined ? {} : { password: PASSWORD };
        await sign(place.model, { signer: { kind: "key", privateKey, ...password } });
        await verify(place.model, { trust: { kind: "key", publicKey: Deno.readTextFileSync(publicKey) } });
      });
    }
  }
});

const PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

function pem(key: KeyObject, type: "sec1" | "pkcs8", encrypted: { cipher?: string; passphrase?: string } = {}): string {
  return key.export({ type, format: "pem", ...encrypted }).toString();
}

Deno.test("a public key with other text around it, or with Windows line ends", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], options);
  const text = Deno.readTextFileSync(`${place.path}/key.pub`);
  for (const other of [`${CHATTER}${text}`, text.replaceAll("\n", "\r\n"), text.trimEnd()]) {
    place.write("other.pub", other);
    await runWell(["verify", "key", "bert", "--public-key", "other.pub"], options);
  }
});

/** Keys of nobody, made for these tests by OpenSSL; their password is "secret". */
const ENCRYPTED = {
  pkcs8: `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi4WGvMEBGtugICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJEDcvyvQIUuzb4cliNxGncEgZCg
Wf5x/qk7j0h/5VlHf1VUP/8L/HDKsMuAFT1mt68Lme28ZxKtuhtDBm+d7V5fO+CG
wvwZYt8SMFu5KTrD+BjwuNR1oK/P9XJLxCwvQx+ivaaCdc2W/1a4NW1SKh/9msnY
dhAOcRTzZRskSTCr7cnLOIGWtoevkMke1br943PI+HZOK62cRwDEmOpaPX93uqI=
-----END ENCRYPTED PRIVATE KEY-----
`,
  sec1: `-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-256-CBC,F680964BFC97D7E9D6975A268C9F65CA

o1yKojfUQm8bLIkmPh6Zi8WDNQ6smY1NM2Sw3G8FNLaK/gHA2u6OLuvdAkzeOIJ7
2VijYMxvS0KwoUHrv2gAERerhvIkwAuzfDcPNwj8HY3lok3OjGKC6aHJ9ze2YhXi
L8Urh04WugozK0j58cwHZG1wbl3uGWW9KUcOE7GnEd0=
-----END EC PRIVATE KEY-----
`,
};

Deno.test("a wrong password is refused, and a missing one is a usage error without a terminal to ask on", async () => {
  using place = new Workplace();
  const options = { cwd: place.path };
  place.write("empty.txt", "");
  for (const text of [ENCRYPTED.pkcs8, ENCRYPTED.sec1]) {
    place.write("key.pem", text);
    const before = place.list();
    const args = ["sign", "key", "bert", "--private-key", "key.pem"];
    await runToFail([...args, "--password", "wrong"], 1, ['"key.pem"', "password is wrong"], options);
    await runToFail([...args, "--password-file", "empty.txt"], 1, ['"key.pem"', "password is wrong"], options);
    await runToFail([...args, "--password-file", "nothing"], 3, ['"nothing"', "no such file"], options);
    await runToFail(args, 2, ['"key.pem"', "encrypted", "--password-file"], options);
    await runToFail([...args, "--json"], 2, ['"key.pem"', "--password-file"], options);
    assertEquals(place.list(), before);
    await runWell([...args, "--password", "secret"], options);
    Deno.removeSync(`${place.model}/model.sig`);
  }
});

Deno.test("a wrong password is called wrong, also where the padding does not tell", async () => {
  using place = new Workplace();
  const cases = [[ENCRYPTED.pkcs8, "wrong 96"], [ENCRYPTED.sec1, "wrong 6"]] as const;
  for (const [text, password] of cases) {
    const args = ["sign", "key", place.model, "--private-key", place.write("key.pem", text), "--password", password];
    await runToFail(args, 1, ["key.pem", "password is wrong"]);
  }
});

// A password may be typed on a terminal or given, but is never shown.
Deno.test("a password is in no message", async () => {
  using place = new Workplace();
  const args = ["sign", "key", place.model, "--private-key", place.write("key.pem", ENCRYPTED.pkcs8)];
  for (const extra of [[], ["--workers", "0"], ["--password-file", "x"], ["--log-level", "debug"]]) {
    const { stdout, stderr } = await runProgram([...args, "--password", "hunter2", ...extra]);
    assertFalse(`${stdout}${stderr}`.includes("hunter2"), stderr);
  }
});

/** Keys of other kinds, with what the message calls them. */
function otherKeys(): [kind: string, privateKey: KeyObject, publicKey: KeyObject][] {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const edwards = generateKeyPairSync("ed25519");
  const bitcoin = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  return [
    ["rsa", rsa.privateKey, rsa.publicKey],
    ["ed25519", edwards.privateKey, edwards.publicKey],
    ["secp256k1", bitcoin.privateKey, bitcoin.publicKey],
  ];
}

Deno.test("keys of other kinds are refused with what they are and what is wanted", async () => {
  using place = new Workplace();
  const options = { cwd: place.path };
  place.makeKeys();
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], options);
  const signature = Deno.readFileSync(`${place.model}/model.sig`);
  for (const [kind, privateKey, publicKey] of otherKeys()) {
    place.write("private.pem", pem(privateKey, "pkcs8"));
    place.write("public.pem", publicKey.export({ type: "spki", format: "pem" }).toString());
    const wanted = (file: string): string[] => [`"${file}"`, kind, "P-256, P-384 or P-521"];
    const signArgs = ["sign", "key", "bert", "--private-key", "private.pem"];
    await runToFail(signArgs, 1, wanted("private.pem"), options);
    await runToFail(["verify", "key", "bert", "--public-key", "public.pem"], 1, wanted("public.pem"), options);
  }
  assertEquals(Deno.readFileSync(`${place.model}/model.sig`), signature);
});

Deno.test("files that are no such key are refused with what they are", async (t) => {
  using place = new Workplace();
  const options = { cwd: place.path };
  const { key } = place.makeKeys();
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], options);
  const signature = `${place.path}/new.sig`;
  const certificate = await makeAuthority("CN=root");
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const publicPem = Deno.readTextFileSync(`${place.path}/key.pub`);
  const asPrivate: readonly [title: string, text: string, words: readonly string[]][] = [
    ["the public key", publicPem, ["a public key", "private key"]],
    ["a certificate", certificate.pem, ["a certificate"]],
    ["a traditional RSA key", rsa.privateKey.export({ type: "pkcs1", format: "pem" }).toString(), [
      "an RSA private key",
    ]],
    ["an OpenSSH key", block("OPENSSH PRIVATE KEY"), ["an OpenSSH private key"]],
    ["parameters alone", PARAMETERS, ["EC parameters"]],
    ["a certificate request", block("CERTIFICATE REQUEST"), ["a certificate request"]],
    ["two keys", `${pem(key, "pkcs8")}${pem(key, "sec1")}`, ["more than one key"]],
    ["no key in the block", block("PRIVATE KEY"), ["no private key"]],
    ["a block without end", pem(key, "pkcs8").slice(0, 100), ["not PEM"]],
    ["an empty file", "", ["not PEM"]],
    ["a label that steers the terminal", block("\x1b[2J"), ["not PEM"]],
  ];
  for (const [title, privateKey, words] of asPrivate) {
    await t.step(`${title} as the private key`, async () => {
      const signer = { kind: "key", privateKey, keyName: "bad.pem" } as const;
      const error = await assertRejects(() => sign(place.model, { signer, signature }), RefusedError);
      assertSays(error, '"bad.pem"', ...words);
    });
  }
  const asPublic: typeof asPrivate = [
    ["the private key", pem(key, "pkcs8"), ["a private key", "public key"]],
    ["a certificate", certificate.pem, ["a certificate"]],
    ["an RSA public key", rsa.publicKey.export({ type: "pkcs1", format: "pem" }).toString(), ["an RSA public key"]],
    ["two keys", `${publicPem}${publicPem}`, ["more than one key"]],
    ["no key in the block", block("PUBLIC KEY"), ["no public key"]],
    ["bytes", "\0\0\0", ["not PEM"]],
  ];
  for (const [title, publicKey, words] of asPublic) {
    await t.step(`${title} as the public key`, async () => {
      const trust = { kind: "key", publicKey, keyName: "bad.pem" } as const;
      const error = await assertRejects(() => verify(place.model, { trust }), RefusedError);
      assertSays(error, '"bad.pem"', ...words);
    });
  }
  assertEquals(place.list().includes("new.sig"), false);

  await t.step("and the program says the same", async () => {
    place.write("bad.pem", certificate.pem);
    const signArgs = ["sign", "key", "bert", "--private-key", "bad.pem", "--signature", "new.sig"];
    await runToFail(signArgs, 1, ['"bad.pem"', "a certificate", "private key"], options);
    await runToFail(["verify", "key", "bert", "--public-key", "bad.pem"], 1, ["a certificate", "public key"], options);
    assertEquals(place.list().includes("new.sig"), false);
  });
});

function assertSays(error: Error, ...words: string[]): void {
  assertMatch(error.message, /^Cannot [^\n]+$/);
  for (const word of words) assertStringIncludes(error.message, word);
}

function block(label: string): string {
  return `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
}

Deno.test("a key that cannot be read is a failure of the environment", async () => {
  using place = new Workplace();
  place.makeKeys();
  const options = { cwd: place.path };
  await runWell(["sign", "key", "bert", "--private-key", "key.pem"], options);
  for (
    const [path, words] of [["nothing.pem", "no such file"], ["bert", "directory"], ["key.pem/x", "file"]] as const
  ) {
    await runToFail(["sign", "key", "bert", "--private-key", path], 3, [`"${path}"`, words], options);
    await runToFail(["verify", "key", "bert", "--public-key", path], 3, [`"${path}"`, words], options);
  }
  // 4 MB is more than all roots of an operating system.
  place.writeSparse("huge.pem", 5_000_000);
  await runToFail(
    ["verify", "key", "bert", "--public-key", "huge.pem"],
    1,
    ['"huge.pem"', "exceeds the limit"],
    options,
  );
  // Keys come by pipes too, as a shell has them: <(command).
  const piped = `cat key.pub | "$@" verify key bert --public-key /dev/stdin`;
  const { code } = await runCommand("sh", ["-c", piped, "sh", Deno.execPath(), ...programArgs([], ALL)], options);
  assertEquals(code, 0);
});

/** Deno wants every permission for what lies in `/dev`. */
const ALL = { allow: ["--allow-all"] };

Deno.test("the key of another curve, or just another, is not the signer's", async () => {
  using place = new Workplace();
  const options = { cwd: place.path };
  for (const curve of CURVES) place.makeKeys(curve, curve);
  place.makeKeys("other", "P-256");
  await runWell(["sign", "key", "bert", "--private-key", "P-256.pem"], options);
  await runWell(["verify", "key", "bert", "--public-key", "P-256.pub"], options);
  for (const name of ["P-384", "P-521", "other"]) {
    const args = ["verify", "key", "bert", "--public-key", `${name}.pub`];
    await runToFail(args, 1, ['"bert/model.sig"', "it names key"], options);
  }
});
