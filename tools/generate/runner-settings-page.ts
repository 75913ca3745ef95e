import { settingsReference } from "@holdfast/runner/settings.ts";
import { page, table } from "./markdown.ts";

/** docs/reference/runner-settings.md: every setting of the runner. */
export function runnerSettingsPage(): string {
  return page(
    "Settings of the runner",
    "Read from the environment. A name that begins with `HOLDFAST_` and is not here is refused.",
    table(
      ["setting", "meaning"],
      settingsReference.map(({ name, meaning }) => [`\`${name}\``, meaning]),
    ),
  );
}
