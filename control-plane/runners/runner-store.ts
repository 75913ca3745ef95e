import type { Page, PageQuery } from "../page.ts";
import type { Runner, RunnerCredentials } from "./runner.ts";

/** Where runners are kept. */
export interface RunnerStore {
  /** @throws {Failure} `runner.exists` if the name is taken in the organization. */
  insert(runner: Runner): Promise<void>;
  /** By name or id, within one organization. */
  find(organizationId: string, nameOrId: string): Promise<Runner | undefined>;
  list(
    organizationId: string,
    query: PageQuery & { readonly namePrefix: string; readonly ids?: readonly string[] },
  ): Promise<Page<Runner>>;
  update(runner: Runner): Promise<void>;
  /** Deletes the runner with its credentials. @throws {Failure} `runner.in_use` if a connection names it. */
  delete(organizationId: string, id: string): Promise<void>;
  /** Accurate to a minute: callers do not call it more often for one runner. */
  touch(organizationId: string, id: string, atMs: number): Promise<void>;
}

/** Where the generations of credentials are kept. */
export interface RunnerCredentialsStore {
  insert(credentials: RunnerCredentials): Promise<void>;
  /** The next generation of a runner; locks the runner's row until the transaction ends. */
  nextGeneration(organizationId: string, runnerId: string): Promise<number>;
  findBySerial(certificateSerial: string): Promise<RunnerCredentials | undefined>;
  find(
    organizationId: string,
    runnerId: string,
    generation: number,
  ): Promise<RunnerCredentials | undefined>;
  /** The newest generation first; `after` is a generation. */
  list(
    organizationId: string,
    runnerId: string,
    query: PageQuery,
  ): Promise<Page<RunnerCredentials>>;
  /** All that are not revoked, of one runner. */
  listActive(organizationId: string, runnerId: string): Promise<readonly RunnerCredentials[]>;
  /** All not revoked whose overlap has ended, of all runners. */
  listOverdue(nowMs: number): Promise<readonly RunnerCredentials[]>;
  update(credentials: RunnerCredentials): Promise<void>;
}
