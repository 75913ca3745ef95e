import * as pulumi from "@pulumi/pulumi";
import { providerVersion } from "./version.ts";

/** Where the control plane is, and who calls. */
export interface ProviderArgs {
  /** Host and port of the control plane's API, such as `localhost:8444`; `HOLDFAST_ENDPOINT` by default. */
  readonly endpoint?: pulumi.Input<string> | undefined;
  /** API key. It is in the state, encrypted; `apiKeyFile` keeps it out. */
  readonly apiKey?: pulumi.Input<string> | undefined;
  /** Path of a file with the API key, read at the first call; `HOLDFAST_API_KEY_FILE` by default. */
  readonly apiKeyFile?: pulumi.Input<string> | undefined;
  /** PEM that the control plane's certificate is checked against; the authorities of the system by default. */
  readonly caCertificate?: pulumi.Input<string> | undefined;
  /** Path of a file with that PEM; `HOLDFAST_CA_CERTIFICATE_FILE` by default. */
  readonly caCertificateFile?: pulumi.Input<string> | undefined;
}

/** One control plane and one caller. Several of them: one provider each, named explicitly by the resources. */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, args: ProviderArgs, options?: pulumi.ResourceOptions) {
    const { apiKey, ...plain } = args;
    const inputs = {
      ...plain,
      ...(apiKey === undefined ? {} : { apiKey: pulumi.secret(apiKey) }),
    };
    super("holdfast", name, inputs, pulumi.mergeOptions({ version: providerVersion }, options));
  }
}
