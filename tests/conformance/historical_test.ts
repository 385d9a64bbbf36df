/** `historical.yaml`, as far as no clock decides: signatures that other tools made must always verify. */
import { assertEquals } from "@std/assert";
import { verify, type VerifyOptions } from "../../mod.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { publicKeyFromSpki } from "../../src/keys/ec_key.ts";
import { readBundle } from "../../src/bundle/read.ts";
import { checkStatement } from "../../src/oms/check_statement.ts";
import { StatementReader } from "../../src/oms/statement.ts";
import { certificateSigner } from "../../src/verify/certificate.ts";
import { verifyWithKey } from "../../src/verify/with_key.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { assertDiffers } from "../verify/_forged_model.ts";

const FIXTURES = new URL("../fixtures/oms/signatures/", import.meta.url);

const KEYS: readonly [id: string, directory: string, model: string, name: string, options: Partial<VerifyOptions>][] = [
  ["historical-v0.3.1-elliptic-key", "key-v0.3.1", "model/signme-1", ".", {}],
  // It recorded the path from where the tool ran, so the caller has to name the file.
  ["go-interop-key", "key-go-v1.1", "model", "signme-1", { ignorePaths: ["ignore-me"] }],
];

for (const [id, directory, model, name, options] of KEYS) {
  Deno.test(id, async () => {
    const path = new URL(`${directory}/`, FIXTURES).pathname;
    using copy = new TempDirectory();
    for (const { name } of Deno.readDirSync(`${path}model`)) {
      copy.write(`model/${name}`, Deno.readFileSync(`${path}model/${name}`));
    }
    const publicKey = Deno.readTextFileSync(`${path}signing-key-pub.pem`);
    const verifying = { trust: { kind: "key", publicKey }, signature: `${path}model.sig`, ...options } as const;
    const result = await verify(`${copy.path}/${model}`, verifying);
    assertEquals([result.verified, result.serialization, result.hashAlgorithm], [true, "files", "sha256"]);
    copy.write("model/signme-1", "changed");
    await assertDiffers(() => verify(`${copy.path}/${model}`, verifying), { changed: [name] });
  });
}

for (const directory of ["certificate-v0.2.0", "certificate-v1.1"]) {
  Deno.test(`the signature of ${directory} is right, whatever the time`, () => {
    const bundle = readBundle(Deno.readFileSync(new URL(`${directory}/model.sig`, FIXTURES)));
    if (bundle.material.kind !== "x509CertificateChain") throw new Error("not a certificate chain");
    const leaf = parseCertificate(bundle.material.certificates[0]!, "it");
    const reader = new StatementReader();
    const opened = verifyWithKey(bundle, publicKeyFromSpki(leaf.publicKey, "it"), certificateSigner(leaf), reader);
    if (opened.kind !== "envelope") throw new Error("not an envelope");
    const { files } = checkStatement(reader.finish());
    assertEquals([...files], ["signme-1", "signme-2"]);
  });
}
