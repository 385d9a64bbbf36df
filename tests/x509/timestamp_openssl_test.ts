/** Timestamps made by `openssl ts`, with each kind of key and hash that it can sign with. */
import { assertEquals } from "@std/assert";
import { verifyTimestamp } from "../../src/x509/timestamp.ts";
import type { KeyKind } from "../_certificates.ts";
import { makeTsa, trusted } from "./_timestamps.ts";

const hasOpenssl = await new Deno.Command("openssl", { args: ["version"], stdout: "null" }).output()
  .then(({ success }) => success, () => false);

const RSA = "2a864886f70d010101";
const RSA_WITH = { sha256: "2a864886f70d01010b", sha384: "2a864886f70d01010c", sha512: "2a864886f70d01010d" };

async function openssl(directory: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, cwd: directory, stdout: "null" }).output();
  if (!success) throw new Error(`openssl ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

Deno.test({ name: "timestamps of OpenSSL verify, with every key and hash", ignore: !hasOpenssl }, async (t) => {
  const directory = await Deno.makeTempDir();
  const write = (file: string, text: string | Uint8Array): Promise<void> =>
    Deno.writeFile(`${directory}/${file}`, typeof text === "string" ? new TextEncoder().encode(text) : text);
  const signed = crypto.getRandomValues(new Uint8Array(70));
  await write("data", signed);
  await openssl(directory, "ts", "-query", "-data", "data", "-sha512", "-cert", "-out", "query");
  try {
    for (const kind of ["RSA-2048", "P-256", "P-384", "P-521"] as const satisfies readonly KeyKind[]) {
      const { leaf, root } = await makeTsa(kind);
      await write("leaf", leaf.pem);
      await write("root", root.pem);
      await write("key", leaf.privateKeyPem);
      for (const [hash, id] of [["sha256", "sha1"], ["sha384", "sha256"], ["sha512", "sha512"]] as const) {
        await write("serial", "01");
        await write(
          "config",
          `[tsa]\ndefault_tsa=t\n[t]\nserial=${directory}/serial\nsigner_cert=${directory}/leaf\nsigner_key=${directory}/key\n` +
            `certs=${directory}/root\nsigner_digest=${hash}\ndefault_policy=1.2.3.4\ndigests=sha256,sha512\ntsa_name=yes\n` +
            `clock_precision_digits=3\naccuracy=secs:1,millisecs:500\nordering=yes\ness_cert_id_alg=${id}\n` +
            `ess_cert_id_chain=${id === "sha256" ? "yes" : "no"}\n`,
        );
        await openssl(
          directory,
          "ts",
          "-reply",
          "-config",
          "config",
          "-section",
          "t",
          "-queryfile",
          "query",
          "-out",
          "reply",
        );
        const reply = await Deno.readFile(`${directory}/reply`);
        const forms = {
          "as OpenSSL writes it": reply,
          ...(kind === "RSA-2048" ? { "as Go does": asGo(reply, hash) } : {}),
        };
        for (const [form, stamp] of Object.entries(forms)) {
          await t.step(`${kind} with ${hash}, ${form}`, async () => {
            const { path } = await verifyTimestamp(stamp, signed, [trusted([leaf, root])]);
            assertEquals(path.map(({ subject }) => subject), ["CN=TSA,O=Acme", "CN=TSA Root"]);
          });
        }
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Names the hash in the algorithm of the signature too, the last one in it. */
function asGo(reply: Uint8Array, hash: keyof typeof RSA_WITH): Uint8Array {
  const hex = reply.toHex();
  const at = hex.lastIndexOf(RSA);
  return Uint8Array.fromHex(hex.slice(0, at) + RSA_WITH[hash] + hex.slice(at + RSA.length));
}
