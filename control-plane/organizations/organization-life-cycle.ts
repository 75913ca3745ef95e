import type { Clock } from "@holdfast/foundation/clock.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { displayNameProblems, nameProblems, refuseProblems } from "../named-thing.ts";
import type { Storage } from "../stores.ts";
import type { Organization } from "./organization.ts";

/** What the use cases of organizations need. */
export interface OrganizationDependencies {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes an organization.
 *
 * @throws {Failure} `request.invalid`; `organization.exists`.
 */
export async function createOrganization(
  deps: OrganizationDependencies,
  actor: string,
  draft: { readonly name: string; readonly displayName: string },
): Promise<Organization> {
  refuseProblems("organization", nameProblems(draft.name), displayNameProblems(draft.displayName));
  const organization: Organization = {
    id: makeIdentifier("org", deps.random),
    name: draft.name,
    displayName: draft.displayName,
    createdAtMs: deps.clock.nowMs(),
  };
  return await deps.storage.write(async (stores) => {
    await stores.organizations.insert(organization);
    await stores.audit.append(
      {
        organizationId: organization.id,
        actor,
        action: "organization.created",
        subject: organization.id,
        detail: { name: organization.name },
      },
      organization.createdAtMs,
    );
    return organization;
  });
}

/**
 * Changes the display name.
 *
 * @throws {Failure} `request.invalid`
 */
export async function updateOrganization(
  deps: OrganizationDependencies,
  actor: string,
  present: Organization,
  displayName: string,
): Promise<Organization> {
  refuseProblems("organization", displayNameProblems(displayName));
  const organization: Organization = { ...present, displayName };
  return await deps.storage.write(async (stores) => {
    await stores.organizations.update(organization);
    await stores.audit.append(
      {
        organizationId: present.id,
        actor,
        action: "organization.updated",
        subject: present.id,
        detail: { name: present.name },
      },
      deps.clock.nowMs(),
    );
    return organization;
  });
}

/**
 * Removes an organization that has nothing left. What remains of it is a record in the installation's
 * own chain.
 *
 * @throws {Failure} `organization.not_empty`
 */
export async function deleteOrganization(
  deps: OrganizationDependencies,
  actor: string,
  organization: Organization,
): Promise<void> {
  await deps.storage.write(async (stores) => {
    await stores.organizations.delete(organization.id);
    await stores.audit.append(
      {
        organizationId: undefined,
        actor,
        action: "organization.deleted",
        subject: organization.id,
        detail: { name: organization.name },
      },
      deps.clock.nowMs(),
    );
  });
}
