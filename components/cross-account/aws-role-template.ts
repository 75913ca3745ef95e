/** What a template makes: one role, with everything known. */
export interface RoleTemplate {
  readonly description: string;
  /** Text of the trust policy. */
  readonly trustPolicy: string;
  /** Texts of policies, by name. */
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly managedPolicyArns: readonly string[];
  readonly permissionsBoundaryArn?: string | undefined;
  readonly maxSessionDurationSeconds: number;
  /** Default: CloudFormation makes one. */
  readonly roleName?: string | undefined;
  readonly path: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The text of a CloudFormation template, as JSON, that makes the same role: for owners of an account who do not use
 * Pulumi, and for StackSets. Its output `RoleArn` is what the connection names.
 *
 * shape: AWS CloudFormation Template Reference, AWS::IAM::Role. With `roleName`, whoever deploys it must acknowledge
 * CAPABILITY_NAMED_IAM, otherwise CAPABILITY_IAM.
 */
export function roleTemplate(role: RoleTemplate): string {
  const policies = Object.entries(role.inlinePolicies).map(([name, text]) => ({
    PolicyName: name,
    PolicyDocument: JSON.parse(text) as unknown,
  }));
  const properties = {
    ...(role.roleName === undefined ? {} : { RoleName: role.roleName }),
    Path: role.path,
    Description: role.description,
    AssumeRolePolicyDocument: JSON.parse(role.trustPolicy) as unknown,
    MaxSessionDuration: role.maxSessionDurationSeconds,
    ...(role.permissionsBoundaryArn === undefined
      ? {}
      : { PermissionsBoundary: role.permissionsBoundaryArn }),
    ...(role.managedPolicyArns.length === 0 ? {} : { ManagedPolicyArns: role.managedPolicyArns }),
    ...(policies.length === 0 ? {} : { Policies: policies }),
    ...(Object.keys(role.tags).length === 0
      ? {}
      : { Tags: Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })) }),
  };
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: role.description,
    Resources: { Role: { Type: "AWS::IAM::Role", Properties: properties } },
    Outputs: {
      RoleArn: {
        Description: "What the connection names as its role.",
        Value: { "Fn::GetAtt": ["Role", "Arn"] },
      },
    },
  };
  return JSON.stringify(template, undefined, 2);
}
