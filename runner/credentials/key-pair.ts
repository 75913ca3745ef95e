import { createPrivateKey, X509Certificate } from "node:crypto";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";

/** Whether the private key of a credentials file belongs to its certificate; TLS would not even begin. */
export function isKeyOfCertificate({ certificate, privateKey }: RunnerCredentialsFile): boolean {
  try {
    const key = createPrivateKey(privateKey.expose());
    return new X509Certificate(certificate).checkPrivateKey(key);
  } catch {
    // What cannot be read belongs to nothing; OpenSSL's words on a key may say too much.
    return false;
  }
}
