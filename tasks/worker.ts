// deno-lint-ignore-file no-console -- a task talks to the developer
/**
 * Bundles the hash worker into one module of text, `src/hash/threads/worker_source.ts`. A worker that is started from a file of
 * the program needs permission to read that file; one that is started from text needs none, so that verifying can
 * do with the permission to read the model, the signature and the key.
 *
 *     deno task worker            writes the module
 *     deno task worker --check    fails if the module is not what the source gives
 */

const TARGET = new URL("../src/hash/threads/worker_source.ts", import.meta.url);

const command = new Deno.Command(Deno.execPath(), {
  args: ["bundle", "--quiet", "--minify", "src/hash/threads/worker.ts"],
  cwd: new URL("..", import.meta.url),
  stderr: "inherit",
});
const { success, stdout } = await command.output();
if (!success) Deno.exit(1);

// The library's notice stays, without the address in it: the project names no hosts.
const bundle = new TextDecoder().decode(stdout).replaceAll(/ \(https?:[^)]*\)/g, "");
const source = `// Made by \`deno task worker\` of worker.ts: change that instead.
// deno-fmt-ignore-file
// deno-lint-ignore-file

/** The program of a hash worker, one JavaScript module. */
export const WORKER_SOURCE: string = ${JSON.stringify(bundle)};
`;

if (!Deno.args.includes("--check")) await Deno.writeTextFile(TARGET, source);
else if (await Deno.readTextFile(TARGET) !== source) {
  console.error(
    "src/hash/threads/worker_source.ts is not what src/hash/threads/worker.ts gives: run `deno task worker`",
  );
  Deno.exit(1);
}
