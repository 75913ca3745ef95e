import type { Client } from "@grpc/grpc-js";
import { fromServiceError } from "@holdfast/protocol/grpc/failure-status.ts";

/** What a server says of itself (grpc.health.v1.HealthCheckResponse.ServingStatus). */
const statuses = ["unknown", "serving", "not-serving", "service-unknown"] as const;

/** Whether a server serves. */
export type ServingStatus = (typeof statuses)[number];

/**
 * Asks `grpc.health.v1.Health/Check` for the server as a whole. The request has no field set, and the
 * answer is one enum in field 1, so there is nothing to generate.
 *
 * @throws {Failure} `control_plane.unavailable` if nobody answers within `deadlineMs`.
 */
export async function checkHealth(client: Client, deadline: Date): Promise<ServingStatus> {
  const { promise, resolve, reject } = Promise.withResolvers<ServingStatus>();
  client.makeUnaryRequest(
    "/grpc.health.v1.Health/Check",
    () => Buffer.alloc(0),
    (bytes: Buffer): ServingStatus => statuses[bytes[0] === 8 ? (bytes[1] ?? 0) : 0] ?? "unknown",
    {},
    { deadline },
    (error, status) => {
      if (error === null) {
        resolve(status ?? "unknown");
      } else {
        reject(fromServiceError(error));
      }
    },
  );
  return await promise;
}
