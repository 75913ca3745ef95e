import { type DescMethod, getOption } from "@bufbuild/protobuf";
import { isSecret } from "@holdfast/protocol/classification/redact.ts";
import { protocolFiles } from "@holdfast/protocol/files.ts";
import { access, Caller, Scope } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { expect, test } from "vitest";
import { filesOf } from "./repository.ts";

const operations = new Set<DescMethod>([...catalog.values()].map(({ method }) => method));
const methods = protocolFiles
  .flatMap((file) => file.services)
  .flatMap((service) => service.methods);

test("every file of the protocol is listed", () => {
  const present = filesOf(/^protocol\/proto\/.*\.proto$/).map(({ path }) =>
    path.replace("protocol/proto/", ""),
  );
  expect(protocolFiles.map((file) => `${file.name}.proto`).sort()).toEqual(present.sort());
});

test("every method says in the schema who may call it, what for and what it is judged on", () => {
  for (const method of methods.filter((each) => !operations.has(each))) {
    const rule = getOption(method, access);
    expect(rule.caller, method.name).not.toBe(Caller.UNSPECIFIED);
    expect(rule.scope, method.name).not.toBe(Scope.UNSPECIFIED);
    expect(rule.action, method.name).toMatch(/^[a-z][A-Za-z]+$/);
  }
});

test("every request that is judged on an organization names it in its first field", () => {
  for (const method of methods.filter(
    (each) => getOption(each, access).scope === Scope.ORGANIZATION,
  )) {
    expect(method.input.fields[0]?.name, method.name).toBe("organization");
  }
});

test("every method that changes something is audited", () => {
  const changes =
    /^(Create|Update|Delete|Generate|Regenerate|Revoke|Add|Destroy|Rotate|Run|Cancel|Access|Resolve)/;
  for (const method of methods.filter((each) => !operations.has(each) && changes.test(each.name))) {
    expect(getOption(method, access).audited, method.name).toBe(true);
  }
});

test("every field whose name says that it can carry a secret is marked, or is listed with the reason", () => {
  const suspicious =
    /secret|password|passphrase|token|private|credential|api_key|value|document|input$|output$|chunk|item$/;
  const harmless: Readonly<Record<string, string>> = {
    "RunnerDescribeOutput.credentials_generation": "a number",
    "PageRequest.token": "a sort key",
    "PageResponse.next_token": "a sort key",
    "Reference.secret": "the name of a secret",
    "PulumiGitSource.password": "a reference to a secret",
    "PulumiConnectionSettings.passphrase": "a reference to a secret",
    "Open.sealed_credentials": "encrypted for the runner",
    "Variable.value": "a variable is no secret",
    "CreateVariableRequest.value": "a variable is no secret",
    "UpdateVariableRequest.value": "a variable is no secret",
    "Connection.has_inline_credentials": "a flag",
    "Data.is_output": "a flag",
    "PulumiSummary.secret_outputs": "names only",
    "PulumiSummary.outputs": "those that the stack does not mark as secret",
  };
  const unmarked = protocolFiles
    .flatMap((file) => file.messages)
    .flatMap((message) => message.fields)
    .filter((field) => suspicious.test(field.name) && !isSecret(field))
    .filter((field) => field.fieldKind !== "enum" && field.scalar !== undefined)
    .map((field) => `${field.parent.name}.${field.name}`)
    .filter((name) => !(name in harmless))
    // A request's field named like the noun holds its name or id; a continue token is a sort key.
    .filter((name) => !/Request\.secret$|\.continue_token$|\.api_key_id$/.test(name));
  expect(unmarked).toEqual([]);
});
