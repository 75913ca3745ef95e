import { settingsReference } from "@holdfast/control-plane/settings.ts";
import { page, table } from "./markdown.ts";

/** docs/reference/control-plane-settings.md: every setting of the control plane. */
export function controlPlaneSettingsPage(): string {
  return page(
    "Settings of the control plane",
    "Read from the environment. A name that begins with `HOLDFAST_` and is not here is refused.",
    table(
      ["setting", "default", "meaning"],
      settingsReference.map(({ name, meaning, fallback }) => [
        `\`${name}\``,
        fallback === "" ? "" : `\`${fallback}\``,
        meaning,
      ]),
    ),
  );
}
