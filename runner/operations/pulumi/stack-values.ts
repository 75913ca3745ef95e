import { Failure } from "@holdfast/foundation/failure.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { PulumiConnectionSettings } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { Reference } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import type { OperationContext, ResolvedValue } from "../operation.ts";
import { type ChildValues, variableProblem } from "./child-environment.ts";
import { Masker } from "./masker.ts";

/** References of an operation, by what they are for. */
export interface StackReferences {
  readonly configuration: Readonly<Record<string, Reference>>;
  readonly environment: Readonly<Record<string, Reference>>;
  readonly gitPassword: Reference | undefined;
}

/** What they point at, read at the moment of use. */
export interface StackValues {
  readonly child: ChildValues;
  readonly configuration: ReadonlyMap<string, ResolvedValue>;
  readonly gitPassword: Secret<string> | undefined;
  /** Masks every secret among them. */
  readonly masker: Masker;
}

/** Backends that the CLI knows. */
const backend = /^(?:file|s3|gs|azblob|https):\/\/[\x21-\x7e]{1,2000}$/;

/**
 * The settings of a connection to a state backend.
 *
 * @throws {Failure} `cloud.credentials_invalid` if they do not lead to one.
 */
export function backendOf({ connection }: OperationContext): PulumiConnectionSettings {
  const settings = connection?.settings?.pulumi;
  if (settings === undefined || !backend.test(settings.backendUrl)) {
    throw new Failure(
      "cloud.credentials_invalid",
      "The connection names no state backend: settings.pulumi.backend_url must be file, s3, gs, azblob or https.",
    );
  }
  const wrong = Object.keys(settings.environment).flatMap((name) => {
    const problem = variableProblem(name);
    return problem === undefined ? [] : [`settings.pulumi.environment ${name} ${problem}`];
  });
  if (wrong.length > 0) {
    throw new Failure(
      "cloud.credentials_invalid",
      `The connection cannot be used: ${wrong.join("; ")}.`,
    );
  }
  return settings;
}

/** Reads all values that an operation needs, in one request. */
export async function resolveValues(
  context: OperationContext,
  settings: PulumiConnectionSettings,
  wanted: StackReferences,
): Promise<StackValues> {
  const singles = { passphrase: settings.passphrase, gitPassword: wanted.gitPassword };
  const named: readonly (readonly [string, Reference])[] = [
    ...prefixed("single", singles),
    ...prefixed("backend", settings.environment),
    ...prefixed("configuration", wanted.configuration),
    ...prefixed("environment", wanted.environment),
  ];
  const values = await context.references.resolve(
    named.map(([, reference]) => reference),
    context.signal,
  );
  const all = new Map(named.map(([name], index) => [name, values[index]] as const));
  const child: ChildValues = {
    backendUrl: settings.backendUrl,
    passphrase: all.get("single passphrase")?.value,
    backend: secretsOf(all, "backend"),
    program: secretsOf(all, "environment"),
  };
  const gitPassword = all.get("single gitPassword")?.value;
  const secrets = values.filter(({ isSecret }) => isSecret).map(({ value }) => value);
  // A passphrase that came from a variable is still one.
  const always = [child.passphrase, gitPassword].filter((value) => value !== undefined);
  return {
    child,
    configuration: valuesOf(all, "configuration"),
    gitPassword,
    masker: new Masker([...secrets, ...always]),
  };
}

function prefixed(
  prefix: string,
  references: Readonly<Record<string, Reference | undefined>>,
): readonly (readonly [string, Reference])[] {
  return Object.entries(references).flatMap(([name, reference]) =>
    reference === undefined ? [] : [[`${prefix} ${name}`, reference] as const],
  );
}

function valuesOf(
  all: ReadonlyMap<string, ResolvedValue | undefined>,
  prefix: string,
): ReadonlyMap<string, ResolvedValue> {
  return new Map(
    [...all].flatMap(([name, value]) =>
      value !== undefined && name.startsWith(`${prefix} `)
        ? [[name.slice(prefix.length + 1), value] as const]
        : [],
    ),
  );
}

function secretsOf(
  all: ReadonlyMap<string, ResolvedValue | undefined>,
  prefix: string,
): ReadonlyMap<string, Secret<string>> {
  return new Map([...valuesOf(all, prefix)].map(([name, { value }]) => [name, value]));
}
