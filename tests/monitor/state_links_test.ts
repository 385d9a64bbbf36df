/** The state of a monitor and its lock are never written through a symlink. */
import { assertEquals } from "@std/assert";
import { UnavailableError } from "../../src/errors.ts";
import { isTemporaryName } from "../../src/io/atomic_write.ts";
import { openState } from "../../src/monitor/state.ts";
import { assertFails } from "../_assert_fails.ts";
import { TempDirectory } from "../_temp_directory.ts";

const WATCH = { identity: "jane@example.com" };

Deno.test("a state is private, replaced whole, and leaves nothing but itself and its lock", () => {
  using directory = new TempDirectory();
  directory.write(`.model-signing-${"7".repeat(32)}.tmp`, "what a killed monitor left");
  const state = openState(`${directory.path}/state.json`, WATCH);
  for (const write of [state.save, state.note, state.save]) write();
  state.close();
  const names = Array.from(Deno.readDirSync(directory.path), ({ name }) => name).sort();
  assertEquals(names, ["state.json", "state.json.lock"]);
  if (Deno.build.os === "windows") return;
  for (const name of names) assertEquals(Deno.statSync(`${directory.path}/${name}`).mode! & 0o777, 0o600);
});

Deno.test("a symlink at any name near the state is not written through", async (t) => {
  for (const name of ["state.json.tmp", "state.json.lock", "state.json", ".state.json.tmp"]) {
    for (const target of ["victim", "absent"]) {
      await t.step(`${name} to ${target}`, async () => {
        using directory = new TempDirectory();
        directory.write("victim", "precious");
        directory.link(name, target);
        const open = (): void => {
          const state = openState(`${directory.path}/state.json`, WATCH);
          state.save();
          state.close();
        };
        const isUsed = name === "state.json" || name === "state.json.lock";
        if (isUsed) await assertFails(open, UnavailableError, name === "state.json" ? "STATE_INVALID" : "IO", name);
        else open();
        assertEquals(Deno.readTextFileSync(`${directory.path}/victim`), "precious");
        const names = Array.from(Deno.readDirSync(directory.path), (entry) => entry.name);
        assertEquals([names.includes("absent"), names.some(isTemporaryName)], [false, false]);
      });
    }
  }
});
