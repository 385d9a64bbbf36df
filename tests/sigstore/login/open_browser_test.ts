import { assertEquals } from "@std/assert";
import { openBrowser } from "../../../src/sigstore/login/open_browser.ts";
import { TempFolder } from "../../_temp_folder.ts";

const LINUX = Deno.build.os === "linux";

/** Runs with other variables; tests of a file run one after the other. */
async function withEnv(env: Record<string, string | undefined>, action: () => Promise<void>): Promise<void> {
  const before = Object.keys(env).map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined): void =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  try {
    for (const [name, value] of Object.entries(env)) set(name, value);
    await action();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

/** A folder with an `xdg-open` that does as the script says. */
function withOpener(script: string): TempFolder {
  const folder = new TempFolder();
  Deno.chmodSync(folder.write("xdg-open", `#!/bin/sh\n${script}\n`), 0o755);
  return folder;
}

Deno.test({
  name: "openBrowser() hands the address to xdg-open, as one word",
  ignore: !LINUX,
  fn: async () => {
    using folder = withOpener('printf "%s\\n" "$#" "$1" > "$0.seen"');
    const PATH = `${folder.path}:${Deno.env.get("PATH")}`;
    const url = "https://issuer.example.com/auth?a=1&b=$(id)%20'x'";
    await withEnv({ PATH, DISPLAY: ":0" }, async () => assertEquals(await openBrowser(url), true));
    assertEquals(Deno.readTextFileSync(`${folder.path}/xdg-open.seen`), `1\n${url}\n`);
  },
});

Deno.test({
  name: "openBrowser() knows Wayland too",
  ignore: !LINUX,
  fn: async () => {
    using folder = withOpener("exit 0");
    const env = { PATH: folder.path, DISPLAY: undefined, WAYLAND_DISPLAY: "wayland-0" };
    await withEnv(env, async () => assertEquals(await openBrowser("https://example.com"), true));
  },
});

Deno.test({
  name: "openBrowser() says if nothing opened",
  ignore: !LINUX,
  fn: async () => {
    using folder = withOpener("exit 3");
    await withEnv({ PATH: folder.path, DISPLAY: ":0" }, async () => {
      assertEquals(await openBrowser("https://example.com"), false);
    });
    await withEnv({ PATH: "/nonexistent", DISPLAY: ":0" }, async () => {
      assertEquals(await openBrowser("https://example.com"), false);
    });
  },
});

Deno.test({
  name: "openBrowser() opens nothing where there is no display",
  ignore: !LINUX,
  fn: async () => {
    using folder = withOpener('touch "$0.seen"');
    await withEnv({ PATH: folder.path, DISPLAY: undefined, WAYLAND_DISPLAY: "" }, async () => {
      assertEquals(await openBrowser("https://example.com"), false);
    });
    assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["xdg-open"]);
  },
});

Deno.test({
  name: "openBrowser() opens nothing without the permission, and does not ask for it",
  permissions: { run: false, env: true },
  fn: async () => assertEquals(await openBrowser("https://example.com"), false),
});
