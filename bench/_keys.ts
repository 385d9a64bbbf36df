/** A key pair in files, to sign and verify with. */
import { generateKeyPairSync } from "node:crypto";

/** Paths of a key pair. */
export interface KeyPaths {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a key pair on P-256 and writes it into a directory. */
export function makeKeys(directory: string): KeyPaths {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const paths = { privateKey: `${directory}/key.pem`, publicKey: `${directory}/key.pub` };
  Deno.writeTextFileSync(paths.privateKey, privateKey, { mode: 0o600 });
  Deno.writeTextFileSync(paths.publicKey, publicKey);
  return paths;
}
