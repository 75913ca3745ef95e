import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import { randomDigits } from "@holdfast/foundation/identifier.ts";
import {
  type Operation,
  OperationService,
  WhenDisconnected,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import {
  PulumiEventSchema,
  PulumiStackInputSchema,
  type PulumiSummary,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { failureFromMessage } from "@holdfast/protocol/operations/operation-failure.ts";
import type { Session } from "../api/session.ts";
import { follow } from "../operation/follow.ts";
import { makeSourceArchive } from "../operation/source-archive.ts";
import type { World } from "../world.ts";

const { method } = OperationService;

/** Names that the stack `local` gives. */
export interface Target {
  readonly runner: string;
  readonly stateConnection: string;
  readonly passphraseSecret: string;
}

const deadlineMs = 120_000;

/** Asks the runner what it is; waits for it to connect. */
export async function describeRunner(
  world: World,
  session: Session,
  runner: string,
): Promise<Operation> {
  return await run(world, session, { kind: "runner.describe", runner, input: new Uint8Array() });
}

/** Previews or updates the sample program through the tunnel; returns the summary at its end. */
export async function runSample(
  world: World,
  session: Session,
  kind: "pulumi.preview" | "pulumi.up",
  target: Target,
): Promise<PulumiSummary> {
  const archive = await makeSourceArchive(`${import.meta.dirname}/sample-program`);
  const input = create(PulumiStackInputSchema, {
    stack: "dev",
    source: { source: { case: "archive", value: archive } },
    configuration: {
      "sample:to": { source: { case: "literal", value: "world" } },
      // Any secret of the organization will do to show that values come by reference.
      "sample:password": { source: { case: "secret", value: target.passphraseSecret } },
    },
  });
  let summary: PulumiSummary | undefined;
  const request = {
    kind,
    connection: target.stateConnection,
    input: toBinary(PulumiStackInputSchema, input),
  };
  await run(world, session, request, (bytes) => {
    const { event } = fromBinary(PulumiEventSchema, bytes);
    summary = event.case === "summary" ? event.value : summary;
  });
  if (summary === undefined) {
    throw new Failure("operation.not_performed", `${kind} ended without a summary.`);
  }
  return summary;
}

interface Request {
  readonly kind: string;
  readonly runner?: string;
  readonly connection?: string;
  readonly input: Uint8Array;
}

async function run(
  world: World,
  session: Session,
  request: Request,
  onItem: (bytes: Uint8Array) => void = () => undefined,
): Promise<Operation> {
  const full = {
    ...request,
    organization: session.organization,
    deadlineMs,
    whenDisconnected: WhenDisconnected.WAIT,
    idempotencyKey: `dev-${randomDigits(22, world.random)}`,
  };
  const operation = await follow(
    world,
    session,
    {
      open: (signal) => session.stream(method.runOperation, full, signal),
      firstOffset: 0n,
      cancelsOnInterrupt: true,
    },
    {
      onOperation: () => undefined,
      onItem,
      onOutput: () => undefined,
      onNote: (line) => world.terminal.note(line),
    },
  );
  if (operation.failure !== undefined) {
    const { code, message } = failureFromMessage(operation.failure);
    throw new Failure(code, message);
  }
  return operation;
}
