import { Failure } from "@holdfast/foundation/failure.ts";
import type { Stores } from "../stores.ts";
import type { Runner } from "./runner.ts";

/**
 * Finds a runner of one organization by name or id.
 *
 * @throws {Failure} `runner.not_found`
 */
export async function findRunner(
  stores: Stores,
  organizationId: string,
  nameOrId: string,
): Promise<Runner> {
  const runner = await stores.runners.find(organizationId, nameOrId);
  if (runner === undefined) {
    throw new Failure("runner.not_found", "There is no such runner in the organization.");
  }
  return runner;
}
