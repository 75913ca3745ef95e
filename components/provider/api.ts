import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { Client } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { tlsChannel } from "@holdfast/protocol/grpc/tls-channel.ts";
import { type Environment, isSet } from "./check-configuration.ts";
import { environmentNames } from "./configuration.ts";
import { text } from "./input.ts";
import type { PropertyMap } from "./property-value.ts";

/** Makes the client of the control plane's API. */
export type Connect = (configuration: PropertyMap, environment: Environment) => Promise<ApiClient>;

/**
 * Reads the files that the configuration names and makes a channel (TLS, the server's certificate checked
 * against the authority that is named). Nothing crosses the network before the first call.
 *
 * @throws {Failure} `settings.invalid`, naming the property whose file cannot be read.
 */
export const connectToApi: Connect = async (configuration, environment) => {
  const endpoint = setting(configuration, environment, "endpoint");
  const authority = await readAuthority(configuration, environment);
  const apiKey = await readApiKey(configuration, environment);
  const channel = tlsChannel(endpoint, { trustPem: authority });
  return new ApiClient(new Client(endpoint, channel.credentials, channel.options), apiKey);
};

async function readAuthority(
  configuration: PropertyMap,
  environment: Environment,
): Promise<string> {
  const pem = text(configuration, "caCertificate");
  if (pem !== "") {
    return pem;
  }
  const path = setting(configuration, environment, "caCertificateFile");
  return path === "" ? rootCertificates.join("\n") : await read(path, "caCertificateFile");
}

async function readApiKey(
  configuration: PropertyMap,
  environment: Environment,
): Promise<Secret<string>> {
  const key = text(configuration, "apiKey");
  return new Secret(
    key === ""
      ? (await read(setting(configuration, environment, "apiKeyFile"), "apiKeyFile")).trim()
      : key,
  );
}

function setting(
  configuration: PropertyMap,
  environment: Environment,
  name: keyof typeof environmentNames,
): string {
  const given = text(configuration, name);
  const fallback = environment[environmentNames[name]];
  return given === "" && isSet(fallback) ? fallback : given;
}

async function read(path: string, field: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Failure("settings.invalid", `The file of the provider's ${field} cannot be read.`, {
      cause,
      fields: [{ field, problem: `must be the path of a file that can be read; it is ${path}` }],
    });
  }
}
