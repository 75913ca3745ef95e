import type { ClientHttp2Session } from "node:http2";
import { connect as connectHttp2 } from "node:http2";
import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { tunnelLimits } from "@holdfast/protocol/tunnel/limits.ts";
import { expect, test } from "vitest";
import { eventually } from "../../test/support/eventually.ts";
import { raiseWindows, sessionOf } from "./http2-session.ts";

const path = "/test.Tunnel/Open";
const same = (bytes: Buffer): Buffer => bytes;

/** How many bytes a client gets rid of while the server reads nothing: the windows, measured. */
async function bytesUnread(onCall: (call: ServerDuplexStream<Buffer, Buffer>) => void) {
  const server = new Server();
  let isServed = false;
  server.register(
    path,
    (call: ServerDuplexStream<Buffer, Buffer>) => {
      isServed = true;
      onCall(call);
    },
    same,
    same,
    "bidi",
  );
  const { promise, resolve } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, port) =>
    resolve(port),
  );
  const session: ClientHttp2Session = connectHttp2(`http://127.0.0.1:${await promise}`);
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  await eventually(() => isServed, "the call");
  // The update of the window is on its way before the answer to this ping.
  await new Promise<void>((done) => {
    session.ping(() => done());
  });
  stream.write(Buffer.alloc(8 * 1024 * 1024));
  let left = -1;
  await eventually(() => {
    const now = session.state.remoteWindowSize ?? 0;
    const isStill = now === left;
    left = now;
    return isStill;
  }, "the window to be spent");
  const sent = 8 * 1024 * 1024 - (stream.state.localWindowSize ?? 0);
  const { remoteWindowSize = 0 } = session.state;
  session.destroy();
  server.forceShutdown();
  return { sent, remoteWindowSize };
}

test("the session behind a call is found in this version of grpc-js, and its windows can be raised", async () => {
  const before = await bytesUnread(() => undefined);
  let isFound = false;
  const after = await bytesUnread((call) => {
    const session = sessionOf(call);
    isFound = session !== undefined;
    if (session !== undefined) {
      raiseWindows(session);
    }
  });
  expect(isFound).toBe(true);
  // What is left of the connection's window after the stream's was spent.
  expect(before.remoteWindowSize).toBeLessThanOrEqual(65_535);
  expect(after.remoteWindowSize).toBe(
    tunnelLimits.connectionWindowBytes - tunnelLimits.streamWindowBytes,
  );
});

test("where grpc-js keeps the session elsewhere, there is none, and nothing breaks", () => {
  expect(sessionOf({} as ServerDuplexStream<object, object>)).toBeUndefined();
  const looped: Record<string, unknown> = {};
  looped["nextCall"] = looped;
  expect(
    sessionOf({ call: looped } as unknown as ServerDuplexStream<object, object>),
  ).toBeUndefined();
});
