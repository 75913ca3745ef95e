import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/**
 * What stands for the credentials where they must not be: 16 hexadecimal digits of their SHA-256.
 *
 * Not a secret: the file has a private key and an API key, 256 random bits each, so that nobody can try
 * contents until one fits.
 */
export function credentialsFingerprint(credentials: pulumi.Input<string>): pulumi.Output<string> {
  const digest = pulumi
    .output(credentials)
    .apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 16));
  return pulumi.unsecret(digest);
}
