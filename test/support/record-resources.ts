import * as pulumi from "@pulumi/pulumi";
import type resourceMessages from "@pulumi/pulumi/proto/resource_pb.js";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** Asks the monitor what it supports, which decides what is sent. Its declaration is stripped as internal. */
const runtime = pulumi.runtime as unknown as { awaitFeatureSupport(): Promise<void> };

type Request = InstanceType<typeof resourceMessages.RegisterResourceRequest>;

/** What a program asked the engine for, with its options as they are sent. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly parentUrn: string;
  /** URN and id of the provider instance; "" for the default one. */
  readonly provider: string;
  /** Provider instances by package, which children inherit. */
  readonly providers: Readonly<Record<string, string>>;
  readonly isComponent: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly dependencyUrns: readonly string[];
  readonly aliasNames: readonly string[];
  /** How many transforms are sent; nothing here runs them. */
  readonly transformsCount: number;
}

/**
 * Runs a program in this process without an engine and records what it registers, in order. For the shape of
 * resources and their options only: nothing is inherited or transformed, since that is the engine's work, and
 * outputs are the inputs.
 */
export async function recordResources(
  program: () => void | Promise<void>,
  isPreview = false,
): Promise<readonly RecordedResource[]> {
  const monitor = new RecordingMonitor();
  pulumi.runtime.setMockOptions(monitor, "project", "stack", isPreview);
  await runtime.awaitFeatureSupport();
  await program();
  // What is registered only when an earlier answer arrives is waited for as well.
  await pulumi.runtime.disconnect();
  return monitor.requests.map(recorded);
}

class RecordingMonitor extends MockMonitor {
  readonly requests: Request[] = [];

  constructor() {
    super({
      // Inputs are an object by the protocol.
      newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs as object }),
      call: ({ inputs }) => inputs as object,
    });
  }

  override async registerResource(
    request: Request,
    callback: (error: unknown, response: unknown) => void,
  ): Promise<void> {
    this.requests.push(request);
    await super.registerResource(request, callback);
  }
}

function recorded(request: Request): RecordedResource {
  const providers: [string, string][] = [];
  request.getProvidersMap().forEach((reference: string, name: string) => {
    providers.push([name, reference]);
  });
  return {
    type: request.getType(),
    name: request.getName(),
    parentUrn: request.getParent(),
    provider: request.getProvider(),
    providers: Object.fromEntries(providers),
    isComponent: !request.getCustom(),
    // A Struct is an object of JSON by its definition.
    inputs: (request.getObject()?.toJavaScript() ?? {}) as Readonly<Record<string, unknown>>,
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    dependencyUrns: request.getDependenciesList(),
    aliasNames: request.getAliasesList().map((alias) => alias.getSpec()?.getName() ?? ""),
    transformsCount: request.getTransformsList().length,
  };
}
