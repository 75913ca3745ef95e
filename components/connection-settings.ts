import type * as pulumi from "@pulumi/pulumi";

type Text = pulumi.Input<string> | undefined;

/** Settings of a connection that are no secrets, under the name of its provider (`pulumiBackend` for `pulumi`). */
export interface ConnectionSettings {
  /** For `aws`. */
  readonly aws?: pulumi.Input<AwsConnectionSettings> | undefined;
  /** For `gcp`. */
  readonly gcp?: pulumi.Input<GcpConnectionSettings> | undefined;
  /** For `azure`. */
  readonly azure?: pulumi.Input<AzureConnectionSettings> | undefined;
  /** For `kubernetes`. */
  readonly kubernetes?: pulumi.Input<KubernetesConnectionSettings> | undefined;
  /** For `pulumi`. The engine keeps the name `pulumi` for itself. */
  readonly pulumiBackend?: pulumi.Input<PulumiConnectionSettings> | undefined;
}

/** Names an account. */
export interface AwsConnectionSettings {
  /** Region to use by default, such as `eu-central-1`. */
  readonly region?: Text;
  /** 12 digits, checked against the identity before the first operation. */
  readonly accountId?: Text;
  /** Role to assume; cross-account trust only, and needed for it. */
  readonly roleArn?: Text;
  /** What the role's trust policy asks for: 2 to 1,224 characters; cross-account trust only, and needed for it. */
  readonly externalId?: Text;
}

/** Names a project. */
export interface GcpConnectionSettings {
  /** Project to use by default. */
  readonly projectId?: Text;
  /** Service account to impersonate; cross-account trust only, and needed for it. */
  readonly serviceAccountEmail?: Text;
}

/** Names a subscription. */
export interface AzureConnectionSettings {
  /** Directory. */
  readonly tenantId?: Text;
  /** Subscription to use by default. */
  readonly subscriptionId?: Text;
  /** The application, with cross-account trust; a user-assigned identity, when delegated. */
  readonly clientId?: Text;
}

/** Names a cluster; cross-account trust only: a delegated runner uses the cluster that it runs in. */
export interface KubernetesConnectionSettings {
  /** API server, an https URL. */
  readonly apiServerUrl?: Text;
  /** Authority of the cluster, as PEM. */
  readonly caCertificatePem?: Text;
  /** Audience of the token. */
  readonly audience?: Text;
}

/** Names a state backend. */
export interface PulumiConnectionSettings {
  /** Such as `s3://bucket` or `file:///var/lib/state`. */
  readonly backendUrl: pulumi.Input<string>;
  /** Passphrase of the stacks' secrets, by reference to a secret. */
  readonly passphrase?: pulumi.Input<Reference> | undefined;
  /** What reaching the backend takes, by reference. */
  readonly environment?:
    | pulumi.Input<Readonly<Record<string, pulumi.Input<Reference>>>>
    | undefined;
}

/**
 * Points at a value that the control plane keeps and the runner resolves when it needs it: exactly one of
 * `secret`, `variable` and `literal`.
 */
export interface Reference {
  /** Name or id of a secret of the organization. */
  readonly secret?: Text;
  /** Name or id of a variable of the organization. */
  readonly variable?: Text;
  /** A value that is no secret. */
  readonly literal?: Text;
  /** Version of the secret or variable; left out, it is the newest. */
  readonly version?: pulumi.Input<number> | undefined;
}
