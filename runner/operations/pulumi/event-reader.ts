import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  PulumiEventSchema,
  PulumiResourceStepSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import {
  type EngineEvent,
  readEngineEvent,
  type StackOutputs,
  type StepMetadata,
  sortOutputs,
  stackType,
} from "./engine-events.ts";
import type { Masker } from "./masker.ts";

/** One event as it leaves the runner. */
export type StackEvent = MessageInitShape<typeof PulumiEventSchema>;

type StackEventKind = NonNullable<StackEvent["event"]>;

/** Longest message that is passed on, in characters. */
const messageLengthMax = 16 * 1024;

/** How much of the errors is kept for the failure's own message, in characters. */
const errorLengthMax = 2_000;

/**
 * Turns the engine's lines into typed events, with secrets masked. Steps that change nothing (`same`)
 * and messages for developers of the engine (`debug`) are left out; the summary counts the former.
 */
export class EventReader {
  readonly #masker: Masker;
  readonly #isPreview: boolean;
  #sequence = 0;
  #summary: EngineEvent["summaryEvent"];
  #outputs: StackOutputs = { shown: {}, secret: [] };
  #errors = "";

  constructor(masker: Masker, isPreview: boolean) {
    this.#masker = masker;
    this.#isPreview = isPreview;
  }

  /** What the engine called errors, masked. */
  get errors(): string {
    return this.#errors;
  }

  /** Whether something changed or would change. */
  get hasChanges(): boolean {
    return Object.entries(this.#summary?.resourceChanges ?? {}).some(
      ([step, count]) => count > 0 && !["same", "read", "refresh"].includes(step),
    );
  }

  /** The event of one line; undefined for what is not passed on. */
  read(line: string): StackEvent | undefined {
    const event = readEngineEvent(line);
    const kind = event === undefined ? undefined : this.#kindOf(event);
    return kind === undefined ? undefined : this.#numbered(kind);
  }

  /** The last event; undefined if the engine never came to a summary. */
  summary(): StackEvent | undefined {
    if (this.#summary === undefined) {
      return undefined;
    }
    const { durationSeconds, resourceChanges } = this.#summary;
    const { shown, secret } = this.#outputs;
    const masked = Object.entries(shown).map(([name, text]) => [name, this.#masker.mask(text)]);
    return this.#numbered({
      case: "summary",
      value: {
        changes: { ...resourceChanges },
        durationSeconds,
        outputs: Object.fromEntries(masked) as Record<string, string>,
        secretOutputs: [...secret],
      },
    });
  }

  #numbered(event: StackEventKind): StackEvent {
    this.#sequence += 1;
    return { sequence: this.#sequence, event };
  }

  #kindOf(event: EngineEvent): StackEventKind | undefined {
    if (event.diagnosticEvent !== undefined) {
      return this.#diagnostic(event.diagnosticEvent);
    }
    if (event.resourcePreEvent !== undefined) {
      return stepKind("resourcePlanned", event.resourcePreEvent.metadata);
    }
    if (event.resOpFailedEvent !== undefined) {
      return stepKind("resourceFailed", event.resOpFailedEvent.metadata);
    }
    if (event.resOutputsEvent !== undefined) {
      return this.#done(event.resOutputsEvent.metadata);
    }
    this.#summary = event.summaryEvent ?? this.#summary;
    return undefined;
  }

  #done(metadata: StepMetadata): StackEventKind | undefined {
    if (metadata.type === stackType && metadata.op !== "delete") {
      this.#outputs = sortOutputs(metadata.new?.outputs ?? {});
    }
    // In a preview nothing is done: the engine says what it thinks will come out.
    return this.#isPreview ? undefined : stepKind("resourceDone", metadata);
  }

  #diagnostic(event: NonNullable<EngineEvent["diagnosticEvent"]>): StackEventKind | undefined {
    if (event.severity === "debug") {
      return undefined;
    }
    const message = this.#masker.mask(event.message).trimEnd().slice(0, messageLengthMax);
    if (message === "") {
      return undefined;
    }
    const severity = event.severity.startsWith("info") ? "info" : event.severity;
    if (severity === "error") {
      this.#errors = `${this.#errors}${message}\n`.slice(0, errorLengthMax);
    }
    return { case: "diagnostic", value: { severity, urn: event.urn ?? "", message } };
  }
}

function stepKind(
  name: "resourcePlanned" | "resourceDone" | "resourceFailed",
  metadata: StepMetadata,
): StackEventKind | undefined {
  if (metadata.op === "same") {
    return undefined;
  }
  const value: MessageInitShape<typeof PulumiResourceStepSchema> = {
    step: metadata.op,
    urn: metadata.urn,
    type: metadata.type,
    changedProperties: Object.keys(metadata.detailedDiff ?? {}).concat(
      metadata.detailedDiff === undefined || metadata.detailedDiff === null
        ? (metadata.diffs ?? [])
        : [],
    ),
  };
  return { case: name, value };
}
