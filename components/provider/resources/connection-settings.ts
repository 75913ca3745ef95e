import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ConnectionSettings,
  ConnectionSettingsSchema,
  type PulumiConnectionSettingsSchema,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  type Reference,
  ReferenceSchema,
} from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import { integer, map, text } from "../input.ts";
import type { ObjectProperty, Properties, TextProperty } from "../property.ts";
import { isMap, type PropertyMap, type PropertyValue, reveal } from "../property-value.ts";

const setting = (description: string): TextProperty => ({
  type: "string",
  description,
  rule: (value) => (value === "" ? "must not be empty; leave it out" : undefined),
});

const trustOnly = "Cross-account trust only.";

const referenceProperty: ObjectProperty = {
  type: "object",
  name: "Reference",
  description:
    "Points at a value that the control plane keeps and the runner resolves when it needs it: exactly one of `secret`, `variable` and `literal`.",
  properties: {
    secret: setting("Name or id of a secret of the organization."),
    variable: setting("Name or id of a variable of the organization."),
    literal: setting("A value that is no secret."),
    version: {
      type: "integer",
      description: "Version of the secret or variable; left out, it is the newest.",
      min: 1,
      max: 4_294_967_295,
    },
  },
  rule: (value) =>
    ["secret", "variable", "literal"].filter((name) => value[name] !== undefined).length === 1
      ? undefined
      : "must have exactly one of secret, variable and literal",
};

function block(name: string, description: string, properties: Properties): ObjectProperty {
  return { type: "object", name: `${name}ConnectionSettings`, description, properties };
}

/** The parts of a connection that are no secrets; which ones are needed depends on provider and mode. */
export const connectionSettingsProperty: ObjectProperty = {
  type: "object",
  name: "ConnectionSettings",
  description:
    "What is no secret, under the name of the provider; under `pulumiBackend` for `pulumi`.",
  properties: {
    aws: block("Aws", "Names an account.", {
      region: setting("Region to use by default, such as `eu-central-1`."),
      accountId: setting("12 digits, checked against the identity before the first operation."),
      roleArn: setting(`Role to assume. ${trustOnly}`),
      externalId: setting(
        `What the role's trust policy asks for: 2 to 1,224 characters. ${trustOnly}`,
      ),
    }),
    gcp: block("Gcp", "Names a project.", {
      projectId: setting("Project to use by default."),
      serviceAccountEmail: setting(`Service account to impersonate. ${trustOnly}`),
    }),
    azure: block("Azure", "Names a subscription.", {
      tenantId: setting("Directory."),
      subscriptionId: setting("Subscription to use by default."),
      clientId: setting(
        "The application, with cross-account trust; a user-assigned identity, when delegated.",
      ),
    }),
    kubernetes: block("Kubernetes", "Names a cluster.", {
      apiServerUrl: setting(`API server of another cluster. ${trustOnly}`),
      caCertificatePem: setting(`Authority of that cluster. ${trustOnly}`),
      audience: setting(`Audience of the token. ${trustOnly}`),
    }),
    // Not `pulumi`: the engine keeps that name for itself.
    pulumiBackend: block("Pulumi", "Names a state backend.", {
      backendUrl: setting("Such as `s3://bucket` or `file:///var/lib/state`."),
      passphrase: {
        ...referenceProperty,
        description: "Passphrase of the stacks' secrets, by reference to a secret.",
      },
      environment: {
        type: "map",
        description: "What reaching the backend takes, by reference.",
        values: referenceProperty,
      },
    }),
  },
};

/** The name that the settings of a provider have. */
export function settingsNameOf(provider: string): string {
  return provider === "pulumi" ? "pulumiBackend" : provider;
}

/** Checked settings, for the control plane. */
export function writeSettings(settings: PropertyMap): ConnectionSettings {
  const { aws, gcp, azure, kubernetes, pulumiBackend } = tidySettings(settings);
  return create(ConnectionSettingsSchema, {
    ...(isMap(aws) ? { aws: texts(aws) } : {}),
    ...(isMap(gcp) ? { gcp: texts(gcp) } : {}),
    ...(isMap(azure) ? { azure: texts(azure) } : {}),
    ...(isMap(kubernetes) ? { kubernetes: texts(kubernetes) } : {}),
    ...(isMap(pulumiBackend) ? { pulumi: writePulumi(pulumiBackend) } : {}),
  });
}

/** The names of the inputs are the protocol's own. */
function texts(block: PropertyMap): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(block).map((name) => [name, text(block, name)]));
}

function writePulumi(pulumi: PropertyMap): MessageInitShape<typeof PulumiConnectionSettingsSchema> {
  const passphrase = map(pulumi, "passphrase");
  const environment = Object.entries(map(pulumi, "environment") ?? {});
  return {
    backendUrl: text(pulumi, "backendUrl"),
    ...(passphrase === undefined ? {} : { passphrase: writeReference(passphrase) }),
    environment: Object.fromEntries(
      environment.flatMap(([name, each]) => (isMap(each) ? [[name, writeReference(each)]] : [])),
    ),
  };
}

function writeReference(reference: PropertyMap): Reference {
  const sources = ["secret", "variable", "literal"] as const;
  const name = sources.find((each) => reference[each] !== undefined) ?? "literal";
  return create(ReferenceSchema, {
    source: { case: name, value: text(reference, name) },
    version: integer(reference, "version"),
  });
}

/** What the control plane says, as a program would write it. */
export function readSettings(settings: ConnectionSettings | undefined): PropertyMap {
  if (settings === undefined) {
    return {};
  }
  const { pulumi } = settings;
  return tidySettings({
    aws: plain(settings.aws),
    gcp: plain(settings.gcp),
    azure: plain(settings.azure),
    kubernetes: plain(settings.kubernetes),
    pulumiBackend:
      pulumi === undefined
        ? {}
        : {
            backendUrl: pulumi.backendUrl,
            passphrase: pulumi.passphrase === undefined ? {} : readReference(pulumi.passphrase),
            environment: Object.fromEntries(
              Object.entries(pulumi.environment).map(([name, each]) => [name, readReference(each)]),
            ),
          },
  });
}

function readReference({ source, version }: Reference): PropertyMap {
  return source.case === undefined ? {} : { [source.case]: source.value, version };
}

/** The text fields of a message of the protocol. */
function plain(message: object | undefined): PropertyMap {
  return Object.fromEntries(
    Object.entries(message ?? {}).filter(
      ([name, value]) => !name.startsWith("$") && typeof value === "string",
    ),
  );
}

/** Settings in one form: without what says nothing (empty texts, 0, empty objects), without wrapping. */
export function tidySettings(settings: PropertyValue): PropertyMap {
  const value = reveal(settings);
  if (!isMap(value)) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      const inner = reveal(each) ?? null;
      const tidy = isMap(inner) ? tidySettings(inner) : inner;
      return saysNothing(tidy) ? [] : [[name, tidy]];
    }),
  );
}

function saysNothing(value: PropertyValue): boolean {
  return (
    value === "" ||
    value === 0 ||
    value === null ||
    (isMap(value) && Object.keys(value).length === 0)
  );
}
