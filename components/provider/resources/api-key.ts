import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type ApiKey,
  ServiceAccountService,
} from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import {
  createdAtOutput,
  descriptionProperty,
  organizationProperty,
} from "../common-properties.ts";
import { integer, secretText, text } from "../input.ts";
import { made } from "../made.ts";
import { momentText } from "../moment.ts";
import type { PropertyMap } from "../property-value.ts";
import type { Found, ResourceKind } from "../resource-kind.ts";

const { createApiKey, getApiKey, revokeApiKey } = ServiceAccountService.method;

/** A key of a service account. */
export const apiKeyKind: ResourceKind = {
  name: "ApiKey",
  description:
    "An API key of a service account. The key itself is a secret output, returned once by the control plane, which keeps only a hash. Deleting the resource revokes the key at once. It cannot be imported.",
  inputs: {
    organization: organizationProperty,
    serviceAccount: {
      type: "string",
      description: "Name or id of the service account. Another one replaces the key.",
      required: true,
      replaces: true,
    },
    description: {
      ...descriptionProperty,
      description: "For people. Another one replaces the key.",
      replaces: true,
    },
    lifetimeSeconds: {
      type: "integer",
      description:
        "How long the key works, in seconds; 0, the default, means without an end. Another one replaces the key.",
      default: 0,
      min: 0,
      max: 4_294_967_295,
      replaces: true,
    },
    epoch: {
      type: "string",
      description:
        "Any text; another one replaces the key: the new one is made, the old one revoked.",
      replaces: true,
    },
  },
  outputs: {
    serviceAccountId: {
      type: "string",
      description: "Id of the service account.",
      required: true,
    },
    token: {
      type: "string",
      description: "The key itself: `hf_<id>_<secret><checksum>`.",
      required: true,
      secret: true,
    },
    createdAt: createdAtOutput,
    expiresAt: {
      type: "string",
      description: "When the key ends (ISO 8601, UTC); empty for a key without an end.",
      required: true,
    },
  },
  hasUniqueName: false,
  importId: undefined,
  unstable: () => [],
  create: async ({ call }, inputs) => {
    const response = await call(createApiKey, {
      organization: text(inputs, "organization"),
      serviceAccount: text(inputs, "serviceAccount"),
      description: text(inputs, "description"),
      lifetimeSeconds: integer(inputs, "lifetimeSeconds"),
    });
    const token = secretText(response.token);
    return found(made(response.apiKey), inputs, { token });
  },
  read: async ({ call }, { organization, name, inputs, outputs }) => {
    const { apiKey } = await call(getApiKey, { organization, apiKeyId: name });
    if (apiKey === undefined || apiKey.revokedAt !== undefined) {
      return undefined;
    }
    const { token } = outputs;
    return found(apiKey, inputs, token === undefined ? {} : { token });
  },
  update: async (_, { name }) => {
    throw new Failure("request.invalid", `The API key ${name} cannot be changed, only replaced.`);
  },
  remove: async ({ call }, { organization, name }) => {
    await call(revokeApiKey, { organization, apiKeyId: name });
  },
};

function found(apiKey: ApiKey, inputs: PropertyMap, secrets: PropertyMap): Found {
  return {
    id: apiKey.id,
    inputs: { ...inputs, description: apiKey.description },
    outputs: {
      serviceAccountId: apiKey.serviceAccountId,
      createdAt: momentText(apiKey.createdAt),
      expiresAt: momentText(apiKey.expiresAt),
      ...secrets,
    },
  };
}
