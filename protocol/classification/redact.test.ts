import { create, type DescMessage } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { expect, test } from "vitest";
import { protocolFiles } from "../files.ts";
import { CreateConnectionRequestSchema } from "../generated/holdfast/v1/connection_pb.ts";
import { ResolveReferencesResponseSchema } from "../generated/holdfast/v1/identity_pb.ts";
import { CreateSecretRequestSchema } from "../generated/holdfast/v1/secret_pb.ts";
import { BatchSchema } from "../generated/holdfast/v1/tunnel_pb.ts";
import { isSecret, redact } from "./redact.ts";

const canary = "canary-5521";

test("a field that is marked is masked, and the others are shown", () => {
  const request = create(CreateSecretRequestSchema, { name: "database", value: canary });
  expect(redact(CreateSecretRequestSchema, request)).toEqual({
    name: "database",
    value: "[secret]",
  });
});

test("a field that is marked is masked in messages, lists and oneofs however deep", () => {
  const connection = create(CreateConnectionRequestSchema, {
    inlineCredentials: { document: canary },
  });
  const resolved = create(ResolveReferencesResponseSchema, { values: [{ value: canary }] });
  const batch = create(BatchSchema, {
    frames: [{ kind: { case: "authenticate", value: { apiKey: canary } } }],
  });
  const shown = [
    redact(CreateConnectionRequestSchema, connection),
    redact(ResolveReferencesResponseSchema, resolved),
    redact(BatchSchema, batch),
  ];
  expect(JSON.stringify(shown)).not.toContain(canary);
});

test("no message shows what was written into a field that is marked", () => {
  for (const message of protocolFiles.flatMap((file) => file.messages)) {
    const filled = fill(message);
    if (filled !== undefined) {
      const shown = JSON.stringify(redact(message, filled));
      expect(shown, message.typeName).not.toContain(canary);
      expect(shown, message.typeName).not.toContain(Buffer.from(canary).toString("base64"));
    }
  }
});

/** A message with the canary in every marked field of its own; undefined if it has none. */
function fill(schema: DescMessage) {
  const marked = schema.fields.filter((field) => isSecret(field) && field.fieldKind === "scalar");
  if (marked.length === 0) {
    return undefined;
  }
  const message = reflect(schema, create(schema));
  for (const field of marked) {
    message.set(field, canaryFor(message.get(field)));
  }
  return message.message;
}

function canaryFor(present: unknown): string | Uint8Array {
  return present instanceof Uint8Array ? new TextEncoder().encode(canary) : canary;
}
