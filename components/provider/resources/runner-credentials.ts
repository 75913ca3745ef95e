import { createPrivateKey, createPublicKey } from "node:crypto";
import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import {
  type RunnerCredentials,
  RunnerService,
} from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import {
  credentialsFileSchema,
  formatCredentialsFile,
} from "@holdfast/protocol/identity/credentials-file.ts";
import { integer, secretText, text } from "../input.ts";
import { made } from "../made.ts";
import { momentText } from "../moment.ts";
import { type PropertyMap, reveal } from "../property-value.ts";
import type { Found, Reference, ResourceKind, Surroundings } from "../resource-kind.ts";
import {
  runnerCredentialsInputs,
  runnerCredentialsOutputs,
} from "./runner-credentials-properties.ts";

const {
  getRunner,
  generateCredentials,
  regenerateCredentials,
  revokeCredentials,
  listCredentials,
} = RunnerService.method;

/** Pages of 500 generations: more than a runner can ever have asked for. */
const pageCountMax = 200;

/** One generation of a runner's credentials. */
export const runnerCredentialsKind: ResourceKind = {
  name: "RunnerCredentials",
  description:
    "One generation of a runner's credentials: a certificate for the key of a certificate request, and an API key, together in one JSON file. Replacing it makes the next generation and then revokes this one; with `overlapSeconds` this one works on until the next has connected, or that long at most. Deleting it revokes exactly this generation. It cannot be imported: its file is returned once.",
  inputs: runnerCredentialsInputs,
  outputs: runnerCredentialsOutputs,
  hasUniqueName: false,
  importId: undefined,
  rule: keyBelongsToRequest,
  unstable: (changed) => (changed.has("privateKeyPem") ? ["credentialsFile"] : []),
  create,
  read: async (surroundings, which) => {
    const { generation } = parseId(which);
    const credentials = await findGeneration(surroundings, which, generation);
    if (credentials === undefined || credentials.revokedAt !== undefined) {
      return undefined;
    }
    return {
      id: which.name,
      inputs: which.inputs,
      outputs: { ...which.outputs, ...outputsOf(credentials) },
    };
  },
  update: async (_, { outputs, news, changed }) =>
    changed.has("privateKeyPem")
      ? { ...outputs, credentialsFile: withPrivateKey(text(outputs, "credentialsFile"), news) }
      : outputs,
  remove,
};

async function create({ call }: Surroundings, inputs: PropertyMap): Promise<Found> {
  const request = {
    organization: text(inputs, "organization"),
    runner: text(inputs, "runner"),
    certificateRequestPem: text(inputs, "certificateRequestPem"),
    lifetimeSeconds: integer(inputs, "lifetimeSeconds"),
  };
  // First, because afterwards nothing may fail any more: a file that is lost cannot be had again.
  const runner = made((await call(getRunner, request)).runner);
  const overlapSeconds = integer(inputs, "overlapSeconds");
  const response =
    overlapSeconds === 0
      ? await call(generateCredentials, request)
      : await call(regenerateCredentials, { ...request, overlapSeconds });
  const credentials = made(response.credentials);
  return {
    id: `${runner.id}/${credentials.generation}`,
    inputs,
    outputs: {
      organizationId: runner.organizationId,
      runnerId: runner.id,
      credentialsFile: withPrivateKey(response.credentialsFile, inputs),
      ...outputsOf(credentials),
    },
  };
}

async function remove(surroundings: Surroundings, which: Reference): Promise<void> {
  const { runner, generation } = parseId(which);
  const credentials = await findGeneration(surroundings, which, generation);
  if (credentials === undefined || credentials.revokedAt !== undefined) {
    return;
  }
  if (credentials.revokeAfter !== undefined) {
    surroundings.inform(
      `Generation ${generation} works on until the next one has connected, at most until ${momentText(credentials.revokeAfter)}: an overlap was asked for.`,
    );
    return;
  }
  const { organization } = which;
  await surroundings.call(revokeCredentials, { organization, runner, generation });
}

/** The newest generation comes first, so ours is usually on the first page. */
async function findGeneration(
  { call }: Surroundings,
  which: Reference,
  generation: number,
): Promise<RunnerCredentials | undefined> {
  const { runner } = parseId(which);
  const { organization } = which;
  let token = "";
  for (let page = 0; page < pageCountMax; page += 1) {
    const response = await call(listCredentials, {
      organization,
      runner,
      page: { size: 500, token },
    });
    const found = response.credentials.find((each) => each.generation === generation);
    token = response.page?.nextToken ?? "";
    if (found !== undefined || token === "") {
      return found;
    }
  }
  return undefined;
}

function parseId({ name }: Reference): { readonly runner: string; readonly generation: number } {
  const [runner = "", generation = ""] = name.split("/");
  return { runner, generation: Number(generation) };
}

function outputsOf(credentials: RunnerCredentials): PropertyMap {
  return {
    generation: credentials.generation,
    certificateFingerprint: credentials.certificateFingerprint,
    certificateSerial: credentials.certificateSerial,
    apiKeyId: credentials.apiKeyId,
    expiresAt: momentText(credentials.expiresAt),
  };
}

/** The file, with the private key filled in if the program has it. */
function withPrivateKey(file: string, inputs: PropertyMap) {
  const document = credentialsFileSchema.safeParse(JSON.parse(file));
  if (!document.success) {
    throw new Failure(
      "control_plane.internal",
      "The credentials file is of a version that this provider does not know; update the provider.",
    );
  }
  return secretText(
    formatCredentialsFile({ ...document.data, privateKey: text(inputs, "privateKeyPem") }),
  );
}

/** A key of another request would make a file that no control plane lets in. */
function keyBelongsToRequest(inputs: PropertyMap): readonly FieldProblem[] {
  const key = reveal(inputs["privateKeyPem"]);
  const request = reveal(inputs["certificateRequestPem"]);
  if (typeof key !== "string" || typeof request !== "string" || belongs(key, request)) {
    return [];
  }
  return [
    { field: "privateKeyPem", problem: "must be the key, as PEM, that the request was made with" },
  ];
}

function belongs(keyPem: string, requestPem: string): boolean {
  try {
    const publicKey = createPublicKey(createPrivateKey(keyPem)).export({
      type: "spki",
      format: "der",
    });
    // A request has the public key in it as it is (RFC 2986, section 4.1).
    return derOf(requestPem).includes(publicKey);
  } catch {
    // The library's message may quote the key.
    return false;
  }
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
}
