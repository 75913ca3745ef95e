import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import { IAMMember } from "@pulumi/gcp/serviceaccount/iammember.js";
import * as pulumi from "@pulumi/pulumi";
import { accountIdOf, deployedComponent } from "../cross-account/gcp-account-id.ts";
import type { KubernetesIdentity } from "../kubernetes-runner/kubernetes-identity.ts";
import type { GkeSettings } from "./gke-settings.ts";

/** Who the pods are in Google Cloud. */
export interface GkeIdentity {
  /** For IAM: `principal://...`, or `serviceAccount:EMAIL`. */
  readonly principal: pulumi.Output<string>;
  /** What the workload must have for it. */
  readonly kubernetes: KubernetesIdentity;
}

/** One Kubernetes service account, in the pool of identities of its cluster's project. */
export interface GkeServiceAccount {
  readonly project: string;
  readonly projectNumber: string;
  readonly namespace: string;
  readonly serviceAccountName: string;
}

/** The service account as a principal of IAM (IAM documentation, "Principal identifiers"). */
export function gkePrincipal(account: GkeServiceAccount): string {
  const { project, projectNumber, namespace, serviceAccountName } = account;
  const pool = `projects/${projectNumber}/locations/global/workloadIdentityPools/${project}.svc.id.goog`;
  return `principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${serviceAccountName}`;
}

/**
 * Where a node's own metadata server hands out identities, which the network policy otherwise forbids: GKE's server,
 * and with Dataplane V2 the metadata address itself, which GKE's server answers at. Both give a pod its own identity
 * and never the node's.
 *
 * source: GKE documentation, "Create a cluster network policy", "Network policy and Workload Identity Federation for
 * GKE".
 */
const metadataServer = [
  { cidrBlock: "169.254.169.252/32", ports: [987, 988] },
  { cidrBlock: "169.254.169.254/32", ports: [80, 8080] },
];

/** Nodes that have that server. Pods on others would get the node's identity. */
const nodeSelector = { "iam.gke.io/gke-metadata-server-enabled": "true" };

/** The identity, and, with impersonation, the service account of Google Cloud and the right to be it. */
export function makeGkeIdentity(
  name: string,
  parent: pulumi.Resource,
  settings: GkeSettings,
): GkeIdentity {
  const { project, projectNumber, autopilot, isImpersonation } = settings;
  const { namespace, serviceAccountName } = settings.kubernetes;
  const reach = { egress: metadataServer, ...(autopilot ? {} : { nodeSelector }) };
  if (!isImpersonation) {
    // The check of the arguments has seen that there is a number.
    const account = { project, projectNumber: projectNumber ?? "", namespace, serviceAccountName };
    return { principal: pulumi.output(account).apply(gkePrincipal), kubernetes: reach };
  }
  const email = makeGoogleServiceAccount(name, parent, settings);
  const binding = new IAMMember(
    `${name}-account-user`,
    {
      // Any project: the email names it.
      serviceAccountId: pulumi.interpolate`projects/-/serviceAccounts/${email}`,
      role: "roles/iam.workloadIdentityUser",
      member: pulumi.interpolate`serviceAccount:${project}.svc.id.goog[${namespace}/${serviceAccountName}]`,
    },
    { parent },
  );
  return {
    principal: pulumi.interpolate`serviceAccount:${email}`,
    kubernetes: {
      ...reach,
      serviceAccountAnnotations: { "iam.gke.io/gcp-service-account": email },
      startAfter: [binding],
    },
  };
}

function makeGoogleServiceAccount(
  name: string,
  parent: pulumi.Resource,
  { project, googleServiceAccountEmail }: GkeSettings,
): pulumi.Output<string> {
  if (googleServiceAccountEmail !== undefined) {
    return pulumi.output(googleServiceAccountEmail);
  }
  const accountId = accountIdOf(deployedComponent("GkeRunner", name));
  const account = new Account(
    `${name}-account`,
    { project, accountId, displayName: `Holdfast runner ${name}` },
    { parent },
  );
  return account.email;
}
