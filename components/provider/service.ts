import { type ServerUnaryCall, type ServiceError, type sendUnaryData, status } from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import { providerVersion } from "../version.ts";
import { checkResponse, diffResponse } from "./answers.ts";
import { describeFailure } from "./describe-failure.ts";
import { decodeProperties, encodeProperties, type Struct, secretTexts } from "./property-value.ts";
import { kindOf, type Provider, type Stored } from "./provider.ts";
import type { ResourceKind } from "./resource-kind.ts";
import { packageSchema } from "./schema.ts";

const {
  ConfigureResponse,
  CreateResponse,
  GetMappingResponse,
  GetMappingsResponse,
  GetSchemaResponse,
  ProviderHandshakeResponse,
  ReadResponse,
  UpdateResponse,
} = messages;

/** The engine's calls to a resource provider (its provider.proto), answered by {@link Provider}. */
export function createProviderService(provider: Provider): IResourceProviderServer {
  return {
    handshake: plain(() => {
      const response = new ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),
    getPluginInfo: plain(() => {
      const info = new pluginMessages.PluginInfo();
      info.setVersion(providerVersion);
      return info;
    }),
    getSchema: plain(() => {
      const response = new GetSchemaResponse();
      response.setSchema(JSON.stringify(packageSchema()));
      return response;
    }),
    checkConfig: plain((request) =>
      checkResponse(
        provider.checkConfiguration(request.getUrn(), decodeProperties(request.getNews())),
      ),
    ),
    diffConfig: plain((request) => {
      const changes = provider.diffConfiguration(
        decodeProperties(request.getOldInputs()),
        decodeProperties(request.getNews()),
      );
      return diffResponse({ changes, deleteBeforeReplace: false });
    }),
    configure: plain((request) => {
      provider.configure(decodeProperties(request.getArgs()));
      const response = new ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    ...resourceCalls(provider),
    cancel: plain((request) => {
      provider.cancel();
      // The answer is as empty as the request.
      return request;
    }),
    attach: plain(() => new emptyMessages.Empty()),
    getMapping: plain(() => new GetMappingResponse()),
    getMappings: plain(() => new GetMappingsResponse()),
    parameterize: refuse,
    invoke: refuse,
    call: refuse,
    construct: refuse,
    list: (call) => {
      call.emit("error", refusal);
    },
  };
}

type ResourceCalls = Pick<
  IResourceProviderServer,
  "check" | "diff" | "create" | "read" | "update" | "delete"
>;

function resourceCalls(provider: Provider): ResourceCalls {
  return {
    check: answer((request, kind) =>
      checkResponse(provider.check(kind, decodeProperties(request.getNews()))),
    ),
    diff: answer((request, kind) =>
      diffResponse(
        provider.diff(
          kind,
          decodeProperties(request.getOldInputs()),
          decodeProperties(request.getNews()),
        ),
      ),
    ),
    create: answer(async (request, kind) => {
      const inputs = decodeProperties(request.getProperties());
      const response = new CreateResponse();
      if (request.getPreview()) {
        response.setProperties(encodeProperties(provider.previewCreate(kind, inputs)));
        return response;
      }
      const made = await provider.create(kind, inputs);
      response.setId(made.id);
      response.setProperties(encodeProperties(made.outputs));
      return response;
    }),
    read: answer(async (request, kind) => {
      const response = new ReadResponse();
      const found = await provider.read(
        kind,
        stored(request.getId(), request.getInputs(), request.getProperties()),
      );
      // An answer without an id means that the object is gone.
      if (found !== undefined) {
        response.setId(found.id);
        response.setInputs(encodeProperties(found.inputs));
        response.setProperties(encodeProperties(found.outputs));
      }
      return response;
    }),
    update: answer(async (request, kind) => {
      const before = stored(request.getId(), request.getOldInputs(), request.getOlds());
      const news = decodeProperties(request.getNews());
      const outputs = request.getPreview()
        ? provider.previewUpdate(kind, before, news)
        : await provider.update(kind, before, news);
      const response = new UpdateResponse();
      response.setProperties(encodeProperties(outputs));
      return response;
    }),
    delete: answer(async (request, kind) => {
      await provider.remove(
        kind,
        stored(request.getId(), request.getOldInputs(), request.getProperties()),
      );
      return new emptyMessages.Empty();
    }),
  };
}

function stored(id: string, inputs: Struct | undefined, outputs: Struct | undefined): Stored {
  return { id, inputs: decodeProperties(inputs), outputs: decodeProperties(outputs) };
}

/** What all requests about one resource have. */
interface ResourceRequest {
  getUrn(): string;
  getNews?(): Struct | undefined;
  getProperties?(): Struct | undefined;
}

type Handle<Request, Response> = (
  call: ServerUnaryCall<Request, Response>,
  callback: sendUnaryData<Response>,
) => void;

/** A call about one resource; what fails is told by the resource's own properties. */
function answer<Request extends ResourceRequest, Response>(
  handle: (request: Request, kind: ResourceKind) => Response | Promise<Response>,
): Handle<Request, Response> {
  return ({ request }, callback) => {
    const run = async (): Promise<Response> => await handle(request, kindOf(typeOf(request)));
    run().then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(toServiceError(error, request));
      },
    );
  };
}

function plain<Request, Response>(
  handle: (request: Request) => Response,
): Handle<Request, Response> {
  return ({ request }, callback) => {
    try {
      callback(null, handle(request));
    } catch (error) {
      callback({ code: status.UNKNOWN, details: describeFailure(undefined, error, []) });
    }
  };
}

function toServiceError(error: unknown, request: ResourceRequest): Partial<ServiceError> {
  const secrets = [request.getNews?.(), request.getProperties?.()].flatMap((struct) =>
    secretTexts(decodeProperties(struct)),
  );
  return { code: status.UNKNOWN, details: describeFailure(knownKind(request), error, secrets) };
}

function knownKind(request: ResourceRequest): ResourceKind | undefined {
  try {
    return kindOf(typeOf(request));
  } catch {
    // There is no such kind, which is what the error says already.
    return undefined;
  }
}

/** The type stands in the URN: `urn:pulumi:stack::project::parent$type::name`. */
function typeOf(request: ResourceRequest): string {
  return request.getUrn().split("::")[2]?.split("$").at(-1) ?? "";
}

const refusal: Partial<ServiceError> = {
  code: status.UNIMPLEMENTED,
  details: "The provider holdfast has resources only: no functions and no components.",
};

function refuse(_call: unknown, callback: sendUnaryData<never>): void {
  callback(refusal);
}
