import { ConnectionService } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { SecretService } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import { ServiceAccountService } from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { VariableService } from "@holdfast/protocol/generated/holdfast/v1/variable_pb.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { type Session, withSession } from "../api/session.ts";
import type { CommandCall, NameSource } from "../command.ts";
import { CommandOptions } from "../command-options.ts";
import { configPath, readConfig } from "../context/context-file.ts";
import type { World } from "../world.ts";
import type { Candidate } from "./candidates.ts";

/** Longer than this nobody waits for a completion, in milliseconds. */
const answerMsMax = 1_000;

type Named = { readonly name: string };

/** The first page of each noun's list: more cannot be looked through anyway. */
const lists: Readonly<Record<string, (session: Session) => Promise<readonly Named[]>>> = {
  organization: async (session) =>
    (await session.call(OrganizationService.method.listOrganizations, {}, answerMsMax))
      .organizations,
  runner: async (session) =>
    (await session.call(RunnerService.method.listRunners, scope(session), answerMsMax)).runners,
  "service-account": async (session) =>
    (
      await session.call(
        ServiceAccountService.method.listServiceAccounts,
        scope(session),
        answerMsMax,
      )
    ).serviceAccounts,
  secret: async (session) =>
    (await session.call(SecretService.method.listSecrets, scope(session), answerMsMax)).secrets,
  variable: async (session) =>
    (await session.call(VariableService.method.listVariables, scope(session), answerMsMax))
      .variables,
  connection: async (session) =>
    (await session.call(ConnectionService.method.listConnections, scope(session), answerMsMax))
      .connections,
};

/** Names of a noun, as far as they can be had; nothing if they cannot. */
export async function namesOf(
  source: NameSource,
  words: readonly string[],
  world: World,
): Promise<readonly Candidate[]> {
  try {
    return (await find(source, words, world)).map((word) => ({ word, about: "" }));
  } catch {
    // Not reachable, not permitted, not configured: then there is nothing to offer.
    return [];
  }
}

async function find(
  source: NameSource,
  words: readonly string[],
  world: World,
): Promise<readonly string[]> {
  if (source === "operation-kind") {
    return [...catalog.keys()];
  }
  if (source === "context") {
    return Object.keys((await readConfig(configPath(world))).contexts);
  }
  const list = lists[source];
  if (list === undefined) {
    return [];
  }
  const named = await withSession(callFor(words, world), list);
  return named.map(({ name }) => name);
}

/** The call that the words would make, as far as choosing the control plane goes. */
function callFor(words: readonly string[], world: World): CommandCall {
  const after = (flag: string): string | undefined => {
    const index = words.indexOf(flag);
    return index < 0 ? undefined : words[index + 1];
  };
  const options = new CommandOptions({
    organization: after("--organization"),
    context: after("--context"),
    // Keeps quiet about which context is used.
    json: true,
  });
  return { options, arguments: [], world };
}

function scope({ organization }: Session): { readonly organization: string } {
  return { organization };
}
