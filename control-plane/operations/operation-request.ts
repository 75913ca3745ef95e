import { Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import {
  type Provider,
  ProviderSchema,
} from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import {
  type CatalogEntry,
  catalog,
  needsConnection,
} from "@holdfast/protocol/operations/catalog.ts";
import type { Connection } from "../connections/connection.ts";
import type { Runner } from "../runners/runner.ts";
import type { Stores } from "../stores.ts";
import type { OperationLimits } from "./operation-limits.ts";

/** What a caller asks for. */
export interface OperationRequest {
  /** Name in the catalog. */
  readonly kind: string;
  /** Name or id; empty if the kind needs none. */
  readonly connection: string;
  /** Name or id; only for kinds without a connection. */
  readonly runner: string;
  readonly input: Uint8Array;
  /** 0 means the default. */
  readonly deadlineMs: number;
  /** Whether to wait for a runner that is not connected; undefined if the request makes no sense. */
  readonly waits: boolean | undefined;
  /** Empty if the call is not to be repeated. */
  readonly idempotencyKey: string;
  /** 0 means the default. */
  readonly outputBytesMax: number;
}

/** A request whose fields are in order. */
export interface CheckedRequest extends OperationRequest {
  readonly entry: CatalogEntry;
  readonly waits: boolean;
}

interface Problem {
  readonly code: FailureCode;
  readonly field: string;
  readonly problem: string;
}

const idempotencyKeyPattern = /^[\x20-\x7e]{0,128}$/;

/**
 * Checks everything that needs no look at a store, and fills in the defaults.
 *
 * @throws {Failure} naming all problems at once: `operation.unknown_kind`, `request.too_large`, or
 *   `request.invalid` for the rest and for several of them.
 */
export function checkRequest(request: OperationRequest, limits: OperationLimits): CheckedRequest {
  const entry = catalog.get(request.kind);
  const problems = [
    ...(entry === undefined ? [unknownKind(request.kind)] : targetProblems(request, entry)),
    ...sizeProblems(request, limits),
    ...settingProblems(request),
  ];
  const { waits } = request;
  if (entry === undefined || waits === undefined || problems.length > 0) {
    throw failureOf(problems);
  }
  return {
    ...request,
    entry,
    waits,
    deadlineMs: request.deadlineMs || limits.deadlineMsDefault,
    outputBytesMax: request.outputBytesMax || limits.outputBytesDefault,
  };
}

/**
 * Finds the connection and the runner of a request, within its organization.
 *
 * @throws {Failure} `connection.not_found`, `connection.wrong_provider`, `runner.not_found`,
 *   `runner.disabled`.
 */
export async function findTarget(
  stores: Stores,
  organizationId: string,
  request: CheckedRequest,
): Promise<{ readonly connection: Connection | undefined; readonly runner: Runner }> {
  const connection = needsConnection(request.entry)
    ? await findConnection(stores, organizationId, request)
    : undefined;
  const runner = await stores.runners.find(organizationId, connection?.runnerId ?? request.runner);
  if (runner === undefined) {
    throw new Failure("runner.not_found", "There is no such runner in the organization.");
  }
  if (!runner.isEnabled) {
    throw new Failure("runner.disabled", `The runner ${runner.name} is disabled.`);
  }
  return { connection, runner };
}

async function findConnection(
  stores: Stores,
  organizationId: string,
  request: CheckedRequest,
): Promise<Connection> {
  const connection = await stores.connections.find(organizationId, request.connection);
  if (connection === undefined) {
    throw new Failure("connection.not_found", "There is no such connection in the organization.");
  }
  const { provider } = request.entry;
  if (connection.provider !== provider) {
    throw new Failure(
      "connection.wrong_provider",
      `Operations of the kind ${request.kind} need a connection to ${nameOf(provider)}; this one reaches ${nameOf(connection.provider)}.`,
      { fields: [{ field: "connection", problem: "reaches another provider" }] },
    );
  }
  return connection;
}

/** The schema's own word for a provider, for people. */
function nameOf(provider: Provider): string {
  return ProviderSchema.value[provider]?.localName ?? "another provider";
}

function unknownKind(kind: string): Problem {
  const problem = kind === "" ? "is missing" : "is not in the catalog of operations";
  return { code: "operation.unknown_kind", field: "kind", problem };
}

function targetProblems(request: OperationRequest, entry: CatalogEntry): readonly Problem[] {
  const needed = needsConnection(entry) ? "connection" : "runner";
  const refused = needsConnection(entry) ? "runner" : "connection";
  return [
    ...(request[needed] === "" ? [invalid(needed, `is needed for ${entry.kind}`)] : []),
    ...(request[refused] === "" ? [] : [invalid(refused, `is not allowed for ${entry.kind}`)]),
  ];
}

function sizeProblems(request: OperationRequest, limits: OperationLimits): readonly Problem[] {
  const { input, deadlineMs, outputBytesMax } = request;
  return [
    ...(input.length > limits.inputBytesMax
      ? [tooLarge(`is longer than ${limits.inputBytesMax} bytes`)]
      : []),
    ...(isWithin(deadlineMs, limits.deadlineMsMax)
      ? []
      : [invalid("deadline_ms", `must be 0 to ${limits.deadlineMsMax}`)]),
    ...(isWithin(outputBytesMax, limits.outputBytesMax)
      ? []
      : [invalid("output_bytes_max", `must be 0 to ${limits.outputBytesMax}`)]),
  ];
}

function settingProblems(request: OperationRequest): readonly Problem[] {
  return [
    ...(request.waits === undefined ? [invalid("when_disconnected", "must be fail or wait")] : []),
    ...(idempotencyKeyPattern.test(request.idempotencyKey)
      ? []
      : [invalid("idempotency_key", "must be at most 128 printable ASCII characters")]),
  ];
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function invalid(field: string, problem: string): Problem {
  return { code: "request.invalid", field, problem };
}

function tooLarge(problem: string): Problem {
  return { code: "request.too_large", field: "input", problem };
}

function failureOf(problems: readonly Problem[]): Failure {
  const [only] = problems;
  const fields = problems.map(({ field, problem }) => ({ field, problem }));
  return problems.length === 1 && only !== undefined
    ? new Failure(only.code, `The field ${only.field} ${only.problem}.`, { fields })
    : new Failure("request.invalid", "Several fields of the request are wrong.", { fields });
}
