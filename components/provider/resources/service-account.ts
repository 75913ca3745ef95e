import {
  Role,
  type ServiceAccount,
  ServiceAccountService,
} from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import {
  createdAtOutput,
  descriptionProperty,
  nameProperty,
  organizationIdOutput,
  organizationProperty,
} from "../common-properties.ts";
import { text } from "../input.ts";
import { made } from "../made.ts";
import { momentText } from "../moment.ts";
import type { Found, ResourceKind } from "../resource-kind.ts";
import { wordsOf } from "../words.ts";

const { createServiceAccount, getServiceAccount, updateServiceAccount, deleteServiceAccount } =
  ServiceAccountService.method;

const roles = wordsOf([
  ["viewer", Role.VIEWER],
  ["operator", Role.OPERATOR],
  ["administrator", Role.ADMINISTRATOR],
]);

/** Who a program is. */
export const serviceAccountKind: ResourceKind = {
  name: "ServiceAccount",
  description: "A service account: who a program is. Deleting it revokes its API keys.",
  inputs: {
    organization: organizationProperty,
    name: nameProperty("service account"),
    description: descriptionProperty,
    role: {
      type: "string",
      description:
        "`viewer` reads everything of the organization, secrets and variables included; `operator` also runs and cancels operations; `administrator` may do everything within the organization.",
      required: true,
      values: roles.words,
    },
  },
  outputs: { organizationId: organizationIdOutput, createdAt: createdAtOutput },
  hasUniqueName: true,
  importId: "organization/service-account, each a name or an id",
  unstable: () => [],
  create: async ({ call }, inputs) => {
    const organization = text(inputs, "organization");
    const response = await call(createServiceAccount, {
      organization,
      name: text(inputs, "name"),
      description: text(inputs, "description"),
      role: roles.value(text(inputs, "role")),
    });
    return found(made(response.serviceAccount), organization);
  },
  read: async ({ call }, { organization, name }) => {
    const { serviceAccount } = await call(getServiceAccount, {
      organization,
      serviceAccount: name,
    });
    return serviceAccount === undefined ? undefined : found(serviceAccount, organization);
  },
  update: async ({ call }, { organization, name, news }) => {
    const response = await call(updateServiceAccount, {
      organization,
      serviceAccount: name,
      description: text(news, "description"),
      role: roles.value(text(news, "role")),
    });
    return found(made(response.serviceAccount), organization).outputs;
  },
  remove: async ({ call }, { organization, name }) => {
    await call(deleteServiceAccount, { organization, serviceAccount: name });
  },
};

function found(account: ServiceAccount, organization: string): Found {
  return {
    id: account.id,
    inputs: {
      organization,
      name: account.name,
      description: account.description,
      role: roles.word(account.role),
    },
    outputs: {
      organizationId: account.organizationId,
      createdAt: momentText(account.createdAt),
    },
  };
}
