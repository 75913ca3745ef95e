import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
} from "@grpc/grpc-js";
import { assert, Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type { FailureStatus } from "@holdfast/protocol/grpc/failure-status.ts";
import { pathOf } from "@holdfast/protocol/grpc/service-definition.ts";
import { actorOf, type Caller } from "../access/caller.ts";
import { accessOf, type MethodAccess } from "../access/method-access.ts";
import { appendAudit } from "./append-audit.ts";
import { addressOf, type PresentedProof } from "./authentication.ts";
import { CallRecord } from "./call-record.ts";
import type { Handler } from "./handler.ts";
import type { PipelineDependencies } from "./pipeline.ts";

const defaultCallsPerMinuteMax = 6_000;

/** A proof that failed; a call without one, or one that is refused before it is looked at, says nothing. */
const unproved: ReadonlySet<string> = new Set<FailureCode>([
  "identity.api_key_malformed",
  "identity.api_key_unknown",
  "identity.api_key_expired",
  "identity.api_key_revoked",
  "identity.runner_key_without_certificate",
]);

/** A call whose caller is proved, and may call the method as often as it does. */
export interface IdentifiedCall {
  readonly caller: Caller;
  readonly record: CallRecord;
}

/**
 * Finds out who calls from the headers of a call, and only then lets its message be read: whoever proves nothing
 * cannot make us keep one.
 *
 * guarantee: until then no more of a message is taken than HTTP/2's window of its stream (RFC 9113, 5.2).
 */
export class CallIdentification {
  /** To be given to the server. */
  readonly interceptor: ServerInterceptor;
  readonly #deps: PipelineDependencies;
  /** By the object that grpc-js hands on from the headers to the handler. */
  readonly #calls = new WeakMap<Metadata, IdentifiedCall>();

  constructor(handlers: readonly Handler[], deps: PipelineDependencies) {
    this.#deps = deps;
    const rules = new Map(
      handlers.map(({ method }) => [pathOf(method), accessOf(method, deps.access.actions)]),
    );
    this.interceptor = ({ path }, call) => {
      const rule = rules.get(path);
      if (rule === undefined) {
        // Health, reflection and the tunnel: as they came, since a wrapper would cost every message of a tunnel.
        return call as ServerInterceptingCall;
      }
      const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, readOn) => {
        const proof = { metadata, getPeer: () => call.getPeer() };
        void this.#identify(proof, path, rule).then((refusal) => {
          if (refusal === undefined) {
            readOn(metadata);
          } else {
            call.sendStatus(refusal);
          }
        });
      });
      return new ServerInterceptingCall(call, { start: (next) => next(listener.build()) });
    };
  }

  /** What is known of a call that has come through. */
  of(metadata: Metadata): IdentifiedCall {
    const call = this.#calls.get(metadata);
    assert(call !== undefined, "no handler is reached by a call whose caller is not known");
    return call;
  }

  /** @returns how to end the call; undefined if it may go on. */
  async #identify(
    proof: PresentedProof,
    path: string,
    rule: MethodAccess,
  ): Promise<FailureStatus | undefined> {
    const record = new CallRecord(path, this.#deps);
    try {
      const caller = await this.#prove(proof);
      const actor = actorOf(caller);
      record.provedBy(actor);
      const perMinuteMax = rule.callsPerMinuteMax ?? defaultCallsPerMinuteMax;
      await this.#deps.limits.countCall(actor, path, perMinuteMax);
      this.#calls.set(proof.metadata, { caller, record });
      return undefined;
    } catch (error) {
      return record.failed(error);
    }
  }

  /** Who calls; a proof that fails is audited, for the installation, since nobody knows whose it is. */
  async #prove(proof: PresentedProof): Promise<Caller> {
    const { identify, limits } = this.#deps;
    try {
      return await identify(proof);
    } catch (error) {
      const isAudited =
        error instanceof Failure &&
        unproved.has(error.code) &&
        (await limits.countDenial("authentication"));
      if (isAudited) {
        await appendAudit(this.#deps, undefined, {
          actor: "anonymous",
          action: "authentication.refused",
          subject: addressOf(proof.getPeer()),
          detail: { code: error.code },
        });
      }
      throw error;
    }
  }
}
