import { X509Certificate } from "node:crypto";
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { CertRequest } from "@pulumi/tls/certRequest.js";
import { LocallySignedCert } from "@pulumi/tls/locallySignedCert.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { SelfSignedCert } from "@pulumi/tls/selfSignedCert.js";
import { afterEach, expect, test } from "vitest";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { PublishedTypes } from "../support/providers/published-types.ts";
import { randomStandIn } from "../support/providers/random.ts";
import {
  type StandInProvider,
  textOf,
  unknownValue,
  type Values,
} from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { makeStack, type TestStack, textOutput } from "./engine-world.ts";

type Program = pulumi.automation.PulumiFn;

const started: StandIns[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((standIns) => standIns.stop()));
});

async function world(
  ...providers: readonly StandInProvider[]
): Promise<{ readonly standIns: StandIns; readonly stack: TestStack }> {
  const standIns = await startStandIns(providers);
  started.push(standIns);
  return { standIns, stack: await makeStack({ environment: standIns.environment }) };
}

/** A role that is as simple as a row can be. */
function awsRoleStandIn(): StandInProvider {
  return {
    packageName: "aws",
    resources: {
      "aws:iam/role:Role": {
        replaceOn: ["name", "namePrefix", "path"],
        autoName: { property: "name", maxLength: 64, unless: "namePrefix" },
        deleteBeforeReplace: true,
        create: async (inputs, { configuration }) => ({
          id: textOf(inputs, "name"),
          outputs: {
            arn: `arn:aws:iam::${textOf(configuration, "profile")}:role/${textOf(inputs, "name")}`,
          },
        }),
      },
    },
  };
}

test("what is made lives across updates, replaces on change, and is gone after destroy", async () => {
  const { standIns, stack } = await world(randomStandIn());
  const program = (byteLength: number): Program => {
    return async () => {
      const id = new RandomId("id", { byteLength });
      const password = new RandomPassword("password", { length: 12 });
      return { hex: id.hex, password: password.result };
    };
  };
  expect(await stack.preview(program(4))).toMatchObject({ create: 3 });
  expect(standIns.objects).toEqual([]);
  const first = await stack.up(program(4));
  expect(first.outputs["hex"]).toMatch(/^[0-9a-f]{8}$/);
  const password = textOutput(first, "password");
  expect(await stack.exportedState()).not.toContain(password);
  expect((await stack.up(program(4), true)).changes).toEqual({});
  standIns.forgetCalls();
  const second = await stack.up(program(5));
  expect(second.steps.map(({ op, name }) => `${op} ${name}`)).toEqual([
    "create-replacement id",
    "replace id",
    "delete-replaced id",
  ]);
  expect(standIns.calls.map(({ method, name }) => `${method} ${name}`)).toEqual([
    "create id",
    "delete id",
  ]);
  expect(standIns.objects.map(({ outputs }) => outputs["hex"])).toContain(second.outputs["hex"]);
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("a failure that is injected fails the update once, and the next update goes on from there", async () => {
  const { standIns, stack } = await world(randomStandIn());
  const program: Program = async () => {
    new RandomId("id", { byteLength: 4 });
  };
  standIns.failOnce(({ method, name }) => method === "create" && name === "id", "no entropy left");
  expect(await stack.failure(program)).toContain("no entropy left");
  expect(standIns.objects).toEqual([]);
  expect((await stack.up(program)).changes).toEqual({ create: 1 });
  expect(standIns.objects).toHaveLength(1);
});

test("an object that did not become ready is kept, and the next update goes on with it", async () => {
  const { standIns, stack } = await world(kubernetesStandIn());
  const program: Program = async () => {
    new Secret("entry", { stringData: { file: "x" } });
  };
  standIns.failOnce(({ method }) => method === "create", "it is not ready", { isPartial: true });
  expect(await stack.failure(program)).toContain("it is not ready");
  const [made] = standIns.objects;
  expect((await stack.up(program)).changes).toEqual({ update: 1 });
  expect(standIns.objects.map(({ id }) => id)).toEqual([made?.id]);
});

test("a nested property that is misspelled fails the update with its path; spelled right, it passes", async () => {
  const { stack } = await world(kubernetesStandIn());
  const deployment = (securityContext: object): Program => {
    const labels = { app: "x" };
    return async () => {
      new Deployment("workload", {
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: "runner", image: "x", securityContext }] },
          },
        },
      });
    };
  };
  const path = "spec.template.spec.containers[0].securityContext";
  const text = await stack.failure(deployment({ readonlyRootFilesystem: true, runAsUser: "1" }));
  expect(text).toContain(`${path}.readonlyRootFilesystem: is not among the published properties`);
  expect(text).toContain(`${path}.runAsUser: must be a number`);
  await stack.up(deployment({ readOnlyRootFilesystem: true, runAsUser: 1 }));
});

test("a type of resource that the stand-in has not fails", async () => {
  const { stack } = await world(awsRoleStandIn());
  const text = await stack.failure(async () => {
    new LogGroup("log");
  });
  expect(text).toContain("has no resource aws:cloudwatch/logGroup:LogGroup");
});

test("types are found in each vendor's package: names, what must be given, kinds, enumerations, settings", async () => {
  const problems = async (token: string, inputs: Values): Promise<readonly string[]> => {
    const types = await PublishedTypes.of(token.split(":")[0] ?? "");
    return types.problemsOf(token, inputs).map(({ property }) => property);
  };
  expect(await problems("aws:iam/role:Role", { assumeRolePolicys: "{}" })).toEqual([
    "assumeRolePolicys",
    "assumeRolePolicy",
  ]);
  expect(await problems("aws:iam/role:Role", { assumeRolePolicy: unknownValue })).toEqual([]);
  const vault = (name: string) => ({
    resourceGroupName: "group",
    properties: { tenantId: "t", sku: { family: "A", name }, enableRbacAuthorization: true },
  });
  expect(await problems("azure-native:keyvault:Vault", vault("standard"))).toEqual([]);
  expect(await problems("azure-native:keyvault:Vault", vault("standrad"))).toEqual([
    "properties.sku.name",
  ]);
  const pool = (mountPath: string) => ({
    location: "europe-west1",
    template: { containers: [{ image: "x", volumeMounts: [{ name: "v", [mountPath]: "/x" }] }] },
  });
  expect(await problems("gcp:cloudrunv2/workerPool:WorkerPool", pool("mountPath"))).toEqual([]);
  expect(await problems("gcp:cloudrunv2/workerPool:WorkerPool", pool("mountpath"))).toEqual([
    "template.containers[0].volumeMounts[0].mountpath",
    "template.containers[0].volumeMounts[0].mountPath",
  ]);
  expect(await problems("azuread:index/application:Application", {})).toEqual(["displayName"]);
  const role = { metadata: { labels: { a: 1 } }, rules: {} };
  expect(await problems("kubernetes:rbac.authorization.k8s.io/v1:Role", role)).toEqual([
    'metadata.labels["a"]',
    "rules",
  ]);
  const aws = await PublishedTypes.of("aws");
  expect(aws.problemsOfConfiguration({ regoin: "x", region: "y" })).toMatchObject([
    { property: "regoin" },
  ]);
});

test("names are made once, kept, and given anew to a replacement; a fixed name is freed first", async () => {
  const { standIns, stack } = await world(awsRoleStandIn());
  const program = (path: string, name?: string): Program => {
    return async () => {
      new Role("role", { assumeRolePolicy: "{}", path, ...(name === undefined ? {} : { name }) });
    };
  };
  await stack.up(program("/a/"));
  const [first] = standIns.objects;
  expect(first?.id).toMatch(/^role-[0-9a-f]{7}$/);
  expect((await stack.up(program("/a/"))).changes).toEqual({});
  await stack.up(program("/b/"));
  expect(standIns.objects[0]?.id).not.toBe(first?.id);
  await stack.up(program("/b/", "fixed"));
  standIns.forgetCalls();
  await stack.up(program("/c/", "fixed"));
  expect(standIns.calls.map(({ method }) => method)).toEqual(["delete", "create"]);
});

test("each instance of a provider has its own configuration", async () => {
  const { standIns, stack } = await world(awsRoleStandIn());
  await stack.up(async () => {
    for (const profile of ["111111111111", "222222222222"]) {
      const provider = new AwsProvider(`account-${profile}`, { profile });
      new Role(`role-${profile}`, { name: "same", assumeRolePolicy: "{}" }, { provider });
    }
  });
  expect(standIns.objects.map(({ outputs }) => outputs["arn"]).toSorted()).toEqual([
    "arn:aws:iam::111111111111:role/same",
    "arn:aws:iam::222222222222:role/same",
  ]);
});

test("an immutable entry is replaced before the workload moves, and labels change in place", async () => {
  const { standIns, stack } = await world(kubernetesStandIn());
  const program = (content: string, label: string): Program => {
    return async () => {
      const secret = new Secret("entry", {
        metadata: { labels: { team: label } },
        immutable: true,
        stringData: { "runner.json": pulumi.secret(content) },
      });
      const labels = { app: "runner" };
      const volumes = [{ name: "credentials", secret: { secretName: secret.metadata.name } }];
      const workload = new Deployment("workload", {
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: "runner", image: "x" }], volumes },
          },
        },
      });
      return { uid: workload.metadata.uid, name: secret.metadata.name };
    };
  };
  const first = await stack.up(program("canary-one", "a"));
  expect(first.outputs["name"]).toMatch(/^entry-[0-9a-f]{8}$/);
  expect(first.outputs["uid"]).toMatch(/^[0-9a-f-]{36}$/);
  standIns.forgetCalls();
  expect((await stack.up(program("canary-one", "b"))).changes).toEqual({ update: 1 });
  standIns.forgetCalls();
  const second = await stack.up(program("canary-two", "b"));
  expect(standIns.calls.map(({ method, name }) => `${method} ${name}`)).toEqual([
    "create entry",
    "update workload",
    "delete entry",
  ]);
  expect(second.outputs["uid"]).toBe(first.outputs["uid"]);
  const encoded = Buffer.from("canary-two").toString("base64");
  const state = await stack.backendText();
  expect(state).not.toContain("canary-two");
  expect(state).not.toContain(encoded);
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("certificates are real: the leaf chains to the root, has the request's names, and renews when it is due", async () => {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  const { stack } = await world(tlsStandIn({ now: () => nowMs }));
  const program = (use = "client_auth"): Program => {
    return async () => {
      const key = (name: string): PrivateKey =>
        new PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" });
      const rootKey = key("root");
      const root = new SelfSignedCert("root", {
        privateKeyPem: rootKey.privateKeyPem,
        isCaCertificate: true,
        maxPathLength: 0,
        subject: { commonName: "root" },
        allowedUses: ["cert_signing", "crl_signing"],
        validityPeriodHours: 87_600,
      });
      const request = new CertRequest("leaf", {
        privateKeyPem: key("leaf").privateKeyPem,
        subject: { commonName: "leaf" },
        uris: ["spiffe://example.org/organization/org_1/runner/run_1"],
        dnsNames: ["localhost"],
        ipAddresses: ["127.0.0.1"],
      });
      const leaf = new LocallySignedCert("leaf", {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: rootKey.privateKeyPem,
        caCertPem: root.certPem,
        allowedUses: ["digital_signature", use],
        validityPeriodHours: 720,
        earlyRenewalHours: 240,
      });
      return {
        root: root.certPem,
        leaf: leaf.certPem,
        end: leaf.validityEndTime,
        key: rootKey.privateKeyPem,
      };
    };
  };
  expect(await stack.failure(program("clientAuth"))).toContain("allowedUses[1]: must be one of");
  const first = await stack.up(program());
  const root = new X509Certificate(textOutput(first, "root"));
  const leaf = new X509Certificate(textOutput(first, "leaf"));
  expect(root.ca).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.checkIssued(root)).toBe(true);
  expect(leaf.verify(root.publicKey)).toBe(true);
  expect(leaf.subjectAltName).toBe(
    "DNS:localhost, IP Address:127.0.0.1, URI:spiffe://example.org/organization/org_1/runner/run_1",
  );
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect(textOutput(first, "end")).toBe("2030-01-31T00:00:00.000Z");
  expect(textOutput(first, "key")).toContain("BEGIN EC PRIVATE KEY");
  expect(await stack.backendText()).not.toContain("PRIVATE KEY");
  nowMs += 19 * 86_400_000;
  expect((await stack.up(program())).changes).toEqual({});
  nowMs += 86_400_000;
  expect((await stack.up(program())).changes).toEqual({ replace: 1 });
});
