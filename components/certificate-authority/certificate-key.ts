import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";
import type { CertificateKeyArgs } from "./certificate-key-args.ts";
import { checkNames, epochRule } from "./certificate-rules.ts";
import { makeKeyAndRequest } from "./make-key-and-request.ts";

/** A P-256 key and a request that is signed with it, for an issuer that is not in the stack. */
export class CertificateKey extends pulumi.ComponentResource {
  /** PKCS #10 request (RFC 2986), PEM. */
  readonly certificateRequestPem: pulumi.Output<string>;
  /** Secret: the key, PKCS #8 PEM. */
  readonly privateKeyPem: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that are. */
  constructor(
    name: string,
    args: CertificateKeyArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    const check = new ArgumentCheck(`CertificateKey ${name}`);
    const commonNameRule = patternRule(/^.{1,64}$/, "a text of 1 to 64 characters");
    const settings = {
      ...checkNames(args, check),
      commonName: check.check("commonName", args.commonName, commonNameRule),
      epoch: check.check("epoch", args.epoch ?? "1", epochRule),
    };
    check.finish();
    super("holdfast:index:CertificateKey", name, {}, options);
    const { privateKeyPem, requestPem } = makeKeyAndRequest(this, name, settings);
    this.certificateRequestPem = requestPem;
    this.privateKeyPem = privateKeyPem;
    this.registerOutputs({
      certificateRequestPem: this.certificateRequestPem,
      privateKeyPem: this.privateKeyPem,
    });
  }
}
