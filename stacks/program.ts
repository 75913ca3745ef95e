import type * as pulumi from "@pulumi/pulumi";

/**
 * A program: reads the configuration of the project, makes resources, and returns the stack's outputs.
 *
 * @param folder the project's: paths in the configuration are relative to it.
 */
export type Program = (
  config: pulumi.Config,
  folder: string,
) => Record<string, unknown> | Promise<Record<string, unknown>>;
