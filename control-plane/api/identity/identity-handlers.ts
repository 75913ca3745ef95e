import { assert } from "@holdfast/foundation/failure.ts";
import { IdentityService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import type { Storage } from "../../stores.ts";
import { type Handler, unary } from "../handler.ts";
import { accountToMessage } from "../service-accounts/service-account-handlers.ts";

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
        serviceAccount: accountToMessage(account),
        organizationName: organization?.name ?? "",
        isPlatformAdministrator: organizationId === undefined,
      };
    }),
  ];
}
