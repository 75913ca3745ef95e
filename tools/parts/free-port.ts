import { createServer } from "node:net";

/**
 * A TCP port of the loopback address that nobody listens on now.
 *
 * guarantee: none for the next moment: who uses it must be ready to try another one.
 */
export async function findFreePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") {
          reject(new Error("a TCP server has no TCP address"));
        } else {
          resolve(address.port);
        }
      });
    });
  });
}
