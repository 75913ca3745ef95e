import * as pulumi from "@pulumi/pulumi";
import { CertRequest } from "@pulumi/tls/certRequest.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import type { CertificateNames } from "./certificate-rules.ts";

/** What a request says, and what makes another one. */
export interface RequestSettings extends CertificateNames {
  readonly commonName: pulumi.Input<string>;
  readonly epoch: pulumi.Input<string>;
}

/** Makes a P-256 key and a request that is signed with it. */
export function makeKeyAndRequest(
  parent: pulumi.Resource,
  name: string,
  { commonName, dnsNames, ipAddresses, epoch }: RequestSettings,
): { readonly privateKeyPem: pulumi.Output<string>; readonly requestPem: pulumi.Output<string> } {
  const key = new PrivateKey(
    `${name}-key`,
    { algorithm: "ECDSA", ecdsaCurve: "P256" },
    { parent, replacementTrigger: epoch },
  );
  const request = new CertRequest(
    `${name}-request`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName },
      // An empty list is not the same as none to every provider.
      ...(dnsNames.length === 0 ? {} : { dnsNames }),
      ...(ipAddresses.length === 0 ? {} : { ipAddresses }),
    },
    { parent },
  );
  return {
    privateKeyPem: pulumi.secret(key.privateKeyPemPkcs8),
    requestPem: request.certRequestPem,
  };
}
