import { assertEquals } from "@std/assert";
import { openBrowser } from "../../../src/sigstore/login/open_browser.ts";
import { TempDirectory } from "../../_temp_directory.ts";
import { until } from "../../_until.ts";

/** What stands for a browser here is a script. */
const ignore = Deno.build.os !== "linux";

const MODULE = import.meta.resolve("../../../src/sigstore/login/open_browser.ts");

/** Opens a page in a program of its own: tests that run beside this one share the environment of theirs. */
async function open(url: string, env: Record<string, string>): Promise<boolean> {
  const script = `
    const { openBrowser } = await import(${JSON.stringify(MODULE)});
    console.log(await openBrowser(${JSON.stringify(url)}));
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    clearEnv: true,
    env: { ...env, ...kept("HOME"), ...kept("DENO_DIR") },
    cwd: new URL("../../../", import.meta.url),
    stdout: "piped",
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Where Deno finds its cache. */
function kept(name: string): Record<string, string> {
  const value = Deno.env.get(name);
  return value === undefined ? {} : { [name]: value };
}

/** A directory with an `xdg-open` that does as the script says. */
function withOpener(script: string): TempDirectory {
  const directory = new TempDirectory();
  Deno.chmodSync(directory.write("xdg-open", `#!/bin/sh\n${script}\n`), 0o755);
  return directory;
}

Deno.test({
  name: "openBrowser() hands the address to xdg-open, as one word",
  ignore,
  fn: async () => {
    using directory = withOpener('printf "%s\\n" "$#" "$1" > "$0.seen"');
    const url = "https://issuer.example.com/auth?a=1&b=$(id)%20'x'";
    assertEquals(await open(url, { PATH: directory.path, DISPLAY: ":0" }), true);
    assertEquals(Deno.readTextFileSync(`${directory.path}/xdg-open.seen`), `1\n${url}\n`);
  },
});

Deno.test({
  name: "openBrowser() knows Wayland too",
  ignore,
  fn: async () => {
    using directory = withOpener("exit 0");
    const env = { PATH: directory.path, WAYLAND_DISPLAY: "wayland-0" };
    assertEquals(await open("https://example.com", env), true);
  },
});

Deno.test({
  name: "openBrowser() says if nothing opened",
  ignore,
  fn: async () => {
    using directory = withOpener("exit 3");
    for (const PATH of [directory.path, "/nonexistent"]) {
      assertEquals(await open("https://example.com", { PATH, DISPLAY: ":0" }), false);
    }
  },
});

Deno.test({
  name: "openBrowser() does not wait for a browser to be closed",
  ignore,
  fn: async () => {
    // The opener runs until the file appears, which is after openBrowser() returned.
    using directory = withOpener('while [ ! -e "$0.closed" ]; do /bin/sleep 0.1; done; : > "$0.ended"');
    assertEquals(await open("https://example.com", { PATH: directory.path, DISPLAY: ":0" }), true);
    directory.write("xdg-open.closed", "");
    await until(() => directory.has("xdg-open.ended"), "the opener has ended");
  },
});

Deno.test({
  name: "openBrowser() opens nothing where there is no display",
  ignore,
  fn: async () => {
    using directory = withOpener(': > "$0.seen"');
    assertEquals(await open("https://example.com", { PATH: directory.path, WAYLAND_DISPLAY: "" }), false);
    assertEquals([...Deno.readDirSync(directory.path)].map(({ name }) => name), ["xdg-open"]);
  },
});

Deno.test({
  name: "openBrowser() opens nothing without the permission, and does not ask for it",
  permissions: { run: false, env: true },
  fn: async () => assertEquals(await openBrowser("https://example.com"), false),
});
