import { assert } from "@holdfast/foundation/failure.ts";
import { IdentityService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { Role } from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import type { Storage } from "../../stores.ts";
import { type Handler, unary } from "../handler.ts";
import { momentOf } from "../page-mapping.ts";

const roles = {
  viewer: Role.VIEWER,
  operator: Role.OPERATOR,
  administrator: Role.ADMINISTRATOR,
} as const;

/** Tells callers who they are. */
export function identityHandlers(deps: { readonly storage: Storage }): readonly Handler[] {
  return [
    unary(IdentityService.method.whoAmI, async (_request, { caller }) => {
      assert(caller.kind === "service-account", "the API listener proves service accounts only");
      const { organizationId } = caller;
      const account = await deps.storage.read.serviceAccounts.findById(caller.serviceAccountId);
      assert(account !== undefined, "a service account whose key was accepted exists");
      const organization =
        organizationId === undefined
          ? undefined
          : await deps.storage.read.organizations.find(organizationId);
      return {
        serviceAccount: {
          id: account.id,
          organizationId: organizationId ?? "",
          name: account.name,
          description: account.description,
          role: roles[account.role],
          createdAt: momentOf(account.createdAtMs),
        },
        organizationName: organization?.name ?? "",
        isPlatformAdministrator: organizationId === undefined,
      };
    }),
  ];
}
