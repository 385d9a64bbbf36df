/** Completion scripts: the shells that are here must take them, and bash must complete with its own. */
import { assertEquals } from "@std/assert";
import { runCommand, runWell, Workplace } from "../_program.ts";

async function hasShell(name: string): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: ["-c", "true"], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false; // it is not installed
  }
}

/** How each shell only reads a script. */
const CHECKS = { bash: "-n", zsh: "-n", fish: "--no-execute" } as const;

for (const [shell, flag] of Object.entries(CHECKS)) {
  Deno.test({
    name: `${shell} reads its completion script`,
    ignore: !await hasShell(shell),
    fn: async () => {
      using place = new Workplace();
      const script = place.write("script", await runWell(["completions", shell]));
      const { code, stderr } = await runCommand(shell, [flag, script]);
      assertEquals([code, stderr], [0, ""]);
    },
  });
}

type Completion = readonly [words: readonly string[], candidates: readonly string[]];

/** Command lines with what the last word may become; the files there are `bert`, `key.pem`, `key.pub` and `net.sig`. */
const COMPLETIONS: readonly Completion[] = [
  [[""], ["--help", "--version", "completions", "digest", "inspect", "monitor", "sign", "trust", "verify"]],
  [["ver"], ["verify"]],
  [["sign", "ke"], ["key", "key.pem", "key.pub"]],
  [["sign", "certificate", "--cert"], ["--certificate-chain"]],
  [["sign", "key", "--private-key", "key"], ["key.pem", "key.pub"]],
  [["sign", "key", "--serialization", ""], ["files", "h1", "h2", "shards"]],
  [["digest", "--hash-algorithm", "bl"], ["blake2b", "blake3"]],
  [["digest", "--no"], ["--no-ignore-git-paths"]],
  [["verify", "key", "bert", "--pub"], ["--public-key"]],
  [["verify", "key", "be"], ["bert"]],
  [["inspect", "net"], ["net.sig"]],
  [["inspect", "--j"], ["--json"]],
  [["completions", "z"], ["zsh"]],
  // Not offered: the options of other commands.
  [["digest", "--priv"], []],
  [["inspect", "--engine-x"], []],
];

async function complete(cases: readonly Completion[], place: Workplace): Promise<string[][]> {
  const quoted = (word: string): string => `'${word}'`;
  const calls = cases.map(([words]) =>
    `COMP_WORDS=(model-signing ${words.map(quoted).join(" ")}); COMP_CWORD=${words.length}; COMPREPLY=()
     _model_signing; printf '%s\\t' "\${COMPREPLY[@]}"; echo`
  );
  place.write("script", await runWell(["completions", "bash"]));
  const script = ["source ./script", "rm script", ...calls].join("\n");
  const { code, stdout, stderr } = await runCommand("bash", ["-c", script], { cwd: place.path });
  assertEquals([code, stderr], [0, ""]);
  return stdout.split("\n").slice(0, -1).map((line) => line.split("\t").filter((word) => word !== "").sort());
}

Deno.test({
  name: "bash completes commands, methods, options, values and files",
  ignore: !await hasShell("bash"),
  fn: async () => {
    using place = new Workplace();
    place.makeKeys();
    place.write("net.sig");
    assertEquals(await complete(COMPLETIONS, place), COMPLETIONS.map(([, candidates]) => [...candidates]));
  },
});

Deno.test("bash completes files with blanks and stars in their names", async () => {
  using place = new Workplace();
  place.write("my model/weights");
  place.write("x*");
  place.write("xy");
  const cases = [[["digest", "my"], ["my model"]], [["inspect", "--signature", "x"], ["x*", "xy"]]] as const;
  assertEquals(await complete(cases, place), cases.map(([, candidates]) => [...candidates]));
});

Deno.test("zsh completes behind the first word", async () => {
  const script = await runWell(["completions", "zsh"]);
  assertEquals(/local[^\n]* words(\s|$)/m.test(script), false);
  assertEquals(/_model_signing "\$@"/.test(script), true);
});
