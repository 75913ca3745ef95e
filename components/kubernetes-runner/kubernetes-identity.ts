import type * as pulumi from "@pulumi/pulumi";

/** What a cloud adds to the plain workload, so that its pods have an identity in the cloud. */
export interface KubernetesIdentity {
  /** Annotations of the service account, such as `eks.amazonaws.com/role-arn`. */
  readonly serviceAccountAnnotations?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Labels of the pods, such as `azure.workload.identity/use`. */
  readonly podLabels?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Labels of nodes that give the identity, such as `iam.gke.io/gke-metadata-server-enabled`. */
  readonly nodeSelector?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Where the pods fetch the identity, which the network policy otherwise forbids. */
  readonly egress?: readonly EgressException[];
  /** The pods start after these: what a pod is given when it is made must be there by then. */
  readonly startAfter?: readonly pulumi.Resource[];
}

/** Addresses that may be connected to, whatever the other arguments say. */
export interface EgressException {
  /** Network in CIDR notation, such as `169.254.170.23/32`. */
  readonly cidrBlock: string;
  /** TCP ports. */
  readonly ports: readonly number[];
}
