import { createServer, type Server as NetServer, type Socket } from "node:net";
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
  type Server as TlsServer,
} from "node:tls";
import { type ConnectionInjector, type Server, ServerCredentials } from "@grpc/grpc-js";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { assert, Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { AddressRate, type AddressRateLimits } from "./address-rate.ts";

/** What a listener presents and asks for. */
export interface ListenerTls {
  readonly keyPem: Secret<string>;
  /** The certificate followed by its issuers', PEM. */
  readonly certificatePem: string;
  /**
   * What clients' certificates are checked against; undefined if none is asked for. TLS asks but does
   * not refuse, because Node would drop the connection without a word: whoever serves the calls
   * verifies the certificate, and refuses with a reason.
   */
  readonly clientTrustPem: string | undefined;
}

/** What a listener bears. */
export interface ListenLimits {
  /** Connections whose handshake is done. */
  readonly connectionsMax: number;
  /** Handshakes that are under way at the same time; more connections wait for their turn. */
  readonly handshakingMax: number;
  /** Connections that wait for their turn; one more is refused. */
  readonly waitingMax: number;
  /** How long a handshake may take, in milliseconds. */
  readonly handshakeMsMax: number;
  /** The same while others wait for their turn, in milliseconds. */
  readonly handshakeUnderPressureMsMax: number;
  /** How often one address may connect. */
  readonly perAddress: AddressRateLimits;
}

/** Limits for an installation with a few thousand runners, many of them behind one address. */
export const defaultListenLimits: ListenLimits = {
  connectionsMax: 20_000,
  handshakingMax: 256,
  waitingMax: 4_096,
  handshakeMsMax: 10_000,
  handshakeUnderPressureMsMax: 1_000,
  perAddress: { burst: 3_000, perSecond: 50, addressesMax: 10_000 },
};

/** What {@link guardedListener} needs. */
export interface GuardedListenerOptions {
  readonly host: string;
  /** 0 lets the operating system choose. */
  readonly port: number;
  /** Serves the connections that got through. */
  readonly server: Server;
  readonly tls: ListenerTls;
  readonly limits: ListenLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** A listener that is open. */
export interface GuardedListener {
  readonly port: number;
  /** How many connections there are, by how far they have come. */
  readonly counts: {
    readonly waiting: number;
    readonly handshaking: number;
    readonly established: number;
  };
  /**
   * The certificate that a client presented, DER, verified or not: grpc-js tells of verified ones only,
   * and a refusal shall say what was wrong.
   *
   * @param peer as grpc-js names it, `address:port`.
   */
  peerCertificate(peer: string): Uint8Array | undefined;
  /** Presents another certificate from now on; open connections stay. */
  renew(tls: ListenerTls): void;
  /** Accepts nothing more, lets calls end for `graceMs` at most, then closes every connection. */
  close(graceMs: number): Promise<void>;
}

const sweepIntervalMs = 250;

/**
 * Opens a port in front of a gRPC server. It bounds what a peer can cost before anybody has proved
 * anything: connections per address, handshakes at the same time, and how long each may take
 * (a storm of handshakes otherwise hurts the tunnels that are open).
 *
 * @throws {Failure} `settings.invalid` if the address is taken or is not one of this machine.
 */
export async function guardedListener(options: GuardedListenerOptions): Promise<GuardedListener> {
  const guard = new ConnectionGuard(options);
  await guard.listen();
  return guard;
}

class ConnectionGuard implements GuardedListener {
  readonly #options: GuardedListenerOptions;
  readonly #net: NetServer;
  readonly #tls: TlsServer;
  readonly #injector: ConnectionInjector;
  readonly #rate: AddressRate;
  readonly #closing = new AbortController();
  /** In the order of their arrival. */
  readonly #waiting = new Set<Socket>();
  /** By the peer's address and port; the oldest first. */
  readonly #handshaking = new Map<string, { readonly socket: Socket; readonly sinceMs: number }>();
  readonly #established = new Set<TLSSocket>();
  /** By the peer's address and port, as grpc-js names it. */
  readonly #certificates = new Map<string, Uint8Array>();
  #refused = 0;
  #wakeWhenEmpty: (() => void) | undefined;

  constructor(options: GuardedListenerOptions) {
    this.#options = options;
    this.#rate = new AddressRate(options.limits.perAddress);
    // TLS ends here, so grpc-js takes what it gets as the plain stream that it is by then.
    this.#injector = options.server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#tls = createTlsServer({
      ...secureContext(options.tls),
      minVersion: "TLSv1.3",
      ALPNProtocols: ["h2"],
      requestCert: options.tls.clientTrustPem !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: options.limits.handshakeMsMax,
    });
    this.#tls.on("secureConnection", (socket) => this.#establish(socket));
    // A failed handshake has destroyed its socket, which is all that there is to do.
    this.#tls.on("tlsClientError", () => undefined);
    this.#net = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (socket) =>
      this.#accept(socket),
    );
  }

  get port(): number {
    const address = this.#net.address();
    assert(typeof address === "object" && address !== null, "an open listener has a port");
    return address.port;
  }

  get counts(): GuardedListener["counts"] {
    return {
      waiting: this.#waiting.size,
      handshaking: this.#handshaking.size,
      established: this.#established.size,
    };
  }

  peerCertificate(peer: string): Uint8Array | undefined {
    return this.#certificates.get(peer);
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = (cause: Error): void =>
      reject(
        new Failure("settings.invalid", `Nothing can listen on ${host}, port ${port}.`, { cause }),
      );
    this.#net.once("error", refuse);
    this.#net.listen({ host, port, backlog: 4_096 }, resolve);
    await promise;
    this.#net.off("error", refuse);
    this.#net.on("error", (error) => this.#options.log.error("listener failed", {}, error));
    void this.#sweepUntilClosed();
  }

  renew(tls: ListenerTls): void {
    this.#tls.setSecureContext(secureContext(tls));
  }

  async close(graceMs: number): Promise<void> {
    this.#closing.abort(new Error("the listener is closing"));
    this.#net.close();
    const unproved = [...this.#handshaking.values()].map(({ socket }) => socket);
    for (const socket of [...this.#waiting, ...unproved]) {
      socket.destroy();
    }
    this.#injector.drain(graceMs);
    await this.#emptied(graceMs);
    for (const socket of this.#established) {
      socket.destroy();
    }
    this.#injector.destroy();
    this.#options.server.forceShutdown();
  }

  #accept(socket: Socket): void {
    const { limits, clock } = this.#options;
    const address = socket.remoteAddress ?? "";
    // A peer that resets its connection is no event for us.
    socket.on("error", () => undefined);
    const isRefused =
      this.#closing.signal.aborted ||
      this.#established.size >= limits.connectionsMax ||
      this.#waiting.size >= limits.waitingMax ||
      !this.#rate.take(address, clock.monotonicMs());
    if (isRefused) {
      this.#refused += 1;
      socket.destroy();
      return;
    }
    this.#waiting.add(socket);
    const peer = peerOf(socket);
    socket.once("close", () => this.#forget(socket, peer));
    this.#startWaiting();
  }

  #startWaiting(): void {
    for (const socket of this.#waiting) {
      if (this.#handshaking.size >= this.#options.limits.handshakingMax) {
        return;
      }
      this.#waiting.delete(socket);
      this.#handshaking.set(peerOf(socket), {
        socket,
        sinceMs: this.#options.clock.monotonicMs(),
      });
      // A TLS server that does not listen takes connections that somebody else has accepted
      // (documented for `connection` of net.Server and tls.Server).
      this.#tls.emit("connection", socket);
    }
  }

  #establish(socket: TLSSocket): void {
    socket.on("error", () => undefined);
    this.#handshaking.delete(peerOf(socket));
    this.#startWaiting();
    if (socket.destroyed || this.#closing.signal.aborted) {
      socket.destroy();
      return;
    }
    this.#established.add(socket);
    const peer = `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
    this.#rememberCertificate(socket, peer);
    socket.once("close", () => {
      this.#established.delete(socket);
      this.#certificates.delete(peer);
      if (this.#established.size === 0) {
        this.#wakeWhenEmpty?.();
      }
    });
    this.#injector.injectConnection(socket);
  }

  #rememberCertificate(socket: TLSSocket, peer: string): void {
    // Without a certificate Node gives an empty object, whatever its types say.
    const raw: unknown = Reflect.get(socket.getPeerCertificate(), "raw");
    if (raw instanceof Uint8Array) {
      this.#certificates.set(peer, raw);
    }
  }

  #forget(socket: Socket, peer: string): void {
    this.#waiting.delete(socket);
    if (this.#handshaking.get(peer)?.socket === socket) {
      this.#handshaking.delete(peer);
      this.#startWaiting();
    }
  }

  async #sweepUntilClosed(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await clock.wait(sweepIntervalMs, signal);
      } catch {
        // Only the end of the listener interrupts the wait.
        return;
      }
      this.#sweep(clock.monotonicMs());
    }
  }

  /** Ends the handshakes that take too long: sooner if others wait. */
  #sweep(nowMs: number): void {
    const { limits, log } = this.#options;
    const allowedMs =
      this.#waiting.size > 0 ? limits.handshakeUnderPressureMsMax : limits.handshakeMsMax;
    for (const { socket, sinceMs } of [...this.#handshaking.values()]) {
      if (nowMs - sinceMs < allowedMs) {
        break;
      }
      this.#refused += 1;
      socket.destroy();
    }
    if (this.#refused > 0) {
      // One line for all of them: what an attacker does must not fill the log.
      log.warn("connections refused", { count: this.#refused });
      this.#refused = 0;
    }
  }

  async #emptied(graceMs: number): Promise<void> {
    if (this.#established.size === 0) {
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeWhenEmpty = resolve;
    const stopped = new AbortController();
    const waited = this.#options.clock.wait(graceMs, stopped.signal).catch(() => undefined);
    await Promise.race([promise, waited]);
    stopped.abort();
  }
}

/** Tells connections that are open at the same time apart (both ends of TLS know it). */
function peerOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ""} ${socket.remotePort ?? 0}`;
}

function secureContext(tls: ListenerTls): SecureContextOptions {
  return {
    key: tls.keyPem.expose(),
    cert: tls.certificatePem,
    ...(tls.clientTrustPem === undefined ? {} : { ca: tls.clientTrustPem }),
  };
}
