/** The state of a monitor and its lock are never written through a symlink. */
import { assertEquals } from "@std/assert";
import { UnavailableError } from "../../src/errors.ts";
import { isTemporaryName } from "../../src/io/atomic_write.ts";
import { openState } from "../../src/monitor/state.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempFolder } from "../_temp_folder.ts";

const WATCH = { identity: "jane@example.com" };

Deno.test("a state is private, replaced whole, and leaves nothing but itself and its lock", () => {
  using folder = new TempFolder();
  folder.write(`.model-signing-${"7".repeat(32)}.tmp`, "what a killed monitor left");
  const state = openState(`${folder.path}/state.json`, WATCH);
  for (const write of [state.save, state.note, state.save]) write();
  state.close();
  const names = Array.from(Deno.readDirSync(folder.path), ({ name }) => name).sort();
  assertEquals(names, ["state.json", "state.json.lock"]);
  if (Deno.build.os === "windows") return;
  for (const name of names) assertEquals(Deno.statSync(`${folder.path}/${name}`).mode! & 0o777, 0o600);
});

Deno.test("a symlink at any name near the state is not written through", async (t) => {
  for (const name of ["state.json.tmp", "state.json.lock", "state.json", ".state.json.tmp"]) {
    for (const target of ["victim", "absent"]) {
      await t.step(`${name} to ${target}`, async () => {
        using folder = new TempFolder();
        folder.write("victim", "precious");
        folder.link(name, target);
        const open = (): void => {
          const state = openState(`${folder.path}/state.json`, WATCH);
          state.save();
          state.close();
        };
        const isUsed = name === "state.json" || name === "state.json.lock";
        if (isUsed) await assertFails(open, UnavailableError, name === "state.json" ? "STATE_INVALID" : "IO", name);
        else open();
        assertEquals(Deno.readTextFileSync(`${folder.path}/victim`), "precious");
        const names = Array.from(Deno.readDirSync(folder.path), (entry) => entry.name);
        assertEquals([names.includes("absent"), names.some(isTemporaryName)], [false, false]);
      });
    }
  }
});
