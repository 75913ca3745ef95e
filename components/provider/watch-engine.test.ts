import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { watchEngine } from "./watch-engine.ts";

/** Something that answers where an engine would: gRPC needs no more than HTTP/2 to be connected. */
async function startEngine(): Promise<{
  readonly address: string;
  /** Waits for another connection that both sides have agreed on. */
  connected(): Promise<ServerHttp2Session>;
  /** Ends without a word. */
  kill(): void;
}> {
  const server = createServer();
  const sessions: ServerHttp2Session[] = [];
  let next = Promise.withResolvers<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => undefined);
    // The other side has acknowledged what we said.
    session.once("localSettings", () => {
      next.resolve(session);
      next = Promise.withResolvers();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const kill = (): void => {
    server.close();
    for (const session of sessions) {
      session.destroy();
    }
  };
  onTestFinished(kill);
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, connected: async () => await next.promise, kill };
}

/** Watches, and keeps how often it was told. */
function watch(address: string): { readonly told: string[]; readonly gone: Promise<void> } {
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  watchEngine(address, () => {
    told.push("gone");
    resolve();
  });
  return { told, gone: promise };
}

test("an engine that has ended without a word is noticed, and told once", async () => {
  const engine = await startEngine();
  const connected = engine.connected();
  const { told, gone } = watch(engine.address);
  await connected;
  expect(told).toEqual([]);
  engine.kill();
  await gone;
  expect(told).toEqual(["gone"]);
});

test("a connection that was lost is made again, and an engine that answers is not gone", async () => {
  const engine = await startEngine();
  const connected = engine.connected();
  const { told, gone } = watch(engine.address);
  const session = await connected;
  const again = engine.connected();
  session.destroy();
  await again;
  expect(told).toEqual([]);
  engine.kill();
  await gone;
  expect(told).toEqual(["gone"]);
});
