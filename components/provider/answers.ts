import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { Checked } from "./check.ts";
import type { PropertyChange } from "./diff.ts";
import { encodeProperties, secretTexts } from "./property-value.ts";
import type { Difference } from "./provider.ts";

const { CheckFailure, CheckResponse, DiffResponse, PropertyDiff } = messages;

/** Tells the engine what is wrong with inputs, and with which inputs to go on. */
export function checkResponse({ inputs, problems }: Checked) {
  const response = new CheckResponse();
  response.setInputs(encodeProperties(inputs));
  for (const { field, problem } of problems) {
    const failure = new CheckFailure();
    // The engine prints the value of a property that is named; a secret one is named in the reason only.
    const isPrintable = secretTexts(inputs[field] ?? null).length === 0;
    failure.setProperty(isPrintable ? field : "");
    failure.setReason(isPrintable ? problem : `property ${field}: ${problem}`);
    response.addFailures(failure);
  }
  return response;
}

/** Tells the engine how a resource changes, path by path. */
export function diffResponse({ changes, deleteBeforeReplace }: Difference) {
  const response = new DiffResponse();
  const replaces = changes.filter((change) => change.replaces);
  response.setChanges(
    changes.length === 0 ? DiffResponse.DiffChanges.DIFF_NONE : DiffResponse.DiffChanges.DIFF_SOME,
  );
  response.setDiffsList(propertiesOf(changes));
  response.setReplacesList(propertiesOf(replaces));
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  for (const change of changes) {
    const detail = new PropertyDiff();
    detail.setKind(kindOf(change));
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(change.path, detail);
  }
  return response;
}

function propertiesOf(changes: readonly PropertyChange[]): string[] {
  return [...new Set(changes.map(({ property }) => property))];
}

function kindOf({ kind, replaces }: PropertyChange) {
  const { Kind } = PropertyDiff;
  switch (kind) {
    case "add":
      return replaces ? Kind.ADD_REPLACE : Kind.ADD;
    case "delete":
      return replaces ? Kind.DELETE_REPLACE : Kind.DELETE;
    case "update":
      return replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE;
  }
}
