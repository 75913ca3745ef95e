import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import type { AutomationEvent } from "./contract.ts";

/** What the engine says, as far as a caller wants to know. The engine has masked
 * secrets already, but for those in debug lines, which are left out. */
export function toAutomationEvents(event: EngineEvent): readonly AutomationEvent[] {
  const { diagnosticEvent, resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event;
  if (diagnosticEvent !== undefined) {
    const { severity, message, urn }: { severity: string; message: string; urn?: string } =
      diagnosticEvent;
    if (diagnosticEvent.ephemeral === true || severity === "debug") {
      // The SDK's own debug lines quote outputs, secret ones too: they are for nobody.
      return [];
    }
    return [
      {
        event: "diagnostic",
        severity: severityOf(severity),
        message: plainText(message),
        ...(urn === undefined || urn === "" ? {} : { urn }),
      },
    ];
  }
  if (resourcePreEvent !== undefined) {
    return [resource("begins", resourcePreEvent.metadata)];
  }
  if (resOutputsEvent !== undefined) {
    return [resource("done", resOutputsEvent.metadata)];
  }
  return resOpFailedEvent === undefined ? [] : [resource("failed", resOpFailedEvent.metadata)];
}

function resource(
  phase: "begins" | "done" | "failed",
  { op, urn, type }: { readonly op: string; readonly urn: string; readonly type: string },
): AutomationEvent {
  return { event: "resource", phase, step: op, type, urn, name: urn.split("::").at(-1) ?? urn };
}

const severities = ["debug", "info", "info#err", "warning", "error"] as const;

function severityOf(severity: string): (typeof severities)[number] {
  return severities.find((each) => each === severity) ?? "info";
}

/** The engine writes colors as marks such as `<{%reset%}>`. */
function plainText(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}
