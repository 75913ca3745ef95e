import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { ChannelCredentials, type ChannelOptions } from "@grpc/grpc-js";
import type { Secret } from "@holdfast/foundation/secret.ts";

/** What a channel checks the other side against, and presents of its own. */
export interface TlsChannelOptions {
  /** Certificates that the server's own must descend from, PEM. */
  readonly trustPem: string;
  /** The client's certificate and key, PEM; undefined where the server asks for none. */
  readonly client?: { readonly certificatePem: string; readonly privateKeyPem: Secret<string> };
  /** Name to expect in the server's certificate; undefined means the endpoint's host. */
  readonly serverName?: string | undefined;
}

/** Host of an endpoint `host:port`; brackets of an IPv6 address are taken off. */
function hostOf(endpoint: string): string {
  return endpoint.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

/**
 * Credentials and options of a channel over TLS. grpc-js sends the host as the name that it wants (SNI),
 * which must not be an address (RFC 6066, section 3) and which Node refuses; for an address another name
 * is sent, and the certificate is checked against the address all the same.
 */
export function tlsChannel(
  endpoint: string,
  options: TlsChannelOptions,
): { readonly credentials: ChannelCredentials; readonly options: ChannelOptions } {
  const expected = options.serverName ?? hostOf(endpoint);
  const isAddress = isIP(expected) !== 0;
  const credentials = ChannelCredentials.createSsl(
    Buffer.from(options.trustPem),
    options.client === undefined ? null : Buffer.from(options.client.privateKeyPem.expose()),
    options.client === undefined ? null : Buffer.from(options.client.certificatePem),
    { checkServerIdentity: (_name, certificate) => checkServerIdentity(expected, certificate) },
  );
  const name = isAddress ? "address.invalid" : options.serverName;
  return {
    credentials,
    options: name === undefined ? {} : { "grpc.ssl_target_name_override": name },
  };
}
