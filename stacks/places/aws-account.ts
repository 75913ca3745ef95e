import { Provider } from "@pulumi/aws/provider.js";

/**
 * The account and region that a stack makes its resources in. The provider refuses credentials of another account,
 * whatever the environment says.
 *
 * @param place.accountId 12 digits.
 */
export function awsAccount(place: {
  readonly region: string;
  readonly accountId: string;
}): Provider {
  return new Provider("account", {
    // A text that is longer than the provider's own list of regions.
    region: place.region as NonNullable<ConstructorParameters<typeof Provider>[1]>["region"],
    allowedAccountIds: [place.accountId],
  });
}
