/** Fulcio: the certificate authority, with a key and root of this run's own. */

import type { Programs } from "./build.ts";
import { certificates } from "./keys.ts";
import { freePorts } from "./ports.ts";
import { get, type Processes } from "./processes.ts";

/** Whose tokens it accepts. */
export interface Issuers {
  /** People, known by their e-mail address. */
  readonly people: string;
  /** Workflows, known by the claims of GitHub Actions. */
  readonly workflows: string;
}

/** Fulcio, running. */
export interface Fulcio {
  readonly url: string;
  /** From its issuing certificate to its root, in DER. */
  readonly chain: Uint8Array<ArrayBuffer>[];
}

/**
 * Starts it. It asks the CT log for nothing before the first certificate, so that one may be started with its root.
 *
 * @param issuers Must answer already.
 * @param ctLog Where the CT log will be.
 */
export async function startFulcio(
  processes: Processes,
  programs: Programs,
  directory: string,
  issuers: Issuers,
  ctLog: string,
): Promise<Fulcio> {
  const [http, grpc, metrics] = freePorts(3);
  await Deno.writeTextFile(`${directory}/fulcio.json`, JSON.stringify(configuration(issuers)));
  processes.start("fulcio", programs.fulcio, [
    "serve",
    "--ca=ephemeralca",
    `--config-path=${directory}/fulcio.json`,
    `--ct-log-url=${ctLog}`,
    "--host=127.0.0.1",
    `--port=${http}`,
    "--grpc-host=127.0.0.1",
    `--grpc-port=${grpc}`,
    `--metrics-port=${metrics}`,
    `--legacy-unix-domain-socket=${directory}/fulcio.socket`,
  ], { cwd: directory });
  const url = `http://127.0.0.1:${http}`;
  await processes.answers("fulcio", `${url}/healthz`);
  const { chains } = JSON.parse(await get(`${url}/api/v2/trustBundle`));
  return { url, chain: chains[0].certificates.flatMap(certificates) };
}

/** In the form that it reads as JSON, where names differ from those in YAML. */
function configuration({ people, workflows }: Issuers): unknown {
  return {
    OIDCIssuers: {
      [people]: { IssuerURL: people, ClientID: "sigstore", Type: "email" },
      [workflows]: {
        IssuerURL: workflows,
        ClientID: "sigstore",
        Type: "ci-provider",
        CIProvider: "github-workflow",
      },
    },
    CIIssuerMetadata: { "github-workflow": GITHUB },
  };
}

/** What of a token of GitHub Actions goes into which extension of the certificate. */
const GITHUB = {
  DefaultTemplateValues: { url: "https://github.com", environment: "" },
  ExtensionTemplates: {
    GithubWorkflowTrigger: "event_name",
    GithubWorkflowSHA: "sha",
    GithubWorkflowName: "workflow",
    GithubWorkflowRepository: "repository",
    GithubWorkflowRef: "ref",
    BuildSignerURI: "{{ .url }}/{{ .job_workflow_ref }}",
    BuildSignerDigest: "job_workflow_sha",
    RunnerEnvironment: "runner_environment",
    SourceRepositoryURI: "{{ .url }}/{{ .repository }}",
    SourceRepositoryDigest: "sha",
    SourceRepositoryRef: "ref",
    SourceRepositoryIdentifier: "repository_id",
    SourceRepositoryOwnerURI: "{{ .url }}/{{ .repository_owner }}",
    SourceRepositoryOwnerIdentifier: "repository_owner_id",
    BuildConfigURI: "{{ .url }}/{{ .workflow_ref }}",
    BuildConfigDigest: "workflow_sha",
    BuildTrigger: "event_name",
    RunInvocationURI: "{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}",
    SourceRepositoryVisibilityAtSigning: "repository_visibility",
  },
  SubjectAlternativeNameTemplate: "{{ .url }}/{{ .job_workflow_ref }}",
};
