import { failureCatalog } from "@holdfast/foundation/failure-catalog.ts";
import { page, table } from "./markdown.ts";

/** docs/reference/failures.md: every failure code, what it is and what to do. */
export function failuresPage(): string {
  const rows = Object.entries(failureCatalog).map(([code, rule]) => [
    `\`${code}\``,
    rule.kind,
    rule.mender,
    rule.next,
  ]);
  return page(
    "Failures",
    "Every failure carries one of these codes. A code is stable and never reused for another meaning. *Mender* is who can mend it.",
    table(["code", "kind", "mender", "what to do"], rows),
  );
}
