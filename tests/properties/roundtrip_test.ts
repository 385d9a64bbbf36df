import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { inspect, sign, type SignOptions, verify } from "../../mod.ts";
import { makeKey } from "../oms/_forge.ts";
import { check, ModelDirectory, tree } from "./_arbitraries.ts";

const key = makeKey();

const SERIALIZATIONS: readonly Partial<SignOptions>[] = [
  { serialization: "files" },
  { serialization: "files", hashAlgorithm: "blake3" },
  { serialization: "shards", shardSize: 7, hashAlgorithm: "blake2b" },
  { serialization: "h1" },
  { serialization: "h2" },
];

for (const serialization of SERIALIZATIONS) {
  Deno.test(`any model that is signed as ${Deno.inspect(serialization)} verifies`, async () => {
    await check(
      30,
      fc.asyncProperty(tree, async (files) => {
        using directory = new ModelDirectory(files);
        const { model, signature } = directory;
        const common = { signature, ignoreGitPaths: false };
        const signed = await sign(model, {
          signer: { kind: "key", privateKey: key.privatePem },
          ...common,
          ...serialization,
        });
        const verified = await verify(model, {
          trust: { kind: "key", publicKey: key.publicPem },
          ...common,
          serialization: serialization.serialization!,
        });
        assertEquals(
          [verified.digest, verified.serialization, verified.files, verified.differences],
          [signed.digest, serialization.serialization, files.size, { changed: [], missing: [], extra: [] }],
        );
        assertEquals((await inspect(signature)).signer.keyHint, key.hint);
      }),
    );
  });
}
