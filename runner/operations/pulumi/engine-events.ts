import { z } from "zod";

const stateSchema = z.object({ outputs: z.record(z.string(), z.unknown()).nullish() });

const metadataSchema = z.object({
  op: z.string(),
  urn: z.string().default(""),
  type: z.string().default(""),
  new: stateSchema.nullish(),
  diffs: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
});

const stepSchema = z.object({ metadata: metadataSchema });

/**
 * What is read of the engine's events (sdk/go/common/apitype/events.go, EngineEvent): one JSON object a
 * line. Secrets stand in it as `[secret]` already, and values of properties are not taken over at all.
 */
const engineEventSchema = z.object({
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      prefix: z.string().optional(),
      message: z.string(),
      severity: z.string(),
    })
    .optional(),
  resourcePreEvent: stepSchema.optional(),
  resOutputsEvent: stepSchema.optional(),
  resOpFailedEvent: stepSchema.optional(),
  summaryEvent: z
    .object({
      durationSeconds: z.number().default(0),
      resourceChanges: z.record(z.string(), z.number()).nullish(),
    })
    .optional(),
});

export type EngineEvent = z.output<typeof engineEventSchema>;
export type StepMetadata = z.output<typeof metadataSchema>;

/** Reads one line; undefined for lines that say nothing that is passed on. */
export function readEngineEvent(line: string): EngineEvent | undefined {
  try {
    const read = engineEventSchema.safeParse(JSON.parse(line));
    return read.success ? read.data : undefined;
  } catch {
    // A line that was cut short, because the child was killed in the middle of it.
    return undefined;
  }
}

/** Type of the resource that stands for the stack itself; its outputs are the stack's. */
export const stackType = "pulumi:pulumi:Stack";

/** What marks a secret, and an unknown, in the engine's JSON (sdk/go/common/resource/sig). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknownMarks: ReadonlySet<unknown> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "[unknown]",
]);

/** The stack's outputs: those that may be shown, and the names of those that are secret. */
export interface StackOutputs {
  /** As JSON text. */
  readonly shown: Readonly<Record<string, string>>;
  readonly secret: readonly string[];
}

/** Sorts the outputs of the stack. One that holds a secret anywhere is secret as a whole. */
export function sortOutputs(outputs: Readonly<Record<string, unknown>>): StackOutputs {
  const entries = Object.entries(outputs);
  const secret = entries.filter(([, value]) => holds(value, isSecret)).map(([name]) => name);
  const shown = entries.filter(
    ([name, value]) => !secret.includes(name) && !holds(value, (part) => unknownMarks.has(part)),
  );
  return {
    shown: Object.fromEntries(shown.map(([name, value]) => [name, JSON.stringify(value)])),
    secret,
  };
}

function isSecret(value: unknown): boolean {
  return (
    value === "[secret]" ||
    (typeof value === "object" &&
      value !== null &&
      signatureKey in value &&
      value[signatureKey] === secretSignature)
  );
}

function holds(value: unknown, matches: (part: unknown) => boolean): boolean {
  if (matches(value)) {
    return true;
  }
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((part) => holds(part, matches))
  );
}
