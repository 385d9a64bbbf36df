/** Preloaded into the program: kills it in the middle of its first write to a file. */
import { watchFileSteps } from "./_file_steps.ts";

watchFileSteps((operation) => {
  if (operation === "writeSync, half done") Deno.kill(Deno.pid, "SIGKILL");
});
