/** Finding the files of a model, against `find` and Python's `os.walk`, each with the size of every file. */
import { walkModel } from "../src/model/disk/walk.ts";
import { benchModel, findPython3, runProcess } from "./_bench_model.ts";

const OS_WALK = "import os, sys; [os.lstat(os.path.join(at, f)) for at, _, fs in os.walk(sys.argv[1]) for f in fs]";

const python = await findPython3();

for (const files of [100, 5_000]) {
  const path = benchModel(files, 1);
  const group = `walk ${files} files`;
  Deno.bench("walkModel", { group, baseline: true }, async () => void await walkModel(path, "model"));
  const find = ["find", path, "-type", "f", "-printf", "%s %p\n"];
  // Only GNU's find can print a size.
  Deno.bench("find, a process", { group, ignore: Deno.build.os !== "linux" }, async () => await runProcess(find));
  if (python === undefined) continue;
  const walk = [python, "-I", "-S", "-c", OS_WALK, path];
  Deno.bench("os.walk of Python, a process", { group }, async () => await runProcess(walk));
}
