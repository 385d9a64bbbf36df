import { assertEquals, assertFalse } from "@std/assert";
import { RefusedError, UnavailableError } from "../../../../src/errors.ts";
import { ambientToken } from "../../../../src/sigstore/login/ambient/find.ts";
import type { IdentityToken } from "../../../../src/sigstore/tokens/identity_token.ts";
import { assertFails } from "../../../_assert_fails.ts";
import { Service } from "../_service.ts";
import { type Machine, machine } from "../_host.ts";
import { token } from "../_tokens.ts";

const METADATA = "http://metadata.google.internal";
const CREDENTIALS = "https://iamcredentials.googleapis.com";
const ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default";
const FLAVOR = { "metadata-flavor": "Google" };
const ON_GOOGLE = { files: { "/sys/class/dmi/id/product_name": "Google Compute Engine\n" } };
const ACTING = { env: { GOOGLE_SERVICE_ACCOUNT_NAME: "signer@models.iam.gserviceaccount.com" } };

function ask(on: Machine, hosts: Record<string, string>): Promise<IdentityToken | undefined> {
  return ambientToken({ audience: "sigstore", environment: machine({ ...on, hosts }) });
}

Deno.test("Google Cloud: the metadata server vouches for the machine", async () => {
  await using metadata = new Service(() => new Response(`${token()}\n`, { headers: FLAVOR }));
  const found = await ask(ON_GOOGLE, { [METADATA]: metadata.origin });
  assertEquals(found?.source, "Google Cloud");
  assertEquals(found?.identity, "ada@example.com");
  const [request] = metadata.requests;
  assertEquals(request?.headers.get("metadata-flavor"), "Google");
  assertEquals(request?.url.pathname + request!.url.search, `${ACCOUNT}/identity?audience=sigstore&format=full`);
});

Deno.test("Google Cloud: what answers in the metadata server's place is not believed", async () => {
  await using other = new Service(() => new Response(token()));
  const hosts = { [METADATA]: other.origin };
  await assertFails(() => ask(ON_GOOGLE, hosts), UnavailableError, "SERVICE_FAILED", "not Google's metadata server");
});

Deno.test("Google Cloud: a machine without a service account is told so", async () => {
  await using metadata = new Service(() => new Response("no account", { status: 404, headers: FLAVOR }));
  const hosts = { [METADATA]: metadata.origin };
  await assertFails(() => ask(ON_GOOGLE, hosts), UnavailableError, "SERVICE_FAILED", "metadata server", "status 404");
});

Deno.test("Google Cloud: a token of another issuer is refused", async () => {
  await using metadata = new Service(() => new Response(token({ iss: "https://example.com" }), { headers: FLAVOR }));
  await assertFails(() => ask(ON_GOOGLE, { [METADATA]: metadata.origin }), RefusedError, "TOKEN", "Google Cloud");
});

Deno.test("Google Cloud: other machines are not asked", async () => {
  for (const name of ["Google Pixel", "KVM", ""]) {
    assertEquals(await ask({ files: { "/sys/class/dmi/id/product_name": name } }, {}), undefined);
  }
});

Deno.test("Google Cloud: a product name that may not be read is none", async () => {
  const environment = machine();
  const readText = (path: string): undefined => {
    if (path.startsWith("/sys")) throw new UnavailableError("PERMISSION", "no");
  };
  assertEquals(await ambientToken({ audience: "sigstore", environment: { ...environment, readText } }), undefined);
});

Deno.test("Google Cloud: acting as another service account", async () => {
  await using metadata = new Service(() => Response.json({ access_token: "the-access-token" }));
  await using credentials = new Service(() => Response.json({ token: token() }));
  const found = await ask(ACTING, { [METADATA]: metadata.origin, [CREDENTIALS]: credentials.origin });
  assertEquals(found?.identity, "ada@example.com");
  assertEquals(metadata.requests[0]?.url.pathname, `${ACCOUNT}/token`);
  const [request] = credentials.requests;
  assertEquals(request?.method, "POST");
  const path = "/v1/projects/-/serviceAccounts/signer%40models.iam.gserviceaccount.com:generateIdToken";
  assertEquals(request?.url.pathname, path);
  assertEquals(request?.headers.get("authorization"), "Bearer the-access-token");
  assertEquals(JSON.parse(request!.body), { audience: "sigstore", includeEmail: true });
});

Deno.test("Google Cloud: the access token goes nowhere else, and into no message", async () => {
  await using elsewhere = new Service(() => Response.json({ token: token() }));
  await using metadata = new Service(() => Response.json({ access_token: "the-access-token" }));
  await using credentials = new Service(() => Response.redirect(elsewhere.origin, 308));
  const hosts = { [METADATA]: metadata.origin, [CREDENTIALS]: credentials.origin };
  const error = await assertFails(() => ask(ACTING, hosts), UnavailableError, "SERVICE_FAILED", "status 308");
  assertFalse(Deno.inspect(error).includes("the-access-token"));
  assertEquals(elsewhere.requests, []);
});

Deno.test("Google Cloud: an account name cannot lead to another address", async () => {
  for (const name of ["../../secrets?x=", "a/b", "a b", "-", "a#b", "x".repeat(300)]) {
    const on = { env: { GOOGLE_SERVICE_ACCOUNT_NAME: name } };
    await assertFails(() => ask(on, {}), UnavailableError, "NO_TOKEN", "GOOGLE_SERVICE_ACCOUNT_NAME");
  }
});
