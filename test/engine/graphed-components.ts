import type { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import type { Provider as EntraProvider } from "@pulumi/azuread/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { AksRunner } from "holdfast/aks-runner/aks-runner.ts";
import { AwsPrivateCaCertificate } from "holdfast/certificate-authority/aws-private-ca-certificate.ts";
import { CertManagerCertificate } from "holdfast/certificate-authority/cert-manager-certificate.ts";
import { CertificateAuthority } from "holdfast/certificate-authority/certificate-authority.ts";
import { CertificateGenerationState } from "holdfast/certificate-authority/certificate-generation-state.ts";
import { CertificateKey } from "holdfast/certificate-authority/certificate-key.ts";
import { GcpCaServiceCertificate } from "holdfast/certificate-authority/gcp-ca-service-certificate.ts";
import { ProvidedCertificate } from "holdfast/certificate-authority/provided-certificate.ts";
import { ServerCertificate } from "holdfast/certificate-authority/server-certificate.ts";
import { CloudRunRunner } from "holdfast/cloud-run-runner/cloud-run-runner.ts";
import { ContainerAppsRunner } from "holdfast/container-apps-runner/container-apps-runner.ts";
import { AwsRolesAnywhereTrust } from "holdfast/cross-account/aws-roles-anywhere-trust.ts";
import { AwsTargetRole } from "holdfast/cross-account/aws-target-role.ts";
import { AzureCrossTenantApplication } from "holdfast/cross-account/azure-cross-tenant-application.ts";
import { AzureFederatedTrust } from "holdfast/cross-account/azure-federated-trust.ts";
import { AzureTargetGrant } from "holdfast/cross-account/azure-target-grant.ts";
import { GcpTargetGrant } from "holdfast/cross-account/gcp-target-grant.ts";
import { GcpX509Trust } from "holdfast/cross-account/gcp-x509-trust.ts";
import { KubernetesTargetAccess } from "holdfast/cross-account/kubernetes-target-access.ts";
import { EcsRunner } from "holdfast/ecs-runner/ecs-runner.ts";
import { EksRunner } from "holdfast/eks-runner/eks-runner.ts";
import { GkeIdentityMode } from "holdfast/gke-runner/gke-identity-mode.ts";
import { GkeRunner } from "holdfast/gke-runner/gke-runner.ts";
import { KubernetesRunner } from "holdfast/kubernetes-runner/kubernetes-runner.ts";
import type { Runner } from "holdfast/runner.ts";
import { RunnerDeployment } from "holdfast/runner-deployment/runner-deployment.ts";
import { RunnerIdentity } from "holdfast/runner-identity/runner-identity.ts";

/** What the components of the pictures are made with. */
export interface GraphedWorld {
  readonly runner: Runner;
  /** Certificate of a trusted authority, PEM. */
  readonly authorityPem: string;
  /** Of every provider that stands by itself. */
  readonly options: pulumi.ComponentResourceOptions;
  /** Providers of the tenant that the runner's identity does not belong to. */
  readonly target: { readonly azure: AzureProvider; readonly entra: EntraProvider };
}

const account = "123456789012";
const subscription = "11111111-1111-1111-1111-111111111111";
const homeTenantId = "22222222-2222-2222-2222-222222222222";
const principalId = "44444444-4444-4444-4444-444444444444";
const organizationId = `org_${"A".repeat(22)}`;
const runnerId = `run_${"B".repeat(22)}`;
const image = `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`;
const group = `/subscriptions/${subscription}/resourceGroups/runners`;

/** What is shown of each component, in words, for its page. */
export const graphedComponents: Readonly<Record<string, string>> = {
  KubernetesRunner:
    "With `credentials`, `createNamespace` and `kubernetesAccess` to pods of one namespace.",
  EcsRunner: "With `credentials` and `targetRoleArns`.",
  EksRunner:
    "With `credentials`, `targetRoleArns`, and `createPodIdentityAgent`; identity by EKS Pod Identity, the default.",
  GkeRunner:
    "With `credentials`, and `identityMode` impersonation; the default, direct, has no account of its own.",
  CloudRunRunner: "With `credentials` and `network`.",
  AksRunner: "With `credentials`, and an identity of its own, the default.",
  ContainerAppsRunner:
    "With `credentials`, a `network` and a Key Vault of its own, and `registryId`.",
  RunnerDeployment:
    "With `kubernetes`; the other six are the components of their targets in the same place.",
  RunnerIdentity: "Of a `Runner` of the same stack.",
  CertificateAuthority: "With one generation.",
  ServerCertificate: "Of a `CertificateAuthority` of the same stack.",
  CertificateKey: "For a server.",
  AwsPrivateCaCertificate: "For the request of a `CertificateKey`.",
  GcpCaServiceCertificate: "For the request of a `CertificateKey`.",
  CertManagerCertificate: "For the request of a `CertificateKey`.",
  ProvidedCertificate: "It checks, and makes nothing.",
  AwsTargetRole: "With `operations` on a `stateBackend`, one inline and one managed policy.",
  AwsRolesAnywhereTrust: "With `targetRoleArns`.",
  GcpTargetGrant:
    "With one role, and `operations` on a `stateBucket`; by impersonation, the default.",
  GcpX509Trust: "Of one runner.",
  AzureTargetGrant:
    "With `applicationClientId` of an `AzureCrossTenantApplication`, and `actions` of a role of its own.",
  AzureCrossTenantApplication: "Of a managed identity.",
  AzureFederatedTrust: "With an identity of its own, the default.",
  KubernetesTargetAccess: "To pods of one namespace, and to namespaces.",
};

/** Makes all of {@link graphedComponents}, each with the name `prod`. */
export function makeGraphedComponents(world: GraphedWorld): void {
  const { runner, options } = world;
  const identity = new RunnerIdentity(
    "prod",
    { organization: runner.organization, runner: runner.id, epoch: "2026-07" },
    options,
  );
  const common = { image, credentials: identity.credentialsFile };
  makeKubernetesRunners(common, options);
  makeServerlessRunners(common, options);
  makeCertificates(options);
  makeAwsTrust(world);
  makeGcpTrust(world);
  makeAzureTrust(world);
}

interface CommonArgs {
  readonly image: string;
  readonly credentials: pulumi.Output<string>;
}

function makeKubernetesRunners(common: CommonArgs, options: pulumi.ComponentResourceOptions): void {
  new KubernetesRunner(
    "prod",
    {
      ...common,
      namespace: "runners",
      createNamespace: true,
      kubernetesAccess: { operations: ["kubernetes.pods.list"], namespaces: ["shop"] },
    },
    options,
  );
  new EksRunner(
    "prod",
    {
      ...common,
      namespace: "runners-eks",
      clusterArn: `arn:aws:eks:eu-west-1:${account}:cluster/main`,
      targetRoleArns: ["arn:aws:iam::210987654321:role/deployer"],
      createPodIdentityAgent: true,
    },
    options,
  );
  new GkeRunner(
    "prod",
    {
      ...common,
      namespace: "runners-gke",
      project: "acme-cluster",
      identityMode: GkeIdentityMode.Impersonation,
    },
    options,
  );
  new AksRunner(
    "prod",
    {
      ...common,
      namespace: "runners-aks",
      resourceGroupName: "runners",
      oidcIssuerUrl: `https://westeurope.oic.prod-aks.azure.com/${subscription}/${subscription}/`,
    },
    options,
  );
  new RunnerDeployment("prod", { kubernetes: { ...common, namespace: "runners-any" } }, options);
}

function makeServerlessRunners(common: CommonArgs, options: pulumi.ComponentResourceOptions): void {
  new EcsRunner(
    "prod",
    {
      ...common,
      clusterArn: `arn:aws:ecs:eu-west-1:${account}:cluster/main`,
      vpcId: "vpc-0a1b2c3d",
      subnetIds: ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
      targetRoleArns: ["arn:aws:iam::210987654321:role/deployer"],
    },
    options,
  );
  new CloudRunRunner("prod", { ...common, location: "europe-west1", network: "runners" }, options);
  new ContainerAppsRunner(
    "prod",
    {
      ...common,
      resourceGroupName: "runners",
      network: { virtualNetworkName: "runners", subnetCidrBlock: "10.1.0.0/27" },
      registryServer: "example.azurecr.io",
      registryId: `${group}/providers/Microsoft.ContainerRegistry/registries/example`,
    },
    options,
  );
}

function makeCertificates(options: pulumi.ComponentResourceOptions): void {
  const authority = new CertificateAuthority(
    "prod",
    { generations: { "2026": { state: CertificateGenerationState.Active } } },
    options,
  );
  const dnsNames = ["control-plane.example"];
  const server = new ServerCertificate(
    "prod",
    {
      issuerCertificatePem: authority.serverIssuerCertificatePem,
      issuerPrivateKeyPem: authority.serverIssuerPrivateKeyPem,
      dnsNames,
    },
    options,
  );
  const key = new CertificateKey(
    "prod",
    { commonName: "Holdfast control plane", dnsNames },
    options,
  );
  const { certificateRequestPem } = key;
  new AwsPrivateCaCertificate(
    "prod",
    {
      certificateRequestPem,
      certificateAuthorityArn: `arn:aws:acm-pca:eu-west-1:${account}:certificate-authority/1`,
    },
    options,
  );
  new GcpCaServiceCertificate(
    "prod",
    { certificateRequestPem, pool: "pool", location: "europe-west1" },
    options,
  );
  new CertManagerCertificate(
    "prod",
    { certificateRequestPem, namespace: "holdfast", issuerName: "private" },
    options,
  );
  new ProvidedCertificate(
    "prod",
    { certificatePem: server.chainPem, certificateAuthorityPem: authority.trustBundlePem },
    options,
  );
}

function makeAwsTrust({ authorityPem, options }: GraphedWorld): void {
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:ListBucket"], Resource: ["arn:aws:s3:::shop"] }],
  };
  new AwsTargetRole(
    "prod",
    {
      runnerRoleArns: [`arn:aws:iam::${account}:role/runner`],
      operations: ["pulumi.up"],
      stateBackend: { bucket: "states" },
      inlinePolicies: { shop: JSON.stringify(policy) },
      managedPolicyArns: { view: "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess" },
    },
    options,
  );
  new AwsRolesAnywhereTrust(
    "prod",
    {
      caBundlePem: authorityPem,
      runnerNames: [`spiffe://holdfast.internal/organization/${organizationId}/runner/${runnerId}`],
      targetRoleArns: ["arn:aws:iam::210987654321:role/deployer"],
    },
    options,
  );
}

function makeGcpTrust({ authorityPem, options }: GraphedWorld): void {
  new GcpTargetGrant(
    "prod",
    {
      project: "acme-target",
      principal: "serviceAccount:runner@acme-runners.iam.gserviceaccount.com",
      roles: { view: { role: "roles/compute.viewer" } },
      operations: ["pulumi.up"],
      stateBucket: "acme-states",
    },
    options,
  );
  new GcpX509Trust(
    "prod",
    {
      poolId: "holdfast-runners",
      trustAnchorsPem: [authorityPem],
      trustDomain: "holdfast.internal",
      organizationId,
      runnerIds: [runnerId],
    },
    options,
  );
}

function makeAzureTrust({ options, target }: GraphedWorld): void {
  const application = new AzureCrossTenantApplication(
    "prod",
    { homeTenantId, principalId },
    options,
  );
  new AzureTargetGrant(
    "prod",
    {
      scope: "/subscriptions/66666666-6666-6666-6666-666666666666/resourceGroups/production",
      applicationClientId: application.applicationClientId,
      actions: ["Microsoft.Compute/virtualMachines/read"],
    },
    { providers: [target.azure, target.entra] },
  );
  new AzureFederatedTrust(
    "prod",
    {
      resourceGroupName: "runners",
      issuer: "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
      subject: "system:serviceaccount:runners:prod",
    },
    options,
  );
  new KubernetesTargetAccess(
    "prod",
    {
      operations: ["kubernetes.pods.list", "kubernetes.namespaces.list"],
      namespaces: ["shop"],
      user: "runner",
    },
    options,
  );
}
