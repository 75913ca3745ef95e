import { type DescMethod, getOption } from "@bufbuild/protobuf";
import { protocolFiles } from "@holdfast/protocol/files.ts";
import { access, Caller, Scope } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { nameOf, page, table } from "./markdown.ts";

/** docs/reference/methods.md: every method of the API, who may call it and what is audited. */
export function methodsPage(): string {
  const operations = new Set<DescMethod>([...catalog.values()].map(({ method }) => method));
  const methods = protocolFiles
    .flatMap((file) => file.services)
    .flatMap((service) => service.methods)
    .filter((method) => !operations.has(method));
  return page(
    "Methods",
    "Who may call each method is said in the schema itself (`protocol/proto`, option `access`); the server refuses to start with a method that lacks it.",
    table(["method", "caller", "action", "judged on", "audited"], methods.map(row)),
  );
}

function row(method: DescMethod): readonly string[] {
  const rule = getOption(method, access);
  return [
    `\`${method.parent.name}.${method.name}\``,
    words(nameOf(Caller, rule.caller)),
    `\`${rule.action}\``,
    words(nameOf(Scope, rule.scope)),
    rule.audited ? "yes" : "",
  ];
}

/** `SERVICE_ACCOUNT` as `service account`. */
function words(name: string | undefined): string {
  return (name ?? "").toLowerCase().replaceAll("_", " ");
}
