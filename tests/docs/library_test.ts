/** What docs/library.md says about importing the library. */
import { assertEquals } from "@std/assert";
import { runCommand } from "../_program.ts";
import { ROOT } from "./_pages.ts";

/** Whether some code, run in a process of its own, replaces `crypto.verify`. */
async function patches(code: string): Promise<boolean> {
  const script = `import crypto from "node:crypto";
    const before = crypto.verify;
    ${code}
    console.log(crypto.verify !== before);`;
  const { code: status, stdout, stderr } = await runCommand(Deno.execPath(), ["eval", "--quiet", script], {
    cwd: ROOT,
  });
  assertEquals(status, 0, stderr);
  return stdout.trim() === "true";
}

Deno.test("importing the library and using keys leaves node:crypto alone", async () => {
  const code = `const { sign, verify } = await import("./mod.ts");
    const { privateKey, publicKey } = crypto.generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const model = await Deno.makeTempDir();
    await Deno.writeTextFile(model + "/weights.bin", "weights");
    await sign(model, { signer: { kind: "key", privateKey } });
    await verify(model, { trust: { kind: "key", publicKey } });
    await Deno.remove(model, { recursive: true });`;
  assertEquals(await patches(code), false);
});

Deno.test("verifying an identity and monitoring patch node:crypto", async () => {
  for (const module of ["./src/verify/sigstore.ts", "./src/monitor/watch_logs.ts"]) {
    assertEquals([module, await patches(`await import("${module}");`)], [module, true]);
  }
});
