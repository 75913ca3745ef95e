import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { descriptionProblems, nameProblems, refuseProblems } from "../named-thing.ts";
import type { Storage, Stores } from "../stores.ts";
import { mintApiKey } from "./api-key.ts";
import type { Peppers } from "./peppers.ts";
import type { ApiKey, Role, ServiceAccount } from "./service-account.ts";

/** What the use cases of service accounts need. */
export interface ServiceAccountDependencies {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly peppers: Peppers;
  /** Called after a change of a role: decisions that were kept no longer hold. */
  readonly rolesChanged: () => void;
}

/** @throws {Failure} `service_account.not_found` */
export async function findServiceAccount(
  stores: Stores,
  organizationId: string | undefined,
  nameOrId: string,
): Promise<ServiceAccount> {
  const account = await stores.serviceAccounts.find(organizationId, nameOrId);
  if (account === undefined) {
    throw new Failure(
      "service_account.not_found",
      "There is no such service account in the organization.",
    );
  }
  return account;
}

/**
 * Makes a service account.
 *
 * @throws {Failure} `request.invalid`; `service_account.exists`.
 */
export async function createServiceAccount(
  deps: ServiceAccountDependencies,
  actor: string,
  draft: {
    readonly organizationId: string;
    readonly name: string;
    readonly description: string;
    readonly role: Role;
  },
): Promise<ServiceAccount> {
  refuseProblems(
    "service account",
    nameProblems(draft.name),
    descriptionProblems(draft.description),
  );
  const account: ServiceAccount = {
    id: makeIdentifier("sa", deps.random),
    ...draft,
    runnerId: undefined,
    createdAtMs: deps.clock.nowMs(),
  };
  return await deps.storage.write(async (stores) => {
    await stores.serviceAccounts.insert(account);
    await record(deps, stores, actor, "service_account.created", account);
    return account;
  });
}

/**
 * Changes the role or the description.
 *
 * @throws {Failure} `service_account.not_found`; `service_account.of_runner`; `request.invalid`.
 */
export async function updateServiceAccount(
  deps: ServiceAccountDependencies,
  actor: string,
  change: {
    readonly organizationId: string;
    readonly serviceAccount: string;
    readonly description: string | undefined;
    readonly role: Role | undefined;
  },
): Promise<ServiceAccount> {
  refuseProblems("service account", descriptionProblems(change.description ?? ""));
  const account = await deps.storage.write(async (stores) => {
    const present = await findServiceAccount(stores, change.organizationId, change.serviceAccount);
    refuseRunners(present);
    const next: ServiceAccount = {
      ...present,
      description: change.description ?? present.description,
      role: change.role ?? present.role,
    };
    await stores.serviceAccounts.update(next);
    await record(deps, stores, actor, "service_account.updated", next);
    return next;
  });
  deps.rolesChanged();
  return account;
}

/**
 * Removes a service account; its API keys open nothing any more.
 *
 * @throws {Failure} `service_account.not_found`; `service_account.of_runner`.
 */
export async function deleteServiceAccount(
  deps: ServiceAccountDependencies,
  actor: string,
  target: { readonly organizationId: string; readonly serviceAccount: string },
): Promise<void> {
  await deps.storage.write(async (stores) => {
    const account = await findServiceAccount(stores, target.organizationId, target.serviceAccount);
    refuseRunners(account);
    await stores.serviceAccounts.delete(account.id);
    await record(deps, stores, actor, "service_account.deleted", account);
  });
  deps.rolesChanged();
}

/**
 * Mints an API key.
 *
 * @param content.organizationId undefined for an account of the installation.
 * @param content.lifetimeSeconds 0 means without an end.
 * @throws {Failure} `service_account.not_found`; `service_account.of_runner`; `request.invalid`.
 */
export async function createApiKey(
  deps: ServiceAccountDependencies,
  actor: string,
  content: {
    readonly organizationId: string | undefined;
    readonly serviceAccount: string;
    readonly description: string;
    readonly lifetimeSeconds: number;
  },
): Promise<{ readonly key: ApiKey; readonly token: Secret<string> }> {
  refuseProblems("API key", descriptionProblems(content.description));
  return await deps.storage.write(async (stores) => {
    const account = await findServiceAccount(
      stores,
      content.organizationId,
      content.serviceAccount,
    );
    refuseRunners(account);
    const minted = mintApiKey(deps, {
      serviceAccountId: account.id,
      organizationId: account.organizationId,
      description: content.description,
      expireAtMs:
        content.lifetimeSeconds === 0
          ? undefined
          : deps.clock.nowMs() + content.lifetimeSeconds * 1_000,
    });
    await stores.apiKeys.insert(minted.key);
    await stores.audit.append(
      {
        organizationId: content.organizationId,
        actor,
        action: "api_key.created",
        subject: minted.key.id,
        detail: { service_account_id: account.id },
      },
      deps.clock.nowMs(),
    );
    return minted;
  });
}

/** @throws {Failure} `api_key.not_found` */
export async function findApiKey(
  stores: Stores,
  organizationId: string | undefined,
  id: string,
): Promise<ApiKey> {
  const key = await stores.apiKeys.find(id);
  if (key === undefined || key.organizationId !== organizationId) {
    throw new Failure("api_key.not_found", "There is no such API key.");
  }
  return key;
}

/**
 * Makes a key useless at once and for good. Safe to repeat.
 *
 * @param target.organizationId undefined for an account of the installation.
 * @throws {Failure} `api_key.not_found`; `service_account.of_runner`; `api_key.last` for the last valid key of the
 *   installation's administrator, whom nobody could give another.
 */
export async function revokeApiKey(
  deps: ServiceAccountDependencies,
  actor: string,
  target: { readonly organizationId: string | undefined; readonly apiKeyId: string },
): Promise<ApiKey> {
  return await deps.storage.write(async (stores) => {
    const key = await findApiKey(stores, target.organizationId, target.apiKeyId);
    // A runner's key goes with its certificate, and its tunnel is cut then: revoke its credentials.
    refuseRunners(await findServiceAccount(stores, target.organizationId, key.serviceAccountId));
    const nowMs = deps.clock.nowMs();
    if (key.organizationId === undefined && !(await hasOtherValidKey(stores, key, nowMs))) {
      throw new Failure("api_key.last", "This is the administrator's last valid API key.");
    }
    const revoked = await stores.apiKeys.revoke([key.id], nowMs);
    if (revoked.length > 0) {
      await stores.audit.append(
        {
          organizationId: target.organizationId,
          actor,
          action: "api_key.revoked",
          subject: key.id,
          detail: { service_account_id: key.serviceAccountId },
        },
        nowMs,
      );
    }
    return { ...key, revokedAtMs: key.revokedAtMs ?? nowMs };
  });
}

async function hasOtherValidKey(stores: Stores, key: ApiKey, nowMs: number): Promise<boolean> {
  let after: string | undefined;
  do {
    const page = await stores.apiKeys.list(key.serviceAccountId, { size: 500, after });
    const isThere = page.entries.some(
      ({ id, revokedAtMs, expireAtMs }) =>
        id !== key.id &&
        revokedAtMs === undefined &&
        (expireAtMs === undefined || expireAtMs > nowMs),
    );
    if (isThere) {
      return true;
    }
    after = page.next;
  } while (after !== undefined);
  return false;
}

function refuseRunners(account: ServiceAccount): void {
  if (account.runnerId !== undefined) {
    throw new Failure("service_account.of_runner", "This is the service account of a runner.");
  }
}

async function record(
  deps: ServiceAccountDependencies,
  stores: Stores,
  actor: string,
  action: string,
  account: ServiceAccount,
): Promise<void> {
  const detail = { name: account.name, role: account.role };
  await stores.audit.append(
    { organizationId: account.organizationId, actor, action, subject: account.id, detail },
    deps.clock.nowMs(),
  );
}
