import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import type { IssuedCertificate } from "../authority/authority.ts";
import type { Organization } from "../organizations/organization.ts";
import type { Stores } from "../stores.ts";
import type { Runner, RunnerCredentials } from "./runner.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

const lifetimeMinSeconds = 300;
const lifetimeMaxSeconds = 31_536_000;

/** What a caller asks for when it wants credentials. */
export interface CredentialsRequest {
  readonly organization: Organization;
  /** Name or id. */
  readonly runner: string;
  /** PKCS #10 in PEM; empty if the control plane shall make the key. */
  readonly certificateRequestPem: string;
  /** 0 means the default. */
  readonly lifetimeSeconds: number;
}

/** What comes back, once. */
export interface MintedCredentials {
  readonly file: Secret<string>;
  readonly credentials: RunnerCredentials;
}

/** @throws {Failure} `request.invalid` */
export function refuseLifetime(
  lifetimeSeconds: number,
  others: readonly FieldProblem[] = [],
): void {
  const isAllowed =
    lifetimeSeconds === 0 ||
    (lifetimeSeconds >= lifetimeMinSeconds && lifetimeSeconds <= lifetimeMaxSeconds);
  const fields = [
    ...(isAllowed
      ? []
      : [
          {
            field: "lifetime_seconds",
            problem: `must be 0, or ${lifetimeMinSeconds} to ${lifetimeMaxSeconds}`,
          },
        ]),
    ...others,
  ];
  if (fields.length > 0) {
    throw new Failure("request.invalid", "The request for credentials is not as it should be.", {
      fields,
    });
  }
}

/** Issues the certificate: outside of the transaction, since it needs the CPU and no row. */
export async function issueCertificate(
  deps: RunnerDependencies,
  runner: Runner,
  request: CredentialsRequest,
): Promise<IssuedCertificate & { readonly privateKeyPem?: Secret<string> }> {
  const subject = { organizationId: runner.organizationId, runnerId: runner.id };
  const lifetimeMs =
    request.lifetimeSeconds === 0 ? deps.certificateLifetimeMs : request.lifetimeSeconds * 1_000;
  return request.certificateRequestPem === ""
    ? await deps.authority.issueWithKey(subject, lifetimeMs)
    : await deps.authority.issueFromRequest(subject, request.certificateRequestPem, lifetimeMs);
}

/**
 * Writes one more generation of credentials: the service account, if it is the first; an API key; the
 * certificate's serial. Neither the private key nor the API key is kept.
 */
export async function mintCredentials(
  deps: RunnerDependencies,
  stores: Stores,
  target: {
    readonly organization: Organization;
    readonly runner: Runner;
    readonly certificate: IssuedCertificate & { readonly privateKeyPem?: Secret<string> };
  },
): Promise<MintedCredentials> {
  const { organization, certificate } = target;
  const runner = await withServiceAccount(deps, stores, target.runner);
  const generation = await stores.credentials.nextGeneration(organization.id, runner.id);
  const { key, token } = deps.mintApiKey({
    serviceAccountId: runner.serviceAccountId,
    organizationId: organization.id,
    description: `generation ${generation} of runner ${runner.name}`,
    expireAtMs: certificate.expireAtMs,
  });
  await stores.apiKeys.insert(key);
  const credentials: RunnerCredentials = {
    runnerId: runner.id,
    organizationId: organization.id,
    generation,
    certificateSerial: certificate.serial,
    certificateFingerprint: certificate.fingerprint,
    apiKeyId: key.id,
    createdAtMs: deps.clock.nowMs(),
    expireAtMs: certificate.expireAtMs,
    revokedAtMs: undefined,
    revokeAfterMs: undefined,
    firstConnectedAtMs: undefined,
  };
  await stores.credentials.insert(credentials);
  const file = formatCredentialsFile({
    type: "holdfast_runner_credentials",
    version: 1,
    organization: { id: organization.id, name: organization.name },
    runner: { id: runner.id, name: runner.name },
    generation,
    endpoints: deps.endpoints,
    certificateAuthority: deps.authority.serverTrustPem,
    certificate: certificate.certificatePem,
    privateKey: certificate.privateKeyPem?.expose() ?? "",
    apiKey: token.expose(),
    expiresAt: new Date(certificate.expireAtMs).toISOString(),
  });
  return { file: new Secret(file), credentials };
}

/** The runner with a service account of its own: a viewer of its organization, made with the first credentials. */
async function withServiceAccount(
  deps: RunnerDependencies,
  stores: Stores,
  runner: Runner,
): Promise<Runner & { readonly serviceAccountId: string }> {
  if (runner.serviceAccountId !== undefined) {
    return { ...runner, serviceAccountId: runner.serviceAccountId };
  }
  const serviceAccountId = makeIdentifier("sa", deps.random);
  await stores.serviceAccounts.insert({
    id: serviceAccountId,
    organizationId: runner.organizationId,
    // The id makes the name one that no other account can have taken.
    name: `runner-${runner.id.slice("run_".length).toLowerCase()}`,
    description: `The service account of runner ${runner.name}.`,
    role: "viewer",
    runnerId: runner.id,
    createdAtMs: deps.clock.nowMs(),
  });
  const provisioned = { ...runner, serviceAccountId };
  await stores.runners.update(provisioned);
  return provisioned;
}
