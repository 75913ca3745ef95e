import type { MessageInitShape } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type OrganizationSchema,
  OrganizationService,
} from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { actorOf } from "../../access/caller.ts";
import type { Organization } from "../../organizations/organization.ts";
import {
  createOrganization,
  deleteOrganization,
  type OrganizationDependencies,
  updateOrganization,
} from "../../organizations/organization-life-cycle.ts";
import { type Handler, organizationOf, unary } from "../handler.ts";
import { momentOf, pageQueryOf, pageResponseOf } from "../page-mapping.ts";

/** Everything that callers can do with organizations. */
export function organizationHandlers(deps: OrganizationDependencies): readonly Handler[] {
  const { method } = OrganizationService;
  return [
    unary(method.createOrganization, async ({ name, displayName }, { caller }) => ({
      organization: toMessage(
        await createOrganization(deps, actorOf(caller), { name, displayName }),
      ),
    })),
    unary(
      method.getOrganization,
      async (_request, context) =>
        await Promise.resolve({ organization: toMessage(organizationOf(context)) }),
    ),
    unary(method.listOrganizations, async (request) => {
      const page = await deps.storage.read.organizations.list({
        ...pageQueryOf(request.page),
        namePrefix: request.namePrefix,
      });
      return { organizations: page.entries.map(toMessage), page: pageResponseOf(page) };
    }),
    unary(method.updateOrganization, async (request, context) => ({
      organization: toMessage(
        await updateOrganization(
          deps,
          actorOf(context.caller),
          organizationOf(context),
          request.displayName,
        ),
      ),
    })),
    unary(method.deleteOrganization, async (request, { caller }) => {
      // The method is judged on the installation, so the organization is looked up here.
      const organization = await deps.storage.read.organizations.find(request.organization);
      if (organization === undefined) {
        throw new Failure("organization.not_found", "There is no such organization.");
      }
      await deleteOrganization(deps, actorOf(caller), organization);
      return {};
    }),
  ];
}

function toMessage(organization: Organization): MessageInitShape<typeof OrganizationSchema> {
  return {
    id: organization.id,
    name: organization.name,
    displayName: organization.displayName,
    createdAt: momentOf(organization.createdAtMs),
  };
}
