// deno-lint-ignore-file no-console -- a task talks to the developer
/**
 * Compiles the program into one binary with just the permissions that it needs: to read and write files, to reach the
 * services of Sigstore, to see the environment (tokens, directories, proxies), and to open a browser.
 *
 *     deno task compile                     for this machine, to dist/model-signing
 *     deno task compile --target TARGET     for another machine, to dist/model-signing-TARGET
 *     deno task compile --check             runs every step with the Deno that is here in place of the runtime that
 *                                           compiling fetches, and checks what would be in the binary
 */
import { parseArgs } from "@std/cli";
import { PERMISSIONS } from "./_permissions.ts";

const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/** What the binary cannot do without; the worker lies in `worker_source.ts` as text, the WebAssembly in `hash-wasm`. */
const NEEDED = [
  /\bcli\.ts\b/,
  /\bdeno\.json\b/,
  /\bworker_source\.ts\b/,
  /\bhash-wasm\//,
  /\bpkijs\//,
  /\bcore\b/,
  /\bopenid-client\//,
  /\bmodels\b/, // @tufjs/models
  /\btuf\b/,
  /\bverify\b/,
];

/** What only tests use. */
const NOT_NEEDED = [/\bajv\//, /\bfast-check\//, /\boidc-provider\//, /\bmock\b/, /\btests\b/];

const options = parseArgs(Deno.args, { string: ["target"], boolean: ["check"] });
if (options.target !== undefined && !TARGETS.includes(options.target)) {
  console.error(`Cannot compile for ${JSON.stringify(options.target)}: it must be one of ${TARGETS.join(", ")}`);
  Deno.exit(2);
}
Deno.exit(await (options.check ? check() : compile(options.target)));

async function compile(target: string | undefined): Promise<number> {
  const output = target === undefined ? "dist/model-signing" : `dist/model-signing-${target}`;
  const { code } = await deno(["--output", output, ...(target === undefined ? [] : ["--target", target])], "inherit");
  return code;
}

async function check(): Promise<number> {
  const directory = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await deno(["--output", `${directory}/model-signing`], "piped", Deno.execPath());
    // deno-lint-ignore no-control-regex -- takes the colors out of the listing
    const listing = new TextDecoder().decode(new Uint8Array([...stdout, ...stderr])).replace(/\x1b\[[\d;]*m/g, "");
    const missing = NEEDED.filter((pattern) => !pattern.test(listing));
    const surplus = NOT_NEEDED.filter((pattern) => pattern.test(listing));
    if (code !== 0 || missing.length > 0) console.error(listing);
    for (const pattern of missing) console.error(`not in the binary: ${pattern}`);
    for (const pattern of surplus) console.error(`in the binary for nothing: ${pattern}`);
    return code === 0 && missing.length + surplus.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function deno(args: string[], stdio: "inherit" | "piped", runtime?: string): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), {
    args: ["compile", ...PERMISSIONS, "--exclude-unused-npm", ...args, "cli.ts"],
    cwd: new URL("..", import.meta.url),
    ...(runtime === undefined ? {} : { env: { DENORT_BIN: runtime } }),
    stdout: stdio,
    stderr: stdio,
  }).output();
}
