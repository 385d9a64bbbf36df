// deno-lint-ignore-file no-console -- a task talks to the developer
/**
 * Builds the WebAssembly core from its source in `wasm/` and embeds it as text in `wasm/core_bytes.ts`, where every way to run
 * the program finds it, without permission to read.
 *
 *     deno task wasm            writes the module
 *     deno task wasm --check    fails if the module is not what the source gives
 *     deno task wasm --wat      prints the source in the text format
 */
import wabt from "wabt";
import { coreSource } from "../wasm/source.ts";

const TARGET = new URL("../wasm/core_bytes.ts", import.meta.url);

if (Deno.args.includes("--wat")) {
  console.log(coreSource());
  Deno.exit();
}

const { parseWat } = await wabt();
const { buffer } = parseWat("core.wat", coreSource(), { simd: true }).toBinary({});
const source = `// Made by \`deno task wasm\` of source.ts: change that instead.
// deno-fmt-ignore-file

/** The WebAssembly module of the core, in Base64. */
export const CORE_BYTES: string = "${buffer.toBase64()}";
`;

if (!Deno.args.includes("--check")) await Deno.writeTextFile(TARGET, source);
else if (await Deno.readTextFile(TARGET) !== source) {
  console.error("wasm/core_bytes.ts is not what wasm/source.ts gives: run `deno task wasm`");
  Deno.exit(1);
}
