import { join, resolve } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import {
  type RunnerCredentials,
  RunnerCredentialsSchema,
  RunnerService,
} from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { makeCertificateRequest } from "@holdfast/protocol/identity/certificate-request.ts";
import { readPages } from "../api/pages.ts";
import { type Session, withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { parseDurationSeconds } from "../duration.ts";
import { type ReservedFile, reservePrivateFile } from "../files/private-file.ts";
import { confirm } from "../output/confirm.ts";
import {
  ago,
  formatJson,
  messageToJson,
  moment,
  printMany,
  printOne,
  type View,
} from "../output/print.ts";
import { fillInPrivateKey } from "./fill-in-private-key.ts";

const { method } = RunnerService;

const view: View<typeof RunnerCredentialsSchema> = {
  schema: RunnerCredentialsSchema,
  columns: (clock) => [
    { title: "generation", of: ({ generation }) => String(generation) },
    { title: "state", of: stateOf },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
    { title: "expires", of: ({ expiresAt }) => ago(expiresAt, clock) },
    { title: "first connected", of: ({ firstConnectedAt }) => ago(firstConnectedAt, clock) },
    { title: "certificate serial", of: ({ certificateSerial }) => certificateSerial },
  ],
  details: () => [
    { title: "api key", of: ({ apiKeyId }) => apiKeyId },
    { title: "expires at", of: ({ expiresAt }) => moment(expiresAt) },
    { title: "revoke after", of: ({ revokeAfter }) => moment(revokeAfter) },
    { title: "revoked at", of: ({ revokedAt }) => moment(revokedAt) },
  ],
};

function stateOf({ revokedAt, revokeAfter }: RunnerCredentials): string {
  if (revokedAt !== undefined) {
    return "revoked";
  }
  return revokeAfter === undefined ? "valid" : "overlapping";
}

/** What minting gives, whichever way it was asked for. */
interface Minted {
  readonly credentialsFile: string;
  readonly credentials?: RunnerCredentials | undefined;
  readonly revokedGenerations?: readonly number[];
}

/** What both ways of minting ask for. */
interface MintRequest {
  readonly organization: string;
  readonly runner: string;
  readonly certificateRequestPem: string;
  readonly lifetimeSeconds: number;
}

type Mint = (session: Session, request: MintRequest) => Promise<Minted>;

/** `holdfast runner generate-credentials`. */
export async function generateCredentials(call: CommandCall): Promise<undefined> {
  return await mintInto(
    call,
    async (session, request) => await session.call(method.generateCredentials, request),
  );
}

/** `holdfast runner regenerate-credentials`. */
export async function regenerateCredentials(call: CommandCall): Promise<undefined> {
  const overlap = call.options.text("overlap");
  const overlapSeconds = overlap === undefined ? 0 : parseDurationSeconds(overlap, "--overlap");
  return await mintInto(
    call,
    async (session, request) =>
      await session.call(method.regenerateCredentials, { ...request, overlapSeconds }),
  );
}

/**
 * Mints into a file that is reserved beforehand: once credentials are minted, or earlier ones revoked,
 * there must be no reason left for which they cannot be written.
 */
async function mintInto(call: CommandCall, mint: Mint): Promise<undefined> {
  const { options, world } = call;
  const [runner = ""] = call.arguments;
  if (!/^[\w-]+$/.test(runner)) {
    throw new Failure("cli.usage", "A runner is given by its name or id.");
  }
  const folder = resolve(world.folder, options.requiredText("output-dir"));
  const path = join(folder, `${runner}.json`);
  const file = await reservePrivateFile(path, "credentials.exists", world.random);
  try {
    return await withSession(call, async (session) => {
      const key = options.flag("server-key")
        ? undefined
        : makeCertificateRequest({ commonName: runner });
      const minted = await mint(session, requestFor(call, session, runner, key?.requestPem ?? ""));
      await writeOrRevoke(session, runner, minted, file, key?.privateKeyPem);
      return await report(call, minted, file.path);
    });
  } finally {
    await file.release();
  }
}

function requestFor(
  { options }: CommandCall,
  session: Session,
  runner: string,
  certificateRequestPem: string,
): MintRequest {
  const lifetime = options.text("lifetime");
  return {
    organization: session.organization,
    runner,
    certificateRequestPem,
    lifetimeSeconds: lifetime === undefined ? 0 : parseDurationSeconds(lifetime, "--lifetime"),
  };
}

/** Credentials that could not be written are in nobody's hands: they are revoked rather than forgotten. */
async function writeOrRevoke(
  session: Session,
  runner: string,
  minted: Minted,
  file: ReservedFile,
  privateKey: Secret<string> | undefined,
): Promise<void> {
  try {
    const text =
      privateKey === undefined
        ? minted.credentialsFile
        : fillInPrivateKey(minted.credentialsFile, privateKey);
    await file.append(text);
    await file.commit();
  } catch (error) {
    const generation = minted.credentials?.generation ?? 0;
    const { organization } = session;
    await session
      .call(method.revokeCredentials, { organization, runner, generation })
      .catch(() => undefined);
    throw error;
  }
}

async function report(call: CommandCall, minted: Minted, path: string): Promise<undefined> {
  const { options, world } = call;
  const { credentials, revokedGenerations = [] } = minted;
  if (options.flag("json")) {
    const json =
      credentials === undefined ? {} : messageToJson(RunnerCredentialsSchema, credentials);
    await world.terminal.write(formatJson({ file: path, credentials: json, revokedGenerations }));
    return undefined;
  }
  await printOne(call, view, credentials);
  if (revokedGenerations.length > 0) {
    world.terminal.note(`revoked generations ${revokedGenerations.join(", ")}`);
  }
  world.terminal.note(`wrote ${path}`);
  world.terminal.note(`start with: holdfast runner start --credentials-file ${path}`);
  return undefined;
}

/** `holdfast runner credentials`. */
export async function listCredentials(call: CommandCall): Promise<undefined> {
  const [runner = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const { organization } = session;
    const items = await readPages(async (page) => {
      const answer = await session.call(method.listCredentials, { organization, runner, page });
      return { items: answer.credentials, page: answer.page };
    });
    return await printMany(call, view, items);
  });
}

/** `holdfast runner revoke-credentials`. */
export async function revokeCredentials(call: CommandCall): Promise<undefined> {
  const [runner = ""] = call.arguments;
  call.options.requiredText("generation");
  const generation = call.options.count("generation") ?? 0;
  await confirm(call, `Revoke generation ${generation} of ${runner} and cut its tunnels?`);
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, runner, generation };
    const answer = await session.call(method.revokeCredentials, request);
    return await printOne(call, view, answer.credentials);
  });
}
