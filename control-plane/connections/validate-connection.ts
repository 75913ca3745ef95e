import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import {
  type AuthenticationMode,
  type ConnectionSettings,
  AuthenticationMode as Mode,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { kubeconfigProblems } from "@holdfast/protocol/identity/kubeconfig-rules.ts";
import { descriptionProblems, nameProblems } from "../named-thing.ts";

/** What a connection is made of, before it is one. */
export interface ConnectionDraft {
  readonly name: string;
  readonly description: string;
  readonly provider: Provider;
  readonly mode: AuthenticationMode;
  readonly settings?: ConnectionSettings | undefined;
  /** The inline credentials' document; undefined if none were given. */
  readonly inlineDocument: string | undefined;
  /** True if the connection has credentials already, which stay if none are given. */
  readonly hasStoredCredentials?: boolean;
}

type SettingsName = "aws" | "gcp" | "azure" | "kubernetes" | "pulumi";

/** What one provider asks for: its settings' field, and per mode which of its fields are needed. */
interface ProviderRule {
  readonly settings: SettingsName;
  /** Modes that are supported, each with the fields that must be set. */
  readonly modes: ReadonlyMap<AuthenticationMode, readonly string[]>;
  /** Fields that only cross-account trust may set. */
  readonly trustOnly: readonly string[];
}

const rules: ReadonlyMap<Provider, ProviderRule> = new Map<Provider, ProviderRule>([
  [
    Provider.AWS,
    {
      settings: "aws",
      modes: new Map<AuthenticationMode, readonly string[]>([
        [Mode.INLINE, []],
        [Mode.RUNNER_DELEGATED, []],
        [Mode.CROSS_ACCOUNT_TRUST, ["roleArn", "externalId"]],
      ]),
      trustOnly: ["roleArn", "externalId"],
    },
  ],
  [
    Provider.GCP,
    {
      settings: "gcp",
      modes: new Map<AuthenticationMode, readonly string[]>([
        [Mode.INLINE, []],
        [Mode.RUNNER_DELEGATED, []],
        [Mode.CROSS_ACCOUNT_TRUST, ["serviceAccountEmail"]],
      ]),
      trustOnly: ["serviceAccountEmail"],
    },
  ],
  [
    Provider.AZURE,
    {
      settings: "azure",
      modes: new Map<AuthenticationMode, readonly string[]>([
        [Mode.INLINE, ["tenantId", "subscriptionId"]],
        [Mode.RUNNER_DELEGATED, ["tenantId", "subscriptionId"]],
        [Mode.CROSS_ACCOUNT_TRUST, ["tenantId", "subscriptionId", "clientId"]],
      ]),
      trustOnly: [],
    },
  ],
  [
    Provider.KUBERNETES,
    {
      settings: "kubernetes",
      modes: new Map<AuthenticationMode, readonly string[]>([
        [Mode.INLINE, []],
        [Mode.RUNNER_DELEGATED, []],
        [Mode.CROSS_ACCOUNT_TRUST, ["apiServerUrl", "caCertificatePem", "audience"]],
      ]),
      trustOnly: ["apiServerUrl", "caCertificatePem", "audience"],
    },
  ],
  [
    Provider.PULUMI,
    {
      settings: "pulumi",
      modes: new Map<AuthenticationMode, readonly string[]>([
        [Mode.RUNNER_DELEGATED, ["backendUrl"]],
      ]),
      trustOnly: [],
    },
  ],
]);

/** Form of the fields that have one, by the name in the message and the name in the .proto file. */
const forms: Readonly<
  Record<string, { readonly field: string; readonly form: RegExp; readonly says: string }>
> = {
  accountId: { field: "account_id", form: /^\d{12}$/, says: "must be 12 digits" },
  roleArn: {
    field: "role_arn",
    form: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
    says: "must be the ARN of a role, such as arn:aws:iam::123456789012:role/name",
  },
  externalId: {
    field: "external_id",
    form: /^[\w+=,.@:/-]{2,1224}$/,
    says: "must be 2 to 1,224 of letters, digits and _+=,.@:/- (AWS STS, AssumeRole)",
  },
  serviceAccountEmail: {
    field: "service_account_email",
    form: /^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/,
    says: "must be the e-mail address of a service account",
  },
  tenantId: { field: "tenant_id", form: /^[0-9a-f-]{36}$/i, says: "must be a UUID" },
  subscriptionId: { field: "subscription_id", form: /^[0-9a-f-]{36}$/i, says: "must be a UUID" },
  clientId: { field: "client_id", form: /^[0-9a-f-]{36}$/i, says: "must be a UUID" },
  apiServerUrl: { field: "api_server_url", form: /^https:\/\/\S+$/, says: "must be an https URL" },
  caCertificatePem: {
    field: "ca_certificate_pem",
    form: /^-----BEGIN CERTIFICATE-----\n/,
    says: "must be PEM text of a certificate",
  },
  audience: { field: "audience", form: /^\S+$/, says: "must be given" },
  backendUrl: {
    field: "backend_url",
    // No user and no password before the host: settings are stored and shown as they are.
    form: /^(file|s3|gs|azblob|https):\/\/(?![^/\s]*@)\S+$/,
    says: "must be a URL that begins with file://, s3://, gs://, azblob:// or https://, without a user or a password",
  },
};

/**
 * Everything that is wrong with a connection, all at once; empty if it is as it should be. Values are
 * never repeated.
 */
export function connectionProblems(draft: ConnectionDraft): readonly FieldProblem[] {
  const rule = rules.get(draft.provider);
  if (rule === undefined) {
    return [
      ...commonProblems(draft),
      { field: "provider", problem: "must be aws, gcp, azure, kubernetes or pulumi" },
    ];
  }
  return [
    ...commonProblems(draft),
    ...modeProblems(draft, rule),
    ...settingsProblems(draft, rule),
    ...inlineProblems(draft),
  ];
}

function commonProblems(draft: ConnectionDraft): readonly FieldProblem[] {
  return [...nameProblems(draft.name), ...descriptionProblems(draft.description)];
}

function modeProblems(draft: ConnectionDraft, rule: ProviderRule): readonly FieldProblem[] {
  if (rule.modes.has(draft.mode)) {
    return [];
  }
  const allowed = [...rule.modes.keys()].map(modeName).join(", ");
  return [{ field: "mode", problem: `must be one of ${allowed} for this provider` }];
}

/** Authentication modes as callers write them. */
function modeName(mode: AuthenticationMode): string {
  switch (mode) {
    case Mode.INLINE:
      return "inline";
    case Mode.RUNNER_DELEGATED:
      return "runner-delegated";
    case Mode.CROSS_ACCOUNT_TRUST:
      return "cross-account-trust";
    default:
      return "unspecified";
  }
}

function settingsProblems(draft: ConnectionDraft, rule: ProviderRule): readonly FieldProblem[] {
  const { settings, mode } = draft;
  const names: readonly SettingsName[] = ["aws", "gcp", "azure", "kubernetes", "pulumi"];
  const foreign = names
    .filter((name) => name !== rule.settings && settings?.[name] !== undefined)
    .map((name) => ({ field: `settings.${name}`, problem: "belongs to another provider" }));
  const values = Object.entries(settings?.[rule.settings] ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
  );
  const given = new Map(values);
  const missing = (rule.modes.get(mode) ?? [])
    .filter((name) => !given.has(name))
    .map((name) => ({ field: fieldPath(rule, name), problem: "is needed for this mode" }));
  const misplaced = rule.trustOnly
    .filter((name) => given.has(name) && mode !== Mode.CROSS_ACCOUNT_TRUST)
    .map((name) => ({ field: fieldPath(rule, name), problem: "is for cross-account trust only" }));
  const malformed = values
    .filter(([name, value]) => forms[name]?.form.test(value) === false)
    .map(([name]) => ({ field: fieldPath(rule, name), problem: forms[name]?.says ?? "" }));
  return [...foreign, ...missing, ...misplaced, ...malformed];
}

function fieldPath(rule: ProviderRule, name: string): string {
  return `settings.${rule.settings}.${forms[name]?.field ?? name}`;
}

function inlineProblems(draft: ConnectionDraft): readonly FieldProblem[] {
  const field = "inline_credentials.document";
  const document = draft.inlineDocument;
  if (draft.mode !== Mode.INLINE) {
    return document === undefined
      ? []
      : [{ field: "inline_credentials", problem: "are allowed for the inline mode only" }];
  }
  if (document === undefined && draft.hasStoredCredentials === true) {
    return [];
  }
  if (document === undefined || document === "") {
    return [{ field, problem: "is needed for the inline mode" }];
  }
  if (document.length > 65_536) {
    return [{ field, problem: "must be at most 64 KiB" }];
  }
  return documentProblems(draft.provider, document).map((problem) => ({ field, problem }));
}

function documentProblems(provider: Provider, document: string): readonly string[] {
  switch (provider) {
    case Provider.AWS:
      return jsonProblems(document, ["access_key_id", "secret_access_key"]);
    case Provider.GCP:
      return jsonProblems(document, ["client_email", "private_key"]);
    case Provider.AZURE:
      return jsonProblems(document, ["client_id", "client_secret"]);
    case Provider.KUBERNETES:
      return kubeconfigProblems(document);
    default:
      return [];
  }
}

function jsonProblems(document: string, needed: readonly string[]): readonly string[] {
  let json: unknown;
  try {
    json = JSON.parse(document);
  } catch {
    // The parser's message quotes the document, which is secret.
    return ["must be a JSON object"];
  }
  if (typeof json !== "object" || json === null) {
    return ["must be a JSON object"];
  }
  return needed
    .filter((name) => typeof Reflect.get(json, name) !== "string")
    .map((name) => `must have the text field ${name}`);
}
