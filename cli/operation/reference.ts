import type { MessageInitShape } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { ReferenceSchema } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";

type Reference = MessageInitShape<typeof ReferenceSchema>;

/**
 * A reference as it is written on the command line: `secret:NAME`, `secret:NAME@VERSION`,
 * `variable:NAME`, `literal:TEXT`, or plain text, which is a literal.
 *
 * @param name what is read, for the message.
 * @throws {Failure} `cli.usage` if a name is missing or a version is no number.
 */
export function parseReference(text: string, name: string): Reference {
  const [, kind, rest = ""] = /^(secret|variable|literal):(.*)$/s.exec(text) ?? [];
  if (kind === undefined) {
    return { source: { case: "literal", value: text } };
  }
  if (kind === "literal") {
    return { source: { case: "literal", value: rest } };
  }
  const [, value = "", version = "0"] = /^([^@]+)(?:@(\d{1,9}))?$/.exec(rest) ?? [];
  if (value === "") {
    throw new Failure(
      "cli.usage",
      `A reference of ${name} reads ${kind}:NAME or ${kind}:NAME@VERSION.`,
    );
  }
  return {
    source: kind === "secret" ? { case: "secret", value } : { case: "variable", value },
    version: Number(version),
  };
}

/**
 * Values of a repeatable option `key=value`, in order; a value may contain `=`.
 *
 * @throws {Failure} `cli.usage` if one has no `=` or no key.
 */
export function parseAssignments(
  texts: readonly string[],
  name: string,
): readonly (readonly [string, string])[] {
  return texts.map((text) => {
    const split = text.indexOf("=");
    if (split < 1) {
      throw new Failure("cli.usage", `The option ${name} takes key=value.`);
    }
    return [text.slice(0, split), text.slice(split + 1)] as const;
  });
}
