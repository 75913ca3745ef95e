import { Secret } from "@holdfast/foundation/secret.ts";
import { expect, test } from "vitest";
import { EventReader, type StackEvent } from "./event-reader.ts";
import { Masker } from "./masker.ts";

const urn = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev";
const secretValue = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext: "[secret]",
};

/** Lines as Pulumi 3.274.1 writes them, shortened. */
const lines: readonly object[] = [
  { sequence: 0, diagnosticEvent: { prefix: "debug: ", message: "noise\n", severity: "debug" } },
  { sequence: 1, preludeEvent: { config: { "demo:token": "[secret]" } } },
  {
    sequence: 2,
    resourcePreEvent: {
      metadata: {
        op: "update",
        urn: "urn:a",
        type: "a:b:C",
        detailedDiff: { "spec.image": { diffKind: "update" } },
      },
    },
  },
  { sequence: 3, resourcePreEvent: { metadata: { op: "same", urn: "urn:b", type: "a:b:C" } } },
  {
    sequence: 4,
    diagnosticEvent: { urn, message: "it says canary-value\n", severity: "info#err" },
  },
  {
    sequence: 5,
    resOutputsEvent: { metadata: { op: "update", urn: "urn:a", type: "a:b:C", diffs: ["spec"] } },
  },
  {
    sequence: 6,
    resOpFailedEvent: { metadata: { op: "create", urn: "urn:c", type: "a:b:C" }, status: 1 },
  },
  {
    sequence: 7,
    resOutputsEvent: {
      metadata: {
        op: "same",
        urn,
        type: "pulumi:pulumi:Stack",
        new: {
          outputs: {
            shown: { a: 1 },
            leaked: "it is canary-value",
            hidden: secretValue,
            nested: { deep: [secretValue] },
            unknown: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
          },
        },
      },
    },
  },
  { sequence: 8, summaryEvent: { durationSeconds: 2, resourceChanges: { update: 1, same: 3 } } },
  { sequence: 9, cancelEvent: {} },
];

function read(isPreview: boolean): { reader: EventReader; events: readonly StackEvent[] } {
  const reader = new EventReader(new Masker([new Secret("canary-value")]), isPreview);
  const events = lines.flatMap((line) => reader.read(JSON.stringify(line)) ?? []);
  return { reader, events };
}

test("the engine's events become typed ones, numbered from 1, without steps that change nothing", () => {
  const { events } = read(false);
  expect(events).toEqual([
    {
      sequence: 1,
      event: {
        case: "resourcePlanned",
        value: { step: "update", urn: "urn:a", type: "a:b:C", changedProperties: ["spec.image"] },
      },
    },
    {
      sequence: 2,
      event: { case: "diagnostic", value: { severity: "info", urn, message: "it says [secret]" } },
    },
    {
      sequence: 3,
      event: {
        case: "resourceDone",
        value: { step: "update", urn: "urn:a", type: "a:b:C", changedProperties: ["spec"] },
      },
    },
    {
      sequence: 4,
      event: {
        case: "resourceFailed",
        value: { step: "create", urn: "urn:c", type: "a:b:C", changedProperties: [] },
      },
    },
  ]);
});

test("the summary has the outputs that are no secrets, and the names of those that are", () => {
  const { reader } = read(false);
  expect(reader.summary()).toEqual({
    sequence: 5,
    event: {
      case: "summary",
      value: {
        changes: { update: 1, same: 3 },
        durationSeconds: 2,
        outputs: { shown: '{"a":1}', leaked: '"it is [secret]"' },
        secretOutputs: ["hidden", "nested"],
      },
    },
  });
  expect(reader.hasChanges).toBe(true);
});

test("a preview says what is planned, and never that something was done", () => {
  const kinds = read(true).events.map(({ event }) => event?.case);
  expect(kinds).toEqual(["resourcePlanned", "diagnostic", "resourceFailed"]);
});

test("errors are kept for the failure, bounded and masked", () => {
  const reader = new EventReader(new Masker([new Secret("canary-value")]), false);
  for (let index = 0; index < 100; index += 1) {
    const message = `canary-value is wrong ${index}\n`;
    reader.read(JSON.stringify({ diagnosticEvent: { message, severity: "error" } }));
  }
  expect(reader.errors).not.toContain("canary");
  expect(reader.errors.startsWith("[secret] is wrong 0\n")).toBe(true);
  expect(reader.errors.length).toBe(2_000);
});

test("a line that was cut short, and an update that never came to a summary, are no errors", () => {
  const reader = new EventReader(new Masker([]), false);
  expect(reader.read('{"diagnosticEvent":{"mess')).toBeUndefined();
  expect(reader.summary()).toBeUndefined();
  expect(reader.hasChanges).toBe(false);
});
