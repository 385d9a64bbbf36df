import type { CertificateIdentity } from "./certificate_authority.ts";

/** What Fulcio makes of a token. */
export interface Principal {
  readonly identity: CertificateIdentity;
  /** Over what the proof of possession is signed. */
  readonly challenge: string;
}

/** Claims of a token. */
export type Claims = Readonly<Record<string, unknown>>;

const GITHUB = "https://github.com";
const GITLAB = "https://gitlab.com";

/**
 * Who a token is for, by the rules of Fulcio: a workflow or pipeline by its definition, a person by an e-mail address that was
 * verified, anyone else by a subject that is a URI.
 *
 * @throws {Error} If the token is for nobody whom Fulcio knows how to name.
 */
export function principalOf(claims: Claims): Principal {
  if (typeof claims.job_workflow_ref === "string") return githubWorkflow(claims);
  if (typeof claims.ci_config_ref_uri === "string") return gitlabPipeline(claims);
  if (typeof claims.email === "string") return person(claims, claims.email);
  const { sub } = claims;
  if (typeof sub === "string" && URL.canParse(sub)) {
    return { identity: { name: sub, issuer: issuerOf(claims) }, challenge: sub };
  }
  throw new Error("The token names neither an e-mail address, a workflow nor a URI");
}

function person(claims: Claims, email: string): Principal {
  if (claims.email_verified !== true) throw new Error("The e-mail address in the token is not verified");
  return { identity: { name: email, issuer: issuerOf(claims) }, challenge: email };
}

/** Of a federated login the issuer is the one behind. */
function issuerOf(claims: Claims): string {
  const federated = claims.federated_claims as Claims | undefined;
  return String(federated?.connector_id ?? claims.iss);
}

function githubWorkflow(claims: Claims): Principal {
  const text = (claim: string): string => textOf(claims, claim);
  const repository = text("repository");
  const extensions = {
    2: text("event_name"),
    3: text("sha"),
    4: text("workflow"),
    5: repository,
    6: text("ref"),
    9: `${GITHUB}/${text("job_workflow_ref")}`,
    10: text("job_workflow_sha"),
    11: text("runner_environment"),
    12: `${GITHUB}/${repository}`,
    13: text("sha"),
    14: text("ref"),
    15: text("repository_id"),
    16: `${GITHUB}/${text("repository_owner")}`,
    17: text("repository_owner_id"),
    18: `${GITHUB}/${text("workflow_ref")}`,
    19: text("workflow_sha"),
    20: text("event_name"),
    21: `${GITHUB}/${repository}/actions/runs/${text("run_id")}/attempts/${text("run_attempt")}`,
    22: text("repository_visibility"),
  };
  const identity = { name: `${GITHUB}/${text("job_workflow_ref")}`, issuer: String(claims.iss), extensions };
  return { identity, challenge: text("sub") };
}

function gitlabPipeline(claims: Claims): Principal {
  const text = (claim: string): string => textOf(claims, claim);
  const config = `https://${text("ci_config_ref_uri")}`;
  const project = `${GITLAB}/${text("project_path")}`;
  const extensions = {
    9: config,
    10: text("ci_config_sha"),
    11: text("runner_environment"),
    12: project,
    13: text("sha"),
    14: `refs/${text("ref_type") === "tag" ? "tags" : "heads"}/${text("ref")}`,
    15: text("project_id"),
    16: `${GITLAB}/${text("namespace_path")}`,
    17: text("namespace_id"),
    18: config,
    19: text("ci_config_sha"),
    20: text("pipeline_source"),
    21: `${project}/-/jobs/${text("job_id")}`,
    22: text("project_visibility"),
  };
  return { identity: { name: config, issuer: String(claims.iss), extensions }, challenge: text("sub") };
}

function textOf(claims: Claims, claim: string): string {
  const value = claims[claim];
  if (typeof value !== "string" || value === "") throw new Error(`The token lacks the claim ${claim}`);
  return value;
}
