/**
 * Rules for options that several operations share, and for each kind of signer and trust. An option without a rule does
 * not compile.
 */
import { ENGINE_CHOICES } from "../hash/engines/choose.ts";
import { HASH_ALGORITHMS } from "../hash/engines/engine.ts";
import { StartedWorker } from "../hash/threads/started_worker.ts";
import { SERIALIZATION_METHODS } from "../manifest/manifest.ts";
import type { Watch } from "../monitor/match.ts";
import type { CertificateSigning } from "../sign/certificate.ts";
import type { KeySigning } from "../sign/key.ts";
import type { Person } from "../sigstore/login/log_in.ts";
import type { TrustChoice } from "../sigstore/trust/trust.ts";
import type { CertificateVerification } from "../verify/certificate.ts";
import type { KeyVerification } from "../verify/key.ts";
import {
  anyOf,
  BOOLEAN,
  FUNCTION,
  instanceOf,
  NUMBER,
  object,
  oneOf,
  required,
  type Rule,
  type Rules,
  SIGNAL,
  STRING,
  STRING_OR_FUNCTION,
  STRINGS,
  variant,
  wholeNumber,
} from "./check_options.ts";
import type { ModelOptions, SerializationOptions, WorkOptions } from "./options.ts";
import type { SigstoreSigning, SigstoreVerification } from "./sigstore.ts";

/** Options for how the work is done. */
export const WORK_RULES: Rules<WorkOptions> = {
  engine: oneOf(ENGINE_CHOICES),
  workers: wholeNumber(1),
  onProgress: FUNCTION,
  onWarning: FUNCTION,
  startedWorker: instanceOf(StartedWorker),
  signal: SIGNAL,
};

/** Options for what belongs to the model. */
export const MODEL_RULES: Rules<ModelOptions> = { signature: STRING, ignorePaths: STRINGS, ignoreGitPaths: BOOLEAN };

/** Options for how a model becomes digests. */
export const SERIALIZATION_RULES: Rules<SerializationOptions> = {
  serialization: oneOf(SERIALIZATION_METHODS),
  shardSize: NUMBER,
  hashAlgorithm: oneOf(HASH_ALGORITHMS),
  allowSymlinks: BOOLEAN,
};

/** One member of a union. */
type With<Union, Name extends PropertyKey> = Extract<Union, Readonly<Record<Name, unknown>>>;

const ROOT_FILE: Rules<With<TrustChoice, "trustedRootFile">> = { trustedRootFile: required(STRING) };
const CONFIG_FILE: Rules<With<TrustChoice, "trustConfigFile">> = { trustConfigFile: required(STRING) };
const SERVED: Rules<With<TrustChoice, "staging">> = { staging: required(BOOLEAN), offline: required(BOOLEAN) };
/** Which Sigstore instance is used. */
export const INSTANCE_RULE: Rule = anyOf(ROOT_FILE, CONFIG_FILE, SERVED);

const FINGERPRINT: Rules<With<Watch, "fingerprint">> = { fingerprint: required(STRING) };
const DIGEST: Rules<With<Watch, "digest">> = { digest: required(STRING) };
const IDENTITY: Rules<With<Watch, "identity">> = { identity: required(STRING), identityProvider: STRING };
/** What `monitor` watches for. */
export const WATCH_RULE: Rule = anyOf(FINGERPRINT, DIGEST, IDENTITY);

const PERSON: Rules<Person> = { tell: required(FUNCTION), ask: FUNCTION, openBrowser: FUNCTION };

const SIGSTORE_SIGNING: Rules<SigstoreSigning> = {
  kind: required(STRING),
  instance: INSTANCE_RULE,
  identityToken: STRING_OR_FUNCTION,
  identityTokenName: STRING,
  useAmbientCredentials: BOOLEAN,
  forceOutOfBand: BOOLEAN,
  clientId: STRING,
  clientSecret: STRING,
  person: object(PERSON),
  confirm: FUNCTION,
};

const KEY_SIGNING: Rules<KeySigning> = {
  kind: required(STRING),
  privateKey: required(STRING),
  password: STRING,
  keyName: STRING,
};

const CERTIFICATE_SIGNING: Rules<CertificateSigning> = {
  ...KEY_SIGNING,
  certificate: required(STRING),
  chain: STRINGS,
  certificateName: STRING,
  chainNames: STRINGS,
};

const SIGSTORE_VERIFICATION: Rules<SigstoreVerification> = {
  kind: required(STRING),
  instance: INSTANCE_RULE,
  checkLog: BOOLEAN,
  identity: STRING,
  identityRegexp: STRING,
  identityProvider: STRING,
  identityProviderRegexp: STRING,
  certificateOids: STRINGS,
  githubRepository: STRING,
  githubRef: STRING,
  githubSha: STRING,
};

const KEY_VERIFICATION: Rules<KeyVerification> = {
  kind: required(STRING),
  publicKey: required(STRING),
  keyName: STRING,
};

const CERTIFICATE_VERIFICATION: Rules<CertificateVerification> = {
  kind: required(STRING),
  roots: required(STRINGS),
  rootNames: STRINGS,
};

/** Who signs. */
export const SIGNER_RULE: Rule = variant("kind", {
  sigstore: SIGSTORE_SIGNING,
  key: KEY_SIGNING,
  certificate: CERTIFICATE_SIGNING,
});

/** Whom to trust. */
export const TRUST_RULE: Rule = variant("kind", {
  sigstore: SIGSTORE_VERIFICATION,
  key: KEY_VERIFICATION,
  certificate: CERTIFICATE_VERIFICATION,
});
