import { Client } from "@grpc/grpc-js";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { tlsChannel } from "@holdfast/protocol/grpc/tls-channel.ts";

/** A client of the API at `endpoint` over real TLS; close it with its own `close`. */
export function openApiClient(
  endpoint: string,
  trustPem: string,
  apiKey: Secret<string> | undefined,
): ApiClient {
  const channel = tlsChannel(endpoint, { trustPem });
  return new ApiClient(new Client(endpoint, channel.credentials, channel.options), apiKey);
}
