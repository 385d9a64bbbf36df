/** Statements and bundles, against `JSON` alone, which checks nothing. */
import { readBundle } from "../src/bundle/read.ts";
import { serializeBundle } from "../src/bundle/write.ts";
import { PAYLOAD_TYPE } from "../src/bundle/envelope.ts";
import { bytesOf } from "../src/io/byte_source.ts";
import { parseStatement, serializeStatement } from "../src/oms/statement.ts";
import { benchManifest } from "./_bench_model.ts";

for (const files of [10, 10_000]) {
  const manifest = benchManifest(files);
  const payload = bytesOf(serializeStatement("model", manifest));
  const text = new TextDecoder().decode(payload);
  const value = JSON.parse(text);

  const write = `write a statement of ${files} files`;
  Deno.bench(
    "serializeStatement",
    { group: write, baseline: true },
    () => void bytesOf(serializeStatement("model", manifest)),
  );
  Deno.bench("JSON.stringify and UTF-8", { group: write }, () => void new TextEncoder().encode(JSON.stringify(value)));

  const read = `read a statement of ${files} files`;
  Deno.bench("parseStatement, which checks all", { group: read, baseline: true }, () => void parseStatement(payload));
  Deno.bench("UTF-8 and JSON.parse", { group: read }, () => void JSON.parse(new TextDecoder().decode(payload)));

  const bundle = serializeBundle({
    material: { kind: "publicKey", hint: "hint" },
    content: { kind: "envelope", payloadType: PAYLOAD_TYPE, payload, signature: new Uint8Array(71) },
  });
  const bytes = new TextEncoder().encode([...bundle].join(""));
  const open = `read a bundle of ${files} files`;
  Deno.bench("readBundle, which checks all", { group: open, baseline: true }, () => void readBundle(bytes));
  Deno.bench("UTF-8, JSON.parse and base64", { group: open }, () => {
    Uint8Array.fromBase64(JSON.parse(new TextDecoder().decode(bytes)).dsseEnvelope.payload);
  });
}
