import { create } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import { CreateConnectionRequestSchema } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { CreateSecretRequestSchema } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import { expect, test } from "vitest";
import { refuseNulCharacters } from "./refuse-nul-characters.ts";

test("a text with a NUL is refused wherever it stands, and the field is named", () => {
  const request = create(CreateConnectionRequestSchema, {
    name: "a\u0000b",
    settings: {
      aws: { region: "eu\u0000" },
      pulumi: { environment: { FINE: {}, "NOT\u0000FINE": {} } },
    },
  });
  let thrown: unknown;
  try {
    refuseNulCharacters(CreateConnectionRequestSchema, request);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Failure);
  expect((thrown as Failure).code).toBe("request.invalid");
  expect((thrown as Failure).fields.map(({ field }) => field)).toEqual([
    "name",
    "settings.aws.region",
    "settings.pulumi.environment",
  ]);
});

test("a text without one passes, and so does a secret, which is stored encrypted", () => {
  const request = create(CreateSecretRequestSchema, { name: "database", value: "a\u0000b" });
  expect(() => refuseNulCharacters(CreateSecretRequestSchema, request)).not.toThrow();
});
