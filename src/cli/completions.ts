/** Completion scripts for shells, made of the tables of commands and options. */
import { COMMANDS, SHELLS } from "./commands.ts";
import { belongsTo, OPTIONS, type OptionSpec } from "./options.ts";

/**
 * The completion script for a shell.
 *
 * @param shell `bash`, `zsh` or `fish`.
 * @returns The script.
 */
export function completionScript(shell: string): string {
  if (shell === "fish") return fishScript();
  return shell === "zsh" ? zshScript() : bashScript();
}

const COMMAND_NAMES = COMMANDS.filter((command) => command.available).map((command) => command.name);

/** What may stand behind a command: its methods, and its options in every form. */
function wordsOf(commandName: string): string[] {
  const command = COMMANDS.find((one) => one.name === commandName)!;
  const methods = (command.methods ?? []).filter((method) => method.available).map((method) => method.name);
  const operands = commandName === "completions" ? SHELLS : [];
  return [...methods, ...operands, ...optionsOf(commandName, methods).flatMap(forms)];
}

function optionsOf(command: string, methods: readonly string[]): OptionSpec[] {
  return OPTIONS.filter((option) =>
    belongsTo(option, command, undefined) || methods.some((method) => belongsTo(option, command, method))
  );
}

function forms(option: OptionSpec): string[] {
  return [`--${option.name}`, ...(option.negatable ? [`--no-${option.name}`] : [])];
}

function bashScript(): string {
  const cases = COMMAND_NAMES.map((name) => `    ${name}) words="${wordsOf(name).join(" ")}" ;;`);
  const choices = OPTIONS.filter((option) => option.choices !== undefined)
    .map((option) =>
      `    --${option.name}) mapfile -t COMPREPLY < <(compgen -W "${
        option.choices!.join(" ")
      }" -- "$current"); return ;;`
    );
  const files = OPTIONS.filter((option) => option.value !== undefined && option.choices === undefined)
    .map((option) => `--${option.name}`).join("|");
  return `# bash completion for model-signing
_model_signing() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  COMPREPLY=()
  case "$previous" in
${choices.join("\n")}
    ${files}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) words="${COMMAND_NAMES.join(" ")} --help --version" ;;
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then
    words="${COMMAND_NAMES.join(" ")} --help --version"
  fi
  mapfile -t COMPREPLY < <(
    compgen -W "$words" -- "$current"
    if [[ $COMP_CWORD -gt 1 && "$current" != -* ]]; then compgen -f -- "$current"; fi
  )
}
complete -o filenames -F _model_signing model-signing
`;
}

function zshScript(): string {
  const cases = COMMAND_NAMES.map((name) => `    ${name}) words=(${wordsOf(name).join(" ")}) ;;`);
  const choices = OPTIONS.filter((option) => option.choices !== undefined)
    .map((option) => `    --${option.name}) compadd -- ${option.choices!.join(" ")}; return ;;`);
  const files = OPTIONS.filter((option) => option.value !== undefined && option.choices === undefined)
    .map((option) => `--${option.name}`).join("|");
  return `#compdef model-signing
# zsh completion for model-signing
_model_signing() {
  local -a candidates
  local command="\${words[2]}" previous="\${words[CURRENT-1]}"
  case "$previous" in
${choices.join("\n")}
    ${files}) _files; return ;;
  esac
  if (( CURRENT == 2 )); then
    compadd -- ${COMMAND_NAMES.join(" ")} --help --version
    return
  fi
  case "$command" in
${cases.map((line) => line.replace("words=", "candidates=")).join("\n")}
  esac
  compadd -- $candidates
  _files
}
if [[ \$funcstack[1] == _model[-_]signing ]]; then
  _model_signing "\$@"
else
  compdef _model_signing model-signing
fi
`;
}

function fishScript(): string {
  const lines = ["# fish completion for model-signing", "complete -c model-signing -f"];
  for (const command of COMMANDS.filter((one) => one.available)) {
    lines.push(`complete -c model-signing -n __fish_use_subcommand -a ${command.name} -d ${fishQuote(command.help)}`);
    const seen = `-n "__fish_seen_subcommand_from ${command.name}"`;
    const methods = (command.methods ?? []).filter((method) => method.available);
    for (const method of methods) {
      lines.push(`complete -c model-signing ${seen} -a ${method.name} -d ${fishQuote(method.help)}`);
    }
    if (command.name === "completions") lines.push(`complete -c model-signing ${seen} -a "${SHELLS.join(" ")}"`);
    else lines.push(`complete -c model-signing ${seen} -F`);
    for (const option of optionsOf(command.name, methods.map((method) => method.name))) {
      lines.push(...fishOption(option, seen));
    }
  }
  return lines.join("\n") + "\n";
}

function fishOption(option: OptionSpec, seen: string): string[] {
  const values = option.choices !== undefined
    ? ` -x -a "${option.choices.join(" ")}"`
    : option.value === undefined
    ? ""
    : " -r -F";
  const description = ` -d ${fishQuote(option.help.split(/[;.] /)[0]!)}`;
  return forms(option).map((form) => `complete -c model-signing ${seen} -l ${form.slice(2)}${values}${description}`);
}

function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
