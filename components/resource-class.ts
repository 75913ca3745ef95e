import * as pulumi from "@pulumi/pulumi";
import { providerVersion } from "./version.ts";

/** Options of a resource with the version of the provider that the class was written for. */
export function withVersion(
  options: pulumi.CustomResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions({ version: providerVersion }, options);
}

/**
 * Inputs and, unknown until it is made, outputs: what a resource registers, so that its class has a
 * property for each.
 */
export function withOutputs<Args extends object>(
  args: Args | undefined,
  outputs: readonly string[],
): pulumi.Inputs {
  return { ...Object.fromEntries(outputs.map((name) => [name, undefined])), ...args };
}

/** The arguments with one of them marked as a secret, if it is given: then the engine never prints it. */
export function asSecret<Args extends object>(args: Args, name: keyof Args & string): Args {
  const value = args[name];
  return value === undefined ? args : { ...args, [name]: pulumi.secret(value) };
}
