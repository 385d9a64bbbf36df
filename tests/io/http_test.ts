import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { UnavailableError } from "../../src/errors.ts";
import type { Clock } from "../../src/io/retry.ts";
import { ask, askForJson, type RequestPolicy, type ServiceRequest } from "../../src/io/http.ts";
import { assertFails } from "../_assert_fails.ts";
import { makeAuthority, makeLeaf, SERVER_AUTH } from "../_certificates.ts";
import { Service } from "../sigstore/login/_service.ts";

const ONCE: RequestPolicy = { tryMs: 30_000, tries: 1, pauseMs: 0, maxPauseMs: 0 };
const SECRET = "s3cr3t-0123456789abcdef";

function request(url: string, other: Partial<ServiceRequest> = {}): ServiceRequest {
  return { service: "the service", url: new URL(url), retryPolicy: ONCE, ...other };
}

/** Fails, and shows the secret nowhere: not in the message, a cause or a stack. */
async function failsQuietly(asked: ServiceRequest, ...texts: string[]): Promise<void> {
  const error = await assertFails(() => ask(asked), UnavailableError, "SERVICE_FAILED", "the service", ...texts);
  assertFalse(Deno.inspect(error, { depth: 9, showHidden: true }).includes("s3cr3t"), error.message);
}

Deno.test("a header that cannot be sent is an error that does not show its value, and nothing is sent", async (t) => {
  await using service = new Service(() => new Response("ok"));
  const values = {
    "a line feed": `Bearer ${SECRET}\nx: y`,
    "a carriage return": `Bearer ${SECRET}\r\nx: y`,
    "a line feed at the end": `Bearer ${SECRET}\n`,
    "a blank before": ` ${SECRET}`,
    "a NUL": `${SECRET}\0`,
    "an escape": `${SECRET}\x1b[2J`,
    "Latin-1": `${SECRET}é`,
    "another script": `${SECRET}漢`,
  };
  for (const [what, authorization] of Object.entries(values)) {
    await t.step(what, async () => {
      await failsQuietly(request(service.origin, { headers: { authorization } }), '"authorization"', "cannot be sent");
    });
  }
  await t.step("a name", () => failsQuietly(request(service.origin, { headers: { [`a ${SECRET}`]: "x" } }), "name"));
  assertEquals(service.requests, []);
});

Deno.test("what a failed connection says holds neither header, query nor password", async (t) => {
  const headers = { authorization: `Bearer ${SECRET}` };
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr as Deno.NetAddr;
  closed.close();
  await t.step("refused", async () => {
    await failsQuietly(request(`http://127.0.0.1:${port}/x?token=${SECRET}`, { headers }), "connection refused");
  });
  await t.step("no such name", async () => {
    await failsQuietly(request(`http://host.invalid/x?token=${SECRET}`, { headers }), "(DNS)");
  });
  await t.step("a password in the address", async () => {
    await failsQuietly(request(`http://user:${SECRET}@127.0.0.1:${port}/`), "connection refused");
  });
  await t.step("no permission", async () => {
    const code = `import { ask } from "${new URL("../../src/io/http.ts", import.meta.url)}";
      await ask({ service: "the service", url: new URL("https://user:${SECRET}@host.invalid/?${SECRET}") })
        .catch((error) => console.log(error));`;
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--quiet", "-"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    const child = command.spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(code));
    await writer.close();
    const { stdout } = await child.output();
    const shown = new TextDecoder().decode(stdout);
    assertStringIncludes(shown, "--allow-net=host.invalid");
    assertFalse(shown.includes("s3cr3t"), shown);
  });
});

Deno.test("a certificate of an unknown authority is an error that says how to trust it, at the first try", async () => {
  const { cert, key } = await serverCertificate();
  let requests = 0;
  const options = { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} };
  await using server = Deno.serve(options, () => new Response(`${requests++}`));
  const pauses: number[] = [];
  const clock: Clock = { now: () => 0, sleep: (ms) => Promise.resolve(void pauses.push(ms)) };
  const retryPolicy = { tryMs: 30_000, tries: 4, pauseMs: 1_000, maxPauseMs: 60_000, clock };
  const headers = { authorization: `Bearer ${SECRET}` };
  const asked = request(`https://localhost:${server.addr.port}/?token=${SECRET}`, { headers, retryPolicy });
  await failsQuietly(asked, "DENO_CERT", "NODE_EXTRA_CA_CERTS", "DENO_TLS_CA_STORE=system", "SSL_CERT_FILE");
  assertEquals([requests, pauses], [0, []]);
});

async function serverCertificate(): Promise<{ cert: string; key: string }> {
  const { pem, privateKeyPem } = await makeLeaf(await makeAuthority("CN=Nobody knows it"), {
    extendedKeyUsage: [SERVER_AUTH],
  });
  return { cert: pem, key: privateKeyPem };
}

Deno.test("an answer that repeats what was sent is not shown", async (t) => {
  const answers: Record<string, (sent: Request) => string> = {
    "the header": ({ headers }) => `bad token: ${headers.get("authorization")}`,
    "the query": ({ url }) => `<html>no page ${new URL(url).search}</html>`,
    "in base64": () => btoa(`token ${SECRET}`),
    "a part": () => `bad token: ${SECRET.slice(3, 15)}`,
  };
  for (const [what, answer] of Object.entries(answers)) {
    for (const status of [400, 403, 503]) {
      await t.step(`${what}, status ${status}`, async () => {
        await using service = new Service((sent) => new Response(answer(sent), { status }));
        const headers = { authorization: `Bearer ${SECRET}` };
        const asked = request(`${service.origin}/?token=${SECRET}`, { headers });
        await failsQuietly(asked, `status ${status}`, "is not shown");
      });
    }
  }
  await t.step("a password of the scheme Basic", async () => {
    await using service = new Service(() => new Response(`no user ${SECRET}`, { status: 401 }));
    const headers = { authorization: `Basic ${btoa(`me:${SECRET}`)}` };
    await failsQuietly(request(service.origin, { headers }), "is not shown");
  });
  await t.step("what is no JSON", async () => {
    await using service = new Service(() => new Response(`token=${SECRET}`));
    const asked = request(service.origin, { secrets: [SECRET] });
    const error = await assertFails(() => askForJson(asked), UnavailableError, "SERVICE_FAILED", "is not JSON");
    assertFalse(Deno.inspect(error, { depth: 9 }).includes("s3cr3t"));
  });
  await t.step("what repeats nothing is shown", async () => {
    await using service = new Service(() => new Response("the audience is wrong", { status: 401 }));
    const headers = { authorization: `Bearer ${SECRET}` };
    await failsQuietly(request(service.origin, { headers }), "status 401", '"the audience is wrong"');
  });
});

Deno.test("Retry-After is obeyed in seconds and as a date, within the bound of the policy", async (t) => {
  const now = Date.parse("2026-03-01T00:00:00Z");
  const cases: [value: string | undefined, pause: number][] = [
    ["7", 7_000],
    ["0", 0],
    ["Sun, 01 Mar 2026 00:00:09 GMT", 9_000],
    ["Sat, 28 Feb 2026 00:00:00 GMT", 0],
    ["86400", 60_000],
    ["Mon, 02 Mar 2026 00:00:00 GMT", 60_000],
    ["soon", 1_000],
    [undefined, 1_000],
  ];
  for (const [value, pause] of cases) {
    await t.step(`${value}`, async () => {
      const headers = value === undefined ? {} : { "retry-after": value };
      let requests = 0;
      await using service = new Service(() =>
        requests++ === 0 ? new Response("busy", { status: 429, headers }) : new Response("ok")
      );
      const pauses: number[] = [];
      const clock: Clock = { now: () => now, sleep: (ms) => Promise.resolve(void pauses.push(ms)) };
      const retryPolicy = { tryMs: 30_000, tries: 2, pauseMs: 1_000, maxPauseMs: 60_000, clock };
      assertEquals((await ask(request(service.origin, { retryPolicy }))).status, 200);
      assertEquals(pauses, [pause]);
    });
  }
});
