import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { oneOfRule, patternRule, wholeNumberRule } from "../runner-workload/argument-rules.ts";
import type {
  CertificateAuthorityArgs,
  CertificateGenerationArgs,
} from "./certificate-authority-args.ts";
import { CertificateGenerationState } from "./certificate-generation-state.ts";
import { type Generation, type GenerationSettings, makeGeneration } from "./make-generation.ts";
import { fingerprintOf, joinCertificates } from "./pem.ts";

/**
 * The certificate authority of an installation: in each generation a root, an issuer of runners' certificates
 * and an issuer of servers' certificates; all keys P-256.
 *
 * Its keys are in the state, encrypted: give it a stack of its own (docs/certificates.md). A key changes with
 * its generation only, an issuer's certificate with the generation's epoch too, and nothing with time.
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** Roots of all generations that are not retired, PEM, in the order of their ids: what certificates are
   * checked against. */
  readonly trustBundlePem: pulumi.Output<string>;
  /** Id of the generation that signs. */
  readonly activeGeneration: pulumi.Output<string>;
  /** Certificate of the issuer that signs runners' certificates, PEM. */
  readonly runnerIssuerCertificatePem: pulumi.Output<string>;
  /** Secret: its key, PKCS #8 PEM. The control plane has it and nobody else. */
  readonly runnerIssuerPrivateKeyPem: pulumi.Output<string>;
  /** Issuers of runners' certificates of all generations that are not retired, PEM: whose certificates the
   * control plane accepts. */
  readonly runnerIssuerCertificatesPem: pulumi.Output<string>;
  /** Certificate of the issuer that signs servers' certificates, PEM. */
  readonly serverIssuerCertificatePem: pulumi.Output<string>;
  /** Secret: its key, PKCS #8 PEM. For `ServerCertificate` in the same stack; nobody else needs it. */
  readonly serverIssuerPrivateKeyPem: pulumi.Output<string>;
  /** SHA-256 over each root's DER, in lower-case hexadecimal, by the generation's id, not the retired ones. */
  readonly rootFingerprints: pulumi.Output<Record<string, string>>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that are. */
  constructor(
    name: string,
    args: CertificateAuthorityArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    const { settings, active } = checkArguments(name, args);
    super("holdfast:index:CertificateAuthority", name, {}, options);
    const made = settings.map((each) => ({
      ...each,
      generation: makeGeneration(this, name, each),
    }));
    const trusted = made.filter(({ state }) => state !== CertificateGenerationState.Retired);
    const signing = pick(made, active);
    this.trustBundlePem = bundle(trusted, ({ rootPem }) => rootPem);
    this.activeGeneration = pulumi.output(active);
    this.runnerIssuerCertificatePem = signing.runners.certificatePem;
    this.runnerIssuerPrivateKeyPem = signing.runners.privateKeyPem;
    this.runnerIssuerCertificatesPem = bundle(trusted, ({ runners }) => runners.certificatePem);
    this.serverIssuerCertificatePem = signing.servers.certificatePem;
    this.serverIssuerPrivateKeyPem = signing.servers.privateKeyPem;
    this.rootFingerprints = fingerprints(trusted);
    this.registerOutputs({
      trustBundlePem: this.trustBundlePem,
      activeGeneration: this.activeGeneration,
      runnerIssuerCertificatePem: this.runnerIssuerCertificatePem,
      runnerIssuerPrivateKeyPem: this.runnerIssuerPrivateKeyPem,
      runnerIssuerCertificatesPem: this.runnerIssuerCertificatesPem,
      serverIssuerCertificatePem: this.serverIssuerCertificatePem,
      serverIssuerPrivateKeyPem: this.serverIssuerPrivateKeyPem,
      rootFingerprints: this.rootFingerprints,
    });
  }
}

interface MadeGeneration {
  readonly id: string;
  readonly generation: Generation;
}

function pick(made: readonly MadeGeneration[], id: string): Generation {
  const found = made.find((each) => each.id === id);
  if (found === undefined) {
    throw new Error(`the generation ${id} has been made`);
  }
  return found.generation;
}

function bundle(
  made: readonly MadeGeneration[],
  of: (generation: Generation) => pulumi.Output<string>,
): pulumi.Output<string> {
  return pulumi.all(made.map(({ generation }) => of(generation))).apply(joinCertificates);
}

function fingerprints(made: readonly MadeGeneration[]): pulumi.Output<Record<string, string>> {
  const each = made.map(
    ({ id, generation }) => [id, generation.rootPem.apply(fingerprintOf)] as const,
  );
  return pulumi.output(Object.fromEntries(each));
}

interface CheckedGeneration extends GenerationSettings {
  readonly state: CertificateGenerationState;
}

/** Sorted by id: the order that a program writes them in must not change a bundle. */
function checkArguments(name: string, args: CertificateAuthorityArgs) {
  const check = new ArgumentCheck(`CertificateAuthority ${name}`);
  check.checkPlain("unsafeUnprotectedKeys", args.unsafeUnprotectedKeys);
  check.checkPlain("generations", args.generations);
  const isProtected = args.unsafeUnprotectedKeys !== true;
  const settings = Object.entries(args.generations)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, generation]) => checkGeneration({ id, isProtected }, generation, check));
  const active = settings.filter(({ state }) => state === CertificateGenerationState.Active);
  if (active.length !== 1) {
    const given = active.length === 0 ? "none" : active.map(({ id }) => id).join(", ");
    check.report("generations", `must have exactly one that is active; given: ${given}`);
  }
  check.finish();
  return { settings, active: active[0]?.id ?? "" };
}

function checkGeneration(
  { id, isProtected }: { readonly id: string; readonly isProtected: boolean },
  args: CertificateGenerationArgs,
  check: ArgumentCheck,
): CheckedGeneration {
  const path = `generations.${id}`;
  const rootLifetimeHours = args.rootLifetimeHours ?? 87_600;
  const issuerLifetimeHours = args.issuerLifetimeHours ?? Math.min(17_520, rootLifetimeHours);
  check.checkPlain(
    path,
    id,
    patternRule(
      /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
      "called by 1 to 32 of a-z, 0-9 and `-`, not at an end",
    ),
  );
  check.checkPlain(
    `${path}.state`,
    args.state,
    oneOfRule(Object.values(CertificateGenerationState)),
  );
  check.checkPlain(`${path}.rootLifetimeHours`, rootLifetimeHours, wholeNumberRule(24, 262_800));
  check.checkPlain(
    `${path}.issuerLifetimeHours`,
    issuerLifetimeHours,
    wholeNumberRule(24, Math.max(24, Math.min(262_800, rootLifetimeHours))),
  );
  return {
    id,
    state: args.state,
    epoch: check.check(
      `${path}.epoch`,
      args.epoch ?? "1",
      patternRule(/./, "a text that is not empty"),
    ),
    rootLifetimeHours,
    issuerLifetimeHours,
    isProtected: isProtected && args.state !== CertificateGenerationState.Retired,
  };
}
