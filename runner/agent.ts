import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { makeSealingKeyPair, type SealingKeyPair } from "@holdfast/protocol/sealing/seal.ts";
import { productVersion } from "@holdfast/protocol/version.ts";
import type { ChildSessions } from "./children/child-sessions.ts";
import { isKeyOfCertificate } from "./credentials/key-pair.ts";
import {
  type LoadedCredentials,
  loadCredentials,
  readCredentials,
} from "./credentials/load-credentials.ts";
import { watchCredentials } from "./credentials/watch-credentials.ts";
import { exitCodeFor, exitCodes } from "./exit-codes.ts";
import { HealthFile } from "./health/health-file.ts";
import { HealthReporter } from "./health/health-reporter.ts";
import { OfflineWatch } from "./health/offline-watch.ts";
import { Executor } from "./operations/executor.ts";
import { runnerHandlers } from "./operations/runner-handlers.ts";
import { loadPolicy } from "./policy/policy-file.ts";
import { resultsTold } from "./session/results-told.ts";
import { exitCodeOfEnd, type RunnerEnd, reportEnd, runUntilEnd } from "./session/runner-end.ts";
import { TunnelKeeper } from "./session/tunnel-keeper.ts";
import { tunnelServices } from "./session/tunnel-services.ts";
import type { RunnerSettings } from "./settings.ts";
import { takeStateFolder } from "./state/state-folder.ts";
import { authenticateControlPlane, authenticateTunnel } from "./tunnel/open-tunnel.ts";
import { Reconnect } from "./tunnel/reconnect.ts";
import type { OpenedTunnel, OpenTunnelOptions, TunnelRefusal } from "./tunnel/tunnel-client.ts";

/** What a runner says of its process. */
export interface AgentProcess {
  /** Such as `linux/x64`. */
  readonly platform: string;
  /** Version of Node. */
  readonly runtimeVersion: string;
}

/** What a runner is made of. */
export interface AgentParts extends AgentProcess {
  readonly settings: RunnerSettings;
  /** Number of the user that the process runs as. */
  readonly userId: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Children that run now. */
  readonly sessions: ChildSessions;
  /** Aborts when the runner is to end in order. */
  readonly stop: AbortSignal;
  /** Aborts when it is to end at once. */
  readonly force: AbortSignal;
}

/** What is made before the first contact with the control plane. */
interface Prepared extends AgentParts {
  readonly credentials: LoadedCredentials;
  readonly keys: SealingKeyPair;
  readonly executor: Executor;
  readonly health: HealthReporter;
  /** The credentials in use, and since when operations are accepted; for `runner.describe`. */
  readonly facts: { generation: number; startedAtMs: number };
}

/**
 * A runner from start to end. Returns its exit code; the first error line of the log says which phase
 * failed and why (docs/reference/runner-exit-codes.md).
 */
export async function runAgent(parts: AgentParts): Promise<number> {
  try {
    const state = await takeStateFolder(parts.settings.stateFolder, parts.userId);
    const healthFile = new HealthFile(state.path);
    try {
      return await keepTunnel(await prepare(parts, healthFile));
    } finally {
      // What was told to stop and has not: nothing of it outlives the runner.
      await parts.sessions.killAll();
      await healthFile.remove();
      await state.release();
    }
  } catch (error) {
    return refuse(parts.log, error);
  }
}

/** Everything that can be wrong on the runner's own side, before anything is sent anywhere. */
async function prepare(parts: AgentParts, healthFile: HealthFile): Promise<Prepared> {
  const { settings, clock, log } = parts;
  const policy = await loadPolicy(settings.policy);
  const credentials = await loadFrom(parts);
  const facts = { generation: credentials.credentials.generation, startedAtMs: 0 };
  const handlers = await runnerHandlers({
    settings,
    clock,
    log,
    sessions: parts.sessions,
    facts: {
      platform: parts.platform,
      runtimeVersion: parts.runtimeVersion,
      policySha256: policy.sha256,
      startedAtMs: () => facts.startedAtMs,
      operationKinds: () => executor.kinds,
      operationsRunning: () => executor.running,
      credentialsGeneration: () => facts.generation,
    },
  });
  const { operationsMax } = settings;
  const executor = new Executor({ handlers, policy, clock, log, operationsMax });
  const { id } = credentials.credentials.runner;
  const health = new HealthReporter(healthFile, clock, log, id);
  const keys = await makeSealingKeyPair();
  return { ...parts, credentials, keys, executor, health, facts };
}

async function loadFrom({ settings, userId }: AgentParts): Promise<LoadedCredentials> {
  const source = settings.credentials;
  return source.kind === "file"
    ? await loadCredentials(source.path, userId)
    : readCredentials(source.document.expose());
}

/** Both phases, in this order; no operation is accepted before both have passed. */
async function open(options: OpenTunnelOptions): Promise<OpenedTunnel | TunnelRefusal> {
  const authenticated = await authenticateTunnel(options);
  return authenticated.kind === "refused"
    ? authenticated
    : await authenticateControlPlane(authenticated);
}

/** Works until it is told to stop or refused for good, then ends in order. */
async function keepTunnel(prepared: Prepared): Promise<number> {
  const { settings, clock, random, log, health, facts, credentials, stop } = prepared;
  const offline =
    settings.offlineMsMax === undefined
      ? undefined
      : new OfflineWatch(clock, settings.offlineMsMax);
  const keeper = new TunnelKeeper({
    open: async (loaded, signal) => await openWith(prepared, loaded, signal),
    credentials,
    reload: async () => await reload(prepared),
    reconnect: new Reconnect({ clock, random }),
    clock,
    log,
    onState: (state) => {
      if (state.kind === "connected") {
        facts.generation = state.credentials.credentials.generation;
        facts.startedAtMs ||= clock.nowMs();
      }
      health.noteState(state);
      offline?.noteState(state);
    },
  });
  const ended = new AbortController();
  const reporting = health.run(ended.signal);
  const watching =
    settings.credentials.kind === "file"
      ? watch(prepared, settings.credentials.path, keeper, ended.signal)
      : Promise.resolve();
  try {
    return await leave(prepared, keeper, await runUntilEnd(keeper, offline, stop));
  } finally {
    ended.abort();
    await Promise.all([reporting, watching]);
  }
}

/** Phase one cannot begin: with a key of another certificate there is no mutual TLS. */
const keyOfAnother: TunnelRefusal = {
  kind: "refused",
  phase: "tunnel",
  code: "credentials.invalid",
  message: "The private key does not belong to the certificate of the credentials file.",
  isPermanent: true,
};

async function openWith(
  prepared: Prepared,
  { credentials }: LoadedCredentials,
  stop: AbortSignal,
): Promise<OpenedTunnel | TunnelRefusal> {
  const { clock, random, log, keys, executor, force } = prepared;
  if (!isKeyOfCertificate(credentials)) {
    return keyOfAnother;
  }
  const services = tunnelServices(credentials, keys);
  const attempt = new AbortController();
  const abandon = (): void => attempt.abort();
  // A stop ends the attempt; once the tunnel is open, its operations may end in their own time.
  stop.addEventListener("abort", abandon, { once: true });
  try {
    const result = await open({
      credentials,
      operationKinds: executor.kinds,
      sealingPublicKey: keys.publicKey,
      runnerVersion: productVersion,
      clock,
      random,
      log,
      signal: AbortSignal.any([attempt.signal, force]),
      onOperation: (operation, sink) => executor.execute(operation, sink, services),
    });
    if (result.kind === "opened") {
      services.opened(result.api);
    }
    return result;
  } finally {
    stop.removeEventListener("abort", abandon);
  }
}

async function reload(parts: AgentParts): Promise<LoadedCredentials | undefined> {
  try {
    return await loadFrom(parts);
  } catch (error) {
    if (error instanceof Failure) {
      return undefined;
    }
    throw error;
  }
}

async function watch(
  { userId, clock, credentials }: Prepared,
  path: string,
  keeper: TunnelKeeper,
  signal: AbortSignal,
): Promise<void> {
  const options = { path, userId, clock, mark: credentials.mark };
  for await (const change of watchCredentials(options, signal)) {
    keeper.credentialsChanged(change);
  }
}

/** Takes no more operations, lets the running ones end, says goodbye. */
async function leave(prepared: Prepared, keeper: TunnelKeeper, end: RunnerEnd): Promise<number> {
  const { log, executor, health } = prepared;
  reportEnd(log, end);
  health.noteDraining();
  for (const tunnel of keeper.tunnels) {
    tunnel.drain();
  }
  log.info("runner draining", { operationsRunning: executor.running });
  const isInOrder = await drain(prepared, keeper);
  await Promise.all(
    keeper.tunnels.map(async (tunnel) => await tunnel.goodbye("shutdown", "The runner has ended.")),
  );
  log.info("runner ended", { inOrder: isInOrder });
  return exitCodeOfEnd(end, isInOrder);
}

/** Whether every operation has ended by itself and told its result before the time was over. */
async function drain(
  { settings, clock, executor, force }: Prepared,
  keeper: TunnelKeeper,
): Promise<boolean> {
  const late = new AbortController();
  const drained = new AbortController();
  void clock.wait(settings.drainMsMax, drained.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    const over = AbortSignal.any([late.signal, force]);
    const haveEnded = await executor.drain(over, force);
    return (await resultsTold(keeper, clock, over)) && haveEnded;
  } finally {
    drained.abort();
  }
}

/** What was wrong on the runner's own side: neither phase has begun. */
function refuse(log: Log, error: unknown): number {
  if (!(error instanceof Failure)) {
    log.error("runner failed inside", { code: "operation.not_performed" }, error);
    return exitCodes.internal;
  }
  log.error("runner not started", {
    phase: "preparation",
    code: error.code,
    reason: error.message,
    fields: error.fields.map(({ field, problem }) => `${field} ${problem}`),
    next: error.rule.next,
  });
  return exitCodeFor(error.code);
}
