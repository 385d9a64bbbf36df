import { assert } from "@std/assert";

Deno.test("README names the version of Deno that CI uses", async () => {
  const [readme, ci] = await Promise.all(["README.md", ".ci/run"].map((path) => read(path)));
  const [wanted] = /deno@[\d.]+/.exec(ci!)!;
  assert(readme!.includes(`npx --yes ${wanted} task demo`) && readme!.includes(`npx --yes ${wanted} task test`));
});

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
}
