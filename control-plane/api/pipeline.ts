import type { EventEmitter } from "node:events";
import { create, type Message } from "@bufbuild/protobuf";
import type {
  handleUnaryCall,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedHandleCall,
} from "@grpc/grpc-js";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { assert, Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import type { FailureStatus } from "@holdfast/protocol/grpc/failure-status.ts";
import { pathOf } from "@holdfast/protocol/grpc/service-definition.ts";
import type { Access } from "../access/access.ts";
import { actorOf, type Caller } from "../access/caller.ts";
import { accessOf, type MethodAccess } from "../access/method-access.ts";
import type { Organization } from "../organizations/organization.ts";
import type { Storage } from "../stores.ts";
import { appendAudit } from "./append-audit.ts";
import type { PresentedProof } from "./authentication.ts";
import type { CallIdentification } from "./call-identification.ts";
import type { CallLimits } from "./call-limits.ts";
import type { CallContext, Handler } from "./handler.ts";
import { refuseNulCharacters } from "./refuse-nul-characters.ts";

/** What a unary call may take whose caller sets no deadline; streams go on for as long as they are read. */
const unaryMsMax = 120_000;

/** A call of grpc-js, of either kind that we serve. */
export type ServedCall = ServerUnaryCall<object, object> | ServerWritableStream<object, object>;

/** What the pipeline needs. */
export interface PipelineDependencies {
  readonly storage: Storage;
  readonly access: Access;
  readonly limits: CallLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The kind of caller that this listener serves, and how it proves itself. */
  readonly callerKind: MethodAccess["caller"];
  /** @throws {Failure} `identity.*` or `certificate.*` */
  identify(proof: PresentedProof): Promise<Caller>;
}

/**
 * Turns a handler into what grpc-js serves: organization, access, answer, log. Identity and limits come before, in
 * `identification`.
 */
export function serve(
  handler: Handler,
  deps: PipelineDependencies,
  identification: CallIdentification,
): UntypedHandleCall {
  const rule = accessOf(handler.method, deps.access.actions);
  assert(
    rule.caller === deps.callerKind,
    `${pathOf(handler.method)} is served on the right listener`,
  );
  const { unary, stream } = handler;
  if (unary !== undefined) {
    const answer: handleUnaryCall<object, object> = (call, callback) => {
      void run(call, { rule, handler, deps, identification }, async (context) => {
        const response = await withinDeadline(
          deps.clock,
          context,
          async (limited) => await unary(call.request as never, limited),
        );
        callback(null, create(handler.method.output, response as never));
      }).then((failure) => {
        if (failure !== undefined) {
          callback(failure);
        }
      });
    };
    return answer;
  }
  assert(stream !== undefined, `${pathOf(handler.method)} has an answer`);
  return (call: ServerWritableStream<object, object>) => {
    void run(call, { rule, handler, deps, identification }, async (context) => {
      for await (const message of stream(call.request as never, context)) {
        await write(call, create(handler.method.output, message as never), context.signal);
      }
      call.end();
    }).then((failure) => {
      if (failure !== undefined) {
        call.emit("error", failure);
      }
    });
  };
}

/** The answer of a unary call, or a failure as soon as it has taken as long as a call may. */
async function withinDeadline<Answer>(
  clock: Clock,
  context: CallContext,
  answer: (limited: CallContext) => Promise<Answer>,
): Promise<Answer> {
  const answered = new AbortController();
  const late = new AbortController();
  const overdue = new Failure("request.deadline", "The call took too long.");
  const deadline = clock.wait(unaryMsMax, answered.signal).then((): never => {
    late.abort(overdue);
    throw overdue;
  });
  // Answered in time: nobody waits for it any more.
  deadline.catch(() => undefined);
  try {
    const signal = AbortSignal.any([context.signal, late.signal]);
    return await Promise.race([answer({ ...context, signal }), deadline]);
  } finally {
    answered.abort();
  }
}

/** Writes one message and waits until the transport takes more, or the caller is gone. */
async function write(
  call: ServerWritableStream<object, object>,
  message: object,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (call.write(message)) {
    return;
  }
  // After the loss of a peer `drain` never comes, so the end of the call is waited for as well.
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason as Error);
  call.once("drain", resolve);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await promise;
  } finally {
    call.off("drain", resolve);
    signal.removeEventListener("abort", abort);
  }
}

interface Served {
  readonly rule: MethodAccess;
  readonly handler: Handler;
  readonly deps: PipelineDependencies;
  readonly identification: CallIdentification;
}

/** Runs a call; the status to end it with if it failed. */
async function run(
  call: ServedCall,
  served: Served,
  answer: (context: CallContext) => Promise<void>,
): Promise<FailureStatus | undefined> {
  const { caller, record } = served.identification.of(call.metadata);
  const aborted = new AbortController();
  // The two kinds of call declare `on` differently, though both are event emitters.
  const emitter: EventEmitter = call;
  emitter.on("cancelled", () => {
    aborted.abort(new Failure("request.canceled", "The caller has gone away."));
  });
  try {
    const base = { signal: aborted.signal, correlationId: record.correlationId, caller };
    await answer(await admit(call, served, base));
    record.answered();
    return undefined;
  } catch (error) {
    return record.failed(error);
  }
}

/** Everything that must hold of an identified call before its handler runs. */
async function admit(
  call: ServedCall,
  served: Served,
  base: Omit<CallContext, "organization">,
): Promise<CallContext> {
  const { deps, rule, handler } = served;
  const { caller } = base;
  refuseNulCharacters(handler.method.input, call.request as Message);
  if (rule.scope === "organization") {
    const organization = await visibleOrganization(call, caller, deps);
    await permit(caller, rule, organization.id, deps);
    return { ...base, organization };
  }
  if (rule.scope === "platform") {
    await permit(caller, rule, undefined, deps);
  } else if (caller.kind === "runner") {
    await permit(caller, rule, caller.organizationId, deps);
  }
  return { ...base, organization: undefined };
}

/**
 * The organization that a request names, if the caller may see it. One that it may not see does not
 * exist for it: the answer is the same.
 */
async function visibleOrganization(
  call: ServedCall,
  caller: Caller,
  deps: PipelineDependencies,
): Promise<Organization> {
  const named: unknown = Reflect.get(call.request, "organization");
  const ofCaller = caller.kind === "anonymous" ? undefined : caller.organizationId;
  const wanted = typeof named === "string" && named !== "" ? named : (ofCaller ?? "");
  if (wanted === "") {
    throw new Failure(
      "request.invalid",
      "The request does not say which organization it is about.",
      {
        fields: [{ field: "organization", problem: "must be the name or id of an organization" }],
      },
    );
  }
  const organization = await deps.storage.read.organizations.find(wanted);
  if (
    organization === undefined ||
    !deps.access.check(caller, "viewOrganization", organization.id).isAllowed
  ) {
    throw new Failure("organization.not_found", "There is no such organization.");
  }
  return organization;
}

async function permit(
  caller: Caller,
  rule: MethodAccess,
  organizationId: string | undefined,
  deps: PipelineDependencies,
): Promise<void> {
  const verdict = deps.access.check(caller, rule.action, organizationId);
  if (verdict.isAllowed) {
    return;
  }
  if (await deps.limits.countDenial(actorOf(caller))) {
    await auditDenial(caller, rule, organizationId, deps);
  }
  throw new Failure("access.denied", `The caller lacks the permission \`${rule.action}\`.`);
}

async function auditDenial(
  caller: Caller,
  rule: MethodAccess,
  organizationId: string | undefined,
  deps: PipelineDependencies,
): Promise<void> {
  await appendAudit(deps, organizationId, {
    actor: actorOf(caller),
    action: "access.denied",
    subject: organizationId ?? "platform",
    detail: { action: rule.action },
  });
}
