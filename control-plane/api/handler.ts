import type {
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { assert } from "@holdfast/foundation/failure.ts";
import type { Caller } from "../access/caller.ts";
import type { Organization } from "../organizations/organization.ts";

/** What the pipeline has established before a handler runs: identity, permission, organization. */
export interface CallContext {
  /** Proved and permitted. */
  readonly caller: Caller;
  /** Set for methods of the scope `organization`: the one that the request names, permitted. */
  readonly organization: Organization | undefined;
  /** Aborts when the caller goes away or the deadline passes. */
  readonly signal: AbortSignal;
  /** Finds the call in the log. */
  readonly correlationId: string;
}

/** The organization of a call; only for methods of the scope `organization`. */
export function organizationOf(context: CallContext): Organization {
  const { organization } = context;
  assert(organization !== undefined, "a method of the scope `organization` has an organization");
  return organization;
}

/** One served method and what answers it. */
export interface Handler {
  readonly method: DescMethod;
  readonly unary?: (request: never, context: CallContext) => Promise<object>;
  readonly stream?: (request: never, context: CallContext) => AsyncIterable<object>;
}

/** Pairs a unary method with its answer; the types come from the schema. */
export function unary<I extends DescMethodUnary["input"], O extends DescMethodUnary["output"]>(
  method: DescMethodUnary<I, O>,
  answer: (request: MessageShape<I>, context: CallContext) => Promise<MessageInitShape<O>>,
): Handler {
  return { method, unary: answer };
}

/** Pairs a server-streaming method with its answer; the types come from the schema. */
export function serverStream<
  I extends DescMethodServerStreaming["input"],
  O extends DescMethodServerStreaming["output"],
>(
  method: DescMethodServerStreaming<I, O>,
  answer: (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageInitShape<O>>,
): Handler {
  return { method, stream: answer };
}
