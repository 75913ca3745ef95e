import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { sealCredentials } from "@holdfast/protocol/sealing/seal.ts";
import { makeAccess } from "./access/cedar-access.ts";
import { makeApiServer } from "./api/api-server.ts";
import { auditHandlers } from "./api/audit/audit-handlers.ts";
import { identifyByApiKey } from "./api/authentication.ts";
import { makeCallLimits } from "./api/call-limits.ts";
import { connectionHandlers } from "./api/connections/connection-handlers.ts";
import { encryptionHandlers } from "./api/encryption/encryption-handlers.ts";
import { identityHandlers } from "./api/identity/identity-handlers.ts";
import { makeOperations } from "./api/operations/make-operations.ts";
import { organizationHandlers } from "./api/organizations/organization-handlers.ts";
import { referenceHandlers } from "./api/references/reference-handlers.ts";
import { runnerHandlers } from "./api/runners/runner-handlers.ts";
import { secretHandlers } from "./api/secrets/secret-handlers.ts";
import { serviceAccountHandlers } from "./api/service-accounts/service-account-handlers.ts";
import { variableHandlers } from "./api/variables/variable-handlers.ts";
import { openLocalAuthority } from "./authority/local-authority.ts";
import { makePrivateDirectory, writePrivateFile } from "./authority/private-files.ts";
import { EnvelopeSealer } from "./encryption/envelope-sealer.ts";
import { openMasterKeyFile } from "./encryption/master-key-file.ts";
import { defaultListenLimits, guardedListener } from "./listen/connection-guard.ts";
import { operationLimits } from "./operations/operation-limits.ts";
import { watchOverlaps } from "./runners/end-overlaps.ts";
import { authenticateApiKey, mintApiKey } from "./service-accounts/api-key.ts";
import { openPeppers } from "./service-accounts/peppers.ts";
import { ensureAdministrator } from "./service-accounts/service-account-life-cycle.ts";
import type { ControlPlaneSettings } from "./settings.ts";
import { openEmbeddedStore } from "./storage/open-embedded-store.ts";
import { openPostgresStore } from "./storage/open-postgres-store.ts";
import type { OpenStore } from "./storage/sql-storage.ts";
import { TunnelRegistry } from "./tunnel/tunnel-registry.ts";
import { makeTunnelServer } from "./tunnel/tunnel-server.ts";

const dayMs = 86_400_000;

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
  { clock, random, log }: System,
): Promise<ControlPlane> {
  const directory = settings.HOLDFAST_DATA_DIRECTORY;
  makePrivateDirectory(directory);
  const store = await openStore(settings, clock);
  const { storage } = store;

  const masterKey = openMasterKeyFile(join(directory, "master-key.json"), random);
  const sealer = new EnvelopeSealer({ storage, masterKey, clock, random });
  const peppers = openPeppers(join(directory, "pepper.json"), random);
  const access = makeAccess();
  const accounts = {
    storage,
    clock,
    random,
    peppers,
    rolesChanged: () => access.advanceEpoch(),
  };
  const administratorKey = await ensureAdministrator(accounts);
  if (administratorKey !== undefined) {
    writePrivateFile(join(directory, "administrator-key"), `${administratorKey.expose()}\n`);
    log.info("administrator key written", { path: join(directory, "administrator-key") });
  }
  const authority = await openLocalAuthority({
    directory: join(directory, "authority"),
    trustDomain: settings.HOLDFAST_TRUST_DOMAIN,
    serverNames: settings.HOLDFAST_SERVER_NAMES,
    clock,
    random,
  });

  const tunnels = new TunnelRegistry();
  const limits = makeCallLimits();
  const proveKey = async (token: Parameters<typeof authenticateApiKey>[1]) =>
    await authenticateApiKey(accounts, token);
  const pipeline = { storage, access, limits, clock, random, log };
  const common = { storage, sealer, clock, random };
  const endpoints = {
    tunnel: settings.HOLDFAST_TUNNEL_ENDPOINT ?? "",
    api: settings.HOLDFAST_API_ENDPOINT ?? "",
  };
  const runners = {
    ...common,
    authority,
    tunnels,
    endpoints,
    mintApiKey: (content: Parameters<typeof mintApiKey>[1]) => mintApiKey(accounts, content),
    certificateLifetimeMs: settings.HOLDFAST_CERTIFICATE_LIFETIME_DAYS * dayMs,
  };

  // Before any tunnel opens: what a process before this one has left can only be ended.
  const operations = makeOperations({
    ...common,
    tunnels,
    seal: sealCredentials,
    log,
    limits: operationLimits,
  });
  await operations.recover();

  const tunnelServer = makeTunnelServer({
    ...pipeline,
    tunnels,
    runners,
    trust: { trustPem: authority.runnerTrustPem, trustDomain: authority.trustDomain },
    proveKey,
    handlers: referenceHandlers(common),
    certificateOf: (peer) => tunnelListener.peerCertificate(peer),
  });
  const api = makeApiServer(
    [
      ...auditHandlers({ storage }),
      ...connectionHandlers(common),
      ...encryptionHandlers({ ...common, masterKey }),
      ...identityHandlers({ storage }),
      ...operations.handlers,
      ...organizationHandlers(common),
      ...runnerHandlers(runners),
      ...secretHandlers(common),
      ...serviceAccountHandlers(accounts),
      ...variableHandlers(common),
    ],
    {
      ...pipeline,
      callerKind: "service-account",
      identify: identifyByApiKey({ limits, proveKey }),
    },
  );

  const listen = { host: settings.HOLDFAST_LISTEN_HOST, limits: defaultListenLimits, clock, log };
  const tls = { keyPem: authority.server.privateKeyPem, certificatePem: authority.server.chainPem };
  const tunnelListener = await guardedListener({
    ...listen,
    port: settings.HOLDFAST_TUNNEL_PORT,
    server: tunnelServer.server,
    tls: { ...tls, clientTrustPem: authority.runnerTrustPem },
  });
  const apiListener = await guardedListener({
    ...listen,
    port: settings.HOLDFAST_API_PORT,
    server: api.server,
    tls: { ...tls, clientTrustPem: undefined },
  });
  const host = settings.HOLDFAST_LISTEN_HOST;
  endpoints.tunnel ||= `${host}:${tunnelListener.port}`;
  endpoints.api ||= `${host}:${apiListener.port}`;
  api.setServing(true);

  const stopped = new AbortController();
  const watching = watchOverlaps(runners, log, stopped.signal);
  log.info("control plane serves", {
    tunnelPort: tunnelListener.port,
    apiPort: apiListener.port,
  });
  return {
    tunnelPort: tunnelListener.port,
    apiPort: apiListener.port,
    stop: async (deadlineMs) => {
      api.setServing(false);
      stopped.abort();
      await watching;
      await operations.drain(deadlineMs);
      tunnelServer.goodbye();
      await apiListener.close(deadlineMs);
      await tunnelListener.close(deadlineMs);
      await store.close();
      log.info("control plane stopped");
    },
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
