import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { parseTrustedRoot } from "../../src/sigstore/trust/trusted_root.ts";
import { createSigstoreVerifier } from "../../src/verify/sigstore.ts";
import type { IdentityPolicy } from "../../src/verify/sigstore_policy.ts";
import { type BundleOptions, makeBundle } from "../_sigstore/make_bundle.ts";
import type { TestSigstore } from "../_sigstore/test_sigstore.ts";
import { type Json, toBytes } from "../oms/_forge.ts";
import { type VerifiedWhole, verifyWhole } from "./_verify_whole.ts";

/** Jane, as the Sigstore for tests certifies her if nothing else is said. */
export function jane(sigstore: TestSigstore): IdentityPolicy {
  return { identity: "jane@example.com", identityProvider: sigstore.issuer.url };
}

/** How to forge and to verify. */
export interface Forging {
  options?: BundleOptions;
  /** Changes the bundle once it is made. */
  change?: (bundle: Json) => void;
  /** Changes what is trusted. */
  trust?: (root: Json) => void;
  policy?: IdentityPolicy;
}

/** Makes a bundle, changed as it is said, and verifies it. */
export async function verifyForged(sigstore: TestSigstore, forging: Forging): Promise<VerifiedWhole> {
  const { bundle } = await makeBundle(sigstore, { statement: { a: 1 }, ...forging.options });
  forging.change?.(bundle);
  return await verifyText(sigstore, JSON.stringify(bundle), forging);
}

/** Verifies the text of a signature file, as the program would. */
export async function verifyText(
  sigstore: TestSigstore,
  text: string,
  forging: Forging = {},
): Promise<VerifiedWhole> {
  const root = sigstore.trustedRoot();
  forging.trust?.(root);
  const trusted: TrustedRoot = parseTrustedRoot(JSON.stringify(root), "the root of the test");
  return await verifyWhole(createSigstoreVerifier(forging.policy ?? jane(sigstore), trusted), toBytes(text));
}
