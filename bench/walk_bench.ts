/** Finding the files of a model, against `find` and Python's `os.walk`, each with the size of every file. */
import { walkModel } from "../src/model/walk.ts";
import { benchModel, runProcess } from "./_bench_model.ts";

const OS_WALK = "import os, sys; [os.lstat(os.path.join(at, f)) for at, _, fs in os.walk(sys.argv[1]) for f in fs]";

for (const files of [100, 5_000]) {
  const path = benchModel(files, 1);
  const group = `walk ${files} files`;
  Deno.bench("walkModel", { group, baseline: true }, async () => void await walkModel(path, "model"));
  Deno.bench(
    "find, a process",
    { group },
    async () => await runProcess(["find", path, "-type", "f", "-printf", "%s %p\n"]),
  );
  Deno.bench(
    "os.walk of Python, a process",
    { group },
    async () => await runProcess(["python3", "-I", "-S", "-c", OS_WALK, path]),
  );
}
