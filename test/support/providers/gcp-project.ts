import { createHash } from "node:crypto";
import { type StandInContext, textOf, type Values } from "./stand-in-provider.ts";

/** The project that a resource is in: its own, or else the provider's. @throws as the provider does without one. */
export function projectOf(inputs: Values, { configuration }: StandInContext): string {
  const project = textOf(inputs, "project") || textOf(configuration, "project");
  if (project === "") {
    throw new Error("project: required field is not set");
  }
  return project;
}

/** A number for a project: made up, equal for equal ids. */
export function projectNumberOf(project: string): string {
  const digits = BigInt(`0x${createHash("sha256").update(project).digest("hex").slice(0, 12)}`);
  return (100_000_000_000n + (digits % 900_000_000_000n)).toString();
}
