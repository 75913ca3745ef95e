import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import { type Checked, checkProperties } from "./check.ts";
import { configurationProperties, environmentNames } from "./configuration.ts";
import type { PropertyMap } from "./property-value.ts";

/** The process's environment, as far as the provider looks at it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the engine itself puts among a provider's inputs. */
const engineNames: ReadonlySet<string> = new Set(["version", "pluginDownloadURL", "__internal"]);

/**
 * Judges the configuration of a provider.
 *
 * A default provider gets everything that is configured under `holdfast:`, which is also where a project
 * called `holdfast` has its own settings: there, and only there, unknown names are passed over.
 */
export function checkConfiguration(
  urn: string,
  given: PropertyMap,
  environment: Environment,
): Checked {
  const isDefault = urn.split("::").at(-1)?.startsWith("default") === true;
  const ours = Object.fromEntries(
    Object.entries(given).filter(
      ([name]) =>
        !engineNames.has(name) && (!isDefault || Object.hasOwn(configurationProperties, name)),
    ),
  );
  const { inputs, problems } = checkProperties(configurationProperties, ours);
  return { inputs, problems: [...problems, ...problemsOfWhole(inputs, environment)] };
}

function problemsOfWhole(inputs: PropertyMap, environment: Environment): readonly FieldProblem[] {
  const has = (name: string): boolean => inputs[name] !== undefined;
  const hasKey =
    has("apiKey") || has("apiKeyFile") || isSet(environment[environmentNames.apiKeyFile]);
  return [
    ...(has("endpoint") || isSet(environment[environmentNames.endpoint])
      ? []
      : [{ field: "endpoint", problem: `must be given, here or in ${environmentNames.endpoint}` }]),
    ...(hasKey
      ? []
      : [
          {
            field: "apiKeyFile",
            problem: `must be given, here or in ${environmentNames.apiKeyFile}; or give apiKey`,
          },
        ]),
    ...oneOf(inputs, "apiKey", "apiKeyFile"),
    ...oneOf(inputs, "caCertificate", "caCertificateFile"),
  ];
}

function oneOf(inputs: PropertyMap, one: string, other: string): readonly FieldProblem[] {
  return inputs[one] !== undefined && inputs[other] !== undefined
    ? [{ field: other, problem: `must be left out where ${one} is given` }]
    : [];
}

/** Whether an environment variable says anything. */
export function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
