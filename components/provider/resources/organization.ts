import {
  type Organization,
  OrganizationService,
} from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { createdAtOutput, nameProperty } from "../common-properties.ts";
import { text } from "../input.ts";
import { made } from "../made.ts";
import { momentText } from "../moment.ts";
import type { Found, ResourceKind } from "../resource-kind.ts";

const { createOrganization, getOrganization, updateOrganization, deleteOrganization } =
  OrganizationService.method;

/** The wall between customers. */
export const organizationKind: ResourceKind = {
  name: "Organization",
  description:
    "An organization: the wall between customers. Needs an administrator of the installation. It can be deleted once it has no runner left.",
  inputs: {
    name: nameProperty("organization"),
    displayName: {
      type: "string",
      description: "For people: up to 200 characters.",
      default: "",
      rule: (value) => (value.length <= 200 ? undefined : "must have 200 characters at most"),
    },
  },
  outputs: { createdAt: createdAtOutput },
  hasUniqueName: true,
  importId: "the organization's name or id",
  unstable: () => [],
  create: async ({ call }, inputs) => {
    const response = await call(createOrganization, {
      name: text(inputs, "name"),
      displayName: text(inputs, "displayName"),
    });
    return found(made(response.organization));
  },
  read: async ({ call }, { name }) => {
    const { organization } = await call(getOrganization, { organization: name });
    return organization === undefined ? undefined : found(organization);
  },
  update: async ({ call }, { name, news }) => {
    const response = await call(updateOrganization, {
      organization: name,
      displayName: text(news, "displayName"),
    });
    return found(made(response.organization)).outputs;
  },
  remove: async ({ call }, { name }) => {
    await call(deleteOrganization, { organization: name });
  },
};

function found(organization: Organization): Found {
  return {
    id: organization.id,
    inputs: { name: organization.name, displayName: organization.displayName },
    outputs: { createdAt: momentText(organization.createdAt) },
  };
}
