import { connect, createServer, type Socket } from "node:net";

/** A way to a port that can become a black hole: nothing arrives any more, and nobody is told. */
export interface BlackHole {
  readonly port: number;
  /** From now on nothing goes through in either direction. */
  swallow(): void;
  /** Resets every connection, as a machine does that has crashed. */
  reset(): void;
  close(): void;
}

/** Opens a way to `port` on this machine. */
export async function openBlackHole(port: number): Promise<BlackHole> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => {
        if (isOpen) {
          to.write(bytes);
        }
      });
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        if (isOpen) {
          to.destroy();
        }
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    swallow: () => {
      isOpen = false;
    },
    reset: () => {
      for (const socket of sockets) {
        socket.resetAndDestroy();
      }
    },
    close: () => {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
