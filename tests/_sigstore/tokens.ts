import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** The audience of tokens for Sigstore. */
export const AUDIENCE = "sigstore";

/** What GitHub calls itself in its tokens. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/** What GitLab calls itself in its tokens. */
export const GITLAB_ISSUER = "https://gitlab.com";

/** What a token is to say. Without anything: a person who logged in. */
export interface TokenOptions {
  email?: string;
  emailVerified?: boolean;
  sub?: string;
  /** Who issued it, if not the issuer that signs it. */
  issuer?: string;
  audience?: string | string[];
  issuedAt?: Date;
  expires?: Date;
  /** Further claims, such as those of {@link githubClaims}. */
  claims?: Record<string, unknown>;
}

/** The key of an issuer of tokens. */
export class TokenKey {
  readonly #privateKey: CryptoKey;
  /** Public, as a key set has it. */
  readonly publicJwk: JWK;
  /** Private, for programs that sign by themselves. */
  readonly privateJwk: JWK;

  private constructor(privateKey: CryptoKey, publicJwk: JWK, privateJwk: JWK) {
    this.#privateKey = privateKey;
    this.publicJwk = publicJwk;
    this.privateJwk = privateJwk;
  }

  /** Makes a new one. */
  static async create(): Promise<TokenKey> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const common = { kid: crypto.randomUUID(), alg: "ES256", use: "sig" };
    const publicJwk = { ...await exportJWK(publicKey), ...common };
    return new TokenKey(privateKey, publicJwk, { ...await exportJWK(privateKey), ...common });
  }

  /**
   * Makes a token.
   *
   * @param options What it says.
   * @param issuer Who issues it.
   * @param now When.
   */
  async sign(options: TokenOptions, issuer: string, now: Date): Promise<string> {
    const issuedAt = options.issuedAt ?? now;
    const expires = options.expires ?? new Date(now.getTime() + 600_000);
    const email = options.email ??
      (options.sub === undefined && options.claims === undefined ? "jane@example.com" : undefined);
    const claims = {
      ...(email === undefined ? {} : { email, email_verified: options.emailVerified ?? true }),
      sub: options.sub ?? email ?? "subject",
      ...options.claims,
    };
    const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);
    return await this.signClaims({
      ...claims,
      iss: options.issuer ?? issuer,
      aud: options.audience ?? AUDIENCE,
      iat: seconds(issuedAt),
      nbf: seconds(issuedAt),
      exp: seconds(expires),
    });
  }

  /** Signs claims as they are, in the name of this key or of another. */
  async signClaims(claims: Record<string, unknown>, keyId: string = this.publicJwk.kid!): Promise<string> {
    return await new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: keyId, typ: "JWT" }).sign(
      this.#privateKey,
    );
  }
}

/** What a token of GitHub Actions claims, for a workflow of a repository. */
export function githubClaims(changes: Record<string, string> = {}): Record<string, string> {
  const repository = changes.repository ?? "acme/model";
  const ref = changes.ref ?? "refs/heads/main";
  const workflowRef = `${repository}/.github/workflows/sign.yml@${ref}`;
  return {
    sub: `repo:${repository}:ref:${ref}`,
    repository,
    repository_id: "1234",
    repository_owner: repository.split("/")[0]!,
    repository_owner_id: "5678",
    repository_visibility: "public",
    ref,
    ref_type: "branch",
    sha: "0123456789abcdef0123456789abcdef01234567",
    workflow: "sign",
    workflow_ref: workflowRef,
    workflow_sha: "0123456789abcdef0123456789abcdef01234567",
    job_workflow_ref: workflowRef,
    job_workflow_sha: "0123456789abcdef0123456789abcdef01234567",
    event_name: "push",
    run_id: "42",
    run_number: "7",
    run_attempt: "1",
    runner_environment: "github-hosted",
    actor: "jane",
    ...changes,
  };
}

/** What a token of GitLab claims, for a pipeline of a project. */
export function gitlabClaims(changes: Record<string, string> = {}): Record<string, string> {
  const project = changes.project_path ?? "acme/model";
  const ref = changes.ref ?? "main";
  return {
    sub: `project_path:${project}:ref_type:branch:ref:${ref}`,
    project_path: project,
    project_id: "1234",
    project_visibility: "public",
    namespace_path: project.split("/")[0]!,
    namespace_id: "5678",
    ref,
    ref_type: "branch",
    sha: "0123456789abcdef0123456789abcdef01234567",
    ci_config_ref_uri: `gitlab.com/${project}//.gitlab-ci.yml@refs/heads/${ref}`,
    ci_config_sha: "0123456789abcdef0123456789abcdef01234567",
    pipeline_source: "push",
    pipeline_id: "41",
    job_id: "42",
    runner_environment: "gitlab-hosted",
    user_login: "jane",
    ...changes,
  };
}
