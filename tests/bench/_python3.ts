/** Whether there is a Python, which measuring needs and a machine that only tests may lack. */
export const HAS_PYTHON3 = await new Deno.Command("python3", { args: ["--version"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);
