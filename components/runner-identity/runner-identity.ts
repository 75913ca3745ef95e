import * as pulumi from "@pulumi/pulumi";
import { CertRequest } from "@pulumi/tls/certRequest.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { RunnerCredentials } from "../runner-credentials.ts";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { patternRule, wholeNumberRule } from "../runner-workload/argument-rules.ts";
import { credentialsFingerprint } from "../runner-workload/credentials-fingerprint.ts";
import type { RunnerIdentityArgs } from "./runner-identity-args.ts";

/**
 * Who a runner is: a key made in the stack, a certificate for it, and an API key, together in one file.
 *
 * Only the request goes to the control plane; the private key is in the state, encrypted, and in
 * `credentialsFile`. A new epoch makes the next generation first; whatever takes `credentialsFile` is updated
 * with it; the generation before is revoked once the new one has connected, or the overlap has passed. One
 * `RunnerIdentity` for each runner: a new generation ends every other one of its runner.
 */
export class RunnerIdentity extends pulumi.ComponentResource {
  /** Secret: text of the file that the runner starts from. */
  readonly credentialsFile: pulumi.Output<string>;
  /** No secret: 16 hexadecimal digits that change with the file. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** SHA-256 over the certificate's DER, in lower-case hexadecimal. */
  readonly certificateFingerprint: pulumi.Output<string>;
  /** Counts the credentials of the runner from 1. */
  readonly generation: pulumi.Output<number>;
  /** When the certificate ends (ISO 8601, UTC). */
  readonly expiresAt: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that are. */
  constructor(
    name: string,
    args: RunnerIdentityArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    const checked = checkArguments(name, args);
    super("holdfast:index:RunnerIdentity", name, {}, options);
    const key = new PrivateKey(
      `${name}-key`,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this, replacementTrigger: checked.epoch },
    );
    // The control plane takes nothing but the key from it: the names are its own to say.
    const request = new CertRequest(
      `${name}-request`,
      { privateKeyPem: key.privateKeyPem, subject: { commonName: "Holdfast runner" } },
      { parent: this },
    );
    const credentials = new RunnerCredentials(
      `${name}-credentials`,
      {
        ...checked,
        certificateRequestPem: request.certRequestPem,
        privateKeyPem: key.privateKeyPemPkcs8,
      },
      { parent: this },
    );
    this.credentialsFile = pulumi.secret(credentials.credentialsFile);
    this.credentialsFingerprint = credentialsFingerprint(credentials.credentialsFile);
    this.certificateFingerprint = credentials.certificateFingerprint;
    this.generation = credentials.generation;
    this.expiresAt = credentials.expiresAt;
    this.registerOutputs({
      credentialsFile: this.credentialsFile,
      credentialsFingerprint: this.credentialsFingerprint,
      certificateFingerprint: this.certificateFingerprint,
      generation: this.generation,
      expiresAt: this.expiresAt,
    });
  }
}

function checkArguments(name: string, args: RunnerIdentityArgs): Required<RunnerIdentityArgs> {
  const check = new ArgumentCheck(`RunnerIdentity ${name}`);
  const filled = patternRule(/./, "a text that is not empty");
  const lifetimeRule = wholeNumberRule(300, 31_536_000);
  const checked = {
    organization: check.check("organization", args.organization, filled),
    runner: check.check("runner", args.runner, filled),
    epoch: check.check("epoch", args.epoch, filled),
    lifetimeSeconds: check.check("lifetimeSeconds", args.lifetimeSeconds ?? 0, (seconds) => {
      const reason = seconds === 0 ? undefined : lifetimeRule(seconds);
      return reason === undefined ? undefined : `${reason}, or 0`;
    }),
    overlapSeconds: check.check(
      "overlapSeconds",
      args.overlapSeconds ?? 3_600,
      wholeNumberRule(0, 86_400),
    ),
  };
  check.finish();
  return checked;
}
