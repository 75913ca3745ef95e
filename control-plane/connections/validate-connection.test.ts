import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  ConnectionSettingsSchema,
  AuthenticationMode as Mode,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { describe, expect, test } from "vitest";
import { type ConnectionDraft, connectionProblems } from "./validate-connection.ts";

type Settings = MessageInitShape<typeof ConnectionSettingsSchema>;

const { INLINE, RUNNER_DELEGATED, CROSS_ACCOUNT_TRUST } = Mode;
const uuid = "0b0e9a4e-7d0c-4a52-8a1b-2f2c2c9b1a11";
const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

const kubeconfig = (user: string): string => `
apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: {server: "https://10.0.0.1:6443", certificate-authority-data: QUFB}
users:
- name: u
  user: ${user}
contexts:
- name: x
  context: {cluster: c, user: u}
current-context: x
`;

const documents = {
  aws: JSON.stringify({ access_key_id: "AKIA", secret_access_key: "hunter2hunter2" }),
  gcp: JSON.stringify({ client_email: "a@b", private_key: "hunter2hunter2" }),
  azure: JSON.stringify({ client_id: uuid, client_secret: "hunter2hunter2" }),
  kubernetes: kubeconfig("{token: hunter2hunter2}"),
};

const azure = { tenantId: uuid, subscriptionId: uuid };
const trust = { roleArn: "arn:aws:iam::123456789012:role/deploy", externalId: "ext-1" };
const cluster = { apiServerUrl: "https://k.example", caCertificatePem: pem, audience: "k" };

function problems(
  provider: Provider,
  mode: Mode,
  settings: Settings = {},
  inlineDocument?: string,
  change: Partial<ConnectionDraft> = {},
): readonly string[] {
  return connectionProblems({
    name: "prod",
    description: "",
    provider,
    mode,
    settings: create(ConnectionSettingsSchema, settings),
    inlineDocument,
    ...change,
  }).map(({ field }) => field);
}

const cases: readonly [string, Provider, Mode, Settings, string | undefined, readonly string[]][] =
  [
    ["aws inline", Provider.AWS, INLINE, {}, documents.aws, []],
    [
      "aws delegated",
      Provider.AWS,
      RUNNER_DELEGATED,
      { aws: { region: "eu-central-1" } },
      undefined,
      [],
    ],
    ["aws trust", Provider.AWS, CROSS_ACCOUNT_TRUST, { aws: trust }, undefined, []],
    ["gcp inline", Provider.GCP, INLINE, {}, documents.gcp, []],
    ["gcp delegated", Provider.GCP, RUNNER_DELEGATED, { gcp: { projectId: "p" } }, undefined, []],
    [
      "gcp trust",
      Provider.GCP,
      CROSS_ACCOUNT_TRUST,
      { gcp: { serviceAccountEmail: "deploy@prod.iam.gserviceaccount.com" } },
      undefined,
      [],
    ],
    ["azure inline", Provider.AZURE, INLINE, { azure }, documents.azure, []],
    [
      "azure delegated",
      Provider.AZURE,
      RUNNER_DELEGATED,
      { azure: { ...azure, clientId: uuid } },
      undefined,
      [],
    ],
    [
      "azure trust",
      Provider.AZURE,
      CROSS_ACCOUNT_TRUST,
      { azure: { ...azure, clientId: uuid } },
      undefined,
      [],
    ],
    ["kubernetes inline", Provider.KUBERNETES, INLINE, {}, documents.kubernetes, []],
    ["kubernetes delegated", Provider.KUBERNETES, RUNNER_DELEGATED, {}, undefined, []],
    [
      "kubernetes trust",
      Provider.KUBERNETES,
      CROSS_ACCOUNT_TRUST,
      { kubernetes: cluster },
      undefined,
      [],
    ],
    [
      "pulumi delegated",
      Provider.PULUMI,
      RUNNER_DELEGATED,
      { pulumi: { backendUrl: "file:///state" } },
      undefined,
      [],
    ],

    [
      "aws inline without credentials",
      Provider.AWS,
      INLINE,
      {},
      undefined,
      ["inline_credentials.document"],
    ],
    [
      "aws trust without its role and id",
      Provider.AWS,
      CROSS_ACCOUNT_TRUST,
      {},
      undefined,
      ["settings.aws.role_arn", "settings.aws.external_id"],
    ],
    [
      "gcp trust without its account",
      Provider.GCP,
      CROSS_ACCOUNT_TRUST,
      {},
      undefined,
      ["settings.gcp.service_account_email"],
    ],
    [
      "azure trust without its application",
      Provider.AZURE,
      CROSS_ACCOUNT_TRUST,
      { azure },
      undefined,
      ["settings.azure.client_id"],
    ],
    [
      "azure delegated without its directory",
      Provider.AZURE,
      RUNNER_DELEGATED,
      {},
      undefined,
      ["settings.azure.tenant_id", "settings.azure.subscription_id"],
    ],
    [
      "kubernetes trust without its cluster",
      Provider.KUBERNETES,
      CROSS_ACCOUNT_TRUST,
      {},
      undefined,
      [
        "settings.kubernetes.api_server_url",
        "settings.kubernetes.ca_certificate_pem",
        "settings.kubernetes.audience",
      ],
    ],
    [
      "pulumi without its backend",
      Provider.PULUMI,
      RUNNER_DELEGATED,
      {},
      undefined,
      ["settings.pulumi.backend_url"],
    ],
    [
      "pulumi inline",
      Provider.PULUMI,
      INLINE,
      { pulumi: { backendUrl: "file:///s" } },
      "x",
      ["mode"],
    ],
    [
      "pulumi trust",
      Provider.PULUMI,
      CROSS_ACCOUNT_TRUST,
      { pulumi: { backendUrl: "file:///s" } },
      undefined,
      ["mode"],
    ],
    ["no provider", Provider.UNSPECIFIED, INLINE, {}, "x", ["provider"]],
    ["no mode", Provider.AWS, Mode.UNSPECIFIED, {}, undefined, ["mode"]],
  ];

describe("what each provider asks for in each mode", () => {
  test.each(cases)("%s", (_name, provider, mode, settings, document, expected) => {
    expect(problems(provider, mode, settings, document)).toEqual(expected);
  });
});

test("a connection of one mode never carries what belongs to another", () => {
  for (const mode of [RUNNER_DELEGATED, CROSS_ACCOUNT_TRUST]) {
    const found = problems(
      Provider.AWS,
      mode,
      { aws: mode === CROSS_ACCOUNT_TRUST ? trust : {} },
      documents.aws,
    );
    expect(found).toEqual(["inline_credentials"]);
  }
  for (const mode of [INLINE, RUNNER_DELEGATED]) {
    const document = mode === INLINE ? documents.aws : undefined;
    expect(problems(Provider.AWS, mode, { aws: trust }, document)).toEqual([
      "settings.aws.role_arn",
      "settings.aws.external_id",
    ]);
  }
  expect(problems(Provider.KUBERNETES, RUNNER_DELEGATED, { kubernetes: cluster })).toHaveLength(3);
});

test("settings of another provider are refused", () => {
  expect(problems(Provider.AWS, RUNNER_DELEGATED, { gcp: { projectId: "p" } })).toEqual([
    "settings.gcp",
  ]);
});

test.each<[string, Provider, Mode, Settings]>([
  [
    "settings.aws.role_arn",
    Provider.AWS,
    CROSS_ACCOUNT_TRUST,
    { aws: { ...trust, roleArn: "arn:aws:iam::1:user/x" } },
  ],
  [
    "settings.aws.external_id",
    Provider.AWS,
    CROSS_ACCOUNT_TRUST,
    { aws: { ...trust, externalId: "x" } },
  ],
  [
    "settings.aws.external_id",
    Provider.AWS,
    CROSS_ACCOUNT_TRUST,
    { aws: { ...trust, externalId: "a b" } },
  ],
  ["settings.aws.account_id", Provider.AWS, RUNNER_DELEGATED, { aws: { accountId: "12345" } }],
  [
    "settings.azure.tenant_id",
    Provider.AZURE,
    RUNNER_DELEGATED,
    { azure: { ...azure, tenantId: "x" } },
  ],
  [
    "settings.kubernetes.api_server_url",
    Provider.KUBERNETES,
    CROSS_ACCOUNT_TRUST,
    { kubernetes: { ...cluster, apiServerUrl: "http://k" } },
  ],
  [
    "settings.pulumi.backend_url",
    Provider.PULUMI,
    RUNNER_DELEGATED,
    { pulumi: { backendUrl: "exec:///bin/sh" } },
  ],
  ...["http://state.example", "https://user:password@state.example", "postgres://state"].map(
    (backendUrl): [string, Provider, Mode, Settings] => [
      "settings.pulumi.backend_url",
      Provider.PULUMI,
      RUNNER_DELEGATED,
      { pulumi: { backendUrl } },
    ],
  ),
])("a malformed setting is named: %s", (field, provider, mode, settings) => {
  expect(problems(provider, mode, settings)).toEqual([field]);
});

test.each<[string, Provider, string]>([
  ["aws", Provider.AWS, "not json hunter2"],
  ["aws", Provider.AWS, JSON.stringify({ access_key_id: "AKIA" })],
  ["aws", Provider.AWS, "null"],
  ["gcp", Provider.GCP, JSON.stringify({ type: "external_account" })],
  ["azure", Provider.AZURE, JSON.stringify({ client_id: 7, client_secret: "x" })],
  ["kubernetes", Provider.KUBERNETES, "clusters: []"],
  ["too long", Provider.AWS, "x".repeat(65_537)],
])(
  "inline credentials that are not in the provider's own form are refused (%s)",
  (_name, provider, document) => {
    const settings = provider === Provider.AZURE ? { azure } : {};
    const found = problems(provider, INLINE, settings, document);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found)).toEqual(new Set(["inline_credentials.document"]));
  },
);

test.each([
  "{exec: {command: /bin/sh, apiVersion: client.authentication.k8s.io/v1}}",
  "{auth-provider: {name: gcp}}",
  "{client-certificate: /etc/passwd, client-key-data: QUFB}",
  "{client-certificate-data: QUFB, client-key: /root/.ssh/id_rsa}",
  "{tokenFile: /var/run/secrets/token}",
])("a kubeconfig with an exec plugin or a reference to a file is refused at entry: %s", (user) => {
  expect(problems(Provider.KUBERNETES, INLINE, {}, kubeconfig(user))).toEqual([
    "inline_credentials.document",
  ]);
});

test("everything that is wrong is told at once, and no value is repeated", () => {
  const all = connectionProblems({
    name: "Not A Name",
    description: "x".repeat(1_001),
    provider: Provider.AWS,
    mode: RUNNER_DELEGATED,
    settings: create(ConnectionSettingsSchema, {
      aws: { accountId: "hunter2", roleArn: "hunter2" },
      gcp: {},
    }),
    inlineDocument: "hunter2",
  });
  expect(all.map(({ field }) => field)).toEqual([
    "name",
    "description",
    "settings.gcp",
    "settings.aws.role_arn",
    "settings.aws.account_id",
    "settings.aws.role_arn",
    "inline_credentials",
  ]);
  expect(JSON.stringify(all)).not.toContain("hunter2");
});

test("a connection that has credentials keeps them if none are given", () => {
  const kept = { hasStoredCredentials: true };
  expect(problems(Provider.AWS, INLINE, {}, undefined, kept)).toEqual([]);
  expect(problems(Provider.AWS, INLINE, {}, "", kept)).toEqual(["inline_credentials.document"]);
});
