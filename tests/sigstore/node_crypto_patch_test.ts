import "../../src/sigstore/node_crypto_patch.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import crypto, { generateKeyPairSync, sign, verify } from "node:crypto";

const FIXTURES = new URL("../fixtures/", import.meta.url);

function readJson(path: string): unknown {
  return JSON.parse(Deno.readTextFileSync(new URL(path, FIXTURES)));
}

Deno.test("mend: the library accepts a genuine public bundle", () => {
  const root = TrustedRoot.fromJSON(readJson("sigstore/trusted_root.public-good.json"));
  const bundle = bundleFromJSON(readJson("oms/signatures/sigstore-v1.1.0/model.sig"));
  const { identity } = new Verifier(toTrustMaterial(root)).verify(toSignedEntity(bundle));
  assertEquals(identity?.extensions?.issuer, "https://sigstore.verify.ibm.com/oauth2");
});

Deno.test("mend: a digest that is not named is the one that Node takes", () => {
  const data = new TextEncoder().encode("data");
  for (const namedCurve of ["P-256", "P-384"]) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
    assertEquals(crypto.verify(undefined, data, publicKey, sign("sha256", data, privateKey)), true);
    assertEquals(crypto.verify(null, data, publicKey, sign("sha384", data, privateKey)), false);
  }
});

Deno.test("mend: a digest that is named stays", () => {
  const data = new TextEncoder().encode("data");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  assertEquals(crypto.verify("sha384", data, publicKey, sign("sha384", data, privateKey)), true);
  assertEquals(crypto.verify("sha256", data, publicKey, sign("sha384", data, privateKey)), false);
});

Deno.test("mend: Ed25519 still has no digest", () => {
  const data = new TextEncoder().encode("data");
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  assertEquals(crypto.verify(null, data, publicKey, sign(null, data, privateKey)), true);
});

Deno.test("mend: Deno still needs it; delete it when this fails", () => {
  const data = new TextEncoder().encode("data");
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signature = sign("sha256", data, privateKey);
  // The named import is Deno's own function.
  assertThrows(() => verify(undefined, data, publicKey, signature), Error, "no default digest");
});
