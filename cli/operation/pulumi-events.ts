import type {
  PulumiDiagnostic,
  PulumiEvent,
  PulumiResourceStep,
  PulumiSummary,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { printable } from "../output/table.ts";
import type { ShownItem } from "./showing.ts";

const signs: Readonly<Record<string, string>> = {
  create: "+",
  update: "~",
  delete: "-",
  replace: "±",
  "create-replacement": "±",
  "delete-replaced": "±",
  same: " ",
  read: ">",
  refresh: "~",
  import: "=",
};

/** An event of a Pulumi update as lines for eyes; what is only planned is a line of a preview alone. */
export function formatPulumiEvent(kind: string, { event }: PulumiEvent): ShownItem {
  switch (event.case) {
    case "diagnostic":
      return { text: diagnosticText(event.value), progress: kind };
    case "resourcePlanned": {
      const line = stepText(event.value, "");
      return kind === "pulumi.preview"
        ? { text: line, progress: kind }
        : { text: "", progress: line.trim() };
    }
    case "resourceDone":
      return { text: stepText(event.value, ""), progress: kind };
    case "resourceFailed":
      return { text: stepText(event.value, " FAILED"), progress: kind };
    case "summary":
      return { text: summaryText(event.value), progress: kind };
    default:
      return { text: "", progress: kind };
  }
}

function stepText(step: PulumiResourceStep, suffix: string): string {
  const sign = signs[step.step] ?? "?";
  const changed =
    step.changedProperties.length === 0 ? "" : ` [${step.changedProperties.join(", ")}]`;
  return `${sign} ${printable(step.step.padEnd(8))} ${printable(step.type)} ${printable(nameOf(step.urn))}${printable(changed)}${suffix}\n`;
}

/** Messages of programs have lines of their own; the engine has masked what is secret. */
function diagnosticText({ severity, urn, message }: PulumiDiagnostic): string {
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const about = urn === "" ? "" : ` (${printable(nameOf(urn))})`;
  return lines.map((line) => `  ${severity}${about}: ${printable(line)}\n`).join("");
}

function summaryText({ changes, durationSeconds, outputs, secretOutputs }: PulumiSummary): string {
  const parts = Object.entries(changes).map(([step, count]) => `${count} ${step}`);
  const lines = [
    `resources: ${parts.length === 0 ? "none" : parts.join(", ")} (${durationSeconds} s)`,
    ...Object.entries(outputs).map(([name, json]) => `output ${name}: ${json}`),
    ...secretOutputs.map((name) => `output ${name}: [secret]`),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

/** The name at the end of a URN: `urn:pulumi:dev::project::type::name`. */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::") || urn;
}
