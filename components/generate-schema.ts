import { packageSchema } from "./provider/schema.ts";

/** The text of components/schema.json: the package schema of Pulumi, in two spaces. */
export function generateSchema(): string {
  return `${JSON.stringify(packageSchema(), null, 2)}\n`;
}

if (import.meta.main) {
  process.stdout.write(generateSchema());
}
