import { assertEquals, assertThrows } from "@std/assert";
import { UnavailableError } from "../../src/errors.ts";
import { openPlanned, type PlannedFile } from "../../src/io/planned_file.ts";
import { assertFails } from "../_assert_fails.ts";
import { countingBytes } from "../_counting_bytes.ts";
import { lookAt } from "../hash/_plan.ts";
import { Override } from "../model/_override.ts";
import { TempDirectory } from "../_temp_directory.ts";

/** When the file is opened, which decides how: soon after its last change, or later. */
const WAYS = { "soon after": (): number => Date.now(), "long after": (): number => Date.now() + 1e6 };

function makeFifo(path: string): void {
  assertEquals(new Deno.Command("mkfifo", { args: [path] }).outputSync().success, true);
}

/** Copies a file with its times, so that only the number of the file tells. */
function copyWithTimes(from: string, to: string): void {
  const { atime, mtime } = Deno.statSync(from);
  Deno.copyFileSync(from, to);
  Deno.utimeSync(to, atime!, mtime!);
}

const REPLACEMENTS: readonly [what: string, replace: (path: string) => void, reason: string][] = [
  ["a FIFO", (path): void => {
    Deno.removeSync(path);
    makeFifo(path);
  }, "no longer a file"],
  ["a directory", (path): void => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  }, "no longer a file"],
  ["a device", (path): void => {
    Deno.removeSync(path);
    Deno.symlinkSync("/dev/zero", path);
  }, "no longer a file"],
  ["a link to the file itself", (path): void => {
    Deno.renameSync(path, `${path}.moved`);
    Deno.symlinkSync(`${path}.moved`, path);
  }, "no longer a file"],
  ["a copy of the file", (path): void => {
    copyWithTimes(path, `${path}.copy`);
    Deno.renameSync(`${path}.copy`, path);
  }, "something else took its place"],
];

for (const [title, now] of Object.entries(WAYS)) {
  Deno.test(`openPlanned() ${title} reads the file, in order and from any offset`, async () => {
    using directory = new TempDirectory();
    const content = countingBytes(1_000);
    const planned = lookAt(directory.write("file", content));
    using file = openPlanned(planned, now());
    const buffer = new Uint8Array(600);
    assertEquals([file.read(buffer), buffer], [600, content.subarray(0, 600)]);
    assertEquals(await file.readMeanwhile(buffer), 400);
    assertEquals(buffer.subarray(0, 400), content.subarray(600));
    assertEquals([file.read(buffer), await file.readMeanwhile(buffer)], [0, 0]);
    file.seek(990);
    assertEquals([file.read(buffer), buffer.subarray(0, 10)], [10, content.subarray(990)]);
    file.checkUnchanged();
  });

  for (const [what, replace, reason] of REPLACEMENTS) {
    Deno.test(`openPlanned() ${title} does not open ${what} in the file's place`, async () => {
      using directory = new TempDirectory();
      const planned = lookAt(directory.write("file"));
      replace(planned.path);
      await assertFails(() => openPlanned(planned, now()), UnavailableError, "FILE_CHANGED", "/file", reason);
    });
  }

  Deno.test(`openPlanned() ${title} follows a link only to the file that was seen behind it`, async () => {
    using directory = new TempDirectory();
    const planned: PlannedFile = {
      ...lookAt(directory.write("file")),
      path: directory.link("link", "file"),
      followsLinks: true,
    };
    openPlanned(planned, now())[Symbol.dispose]();
    copyWithTimes(`${directory.path}/file`, `${directory.path}/other`);
    Deno.removeSync(planned.path);
    Deno.symlinkSync("other", planned.path);
    await assertFails(() => openPlanned(planned, now()), UnavailableError, "FILE_CHANGED", "/link", "took its place");
  });

  Deno.test(`openPlanned() ${title} notices a change of content whose time of writing was put back`, async () => {
    using directory = new TempDirectory();
    const seen = lookAt(directory.write("file"));
    // As if it had been seen some seconds ago: times of change cannot be set.
    const planned = { ...seen, changed: seen.changed! - 5_000 };
    await assertFails(() => openPlanned(planned, now()), UnavailableError, "FILE_CHANGED", "content or metadata");
  });

  Deno.test(`openPlanned() ${title} notices what happens to the open file`, async () => {
    using directory = new TempDirectory();
    const planned = lookAt(directory.write("file", "12345"));
    using file = openPlanned(planned, now());
    Deno.writeTextFileSync(planned.path, "6", { append: true });
    await assertFails(() => file.checkUnchanged(), UnavailableError, "FILE_CHANGED", "its size was 5 and is 6");
  });

  Deno.test(`openPlanned() ${title} notices a file that took the place between its check and opening it`, async () => {
    using directory = new TempDirectory();
    const planned = lookAt(directory.write("file", "12345"));
    await assertFails(
      () => {
        using file = openAfter(planned, now(), () => {
          copyWithTimes(planned.path, `${planned.path}.copy`);
          Deno.renameSync(`${planned.path}.copy`, planned.path);
        });
        file.checkUnchanged();
      },
      UnavailableError,
      "FILE_CHANGED",
      "something else took its place",
    );
  });

  Deno.test(`openPlanned() ${title} says that there is no such file`, () => {
    using directory = new TempDirectory();
    const planned = lookAt(directory.write("file"));
    assertThrows(() => openAfter(planned, now(), () => Deno.removeSync(planned.path)), Deno.errors.NotFound);
  });
}

for (const [what, replace] of REPLACEMENTS.filter(([what]) => !what.includes("copy"))) {
  Deno.test(`openPlanned() neither waits nor follows where ${what} comes between its check and opening it`, async () => {
    using directory = new TempDirectory();
    const planned = lookAt(directory.write("file"));
    const open = (): unknown => openAfter(planned, Date.now(), () => replace(planned.path));
    await assertFails(open, UnavailableError, "FILE_CHANGED", "/file", "no longer a file");
  });
}

/** Opens a file, to which something happens just after its path was checked. */
function openAfter(planned: PlannedFile, now: number, happen: () => void): ReturnType<typeof openPlanned> {
  const { lstatSync } = Deno;
  using _ = new Override(Deno, {
    lstatSync: (path) => {
      const info = lstatSync(path);
      happen();
      return info;
    },
  });
  return openPlanned(planned, now);
}
