import { EncryptionService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { actorOf } from "../../access/caller.ts";
import type { EnvelopeDependencies, EnvelopeSealer } from "../../encryption/envelope-sealer.ts";
import { rotateMasterKey } from "../../encryption/rotate-master-key.ts";
import { rotateOrganizationKey } from "../../encryption/rotate-organization-key.ts";
import { type Handler, organizationOf, unary } from "../handler.ts";

/** Rotation of the keys that encrypt the store. */
export function encryptionHandlers(
  deps: EnvelopeDependencies & { readonly sealer: EnvelopeSealer },
): readonly Handler[] {
  const { method } = EncryptionService;
  return [
    unary(
      method.rotateMasterKey,
      async (_request, { caller }) => await rotateMasterKey(deps, actorOf(caller)),
    ),
    unary(method.rotateOrganizationKey, async (_request, context) => {
      const { keyId, reencrypted } = await rotateOrganizationKey(
        deps,
        actorOf(context.caller),
        organizationOf(context).id,
      );
      return { organizationKeyId: keyId, reencrypted };
    }),
  ];
}
