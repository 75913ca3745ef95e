import { EncryptionService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { actorOf } from "../../access/caller.ts";
import {
  type MasterKeyRotationDependencies,
  rotateMasterKey,
} from "../../encryption/rotate-master-key.ts";
import {
  type OrganizationKeyRotationDependencies,
  rotateOrganizationKey,
} from "../../encryption/rotate-organization-key.ts";
import { type Handler, organizationOf, unary } from "../handler.ts";

/** Rotation of the keys that encrypt the store. */
export function encryptionHandlers(
  deps: MasterKeyRotationDependencies & OrganizationKeyRotationDependencies,
): readonly Handler[] {
  const { method } = EncryptionService;
  return [
    unary(
      method.rotateMasterKey,
      async (_request, { caller }) => await rotateMasterKey(deps, actorOf(caller)),
    ),
    unary(
      method.rotateOrganizationKey,
      async (_request, context) =>
        await rotateOrganizationKey(deps, actorOf(context.caller), organizationOf(context).id),
    ),
  ];
}
