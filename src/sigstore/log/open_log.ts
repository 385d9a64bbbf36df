/** Opens a transparency log to read it. */
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { UsageError } from "../../errors.ts";
import { retry } from "../../io/retry.ts";
import { quoteAddress } from "../../text/address.ts";
import type { LogEntry, LogReader } from "./log_reader.ts";
import { REQUEST_POLICY } from "../../io/http.ts";
import { type Checkpoint, isSameTree } from "./checkpoint.ts";
import { type LogKey, logKeys } from "./log_key.ts";
import { type IndexQuery, readTreesV1, searchV1 } from "./rekor_v1_reader.ts";
import { isRekorV2, readTreeV2 } from "./rekor_v2_reader.ts";
import type { LogEndpoint } from "./reply.ts";
import type { AskOptions } from "./tree_source.ts";

/** A transparency log that can be read. */
export interface OpenLog {
  /** Its address. */
  readonly url: string;
  /** Which version of Rekor it is. */
  readonly version: 1 | 2;
  /** The trusted keys of this log. */
  readonly keys: readonly LogKey[];
  /** Asks for its trees with their current checkpoints: oldest first, the last one is the one that grows. */
  trees(options?: TreesOptions): Promise<LogReader[]>;
  /** Looks in the log's search index, which may leave out entries; `undefined`: it has none, as Rekor v2. */
  readonly search:
    | ((query: IndexQuery, trees: readonly LogReader[], options?: AskOptions) => Promise<LogEntry[]>)
    | undefined;
}

/** How to ask for the trees of a log. */
export interface TreesOptions extends AskOptions {
  /** What was seen of one of the trees before: an older state of it is asked for again, as a cache may have given it. */
  readonly seen?: Checkpoint | undefined;
}

/**
 * Opens the log at an address. Its keys are those of the trusted root whose log has that address, or at least its host.
 *
 * @param url The address.
 * @param root The trusted root.
 * @param options The version of Rekor, if known (otherwise the log is asked), and request options.
 * @returns The log.
 * @throws {UsageError} If the trusted root has no such log (`LOG_UNKNOWN`), or the address is not allowed (`LOG_URL`).
 */
export async function openLog(
  url: string,
  root: TrustedRoot,
  options: AskOptions & { version?: 1 | 2 | undefined } = {},
): Promise<OpenLog> {
  const { version: known, ...asking } = options;
  const base = logUrl(url);
  const all = logKeys(root);
  const keys = keysAt(base, all);
  if (keys.length === 0) {
    const others = all.map((key) => key.url).join(", ");
    throw new UsageError(
      "LOG_UNKNOWN",
      `Cannot trust the log at ${quoteAddress(url)}: the trusted root has no valid key of it` +
        (others === "" ? "" : `; it has keys of ${others}`),
    );
  }
  const endpoint: LogEndpoint = { base, keys };
  const version = known ?? (await isRekorV2(endpoint, asking) ? 2 : 1);
  return {
    url: base.href.replace(/\/$/, ""),
    version,
    keys,
    trees: ({ seen, ...more } = {}) => {
      const how = { ...asking, ...more };
      const read = async (): Promise<LogReader[]> =>
        version === 2 ? [await readTreeV2(endpoint, how)] : await readTreesV1(endpoint, how);
      return readUntilNewer(read, seen, how);
    },
    search: version === 2
      ? undefined
      : (query, trees, more = {}) => searchV1(endpoint, query, trees, { ...asking, ...more }),
  };
}

/** The last answer stands, however old it is: whether that is a fault is for the caller to say. */
async function readUntilNewer(
  read: () => Promise<LogReader[]>,
  seen: Checkpoint | undefined,
  { retryPolicy = REQUEST_POLICY, signal }: AskOptions,
): Promise<LogReader[]> {
  return await retry(retryPolicy, async () => {
    const trees = await read();
    const same = seen && trees.find(({ checkpoint }) => isSameTree(checkpoint, seen));
    const isOlder = seen !== undefined && same !== undefined && same.checkpoint.treeSize < seen.treeSize;
    return isOlder ? { otherwise: () => trees } : { done: trees };
  }, signal);
}

/** Those of the very address, or else those of its host: a log may be read at another port or path than it is named by. */
function keysAt({ host, hostname, pathname }: URL, keys: readonly LogKey[]): LogKey[] {
  const exact = keys.filter(({ names }) => names[0] === `${host}${pathname.replace(/\/+$/, "")}`);
  return exact.length > 0 ? exact : keys.filter(({ names }) => names.at(-1) === hostname);
}

/** Names of this machine, to which nobody stands in between. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

function logUrl(text: string): URL {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new UsageError("LOG_URL", `Cannot use ${quoteAddress(text)} as the address of a log: it is not a plain URL`);
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.includes(url.hostname))) {
    throw new UsageError(
      "LOG_URL",
      `Cannot use ${quoteAddress(text)} as the address of a log: it must begin with https://`,
    );
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
