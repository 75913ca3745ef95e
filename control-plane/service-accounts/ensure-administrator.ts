import type { Clock } from "@holdfast/foundation/clock.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { Storage } from "../stores.ts";
import { mintApiKey } from "./api-key.ts";
import type { Peppers } from "./peppers.ts";
import type { ServiceAccount } from "./service-account.ts";

/** What {@link ensureAdministrator} needs. */
export interface AdministratorDependencies {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly peppers: Peppers;
}

/** Name of the installation's one account. */
export const administratorName = "administrator";

/** Whether the installation has no administrator yet: nothing has been made with its keys then. */
export async function isFirstStart(storage: Storage): Promise<boolean> {
  const query = { size: 1, after: undefined, namePrefix: "" };
  const { entries } = await storage.read.serviceAccounts.list(undefined, query);
  return entries.length === 0;
}

/**
 * Makes the installation's administrator with its first API key, at the first start only.
 *
 * guarantee: `handOver` has returned before the key counts. Killed in between, the next start makes
 * another key and hands that over, so that no installation is left without a key that somebody has.
 *
 * @param handOver keeps the key where its owner finds it. It is not called again later.
 * @returns whether this was the first start.
 */
export async function ensureAdministrator(
  deps: AdministratorDependencies,
  handOver: (token: Secret<string>) => Promise<void>,
): Promise<boolean> {
  if (!(await isFirstStart(deps.storage))) {
    return false;
  }
  const nowMs = deps.clock.nowMs();
  const account: ServiceAccount = {
    id: makeIdentifier("sa", deps.random),
    organizationId: undefined,
    name: administratorName,
    description: "Administers the installation.",
    role: "administrator",
    runnerId: undefined,
    createdAtMs: nowMs,
  };
  const { key, token } = mintApiKey(deps, {
    serviceAccountId: account.id,
    organizationId: undefined,
    description: "Made at the first start.",
    expireAtMs: undefined,
  });
  await deps.storage.write(async (stores) => {
    await stores.serviceAccounts.insert(account);
    await stores.apiKeys.insert(key);
    await stores.audit.append(
      {
        organizationId: undefined,
        actor: "system",
        action: "service_account.created",
        subject: account.id,
        detail: { name: account.name, role: account.role, api_key_id: key.id },
      },
      nowMs,
    );
    await handOver(token);
  });
  return true;
}
