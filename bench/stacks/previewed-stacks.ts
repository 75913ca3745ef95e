/** Configuration of a stack whose preview is measured, without what leads to the control plane. */
type Settings = Readonly<Record<string, string>>;

const account = "123456789012";
const guid = "11111111-1111-1111-1111-111111111111";
const kubernetes = { kubeconfigFile: "kubeconfig", namespace: "runners" } as const;

/** The stacks of the hosting targets, by their program's name, configured as docs/targets has them. */
export const previewedStacks: Readonly<Record<string, Settings>> = {
  "runner-kubernetes": { ...kubernetes, readNamespaces: '["shop"]' },
  "runner-ecs": {
    clusterArn: `arn:aws:ecs:eu-west-1:${account}:cluster/production`,
    vpcId: "vpc-0a1b2c3d",
    subnetIds: '["subnet-0a1b2c3d","subnet-1a1b2c3d"]',
    targetRoleArns: '["arn:aws:iam::210987654321:role/deployer"]',
  },
  "runner-eks": {
    ...kubernetes,
    clusterArn: `arn:aws:eks:eu-west-1:${account}:cluster/production`,
    targetRoleArns: '["arn:aws:iam::210987654321:role/deployer"]',
  },
  "runner-gke": {
    ...kubernetes,
    googleProject: "acme-clusters",
    googleProjectNumber: "123456789012",
    projectRole: "roles/compute.viewer",
  },
  "runner-cloud-run": {
    googleProject: "acme-runners",
    location: "europe-west1",
    network: "runners",
    subnetwork: "runners-europe-west1",
    targetProject: "acme-target",
    targetRole: "roles/compute.viewer",
  },
  "runner-aks": {
    ...kubernetes,
    subscriptionId: guid,
    tenantId: guid,
    resourceGroupName: "runners",
    oidcIssuerUrl: `https://westeurope.oic.prod-aks.azure.com/${guid}/${guid}/`,
  },
  "runner-container-apps": {
    subscriptionId: guid,
    tenantId: guid,
    resourceGroupName: "runners",
    virtualNetworkName: "production",
    subnetCidrBlock: "10.1.0.0/27",
  },
};
