import { SigningConfig } from "@sigstore/protobuf-specs";
import { assertEquals } from "@std/assert";
import { monitoredLogs } from "../../src/monitor/monitored_logs.ts";
import { makeKey, trustedRoot } from "../sigstore/log/_log_server.ts";

const config = SigningConfig.fromJSON({
  rekorTlogUrls: [
    { url: "https://one.example/", majorApiVersion: 1 },
    { url: "https://two.example", majorApiVersion: 2 },
    { url: "https://three.example", majorApiVersion: 3 },
  ],
});

const log = (name: string, end?: string): Parameters<typeof trustedRoot>[0][number] => ({
  url: `https://${name}`,
  key: makeKey("p256"),
  name,
  ...(end === undefined ? {} : { end }),
});

Deno.test("all logs of the trusted root that are in use, at the version that the signing config gives", () => {
  const root = trustedRoot([
    log("one.example"),
    log("two.example"),
    log("three.example"),
    log("old.example", "2022-01-01T00:00:00Z"),
    log("one.example"),
    log("late.example", new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString()),
  ]);
  assertEquals(monitoredLogs(root, [config], []), [
    { url: "https://one.example", version: 1 },
    { url: "https://two.example", version: 2 },
    { url: "https://three.example" },
    { url: "https://late.example" },
  ]);
  assertEquals(monitoredLogs(root, [], []).length, 4);
});

Deno.test("the logs that are named, each once, even those no longer in use", () => {
  const root = trustedRoot([log("one.example"), log("old.example", "2022-01-01T00:00:00Z")]);
  const named = ["https://old.example", "https://one.example/", "https://old.example"];
  assertEquals(monitoredLogs(root, [config], named), [
    { url: "https://old.example" },
    { url: "https://one.example/", version: 1 },
  ]);
});
