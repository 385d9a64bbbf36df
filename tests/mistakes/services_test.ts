/** Invalid answers of services: signing ends with an error of ours that names the service. */
import { assert, assertFalse, assertInstanceOf } from "@std/assert";
import { SigningConfig } from "@sigstore/protobuf-specs";
import { ModelSigningError } from "../../src/errors.ts";
import { selectServices } from "../../src/sigstore/trust/select_services.ts";
import { TestSigstore } from "../_sigstore/test_sigstore.ts";
import type { Json } from "../oms/_forge.ts";
import { MESSAGE, signWith } from "../sign/_sigstore.ts";
import { Service } from "../sigstore/login/_service.ts";

type List = "caUrls" | "rekorTlogUrls" | "tsaUrls";

/** Signs, with one service that gives this answer to everything. */
async function signWithAnswer(sigstore: TestSigstore, list: List, rekor: 1 | 2, answer: BodyInit): Promise<unknown> {
  await using service = new Service(() => new Response(answer, { status: 201 }));
  const config: Json = sigstore.signingConfig({ rekor });
  for (const one of config[list]) one.url = service.origin;
  const services = selectServices(SigningConfig.fromJSON(config), { now: new Date() });
  return await signWith(sigstore, MESSAGE, { services }).then(() => undefined, (error) => error);
}

const PLAIN = ["{}", "null", "[]", "5", '"x"', '{"a": null}', "[[]]", "[".repeat(100_000), '{"__proto__": {}}'];

const ANSWERS: [list: List, rekor: 1 | 2, answers: string[]][] = [
  ["rekorTlogUrls", 2, [
    ...PLAIN,
    '{"inclusionProof": {}}',
    '{"inclusionProof": {"hashes": [5]}}',
    '{"inclusionProof": {"checkpoint": {}, "hashes": ["!"]}, "logId": {"keyId": 5}}',
    '{"logIndex": {}, "kindVersion": 5, "canonicalizedBody": []}',
    '{"inclusionProof": {"logIndex": "x", "treeSize": "1e400", "hashes": []}, "integratedTime": "NaN"}',
  ]],
  ["rekorTlogUrls", 1, [...PLAIN, '{"a": {"body": "e30="}}', '{"a": {"body": "bnVsbA=="}}', '{"a": {}, "b": {}}']],
  ["caUrls", 1, [
    ...PLAIN,
    ...["", "x", "A", "AAAA", "!!!", "MAA="].map((base64) =>
      `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`
    )
      .map((pem) => JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates: [pem] } } })),
    '{"signedCertificateEmbeddedSct": {"chain": {"certificates": [""]}}}',
    '{"signedCertificateEmbeddedSct": {"chain": {"certificates": [5]}}}',
  ]],
  ["tsaUrls", 2, [...PLAIN, "", "0", "0\0", "0\x80", "0".repeat(90_000)]],
];

for (const [list, rekor, answers] of ANSWERS) {
  Deno.test(`invalid answers: ${list}, with log v${rekor}`, async (t) => {
    await using sigstore = await TestSigstore.start();
    for (const answer of answers) {
      await t.step(JSON.stringify(answer.slice(0, 60)), async () => {
        const error = await signWithAnswer(sigstore, list, rekor, answer);
        assertInstanceOf(error, ModelSigningError);
        assert(/authority|log|services/.test(error.message), error.message);
        assertFalse(/\p{Cc}/u.test(error.message), "a message is one plain line");
      });
    }
  });
}
