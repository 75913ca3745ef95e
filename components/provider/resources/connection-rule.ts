import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import { isMap, type PropertyMap, reveal, unknown } from "../property-value.ts";

import { settingsNameOf } from "./connection-settings.ts";

/** Which settings cross-account trust needs, and which make no sense without it. */
const trust: Readonly<Record<string, { needs: readonly string[]; only: readonly string[] }>> = {
  aws: { needs: ["roleArn", "externalId"], only: ["roleArn", "externalId"] },
  gcp: { needs: ["serviceAccountEmail"], only: ["serviceAccountEmail"] },
  azure: { needs: ["tenantId", "subscriptionId", "clientId"], only: [] },
  kubernetes: {
    needs: ["apiServerUrl", "caCertificatePem", "audience"],
    only: ["apiServerUrl", "caCertificatePem", "audience"],
  },
};

/** The rules across the inputs of a connection. What is unknown yet passes. */
export function checkConnection(inputs: PropertyMap): readonly FieldProblem[] {
  const provider = reveal(inputs["provider"]);
  const mode = reveal(inputs["mode"]);
  if (typeof provider !== "string" || typeof mode !== "string") {
    return [];
  }
  return [
    ...problemsOfCredentials(inputs, mode),
    ...problemsOfOthers(inputs, provider),
    ...(provider === "pulumi"
      ? problemsOfPulumi(inputs, mode)
      : problemsOfTrust(inputs, provider, mode)),
  ];
}

function problemsOfCredentials(inputs: PropertyMap, mode: string): readonly FieldProblem[] {
  const isGiven = inputs["inlineCredentials"] !== undefined;
  if (isGiven === (mode === "inline")) {
    return [];
  }
  return [
    {
      field: "inlineCredentials",
      problem: isGiven
        ? "must be left out: only the mode `inline` has credentials"
        : "must be given: the mode is `inline`",
    },
  ];
}

/** Settings of one provider for a connection to another. */
function problemsOfOthers(inputs: PropertyMap, provider: string): readonly FieldProblem[] {
  const settings = reveal(inputs["settings"]);
  return isMap(settings)
    ? Object.keys(settings)
        .filter((name) => name !== settingsNameOf(provider))
        .map((name) => ({
          field: `settings.${name}`,
          problem: `must be left out: the provider is \`${provider}\``,
        }))
    : [];
}

function problemsOfTrust(
  inputs: PropertyMap,
  provider: string,
  mode: string,
): readonly FieldProblem[] {
  const rule = trust[provider];
  const block = blockOf(inputs, provider);
  if (rule === undefined || block === undefined) {
    return [];
  }
  if (mode === "cross-account-trust") {
    return rule.needs
      .filter((name) => block[name] === undefined)
      .map((name) => ({
        field: `settings.${provider}.${name}`,
        problem: "must be given: the mode is `cross-account-trust`",
      }));
  }
  return rule.only
    .filter((name) => block[name] !== undefined)
    .map((name) => ({
      field: `settings.${provider}.${name}`,
      problem: "must be left out: only the mode `cross-account-trust` has it",
    }));
}

function problemsOfPulumi(inputs: PropertyMap, mode: string): readonly FieldProblem[] {
  const block = blockOf(inputs, settingsNameOf("pulumi"));
  return [
    ...(mode === "runner-delegated"
      ? []
      : [{ field: "mode", problem: "must be `runner-delegated` for a Pulumi state backend" }]),
    ...(block !== undefined && block["backendUrl"] === undefined
      ? [{ field: "settings.pulumiBackend.backendUrl", problem: "must be given" }]
      : []),
  ];
}

/** The provider's settings; empty if there are none, undefined if that is not known yet. */
function blockOf(inputs: PropertyMap, provider: string): PropertyMap | undefined {
  const settings = reveal(inputs["settings"]);
  if (settings === unknown) {
    return undefined;
  }
  const block = isMap(settings) ? reveal(settings[provider]) : undefined;
  if (block === unknown) {
    return undefined;
  }
  return isMap(block) ? block : {};
}
