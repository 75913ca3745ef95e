import { credentialsFileSchema } from "@holdfast/protocol/identity/credentials-file.ts";
import { z } from "zod";

/** docs/reference/credentials-file.schema.json: the shape of the credentials file as JSON Schema. */
export function credentialsFileSchemaJson(): string {
  const schema = z.toJSONSchema(credentialsFileSchema, { io: "input" });
  return `${JSON.stringify({ title: "Holdfast runner credentials file", ...schema }, null, 2)}\n`;
}
