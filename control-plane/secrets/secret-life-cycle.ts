import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { RecordIdentity, Sealer } from "../encryption/sealer.ts";
import {
  descriptionProblems,
  nameProblems,
  refuseProblems,
  valueProblems,
} from "../named-thing.ts";
import type { Storage, Stores } from "../stores.ts";
import type { ManagedSecret } from "./secret.ts";

/** What the use cases of secrets need. */
export interface SecretDependencies {
  readonly storage: Storage;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
}

/** What identifies one version's value, for the sealer. */
export function secretValueIdentity(
  organizationId: string,
  secretId: string,
  version: number,
): RecordIdentity {
  return { organizationId, table: "secret", recordId: secretId, field: "value", version };
}

/** @throws {Failure} `secret.not_found` */
export async function findSecret(
  stores: Stores,
  organizationId: string,
  nameOrId: string,
): Promise<ManagedSecret> {
  const secret = await stores.secrets.find(organizationId, nameOrId);
  if (secret === undefined) {
    throw new Failure("secret.not_found", "There is no such secret in the organization.");
  }
  return secret;
}

/**
 * Makes a secret with its first version.
 *
 * @throws {Failure} `request.invalid`; `secret.exists`.
 */
export async function createSecret(
  deps: SecretDependencies,
  actor: string,
  organizationId: string,
  draft: { readonly name: string; readonly description: string; readonly value: string },
): Promise<ManagedSecret> {
  refuseProblems(
    "secret",
    nameProblems(draft.name),
    descriptionProblems(draft.description),
    valueProblems(draft.value),
  );
  const nowMs = deps.clock.nowMs();
  const id = makeIdentifier("sec", deps.random);
  const secret: ManagedSecret = {
    id,
    organizationId,
    name: draft.name,
    description: draft.description,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const sealed = await deps.sealer.seal(
    secretValueIdentity(organizationId, id, 1),
    new Secret(draft.value),
  );
  return await deps.storage.write(async (stores) => {
    await stores.secrets.insert(secret, {
      secretId: id,
      organizationId,
      version: 1,
      sealed,
      createdAtMs: nowMs,
    });
    await record(deps, stores, actor, "secret.created", secret);
    return secret;
  });
}

/**
 * Changes the description.
 *
 * @throws {Failure} `secret.not_found`; `request.invalid`.
 */
export async function updateSecret(
  deps: SecretDependencies,
  actor: string,
  organizationId: string,
  change: { readonly secret: string; readonly description: string },
): Promise<ManagedSecret> {
  refuseProblems("secret", descriptionProblems(change.description));
  return await deps.storage.write(async (stores) => {
    const present = await findSecret(stores, organizationId, change.secret);
    const secret = { ...present, description: change.description };
    await stores.secrets.update(secret);
    await record(deps, stores, actor, "secret.updated", secret);
    return secret;
  });
}

/**
 * Writes a new value; earlier versions stay as they are.
 *
 * @throws {Failure} `secret.not_found`; `request.invalid`; `request.conflict` if another version was
 *   written at the same time.
 */
export async function addSecretVersion(
  deps: SecretDependencies,
  actor: string,
  organizationId: string,
  change: { readonly secret: string; readonly value: string },
): Promise<ManagedSecret> {
  refuseProblems("secret", valueProblems(change.value));
  const present = await findSecret(deps.storage.read, organizationId, change.secret);
  const version = present.version + 1;
  const sealed = await deps.sealer.seal(
    secretValueIdentity(organizationId, present.id, version),
    new Secret(change.value),
  );
  const nowMs = deps.clock.nowMs();
  return await deps.storage.write(async (stores) => {
    const secret = {
      ...(await findSecret(stores, organizationId, present.id)),
      version,
      updatedAtMs: nowMs,
    };
    await stores.secrets.insertVersion({
      secretId: present.id,
      organizationId,
      version,
      sealed,
      createdAtMs: nowMs,
    });
    await stores.secrets.update(secret);
    await record(deps, stores, actor, "secret.version_added", secret);
    return secret;
  });
}

/**
 * Reads a value. The record of the read is written first: a value that cannot be accounted for is not
 * given out.
 *
 * @param version 0 means the newest.
 * @throws {Failure} `secret.not_found`; `secret.version_not_found`; `secret.undecryptable`.
 */
export async function accessSecretVersion(
  deps: SecretDependencies,
  actor: string,
  organizationId: string,
  wanted: { readonly secret: string; readonly version: number; readonly operationId?: string },
): Promise<{ readonly value: Secret<string>; readonly version: number }> {
  const found = await deps.storage.write(async (stores) => {
    const secret = await findSecret(stores, organizationId, wanted.secret);
    const version = wanted.version === 0 ? secret.version : wanted.version;
    const stored = await stores.secrets.findVersion(organizationId, secret.id, version);
    if (stored?.sealed === undefined) {
      throw new Failure(
        "secret.version_not_found",
        "The secret has no such version, or it has been destroyed.",
      );
    }
    await stores.audit.append(
      {
        organizationId,
        actor,
        action: "secret.accessed",
        subject: secret.id,
        detail: {
          name: secret.name,
          version,
          ...(wanted.operationId === undefined ? {} : { operation_id: wanted.operationId }),
        },
      },
      deps.clock.nowMs(),
    );
    return { secret, version, sealed: stored.sealed };
  });
  const value = await deps.sealer.open(
    secretValueIdentity(organizationId, found.secret.id, found.version),
    found.sealed,
  );
  return { value, version: found.version };
}

/**
 * Wipes the value of one version for good. Safe to repeat.
 *
 * @throws {Failure} `secret.not_found`; `secret.version_not_found`.
 */
export async function destroySecretVersion(
  deps: SecretDependencies,
  actor: string,
  organizationId: string,
  target: { readonly secret: string; readonly version: number },
): Promise<void> {
  await deps.storage.write(async (stores) => {
    const secret = await findSecret(stores, organizationId, target.secret);
    const stored = await stores.secrets.findVersion(organizationId, secret.id, target.version);
    if (stored === undefined) {
      throw new Failure("secret.version_not_found", "The secret has no such version.");
    }
    await stores.secrets.updateVersion({ ...stored, sealed: undefined });
    await record(deps, stores, actor, "secret.version_destroyed", {
      ...secret,
      version: target.version,
    });
  });
}

/**
 * Removes a secret with all its versions.
 *
 * @throws {Failure} `secret.not_found`
 */
export async function deleteSecret(
  deps: SecretDependencies,
  actor: string,
  organizationId: string,
  nameOrId: string,
): Promise<void> {
  await deps.storage.write(async (stores) => {
    const secret = await findSecret(stores, organizationId, nameOrId);
    await stores.secrets.delete(organizationId, secret.id);
    await record(deps, stores, actor, "secret.deleted", secret);
  });
}

async function record(
  deps: SecretDependencies,
  stores: Stores,
  actor: string,
  action: string,
  secret: ManagedSecret,
): Promise<void> {
  const detail = { name: secret.name, version: secret.version };
  await stores.audit.append(
    { organizationId: secret.organizationId, actor, action, subject: secret.id, detail },
    deps.clock.nowMs(),
  );
}
