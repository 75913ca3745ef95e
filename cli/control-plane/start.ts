import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandCall } from "../command.ts";

/** Program of the control plane. The command line never imports it: it becomes it. */
const programUrl = import.meta.resolve("@holdfast/control-plane/main.ts");

/** `holdfast control-plane start`: this process becomes the control plane. */
export async function startControlPlane({ options, world }: CommandCall): Promise<never> {
  const folder = options.text("data-dir");
  const given = {
    HOLDFAST_DATA_DIRECTORY: folder === undefined ? undefined : resolve(world.folder, folder),
    HOLDFAST_LISTEN_HOST: options.text("listen-host"),
    HOLDFAST_TUNNEL_PORT: options.text("tunnel-port"),
    HOLDFAST_API_PORT: options.text("api-port"),
    HOLDFAST_LOG_LEVEL: options.text("log-level"),
  };
  const settings = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return world.become([fileURLToPath(programUrl)], settings);
}
