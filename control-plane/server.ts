import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { sealCredentials } from "@holdfast/protocol/sealing/seal.ts";
import type { Access } from "./access/access.ts";
import { makeAccess } from "./access/cedar-access.ts";
import { makeApiServer } from "./api/api-server.ts";
import { auditHandlers } from "./api/audit/audit-handlers.ts";
import { type AuthenticateApiKey, identifyByApiKey } from "./api/authentication.ts";
import { type CallLimits, makeCallLimits } from "./api/call-limits.ts";
import { connectionHandlers } from "./api/connections/connection-handlers.ts";
import { encryptionHandlers } from "./api/encryption/encryption-handlers.ts";
import type { Handler } from "./api/handler.ts";
import { identityHandlers } from "./api/identity/identity-handlers.ts";
import { makeOperations } from "./api/operations/make-operations.ts";
import { organizationHandlers } from "./api/organizations/organization-handlers.ts";
import { referenceHandlers } from "./api/references/reference-handlers.ts";
import { runnerHandlers } from "./api/runners/runner-handlers.ts";
import { secretHandlers } from "./api/secrets/secret-handlers.ts";
import { serviceAccountHandlers } from "./api/service-accounts/service-account-handlers.ts";
import { variableHandlers } from "./api/variables/variable-handlers.ts";
import { type LocalAuthority, openLocalAuthority } from "./authority/local-authority.ts";
import { makePrivateDirectory, writePrivateFile } from "./authority/private-files.ts";
import { openProvidedAuthority } from "./authority/provided-authority.ts";
import type { RunnerTrust } from "./authority/verify-runner-certificate.ts";
import { resealConnections } from "./connections/reseal-connections.ts";
import { EnvelopeSealer } from "./encryption/envelope-sealer.ts";
import type { RotatableMasterKey } from "./encryption/master-key.ts";
import { openMasterKeyFile } from "./encryption/master-key-file.ts";
import { OrganizationKeys } from "./encryption/organization-keys.ts";
import {
  defaultListenLimits,
  type GuardedListener,
  guardedListener,
} from "./listen/connection-guard.ts";
import {
  type CertificateWatch,
  watchServerCertificate,
} from "./listen/watch-server-certificate.ts";
import { operationLimits } from "./operations/operation-limits.ts";
import { watchOverlaps } from "./runners/end-overlaps.ts";
import type { RunnerDependencies } from "./runners/runner-dependencies.ts";
import { resealSecrets } from "./secrets/reseal-secrets.ts";
import { mintApiKey } from "./service-accounts/api-key.ts";
import { authenticateApiKey } from "./service-accounts/authenticate-api-key.ts";
import { ensureAdministrator, isFirstStart } from "./service-accounts/ensure-administrator.ts";
import { openPeppers, type Peppers } from "./service-accounts/peppers.ts";
import type { ControlPlaneSettings } from "./settings.ts";
import { openEmbeddedStore } from "./storage/open-embedded-store.ts";
import { openPostgresStore } from "./storage/open-postgres-store.ts";
import type { OpenStore } from "./storage/sql-storage.ts";
import type { Storage } from "./stores.ts";
import { TunnelRegistry } from "./tunnel/tunnel-registry.ts";
import { makeTunnelServer, type Server } from "./tunnel/tunnel-server.ts";

const dayMs = 86_400_000;

/** How soon the files of a provided authority are noticed to be others. */
const providedLookEveryMs = 5_000;

/** What a control plane is given; nothing of it is ambient. */
export interface System {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A control plane that serves. */
export interface ControlPlane {
  readonly tunnelPort: number;
  readonly apiPort: number;
  /** Lets what is under way end for `deadlineMs` at most, says goodbye to runners, and closes the store. */
  stop(deadlineMs: number): Promise<void>;
}

/** Starts a control plane, in this order; each step needs the ones before. */
export async function startControlPlane(
  settings: ControlPlaneSettings,
  system: System,
): Promise<ControlPlane> {
  const { clock, log } = system;
  const directory = settings.HOLDFAST_DATA_DIRECTORY;
  makePrivateDirectory(directory);
  const store = await openStore(settings, clock);
  const keys = await openKeys(settings, system, store.storage);
  const tunnels = new TunnelRegistry();
  const endpoints = { tunnel: "", api: "" };
  const core: Core = {
    ...system,
    ...keys,
    storage: store.storage,
    tunnels,
    endpoints,
    limits: makeCallLimits(),
  };

  // Before any tunnel opens: what a process before this one has left can only be ended.
  const operations = makeOperations({ ...core, seal: sealCredentials, limits: operationLimits });
  await operations.recover();

  const runners = runnerDependencies(settings, core);
  const tunnelServer = makeTunnelServer({
    ...core,
    runners,
    trust: runnerTrust(keys.authority),
    proveKey: proveKeyOf(core),
    handlers: referenceHandlers(core),
    certificateOf: (peer) => listeners.tunnel.peerCertificate(peer),
  });
  const api = makeApiServer([...operations.handlers, ...nounHandlers(core, runners)], {
    ...core,
    callerKind: "service-account",
    identify: identifyByApiKey({ limits: core.limits, proveKey: proveKeyOf(core) }),
  });
  const listeners = await listen(settings, core, { tunnel: tunnelServer.server, api: api.server });
  const host = settings.HOLDFAST_LISTEN_HOST;
  endpoints.tunnel = settings.HOLDFAST_TUNNEL_ENDPOINT ?? `${host}:${listeners.tunnel.port}`;
  endpoints.api = settings.HOLDFAST_API_ENDPOINT ?? `${host}:${listeners.api.port}`;
  api.setServing(true);

  const stopped = new AbortController();
  const watching = [
    watchOverlaps(runners, log, stopped.signal),
    watchServerCertificate(certificateWatch(settings, core, listeners), stopped.signal),
  ];
  const ports = { tunnelPort: listeners.tunnel.port, apiPort: listeners.api.port };
  log.info("control plane serves", ports);
  return {
    ...ports,
    stop: async (deadlineMs) => {
      api.setServing(false);
      stopped.abort();
      await Promise.all(watching);
      tunnelServer.drain();
      await operations.drain(deadlineMs);
      await tunnelServer.goodbye();
      await Promise.all([listeners.api.close(deadlineMs), listeners.tunnel.close(deadlineMs)]);
      await store.close();
      log.info("control plane stopped");
    },
  };
}

/** What most parts of the control plane need. */
interface Core extends System {
  readonly storage: Storage;
  readonly masterKey: RotatableMasterKey;
  readonly organizationKeys: OrganizationKeys;
  readonly sealer: EnvelopeSealer;
  readonly peppers: Peppers;
  readonly access: Access;
  readonly authority: LocalAuthority;
  readonly rolesChanged: () => void;
  readonly tunnels: TunnelRegistry;
  readonly limits: CallLimits;
  /** Where the listeners are for others, `host:port`; known once they are open. */
  readonly endpoints: { tunnel: string; api: string };
}

/** Opens every key of the installation, making what is missing at the first start. */
async function openKeys(settings: ControlPlaneSettings, system: System, storage: Storage) {
  const { clock, random, log } = system;
  const directory = settings.HOLDFAST_DATA_DIRECTORY;
  const mayMake = await isFirstStart(storage);
  const masterKey = openMasterKeyFile({
    path: join(directory, "master-key.json"),
    random,
    clock,
    mayMake,
  });
  const peppers = openPeppers({ path: join(directory, "pepper.json"), random, mayMake });
  const access = makeAccess();
  const rolesChanged = (): void => access.advanceEpoch();
  await ensureAdministrator({ ...system, storage, peppers }, async (token) => {
    const path = join(directory, "administrator-key");
    writePrivateFile(path, `${token.expose()}\n`);
    log.info("administrator key written", { path });
    await Promise.resolve();
  });
  const authority = await openAuthority(settings, system);
  const organizationKeys = new OrganizationKeys({ storage, masterKey, clock, random });
  const sealer = new EnvelopeSealer({ storage, keys: organizationKeys, random });
  return { masterKey, organizationKeys, sealer, peppers, access, rolesChanged, authority };
}

/** The authority that was provided, or the control plane's own. */
async function openAuthority(
  settings: ControlPlaneSettings,
  { clock, random }: System,
): Promise<LocalAuthority> {
  const trustDomain = settings.HOLDFAST_TRUST_DOMAIN;
  const directory = settings.HOLDFAST_AUTHORITY_DIRECTORY;
  if (directory === undefined) {
    return await openLocalAuthority({
      directory: join(settings.HOLDFAST_DATA_DIRECTORY, "authority"),
      trustDomain,
      serverNames: settings.HOLDFAST_SERVER_NAMES,
      clock,
      random,
    });
  }
  const endpoints = [settings.HOLDFAST_TUNNEL_ENDPOINT, settings.HOLDFAST_API_ENDPOINT];
  const hosts = endpoints.flatMap((each) => (each === undefined ? [] : [hostOf(each)]));
  const serverNames = [...new Set(hosts)];
  return await openProvidedAuthority({ directory, trustDomain, serverNames, clock, random });
}

/** `[::1]:8443` has an address in brackets (RFC 3986, 3.2.2). */
function hostOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(":")).replaceAll(/^\[|\]$/g, "");
}

function proveKeyOf(core: Core): AuthenticateApiKey {
  return async (token) => await authenticateApiKey(core, token);
}

function runnerDependencies(settings: ControlPlaneSettings, core: Core): RunnerDependencies {
  return {
    ...core,
    mintApiKey: (content) => mintApiKey(core, content),
    certificateLifetimeMs: settings.HOLDFAST_CERTIFICATE_LIFETIME_DAYS * dayMs,
  };
}

/** Everything that callers can do with the nouns. */
function nounHandlers(core: Core, runners: RunnerDependencies): readonly Handler[] {
  return [
    ...auditHandlers(core),
    ...connectionHandlers(core),
    ...encryptionHandlers({
      ...core,
      keys: core.organizationKeys,
      resealAll: [resealSecrets, resealConnections],
    }),
    ...identityHandlers(core),
    ...organizationHandlers(core),
    ...runnerHandlers(runners),
    ...secretHandlers(core),
    ...serviceAccountHandlers(core),
    ...variableHandlers(core),
  ];
}

/** Opens both ports: clients' certificates are asked for on the tunnel's only. */
async function listen(
  settings: ControlPlaneSettings,
  core: Core,
  servers: { readonly tunnel: Server; readonly api: Server },
) {
  const { authority, clock, log } = core;
  const common = { host: settings.HOLDFAST_LISTEN_HOST, limits: defaultListenLimits, clock, log };
  const tls = {
    keyPem: authority.server.privateKeyPem,
    certificatePem: authority.server.chainPem,
  };
  return {
    tunnel: await guardedListener({
      ...common,
      port: settings.HOLDFAST_TUNNEL_PORT,
      server: servers.tunnel,
      tls: { ...tls, clientTrustPem: authority.runnerTrustPem },
    }),
    api: await guardedListener({
      ...common,
      port: settings.HOLDFAST_API_PORT,
      server: servers.api,
      tls: { ...tls, clientTrustPem: undefined },
    }),
  };
}

/** Read again at each check: a provided authority can have other issuers later. */
function runnerTrust(authority: LocalAuthority): RunnerTrust {
  return {
    get trustPem() {
      return authority.runnerIssuersPem;
    },
    trustDomain: authority.trustDomain,
  };
}

/** Renews the certificate of both listeners before it ends, or once another one is provided. */
function certificateWatch(
  settings: ControlPlaneSettings,
  { authority, clock, log }: Core,
  listeners: { readonly tunnel: GuardedListener; readonly api: GuardedListener },
): CertificateWatch {
  const isProvided = settings.HOLDFAST_AUTHORITY_DIRECTORY !== undefined;
  return {
    ...(isProvided ? { lookEveryMs: providedLookEveryMs } : {}),
    renewServer: async () => await authority.renewServer(),
    present: ({ privateKeyPem: keyPem, chainPem: certificatePem }) => {
      listeners.tunnel.renew({ keyPem, certificatePem, clientTrustPem: authority.runnerTrustPem });
      listeners.api.renew({ keyPem, certificatePem, clientTrustPem: undefined });
    },
    clock,
    log,
  };
}

async function openStore(settings: ControlPlaneSettings, clock: Clock): Promise<OpenStore> {
  const urlFile = settings.HOLDFAST_STORE_URL_FILE;
  return urlFile === undefined
    ? await openEmbeddedStore({ directory: join(settings.HOLDFAST_DATA_DIRECTORY, "store"), clock })
    : await openPostgresStore({
        url: new Secret(readFileSync(urlFile, "utf8").trim()),
        clock,
        connectionsMax: 10,
      });
}
