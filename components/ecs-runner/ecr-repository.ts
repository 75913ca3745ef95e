const registry =
  /^(\d{12})\.dkr(?:\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.aws)\/([^@:]+)/;

/**
 * ARN of the private repository that an image is in, or undefined if it is in no private registry of AWS
 * (Amazon ECR User Guide, "Private registry"; "IPv4-only, and dual-stack endpoints").
 */
export function ecrRepositoryArn(image: string, partition: string): string | undefined {
  const [, accountId, region, dualStackRegion, repository] = registry.exec(image) ?? [];
  return accountId === undefined
    ? undefined
    : `arn:${partition}:ecr:${region ?? dualStackRegion}:${accountId}:repository/${repository}`;
}
