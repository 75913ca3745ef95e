import type { Values } from "./providers/stand-in-provider.ts";
import { issueCertificate, makeRequest } from "./providers/tls-certificates.ts";
import { makePrivateKey } from "./providers/tls-keys.ts";

/**
 * PEM of a certificate that signs itself, of any kind of key; valid for an hour from now.
 *
 * @param key as `tls:index/privateKey:PrivateKey` takes it, such as `{ algorithm: "ED25519" }`.
 */
export async function selfSignedCertificate(key: Values, isCaCertificate = true): Promise<string> {
  const { privateKeyPem } = makePrivateKey(key).outputs;
  const subject = { commonName: "test authority" };
  const inputs = { privateKeyPem: String(privateKeyPem), subject };
  const { certRequestPem } = (await makeRequest(inputs)).outputs;
  const { certPem } = (
    await issueCertificate(
      {
        ...inputs,
        isCaCertificate,
        validityPeriodHours: 1,
        allowedUses: isCaCertificate ? ["cert_signing"] : ["client_auth"],
      },
      { requestPem: String(certRequestPem) },
      Date.now(),
    )
  ).outputs;
  return String(certPem);
}
