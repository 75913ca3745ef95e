import { createPrivateKey, X509Certificate } from "node:crypto";
import { pki } from "@holdfast/stacks/pki/pki.ts";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { AwsPrivateCaCertificate } from "holdfast/certificate-authority/aws-private-ca-certificate.ts";
import { CertManagerCertificate } from "holdfast/certificate-authority/cert-manager-certificate.ts";
import { CertificateAuthority } from "holdfast/certificate-authority/certificate-authority.ts";
import type { CertificateAuthorityArgs } from "holdfast/certificate-authority/certificate-authority-args.ts";
import { CertificateKey } from "holdfast/certificate-authority/certificate-key.ts";
import { CertificatePurpose } from "holdfast/certificate-authority/certificate-purpose.ts";
import { GcpCaServiceCertificate } from "holdfast/certificate-authority/gcp-ca-service-certificate.ts";
import { ProvidedCertificate } from "holdfast/certificate-authority/provided-certificate.ts";
import { ServerCertificate } from "holdfast/certificate-authority/server-certificate.ts";
import { afterEach, expect, test } from "vitest";
import {
  certificateIssuers,
  type IssuerOptions,
} from "../support/providers/certificate-issuers.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { makeStack, type TestStack, type TestUpdate, textOutput } from "./engine-world.ts";

let standIns: StandIns | undefined;

afterEach(async () => {
  await standIns?.stop();
});

async function open(issuers: IssuerOptions = {}): Promise<TestStack> {
  const rows = certificateIssuers(issuers);
  const kubernetes = kubernetesStandIn();
  standIns = await startStandIns([
    tlsStandIn(),
    { packageName: "aws", resources: rows.aws },
    { packageName: "gcp", resources: rows.gcp },
    { ...kubernetes, resources: { ...kubernetes.resources, ...rows.kubernetes } },
  ]);
  return await makeStack({ environment: standIns.environment });
}

type Generations = CertificateAuthorityArgs["generations"];

/** The stack `pki`, as its configuration says. */
async function configure(
  { stack }: TestStack,
  generations: Generations,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const settings = {
    generations: JSON.stringify(generations),
    serverDnsNames: JSON.stringify(["control-plane.example"]),
    serverIpAddresses: JSON.stringify(["127.0.0.1"]),
    ...more,
  };
  for (const [key, value] of Object.entries(settings)) {
    await stack.setConfig(`holdfast:${key}`, { value });
  }
}

const program: PulumiFn = async () => await pki(new pulumi.Config("holdfast"), "");

/** What an update did, as `operation name`, without the two halves of a replacement. */
function done({ steps }: TestUpdate): readonly string[] {
  return steps
    .filter(({ op }) => !["create-replacement", "delete-replaced"].includes(op))
    .map(({ op, name }) => `${op} ${name}`)
    .sort();
}

const parts = ["root-key", "root"].concat(
  ["runner", "server"].flatMap((of) => [
    `${of}-issuer-key`,
    `${of}-issuer-request`,
    `${of}-issuer`,
  ]),
);
const namesOf = (id: string): readonly string[] => parts.map((part) => `authority-${id}-${part}`);
const each = (op: string, names: readonly string[]): readonly string[] =>
  names.map((name) => `${op} ${name}`).sort();

const certificatesIn = (pem: string): readonly string[] =>
  pem.split(/(?<=-----END CERTIFICATE-----\n)/).map((one) => new X509Certificate(one).subject);

const files = (update: TestUpdate) =>
  update.outputs["controlPlaneFiles"] as Readonly<Record<string, string>>;

test("the stack `pki` makes what it says, and its resources keep their names", async () => {
  const stack = await open();
  await configure(stack, { "2026": { state: "active" } });
  expect(await stack.preview(program)).toEqual({ create: 14 });
  const first = await stack.up(program);

  const urns = (await stack.resources()).map(({ urn }) => urn.split("::").slice(2).join("::"));
  const authority = "holdfast:index:CertificateAuthority";
  const server = "holdfast:index:ServerCertificate";
  expect(urns.sort()).toEqual(
    [
      `${authority}::authority`,
      `${authority}$tls:index/certRequest:CertRequest::authority-2026-runner-issuer-request`,
      `${authority}$tls:index/certRequest:CertRequest::authority-2026-server-issuer-request`,
      `${authority}$tls:index/locallySignedCert:LocallySignedCert::authority-2026-runner-issuer`,
      `${authority}$tls:index/locallySignedCert:LocallySignedCert::authority-2026-server-issuer`,
      `${authority}$tls:index/privateKey:PrivateKey::authority-2026-root-key`,
      `${authority}$tls:index/privateKey:PrivateKey::authority-2026-runner-issuer-key`,
      `${authority}$tls:index/privateKey:PrivateKey::authority-2026-server-issuer-key`,
      `${authority}$tls:index/selfSignedCert:SelfSignedCert::authority-2026-root`,
      `${server}::server`,
      `${server}$tls:index/certRequest:CertRequest::server-request`,
      `${server}$tls:index/locallySignedCert:LocallySignedCert::server-certificate`,
      `${server}$tls:index/privateKey:PrivateKey::server-key`,
    ].sort(),
  );

  const root = new X509Certificate(textOutput(first, "trustBundlePem"));
  const issuer = new X509Certificate(files(first)["runner-issuer.pem"] ?? "");
  const leaf = new X509Certificate(files(first)["server.pem"] ?? "");
  expect([root.ca, issuer.ca, leaf.ca]).toEqual([true, true, false]);
  expect([issuer.verify(root.publicKey), issuer.checkIssued(root)]).toEqual([true, true]);
  expect(certificatesIn(files(first)["server.pem"] ?? "")).toEqual([
    "CN=Holdfast control plane",
    "CN=Holdfast server issuer 2026",
  ]);
  expect([leaf.checkHost("control-plane.example"), leaf.checkIP("127.0.0.1")]).toEqual([
    "control-plane.example",
    "127.0.0.1",
  ]);
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  const keyPem = files(first)["server.key.pem"] ?? "";
  expect(leaf.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
  expect(createPrivateKey(keyPem).asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(first.outputs["rootFingerprints"]).toEqual({
    "2026": root.fingerprint256.replaceAll(":", "").toLowerCase(),
  });

  expect((await stack.up(program)).changes).toEqual({});
  const kept = (await stack.exportedState()) + (await stack.backendText());
  expect(kept).not.toContain("PRIVATE KEY");
  expect(first.text).not.toContain("PRIVATE KEY");
});

test("a generation becomes trusted, active, trusted and retired, and each step changes exactly what it should", async () => {
  const stack = await open();
  await configure(stack, { "2026": { state: "active" } });
  const before = await stack.up(program);

  await configure(stack, { "2026": { state: "active" }, "2027": { state: "trusted" } });
  const trusted = await stack.up(program);
  expect(done(trusted)).toEqual(each("create", namesOf("2027")));
  expect(certificatesIn(textOutput(trusted, "trustBundlePem"))).toEqual([
    "CN=Holdfast root 2026",
    "CN=Holdfast root 2027",
  ]);
  expect(files(trusted)["server.pem"]).toBe(files(before)["server.pem"]);
  expect(files(trusted)["runner-issuer.pem"]).toBe(files(before)["runner-issuer.pem"]);

  await configure(stack, { "2027": { state: "active" }, "2026": { state: "trusted" } });
  const active = await stack.up(program);
  expect(done(active)).toEqual(["replace server-certificate"]);
  expect(active.outputs["activeGeneration"]).toBe("2027");
  expect(textOutput(active, "trustBundlePem")).toBe(textOutput(trusted, "trustBundlePem"));
  expect(certificatesIn(files(active)["runner-issuers.pem"] ?? "")).toEqual([
    "CN=Holdfast runner issuer 2026",
    "CN=Holdfast runner issuer 2027",
  ]);

  // Nobody can leave a step out: the engine refuses to delete the keys of what is still trusted.
  await configure(stack, { "2027": { state: "active" } });
  expect(await stack.failure(program)).toContain("protect");

  await configure(stack, { "2027": { state: "active" }, "2026": { state: "retired" } });
  const retired = await stack.up(program);
  // What is not protected may be gone by the refusal, and comes again: certificates, for the same keys.
  expect(done(retired).filter((step) => !/^create authority-2026-\w+-issuer$/.test(step))).toEqual(
    [],
  );
  expect(certificatesIn(textOutput(retired, "trustBundlePem"))).toEqual(["CN=Holdfast root 2027"]);
  expect(JSON.stringify(retired.outputs)).not.toContain("2026");

  await configure(stack, { "2027": { state: "active" } });
  expect(done(await stack.up(program))).toEqual(each("delete", namesOf("2026")));
  const keys = (await stack.resources()).filter(({ protect }) => protect).map(({ urn }) => urn);
  expect(keys.map((urn) => urn.split("::").at(-1)).sort()).toEqual([
    "authority-2027-root",
    "authority-2027-root-key",
    "authority-2027-runner-issuer-key",
    "authority-2027-runner-issuer-request",
    "authority-2027-server-issuer-key",
    "authority-2027-server-issuer-request",
  ]);
});

test("an epoch makes certificates anew: the server's with its key, an issuer's for the key that it has", async () => {
  const stack = await open();
  await configure(stack, { "2026": { state: "active" } });
  const before = await stack.up(program);

  await configure(stack, { "2026": { state: "active" } }, { serverEpoch: "2" });
  const server = await stack.up(program);
  expect(done(server)).toEqual(
    each("replace", ["server-certificate", "server-key", "server-request"]),
  );
  expect(files(server)["server.key.pem"]).not.toBe(files(before)["server.key.pem"]);

  await configure(stack, { "2026": { state: "active", epoch: "2" } }, { serverEpoch: "2" });
  const issuers = await stack.up(program);
  expect(done(issuers)).toEqual(
    each("replace", [
      "authority-2026-runner-issuer",
      "authority-2026-server-issuer",
      "server-certificate",
    ]),
  );
  expect(files(issuers)["runner-issuer.pem"]).not.toBe(files(before)["runner-issuer.pem"]);
  for (const name of ["runner-issuer.key.pem", "trust.pem"]) {
    expect(files(issuers)[name], name).toBe(files(before)[name]);
  }
  expect(files(issuers)["server.key.pem"]).toBe(files(server)["server.key.pem"]);

  // The step that signs fails once: nothing that works is gone, and the next update ends it.
  standIns?.failOnce(
    ({ method, name }) => method === "create" && name === "server-certificate",
    "no entropy",
  );
  await configure(stack, { "2026": { state: "active", epoch: "2" } }, { serverEpoch: "3" });
  expect(await stack.failure(program)).toContain("no entropy");
  const repaired = await stack.up(program);
  const leaf = new X509Certificate(files(repaired)["server.pem"] ?? "");
  expect(leaf.checkPrivateKey(createPrivateKey(files(repaired)["server.key.pem"] ?? ""))).toBe(
    true,
  );
  expect((await stack.up(program)).changes).toEqual({});
});

test("everything that is wrong is told at once, before anything is made", async () => {
  const stack = await open();
  const bad: Generations = {
    "2026": { state: "active", rootLifetimeHours: 100, issuerLifetimeHours: 101 },
    "2027": { state: "active", epoch: "" },
    "-": { state: "old" as "trusted", rootLifetimeHours: 23 },
  };
  const failure = await stack.failure(async () => {
    new CertificateAuthority("authority", { generations: bad });
  });
  for (const problem of [
    "generations.2026.issuerLifetimeHours must be a whole number from 24 to 100; given: 101",
    'generations.2027.epoch must be a text that is not empty; given: ""',
    "generations.- must be called by 1 to 32",
    'generations.-.state must be one of trusted, active, retired; given: "old"',
    "generations.-.rootLifetimeHours must be a whole number from 24 to 262800; given: 23",
    "generations must have exactly one that is active; given: 2026, 2027",
  ]) {
    expect(failure).toContain(problem);
  }
  const server = await stack.failure(async () => {
    new ServerCertificate("server", {
      issuerCertificatePem: "no certificate",
      issuerPrivateKeyPem: "canary-key",
      lifetimeHours: 0,
    });
  });
  expect(server).toContain("dnsNames must have a name, or ipAddresses an address; given: neither");
  expect(server).toContain("issuerCertificatePem must be a certificate as PEM");
  expect(server).toContain("issuerPrivateKeyPem must be a private key as PEM");
  expect(server).toContain("lifetimeHours must be a whole number from 1 to 17520; given: 0");
  expect(server).not.toContain("canary-key");
  expect(standIns?.calls.filter(({ method }) => method === "create")).toEqual([]);
});

/** One certificate of each other issuer, for one key. */
function otherIssuers(purpose: CertificatePurpose, epoch = "1"): PulumiFn {
  return async () => {
    const key = new CertificateKey("key", { commonName: "server", dnsNames: ["server.example"] });
    const { certificateRequestPem } = key;
    const common = { certificateRequestPem, purpose, epoch };
    const template = purpose === CertificatePurpose.Server ? "server" : "issuer";
    const aws = new AwsPrivateCaCertificate("aws", {
      ...common,
      certificateAuthorityArn:
        "arn:aws-us-gov:acm-pca:us-gov-west-1:123456789012:certificate-authority/1",
    });
    const gcp = new GcpCaServiceCertificate("gcp", {
      ...common,
      pool: "pool",
      location: "europe-west1",
      certificateTemplate: `projects/p/locations/europe-west1/certificateTemplates/${template}`,
    });
    const certManager = new CertManagerCertificate("cert-manager", {
      ...common,
      namespace: "holdfast",
      issuerName: "private",
    });
    const provided = new ProvidedCertificate("provided", {
      certificatePem: aws.certificatePem,
      certificateAuthorityPem: aws.certificateAuthorityPem,
      certificateRequestPem,
      purpose,
    });
    const shape = ({ certificatePem, certificateAuthorityPem }: ProvidedCertificate) => ({
      certificatePem,
      certificateAuthorityPem,
    });
    return {
      issued: [aws, gcp, certManager, provided].map(shape),
      privateKeyPem: key.privateKeyPem,
    };
  };
}

const issuedIn = ({ outputs }: TestUpdate) =>
  outputs["issued"] as readonly {
    readonly certificatePem: string;
    readonly certificateAuthorityPem: string;
  }[];

test("other issuers sign servers' certificates and the issuer of runners, all in one shape", async () => {
  const stack = await open();
  expect(await stack.preview(otherIssuers(CertificatePurpose.Server))).toMatchObject({
    create: 11,
  });
  const servers = await stack.up(otherIssuers(CertificatePurpose.Server));
  const key = createPrivateKey(textOutput(servers, "privateKeyPem"));
  for (const { certificatePem, certificateAuthorityPem } of issuedIn(servers)) {
    const leaf = new X509Certificate(certificatePem);
    expect([leaf.checkPrivateKey(key), leaf.checkHost("server.example"), leaf.ca]).toEqual([
      true,
      "server.example",
      false,
    ]);
    expect(certificatesIn(certificatePem)).toEqual(["CN=server", "CN=issuer"]);
    expect(certificatesIn(certificateAuthorityPem)).toEqual(["CN=issuer's root"]);
  }
  expect((await stack.up(otherIssuers(CertificatePurpose.Server))).changes).toEqual({});

  const again = await stack.up(otherIssuers(CertificatePurpose.Server, "2"));
  expect(done(again)).toEqual(
    each("replace", ["aws-certificate", "cert-manager-certificate", "gcp-certificate"]),
  );
  const issuers = await stack.up(otherIssuers(CertificatePurpose.RunnerIssuer, "2"));
  for (const { certificatePem } of issuedIn(issuers)) {
    expect(new X509Certificate(certificatePem).ca).toBe(true);
  }
  const asked = standIns?.objects.find(({ token }) => token.startsWith("aws:"))?.inputs;
  expect(asked).toMatchObject({
    templateArn:
      "arn:aws-us-gov:acm-pca:::template/SubordinateCACertificate_PathLen0_APIPassthrough/V1",
    validity: { type: "DAYS", value: "730" },
  });
});

test.each([
  [{ hasOtherKey: true }, "does not have the key of the request"],
  [{ uses: ["digital_signature", "client_auth"] }, "is not for server authentication"],
])("a certificate that is not what was asked for ends the update: %o", async (issuer, reason) => {
  const stack = await open(issuer);
  const failure = await stack.failure(otherIssuers(CertificatePurpose.Server));
  expect(failure).toContain("the certificate that was issued");
  expect(failure).toContain(reason);
});

test("options reach what a component makes: transforms, protect, aliases of a rename", async () => {
  const stack = await open();
  const before: PulumiFn = async () => {
    new CertificateAuthority("old", {
      generations: { a: { state: "active" } },
      unsafeUnprotectedKeys: true,
    });
  };
  await stack.up(before);
  expect((await stack.resources()).some(({ protect }) => protect)).toBe(false);
  const seen: string[] = [];
  const renamed: PulumiFn = async () => {
    new CertificateAuthority(
      "new",
      { generations: { a: { state: "active" } }, unsafeUnprotectedKeys: true },
      {
        aliases: [{ name: "old" }],
        protect: true,
        transforms: [
          ({ name, props, opts }) => {
            seen.push(name);
            return { props, opts };
          },
        ],
      },
    );
  };
  expect(done(await stack.up(renamed))).toEqual([]);
  expect(seen.length).toBe(9);
  const resources = await stack.resources();
  expect(resources.every(({ protect }) => protect)).toBe(true);
  expect(resources.every(({ urn }) => /::new[^:]*$/.test(urn))).toBe(true);
});
