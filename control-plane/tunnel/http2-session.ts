import type { ServerHttp2Session } from "node:http2";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { tunnelLimits } from "@holdfast/protocol/tunnel/limits.ts";

/** How many interceptors a call may be wrapped in. */
const wrappersMax = 8;

/**
 * The HTTP/2 session that a call came through, which grpc-js knows and does not tell.
 *
 * @returns undefined if this version of grpc-js keeps it elsewhere: everything works without it, with a
 *   smaller window. A test measures that it is found.
 */
export function sessionOf(
  call: ServerDuplexStream<object, object>,
): ServerHttp2Session | undefined {
  let inner: unknown = Reflect.get(call, "call");
  for (let depth = 0; depth < wrappersMax && isObject(inner); depth += 1) {
    const stream: unknown = Reflect.get(inner, "stream");
    const session: unknown = isObject(stream) ? Reflect.get(stream, "session") : undefined;
    if (isSession(session)) {
      return session;
    }
    inner = Reflect.get(inner, "nextCall");
  }
  return undefined;
}

/**
 * Raises the flow-control windows of a connection for what the runner sends. grpc-js has an option for
 * clients only, and with the default of 64 KiB a runner sends 64 KiB in each round trip.
 */
export function raiseWindows(session: ServerHttp2Session): void {
  session.settings({ initialWindowSize: tunnelLimits.streamWindowBytes });
  session.setLocalWindowSize(tunnelLimits.connectionWindowBytes);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isSession(value: unknown): value is ServerHttp2Session {
  return (
    isObject(value) &&
    typeof Reflect.get(value, "settings") === "function" &&
    typeof Reflect.get(value, "setLocalWindowSize") === "function"
  );
}
