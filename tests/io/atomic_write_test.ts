import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  isTemporaryName,
  PRIVATE_MODE,
  removeAbandoned,
  removeAbandonedIn,
  writeWhole,
} from "../../src/io/atomic_write.ts";
import { TempDirectory } from "../_temp_directory.ts";
import { watchFileSteps } from "./_file_steps.ts";
import { canMount, SmallDisk } from "./_mount.ts";

const isWindows = Deno.build.os === "windows";
const OLDER = "older content\n";
const NEWER = "newer content, a little longer\n";
const OTHER = "what the other writes\n";

function write(path: string, text: string, options = {}): void {
  writeWhole(path, [new TextEncoder().encode(text)], options);
}

function names(directory: { path: string }): string[] {
  return Array.from(Deno.readDirSync(directory.path), (entry) => entry.name).sort();
}

/** The name of the temporary file that is there while a file is written. */
function temporaryNameIn(directory: TempDirectory): string {
  let name = "";
  write(`${directory.path}/probe`, "", { beforeReplace: () => name = names(directory).find(isTemporaryName) ?? "" });
  Deno.removeSync(`${directory.path}/probe`);
  return name;
}

Deno.test("writeWhole() writes a new file and replaces an older one, and leaves nothing else", () => {
  using directory = new TempDirectory();
  const path = `${directory.path}/file`;
  for (const text of [OLDER, NEWER, ""]) {
    write(path, text);
    assertEquals(Deno.readTextFileSync(path), text);
    assertEquals(names(directory), ["file"]);
  }
});

Deno.test("writeWhole() writes chunks although each is overwritten by the next", () => {
  using directory = new TempDirectory();
  const buffer = new Uint8Array(2);
  function* chunks(): Generator<Uint8Array> {
    for (let i = 0; i < 3; i++) yield buffer.fill(i);
  }
  writeWhole(`${directory.path}/file`, chunks());
  assertEquals(Deno.readFileSync(`${directory.path}/file`), Uint8Array.of(0, 0, 1, 1, 2, 2));
});

Deno.test("each temporary file has a name of its own, which is recognized", () => {
  using directory = new TempDirectory();
  const seen = new Set(Array.from({ length: 5 }, () => temporaryNameIn(directory)));
  assertEquals(seen.size, 5);
  assert([...seen].every(isTemporaryName));
});

Deno.test("isTemporaryName() takes the exact form only", () => {
  const hex = "0123456789abcdef".repeat(2);
  assert(isTemporaryName(`.model-signing-${hex}.tmp`));
  for (
    const name of [
      `.model-signing-${hex.slice(1)}.tmp`,
      `.model-signing-${hex}0.tmp`,
      `.model-signing-${hex.toUpperCase()}.tmp`,
      `.model-signing-${hex}.tmp.py`,
      `.model-signing-${hex}.tmp\n`,
      `x.model-signing-${hex}.tmp`,
      `model-signing-${hex}.tmp`,
      `.model-signing-${hex}`,
      ".model-signing-.tmp",
      `.model-signing-${hex.slice(0, 16)}.tmp`,
    ]
  ) assertEquals([name, isTemporaryName(name)], [name, false]);
});

Deno.test("writeWhole() replaces a symlink and never writes through one", () => {
  using directory = new TempDirectory();
  const victim = directory.write("victim", OLDER);
  const link = directory.link("link", "victim");
  write(link, NEWER);
  assertEquals([Deno.readTextFileSync(victim), Deno.readTextFileSync(link)], [OLDER, NEWER]);
  assert(Deno.lstatSync(link).isFile);
});

Deno.test("writeWhole() does not follow a symlink that was put at its temporary name", () => {
  using directory = new TempDirectory();
  const victim = directory.write("victim", OLDER);
  let planted = "";
  const step = (operation: string, path: unknown, options: unknown): void => {
    if (operation !== "openSync" || !(options as Deno.OpenOptions).createNew || planted !== "") return;
    Deno.symlinkSync("victim", planted = String(path));
  };
  using _steps = watchFileSteps(step);
  assertThrows(() => write(`${directory.path}/file`, NEWER), Deno.errors.AlreadyExists);
  assertEquals(Deno.readTextFileSync(victim), OLDER);
  assert(Deno.lstatSync(planted).isSymlink);
});

Deno.test({
  name: "the mode is what was asked for, less the umask",
  ignore: isWindows,
  fn: () => {
    using directory = new TempDirectory();
    write(`${directory.path}/public`, "");
    write(`${directory.path}/private`, "", { mode: PRIVATE_MODE });
    const plain = directory.write("plain", "");
    const mode = (path: string): number => Deno.statSync(path).mode! & 0o777;
    assertEquals(mode(`${directory.path}/public`), mode(plain));
    assertEquals(mode(`${directory.path}/private`), 0o600);
  },
});

Deno.test("writeWhole() leaves the older file and nothing else, whichever operation fails", async (t) => {
  // Looking and closing fail in no way that is worth a test; a write that fails may have written a part.
  for (const operation of ["openSync", "writeSync", "writeSync, half done", "syncSync", "renameSync"]) {
    await t.step(operation, () => {
      using directory = new TempDirectory();
      const path = directory.write("file", OLDER);
      {
        using _steps = watchFileSteps((name) => {
          if (name === operation) throw new Deno.errors.Busy(operation);
        });
        assertThrows(() => write(path, NEWER), Deno.errors.Busy, operation);
      }
      assertEquals([Deno.readTextFileSync(path), names(directory)], [OLDER, ["file"]]);
    });
  }
  await t.step("the content", () => {
    using directory = new TempDirectory();
    const path = directory.write("file", OLDER);
    function* content(): Generator<Uint8Array> {
      yield new Uint8Array(10);
      throw new RangeError("too much");
    }
    assertThrows(() => writeWhole(path, content()), RangeError, "too much");
    assertEquals([Deno.readTextFileSync(path), names(directory)], [OLDER, ["file"]]);
  });
  await t.step("beforeReplace", () => {
    using directory = new TempDirectory();
    const path = directory.write("file", OLDER);
    const beforeReplace = (): never => {
      throw new RangeError("not that");
    };
    assertThrows(() => write(path, NEWER, { beforeReplace }), RangeError, "not that");
    assertEquals([Deno.readTextFileSync(path), names(directory)], [OLDER, ["file"]]);
  });
});

// What an NFS client reports when the server's first answer was lost.
Deno.test("a rename that is said to have failed and was done counts as done", () => {
  using directory = new TempDirectory();
  const path = directory.write("file", OLDER);
  const rename = Deno.renameSync;
  Deno.renameSync = (from, to): void => {
    rename(from, to);
    throw new Deno.errors.NotFound("rename");
  };
  try {
    write(path, NEWER);
  } finally {
    Deno.renameSync = rename;
  }
  assertEquals([Deno.readTextFileSync(path), names(directory)], [NEWER, ["file"]]);
});

Deno.test({
  name: "a full or read-only disk leaves the older file and nothing else",
  ignore: !canMount,
  fn: () => {
    using disk = new SmallDisk();
    const path = disk.write("file", OLDER);
    assertThrows(() => write(path, NEWER.repeat(10_000)), Error, "No space");
    assertThrows(() => write(`${disk.path}/new`, NEWER.repeat(10_000)), Error, "No space");
    assertEquals([Deno.readTextFileSync(path), names(disk)], [OLDER, ["file"]]);
    disk.protect();
    assertThrows(() => write(path, NEWER), Error, "Read-only");
    assertEquals([Deno.readTextFileSync(path), names(disk)], [OLDER, ["file"]]);
  },
});

Deno.test("removeAbandoned() removes a temporary file once nobody writes it any more", () => {
  using directory = new TempDirectory();
  const path = `${directory.path}/file`;
  const found: string[][] = [];
  write(path, OLDER, {
    beforeReplace: () => {
      removeAbandonedIn(directory.path);
      found.push(names(directory));
    },
  });
  assertEquals(found.map((list) => list.filter(isTemporaryName).length), [1]);
  const [name] = found[0]!.filter(isTemporaryName);
  directory.write(name!, "the beginning of something");
  removeAbandoned(`${directory.path}/${name}`);
  assertEquals(names(directory), ["file"]);
});

Deno.test("removeAbandonedIn() removes nothing but regular files of that name", () => {
  using directory = new TempDirectory();
  const [first, second, third] = ["1", "2", "3"].map((digit) => `.model-signing-${digit.repeat(32)}.tmp`);
  directory.write("notes.tmp");
  directory.write(`.model-signing-${"4".repeat(16)}.tmp`);
  directory.write(first!);
  directory.link(second!, "notes.tmp");
  directory.makeDirectory(third!);
  removeAbandonedIn(directory.path);
  assertEquals(names(directory), [`.model-signing-${"4".repeat(16)}.tmp`, second, third, "notes.tmp"].sort());
  removeAbandonedIn(`${directory.path}/none`);
});

Deno.test("at every step of a writer another may write the same file, and clean up", async (t) => {
  const steps = countSteps(() => {
    using directory = new TempDirectory();
    write(directory.write("file", OLDER), NEWER);
  });
  assert(steps > 8, `${steps} steps`);
  for (let at = 1; at <= steps; at++) {
    await t.step(`step ${at}`, () => {
      using directory = new TempDirectory();
      const path = directory.write("file", OLDER);
      let step = 0;
      {
        using _steps = watchFileSteps(() => {
          if (++step !== at) return;
          write(path, OTHER);
          assertEquals(Deno.readTextFileSync(path), OTHER);
          removeAbandonedIn(directory.path);
        });
        write(path, NEWER);
      }
      const text = Deno.readTextFileSync(path);
      assert([NEWER, OTHER].includes(text), text);
      assertEquals(names(directory), ["file"]);
    });
  }
});

function countSteps(action: () => void): number {
  let steps = 0;
  using _steps = watchFileSteps(() => steps++);
  action();
  return steps;
}

Deno.test("writeWhole() gives up when another process always has its temporary file", () => {
  using directory = new TempDirectory();
  const tryLock = Deno.FsFile.prototype.tryLockSync;
  Deno.FsFile.prototype.tryLockSync = () => false;
  try {
    const error = assertThrows(() => write(`${directory.path}/file`, NEWER), Deno.errors.Busy);
    assertMatch(error.message, /keeps removing/);
  } finally {
    Deno.FsFile.prototype.tryLockSync = tryLock;
  }
  assertEquals(names(directory), []);
});

// Some network file systems have none.
Deno.test("without locks a file is written all the same, and nothing is taken for abandoned", () => {
  using directory = new TempDirectory();
  const name = `.model-signing-${"1".repeat(32)}.tmp`;
  directory.write(name);
  using _steps = watchFileSteps((operation) => {
    if (operation === "tryLockSync") throw new Deno.errors.NotSupported("flock");
  });
  write(`${directory.path}/file`, NEWER);
  removeAbandonedIn(directory.path);
  assertEquals(names(directory), [name, "file"]);
});
