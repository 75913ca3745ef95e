import { create } from "@bufbuild/protobuf";
import {
  type Reference,
  ReferenceSchema,
} from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { expect, test } from "vitest";
import { referencesOf } from "./reference-client.ts";

const { signal } = new AbortController();

interface Request {
  readonly operationId: string;
  readonly references: readonly Reference[];
}

/** A control plane that answers with the name of what was asked for, or with fewer values than asked. */
function clientOf(asked: Request[], missing = 0): ApiClient {
  const call = async (_method: unknown, request: Request): Promise<unknown> => {
    asked.push(request);
    const values = request.references.map(({ source }) => ({ value: `value of ${source.value}` }));
    return await Promise.resolve({ values: values.slice(missing) });
  };
  // Of a client only `call` is used.
  return { call } as unknown as ApiClient;
}

const secret = (value: string) => create(ReferenceSchema, { source: { case: "secret", value } });
const variable = (value: string) =>
  create(ReferenceSchema, { source: { case: "variable", value } });
const literal = (value: string) => create(ReferenceSchema, { source: { case: "literal", value } });

test("values come in the order of their references; literals never leave the runner", async () => {
  const asked: Request[] = [];
  const values = await referencesOf(clientOf(asked), "op_1").resolve(
    [literal("a"), secret("b"), literal("c"), variable("d")],
    signal,
  );
  expect(values.map(({ value, isSecret }) => [value.expose(), isSecret])).toEqual([
    ["a", false],
    ["value of b", true],
    ["c", false],
    ["value of d", false],
  ]);
  expect(asked.map(({ operationId, references }) => [operationId, references.length])).toEqual([
    ["op_1", 2],
  ]);
});

test("more references than one request takes are asked for in several", async () => {
  const asked: Request[] = [];
  const many = Array.from({ length: 250 }, (_, index) => secret(`s${index}`));
  const values = await referencesOf(clientOf(asked), "op_1").resolve(many, signal);
  expect(asked.map(({ references }) => references.length)).toEqual([100, 100, 50]);
  expect(values[249]?.value.expose()).toBe("value of s249");
});

test("nothing is asked for where nothing is referred to", async () => {
  const asked: Request[] = [];
  expect(await referencesOf(clientOf(asked), "op_1").resolve([literal("a")], signal)).toHaveLength(
    1,
  );
  expect(asked).toEqual([]);
});

test("an answer with too few values is refused, so that no value stands in the place of another", async () => {
  const resolving = referencesOf(clientOf([], 1), "op_1").resolve(
    [secret("a"), secret("b")],
    signal,
  );
  await expect(resolving).rejects.toMatchObject({ code: "protocol.violated" });
});
