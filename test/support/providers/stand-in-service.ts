import {
  Metadata,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import { differencesOf } from "./differences.ts";
import type { PublishedTypes } from "./published-types.ts";
import { type InputProblem, PartialFailure, type Values } from "./stand-in-provider.ts";
import {
  partsOf,
  type ResourceCall,
  type StandInDifference,
  type StandInResources,
} from "./stand-in-resources.ts";
import {
  markSecrets,
  plainOf,
  type Struct,
  secretTexts,
  structOf,
  type Wire,
  wireOf,
} from "./wire-values.ts";

/** The engine's calls to a resource provider (its provider.proto), answered by a stand-in. */
export function createStandInService(
  packageName: string,
  resources: StandInResources,
  types: PublishedTypes,
): IResourceProviderServer {
  // Calls do not say which instance of the provider they are for; each instance has a connection of its own.
  const configurations = new Map<string, Values>();
  const resourceCall = (call: Call<{ getUrn(): string }>): ResourceCall => ({
    urn: call.request.getUrn(),
    configuration: configurations.get(call.getPeer()) ?? {},
  });
  return {
    ...pluginCalls(packageName, types.version),
    checkConfig: answer(({ request }) => {
      const news = wireOf(request.getNews());
      const isDefault = partsOf(request.getUrn()).name.startsWith("default_");
      return checkResponse(news, isDefault ? [] : types.problemsOfConfiguration(plainOf(news)));
    }),
    diffConfig: answer(({ request }) => {
      const [olds, news] = [wireOf(request.getOldInputs()), wireOf(request.getNews())];
      const differences = differencesOf(plainOf(olds), plainOf(news));
      return diffResponse({
        differences: differences.map((difference) => ({ ...difference, replaces: false })),
        replaces: [],
        isDeletedFirst: false,
      });
    }),
    configure: answer((call) => {
      const { version: _, ...configuration } = plainOf(wireOf(call.request.getArgs()));
      configurations.set(call.getPeer(), configuration);
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    invoke: answer(async (call) => {
      const response = new messages.InvokeResponse();
      const args = wireOf(call.request.getArgs());
      const configuration = configurations.get(call.getPeer()) ?? {};
      const result = await resources.invoke(call.request.getTok(), plainOf(args), configuration);
      response.setReturn(structOf(markSecrets(result, {})));
      return response;
    }),
    ...resourceCalls(resources, resourceCall),
  };
}

function pluginCalls(packageName: string, version: string) {
  return {
    handshake: answer(() => {
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),
    getPluginInfo: answer(() => {
      const info = new pluginMessages.PluginInfo();
      info.setVersion(version);
      return info;
    }),
    getSchema: answer(() => {
      const response = new messages.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: packageName, version }));
      return response;
    }),
    cancel: answer(() => new emptyMessages.Empty()),
    attach: answer(() => new emptyMessages.Empty()),
    getMapping: answer(() => new messages.GetMappingResponse()),
    getMappings: answer(() => new messages.GetMappingsResponse()),
    parameterize: refuse,
    call: refuse,
    construct: refuse,
    list: (call: { emit(event: "error", error: Partial<ServiceError>): void }) => {
      call.emit("error", refusal);
    },
  };
}

type ResourceCalls = Pick<
  IResourceProviderServer,
  "check" | "diff" | "create" | "read" | "update" | "delete"
>;

function resourceCalls(
  resources: StandInResources,
  resourceCall: (call: Call<{ getUrn(): string }>) => ResourceCall,
): ResourceCalls {
  const mark = (urn: string, values: Values, model: Wire): Struct =>
    structOf(markSecrets(values, model, resources.resource(partsOf(urn).token).secretOutputs));
  return {
    check: answer((call) => {
      const news = wireOf(call.request.getNews());
      const olds = plainOf(wireOf(call.request.getOlds()));
      const seed = call.request.getRandomseed_asU8();
      const { inputs, problems } = resources.check(resourceCall(call), olds, plainOf(news), seed);
      return checkResponse(markSecrets(inputs, news), problems);
    }),
    diff: answer((call) => {
      const { request } = call;
      const state = stateOf(request.getId(), request.getOldInputs(), request.getOlds());
      return diffResponse(
        resources.diff(resourceCall(call), state, plainOf(wireOf(request.getNews()))),
      );
    }),
    create: answer(async (call) => {
      const inputs = wireOf(call.request.getProperties());
      const isPreview = call.request.getPreview();
      const made = await resources.create(resourceCall(call), plainOf(inputs), isPreview);
      const response = new messages.CreateResponse();
      response.setId(made.id);
      response.setProperties(mark(call.request.getUrn(), made.outputs, inputs));
      return response;
    }),
    read: answer(async (call) => {
      const { request } = call;
      const state = stateOf(request.getId(), request.getInputs(), request.getProperties());
      const found = await resources.read(resourceCall(call), state);
      const response = new messages.ReadResponse();
      // An answer without an id means that the object is gone.
      if (found !== undefined) {
        const model = wireOf(request.getInputs());
        response.setId(state.id);
        response.setInputs(
          mark(request.getUrn(), { ...found.inputs, ...named(state.inputs) }, model),
        );
        response.setProperties(mark(request.getUrn(), found.outputs, model));
      }
      return response;
    }),
    update: answer(async (call) => {
      const { request } = call;
      const news = wireOf(request.getNews());
      const outputs = await resources.update(
        resourceCall(call),
        stateOf(request.getId(), request.getOldInputs(), request.getOlds()),
        plainOf(news),
        request.getPreview(),
      );
      const response = new messages.UpdateResponse();
      response.setProperties(mark(request.getUrn(), outputs, news));
      return response;
    }),
    delete: answer(async (call) => {
      const { request } = call;
      const state = stateOf(request.getId(), request.getOldInputs(), request.getProperties());
      await resources.delete(resourceCall(call), state);
      return new emptyMessages.Empty();
    }),
  };
}

/** The note of what was named here, which is an input to the engine but not to the vendor. */
function named({ __defaults: names }: Values): Values {
  return names === undefined ? {} : { __defaults: names };
}

function stateOf(id: string, inputs: Struct | undefined, outputs: Struct | undefined) {
  return { id, inputs: plainOf(wireOf(inputs)), outputs: plainOf(wireOf(outputs)) };
}

function checkResponse(inputs: Wire, problems: readonly InputProblem[]) {
  const response = new messages.CheckResponse();
  response.setInputs(structOf(inputs));
  for (const { property, reason } of problems) {
    const failure = new messages.CheckFailure();
    // The engine prints the value of a property that is named: the path stands in the reason instead.
    failure.setReason(`${property}: ${reason}`);
    response.addFailures(failure);
  }
  return response;
}

function diffResponse({ differences, replaces, isDeletedFirst }: StandInDifference) {
  const { DiffResponse, PropertyDiff } = messages;
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  const response = new DiffResponse();
  response.setChanges(differences.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList(topsOf(differences.map(({ path }) => path)));
  response.setReplacesList(topsOf(replaces));
  response.setDeletebeforereplace(isDeletedFirst);
  response.setHasdetaileddiff(true);
  for (const { path, kind, replaces: isReplacing } of differences) {
    const detail = new PropertyDiff();
    const word = { add: "ADD", delete: "DELETE", update: "UPDATE" } as const;
    detail.setKind(PropertyDiff.Kind[`${word[kind]}${isReplacing ? "_REPLACE" : ""}`]);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

function topsOf(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.split(/[.[]/)[0] ?? path))];
}

type Call<Request> = Pick<ServerUnaryCall<Request, unknown>, "request" | "getPeer">;

type Handle<Request, Response> = (
  call: ServerUnaryCall<Request, Response>,
  callback: sendUnaryData<Response>,
) => void;

/** What any request may carry. */
interface Carrier {
  getNews?(): Struct | undefined;
  getProperties?(): Struct | undefined;
}

function answer<Request, Response>(
  handle: (call: ServerUnaryCall<Request, Response>) => Response | Promise<Response>,
): Handle<Request, Response> {
  return (call, callback) => {
    const run = async (): Promise<Response> => await handle(call);
    run().then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        // Every request is an object of the protocol, with or without properties.
        callback(serviceErrorOf(error, call.request as Carrier));
      },
    );
  };
}

function serviceErrorOf(error: unknown, request: Carrier): Partial<ServiceError> {
  const inputs = wireOf(request.getNews?.() ?? request.getProperties?.());
  const text = secretTexts(inputs).reduce(
    (message, secret) => message.replaceAll(secret, "[secret]"),
    error instanceof Error ? error.message : String(error),
  );
  return {
    code: status.UNKNOWN,
    details: text,
    ...(error instanceof PartialFailure ? { metadata: detailsOf(error, text, inputs) } : {}),
  };
}

/** The engine keeps the object in its state, with the reason, and tries again with the next update. */
function detailsOf({ id, outputs }: PartialFailure, message: string, inputs: Wire): Metadata {
  const failure = new messages.ErrorResourceInitFailed();
  failure.setId(id);
  failure.setProperties(structOf(markSecrets(outputs, inputs)));
  failure.setInputs(structOf(inputs));
  failure.setReasonsList([message]);
  const any = new anyMessages.Any();
  any.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const details = new statusMessages.Status();
  details.setCode(status.UNKNOWN);
  details.setMessage(message);
  details.addDetails(any);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  return metadata;
}

const refusal: Partial<ServiceError> = {
  code: status.UNIMPLEMENTED,
  details: "A stand-in has resources and functions only.",
};

function refuse(_call: unknown, callback: sendUnaryData<never>): void {
  callback(refusal);
}
