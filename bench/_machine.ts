/** Describes the machine, without which a measurement means nothing. */
import config from "../deno.json" with { type: "json" };

/** A machine, the date, and the versions of the programs. */
export interface Machine {
  /** When it was described, in UTC. */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  /** Whether it has SHA-256 instructions; `undefined` if unknown. */
  readonly shaExtensions?: boolean;
  readonly memoryBytes: number;
  /** Where the models are. */
  readonly disk: string;
  readonly os: string;
  /** Versions by program. Missing programs have none. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A program whose version is wanted, and how to ask it. */
export type VersionQuestion = readonly [name: string, command: readonly string[]];

const ALWAYS: readonly VersionQuestion[] = [
  ["openssl", ["openssl", "version"]],
  ["sha256sum", ["sha256sum", "--version"]],
  ["b3sum", ["b3sum", "--version"]],
];

/**
 * Describes this machine.
 *
 * @param directory Where the models lie, for the disk.
 * @param questions What else to ask for its version.
 * @returns The description.
 */
export async function describeMachine(directory: string, questions: readonly VersionQuestion[] = []): Promise<Machine> {
  const { processor, shaExtensions } = await describeProcessor();
  const commit = await firstLine([
    "git",
    "-C",
    new URL("..", import.meta.url).pathname,
    "describe",
    "--always",
    "--dirty",
  ]);
  const versions: Record<string, string> = {
    "model-signing": commit === undefined ? config.version : `${config.version} at ${commit}`,
    deno: Deno.version.deno,
  };
  for (const [name, command] of [...ALWAYS, ...questions]) {
    const version = await firstLine(command);
    if (version !== undefined) versions[name] = version;
  }
  return {
    date: `${new Date().toISOString().slice(0, 16)}Z`,
    processor,
    cores: navigator.hardwareConcurrency,
    ...(shaExtensions === undefined ? {} : { shaExtensions }),
    memoryBytes: Deno.systemMemoryInfo().total,
    disk: describeDisk(directory),
    os: describeSystem(),
    versions,
  };
}

/** The machine in a few lines. */
export function machineLines(machine: Machine): string[] {
  const sha = machine.shaExtensions === undefined
    ? "SHA extensions unknown"
    : `${machine.shaExtensions ? "with" : "without"} SHA extensions`;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name}: ${version}`);
  return [
    `${machine.date}, ${machine.processor}, ${machine.cores} cores, ${sha}, ${gib(machine.memoryBytes)} of memory`,
    `${machine.os}; models on ${machine.disk}`,
    ...versions,
  ];
}

/** The machine in one short line, as a caption. */
export function machineCaption(machine: Machine): string {
  const sha = machine.shaExtensions === undefined
    ? ""
    : machine.shaExtensions
    ? ", SHA extensions"
    : ", no SHA extensions";
  return `${machine.processor}, ${machine.cores} cores${sha}, ${gib(machine.memoryBytes)}, ${
    machine.date.slice(0, 10)
  }`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

async function describeProcessor(): Promise<{ processor: string; shaExtensions?: boolean }> {
  const { os, arch } = Deno.build;
  if (os === "darwin") {
    const name = await firstLine(["sysctl", "-n", "machdep.cpu.brand_string"]) ?? arch;
    // Every processor of Apple has them; of the older ones by Intel this does not say.
    return arch === "aarch64" ? { processor: name, shaExtensions: true } : { processor: name };
  }
  const info = readText("/proc/cpuinfo");
  if (info === undefined) return { processor: arch };
  return parseCpuInfo(info, arch);
}

/** Reads Linux's `/proc/cpuinfo`; ARM processors have no name there. */
export function parseCpuInfo(info: string, arch: string): { processor: string; shaExtensions?: boolean } {
  const field = (name: string): string | undefined => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(info)?.[1];
  const flags = (field("flags") ?? field("Features"))?.split(" ");
  const virtual = flags?.includes("hypervisor") ? " (virtual)" : "";
  const processor = `${field("model name") ?? arch}${virtual}`;
  if (flags === undefined) return { processor };
  return { processor, shaExtensions: flags.includes("sha_ni") || flags.includes("sha2") };
}

function describeDisk(directory: string): string {
  const mounts = readText("/proc/mounts");
  if (mounts === undefined) return "a disk that was not asked";
  const [device = "?", , type = "?"] = findMount(mounts, directory) ?? [];
  const block = device.split("/").at(-1);
  const rotational = readText(`/sys/class/block/${block}/queue/rotational`)?.trim();
  // Virtual disks say that they rotate, whatever is below them.
  return `${type} on ${device}${rotational === "0" ? ", solid state" : ""}`;
}

/** The fields of the mount that contains a directory: the one with the longest path. */
export function findMount(mounts: string, directory: string): string[] | undefined {
  const lies = (at: string): boolean => directory === at || directory.startsWith(at === "/" ? "/" : `${at}/`);
  return mounts.trim().split("\n").map((line) => line.split(" "))
    .filter((fields) => lies(fields[1] ?? ""))
    .sort((a, b) => b[1]!.length - a[1]!.length)[0];
}

function describeSystem(): string {
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(readText("/etc/os-release") ?? "")?.[1];
  return `${name === undefined ? "" : `${name}, `}${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`;
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // Another system, or one that does not show it: the description goes without.
  }
}

async function firstLine(command: readonly string[]): Promise<string | undefined> {
  try {
    const [program = "", ...args] = command;
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).split("\n")[0]?.trim() || undefined : undefined;
  } catch {
    return undefined; // It is not installed.
  }
}
