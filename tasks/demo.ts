// deno-lint-ignore-file no-console -- a task talks to the developer
/**
 * Shows the main job on a real model, a face detector from the npm registry: signs it, verifies it, looks into the
 * signature, then changes one byte and sees verification fail. Each command is printed as one would type it.
 *
 *     deno task demo
 */
import { generateKeyPairSync } from "node:crypto";

/** The package that carries the model, and the directory of the model in it. */
const PACKAGE = "@vladmandic/face-api@1.7.15";
const MODEL_DIRECTORY = "node_modules/@vladmandic/face-api/model";

const PROGRAM = new URL("../cli.ts", import.meta.url);
const directory = await Deno.makeTempDir({ prefix: "model-signing-demo-" });
try {
  await fetchModel();
  makeKeys();
  await run("sign key face-api --private-key key.pem", 0);
  await run("verify key face-api --public-key key.pub", 0);
  await run("inspect face-api/model.sig", 0);
  const changed = flipOneByte();
  const output = await run("verify key face-api --public-key key.pub", 1);
  if (!output.includes(changed)) throw new Error(`verification did not name ${changed}`);
  console.log("\nThe changed byte was found and its file named. That is all there is to it.");
} finally {
  await Deno.remove(directory, { recursive: true });
}

async function fetchModel(): Promise<void> {
  say(`npm install --ignore-scripts ${PACKAGE} && mv ${MODEL_DIRECTORY} face-api`, "a real model");
  const npm = new Deno.Command(Deno.build.os === "windows" ? "npm.cmd" : "npm", {
    args: ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", ".", PACKAGE],
    cwd: directory,
    stdout: "null",
  });
  if (!(await npm.output()).success) throw new Error(`npm could not install ${PACKAGE}`);
  await Deno.rename(`${directory}/${MODEL_DIRECTORY}`, `${directory}/face-api`);
}

function makeKeys(): void {
  say(
    "openssl ecparam -name prime256v1 -genkey -noout -out key.pem && openssl ec -in key.pem -pubout -out key.pub",
    "a key pair; this demo makes it without openssl",
  );
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  Deno.writeTextFileSync(`${directory}/key.pem`, privateKey, { mode: 0o600 });
  Deno.writeTextFileSync(`${directory}/key.pub`, publicKey);
}

/** Runs the program with the permissions that docs/permissions.md gives, and insists on the exit status. */
async function run(words: string, status: number): Promise<string> {
  const write = words.startsWith("sign") ? ["--allow-write=face-api"] : [];
  const permissions = ["--allow-read=face-api,key.pem,key.pub", ...write];
  say(`deno run ${permissions.join(" ")} cli.ts ${words}`);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, PROGRAM.href, ...words.split(" ")],
    cwd: directory,
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  console.log(output.trimEnd());
  if (code !== status) throw new Error(`exit status ${code} where ${status} was expected`);
  return output;
}

function flipOneByte(): string {
  const name = "face_recognition_model.bin";
  using file = Deno.openSync(`${directory}/face-api/${name}`, { read: true, write: true });
  const byte = new Uint8Array(1);
  file.seekSync(1000, Deno.SeekMode.Start);
  file.readSync(byte);
  const flipped = byte.map((value) => value ^ 0xff);
  say(
    `printf '\\x${flipped.toHex()}' | dd of=face-api/${name} bs=1 seek=1000 conv=notrunc`,
    "one byte of the model changes",
  );
  file.seekSync(1000, Deno.SeekMode.Start);
  file.writeSync(flipped);
  return name;
}

function say(command: string, comment?: string): void {
  console.log(`\n$ ${command}${comment === undefined ? "" : `   # ${comment}`}`);
}
