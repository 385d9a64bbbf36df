/** Cells: a CI job signs, and the certificate tells which workflow of which repository it was. */

import type { Bench, Cell } from "./cells.ts";
import type { Identity, Job } from "./clients.ts";
import { makeModel } from "./model.ts";

const REPOSITORY = "acme/model";
const REF = "refs/heads/main";
const SHA = "0123456789abcdef0123456789abcdef01234567";
const WORKFLOW = `${REPOSITORY}/.github/workflows/sign.yml@${REF}`;

/** What GitHub's issuer says of a job. */
const CLAIMS = {
  sub: `repo:${REPOSITORY}:ref:${REF}`,
  repository: REPOSITORY,
  repository_id: "1234",
  repository_owner: "acme",
  repository_owner_id: "5678",
  repository_visibility: "public",
  ref: REF,
  sha: SHA,
  workflow: "sign",
  workflow_ref: WORKFLOW,
  workflow_sha: SHA,
  job_workflow_ref: WORKFLOW,
  job_workflow_sha: SHA,
  event_name: "push",
  run_id: "42",
  run_attempt: "1",
  runner_environment: "github-hosted",
};

/** All of them. */
export function workflowCells(bench: Bench): Cell[] {
  const { ours, python, stack, directory } = bench;
  const job: Job = {
    model: `${directory}/workflow/model`,
    signature: `${directory}/workflow/model.sig`,
    trustConfig: stack.trust.trustConfig.v2,
  };
  const who: Identity = { identity: `https://github.com/${WORKFLOW}`, provider: stack.workflows.url };
  const from = (repository: string): string[] => ["--github-repository", repository, "--github-ref", REF];
  return [
    {
      name: "workflow: ours signs",
      run: async () => {
        await makeModel(job.model);
        await ours.sign(job, await stack.workflows.token(CLAIMS));
      },
    },
    { name: "workflow: Python verifies", run: () => python.verify(job, who) },
    {
      name: "workflow: ours verifies, and reports repository, commit and trigger",
      run: async () => {
        const more = [...from(REPOSITORY), "--github-sha", SHA];
        const report = JSON.stringify(await ours.report({ ...job, more }, who));
        for (const fact of [`"https://github.com/${REPOSITORY}"`, `"${SHA}"`, '"push"', `"${REF}"`]) {
          if (!report.includes(fact)) throw new Error(`the report does not hold ${fact}: ${report}`);
        }
      },
    },
    {
      name: "workflow: ours refuses another repository",
      run: () => ours.refuse({ ...job, more: from("acme/other") }, who, ["acme/other"]),
    },
    {
      name: "workflow: ours refuses another commit",
      run: () => ours.refuse({ ...job, more: ["--github-sha", SHA.replace("0", "1")] }, who, [SHA]),
    },
  ];
}
