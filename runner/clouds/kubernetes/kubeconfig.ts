import { createSecureContext } from "node:tls";
import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { z } from "zod";
import { readYaml } from "../../yaml/read-yaml.ts";
import type { ClusterAccess } from "./cluster-access.ts";

/** Larger than any kubeconfig with a few clusters. */
const bytesMax = 256 * 1024;

const base64Text = z
  .string()
  .regex(/^[A-Za-z0-9+/\s]+={0,2}\s*$/, "must be Base64")
  .transform((text) => Buffer.from(text, "base64").toString("utf8"));

const ignored = z.unknown().optional();

const clusterSchema = z.strictObject({
  server: z.url({ protocol: /^https$/, error: "must be an https address" }),
  "certificate-authority-data": base64Text,
  "tls-server-name": z.string().min(1).optional(),
  "disable-compression": ignored,
  extensions: ignored,
});

const userSchema = z.strictObject({
  token: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be printable and without spaces")
    .optional(),
  "client-certificate-data": base64Text.optional(),
  "client-key-data": base64Text.optional(),
  extensions: ignored,
});

const contextSchema = z.strictObject({
  cluster: z.string(),
  user: z.string(),
  namespace: ignored,
  extensions: ignored,
});

const name = z.string().min(1, "must not be empty");

const schema = z.strictObject({
  apiVersion: z.literal("v1", "must be `v1`"),
  kind: z.literal("Config", "must be `Config`"),
  clusters: z.array(z.strictObject({ name, cluster: clusterSchema })).min(1, "must name a cluster"),
  users: z.array(z.strictObject({ name, user: userSchema })).min(1, "must name a user"),
  contexts: z.array(z.strictObject({ name, context: contextSchema })).min(1, "must have a context"),
  "current-context": z.string().min(1, "must name a context"),
  preferences: ignored,
  extensions: ignored,
});

/** What a kubeconfig may say elsewhere and may not say here, and why. */
const refusals: Readonly<Record<string, string>> = {
  exec: "is not allowed: the runner runs no program that a caller names",
  "auth-provider": "is not allowed: the runner runs no program that a caller names",
  tokenFile: "is not allowed: the runner reads no file that a caller names; use token",
  "client-certificate":
    "is not allowed: the runner reads no file that a caller names; use client-certificate-data",
  "client-key": "is not allowed: the runner reads no file that a caller names; use client-key-data",
  "certificate-authority":
    "is not allowed: the runner reads no file that a caller names; use certificate-authority-data",
  "insecure-skip-tls-verify": "is not allowed: the API server's certificate is always checked",
  "proxy-url": "is not allowed: the runner reaches clusters directly",
  username: "is not allowed: Kubernetes knows no passwords any more",
  password: "is not allowed: Kubernetes knows no passwords any more",
  as: "is not allowed: give the user its own permissions instead",
  "as-groups": "is not allowed: give the user its own permissions instead",
  "as-uid": "is not allowed: give the user its own permissions instead",
  "as-user-extra": "is not allowed: give the user its own permissions instead",
};

type Kubeconfig = z.output<typeof schema>;

/**
 * Reads a kubeconfig that came as inline credentials. It must say everything by itself: whatever names
 * a program, a file or a proxy is refused, in each of its entries, because it would let a caller use
 * what the runner's machine has.
 *
 * @throws {Failure} `cloud.credentials_invalid`, naming each field that is wrong; no value is repeated.
 */
export function parseKubeconfig(kubeconfig: Secret<string>): ClusterAccess {
  const text = kubeconfig.expose();
  if (text.length > bytesMax) {
    throw invalid([{ field: "(kubeconfig)", problem: `must have at most ${bytesMax} bytes` }]);
  }
  // The parser's own message quotes the text, which is secret.
  const document = readYaml(text);
  if (document === undefined) {
    throw invalid([{ field: "(kubeconfig)", problem: "is not YAML" }]);
  }
  const read = schema.safeParse(document);
  if (!read.success) {
    throw invalid(read.error.issues.flatMap(describeIssue));
  }
  return accessOf(read.data);
}

function accessOf(config: Kubeconfig): ClusterAccess {
  const context = config.contexts.find((each) => each.name === config["current-context"])?.context;
  const cluster = config.clusters.find((each) => each.name === context?.cluster)?.cluster;
  const user = config.users.find((each) => each.name === context?.user)?.user;
  if (cluster === undefined || user === undefined) {
    throw invalid([
      { field: "current-context", problem: "must name a context whose cluster and user are there" },
    ]);
  }
  const certificate = user["client-certificate-data"];
  const key = user["client-key-data"];
  if ((certificate === undefined) !== (key === undefined)) {
    throw invalid([
      { field: "users.user.client-key-data", problem: "and client-certificate-data go together" },
    ]);
  }
  if (certificate === undefined && user.token === undefined) {
    throw invalid([
      { field: "users.user", problem: "must have a token or a client certificate with its key" },
    ]);
  }
  const server = new URL(cluster.server);
  const access: ClusterAccess = {
    host: server.hostname.replace(/^\[|\]$/g, ""),
    port: server.port === "" ? 443 : Number(server.port),
    basePath: server.pathname.replace(/\/$/, ""),
    ca: cluster["certificate-authority-data"],
    serverName: cluster["tls-server-name"],
    token: user.token === undefined ? undefined : new Secret(user.token),
    certificate:
      certificate === undefined ? undefined : { pem: certificate, key: new Secret(key ?? "") },
    isInline: true,
  };
  checkPem(access);
  return access;
}

/** OpenSSL takes them or not; asked here, the answer names the field. */
function checkPem({ ca, certificate }: ClusterAccess): void {
  if (!ca.includes("-----BEGIN CERTIFICATE-----") || !isTaken({ ca })) {
    throw invalid([
      {
        field: "clusters.cluster.certificate-authority-data",
        problem: "must be certificates in PEM",
      },
    ]);
  }
  if (
    certificate !== undefined &&
    !isTaken({ cert: certificate.pem, key: certificate.key.expose() })
  ) {
    throw invalid([
      {
        field: "users.user.client-certificate-data",
        problem: "and client-key-data must be a certificate and its own key in PEM",
      },
    ]);
  }
}

function isTaken(options: Parameters<typeof createSecureContext>[0]): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    // What OpenSSL says of a key is of no use to a caller, and may say too much.
    return false;
  }
}

function describeIssue(issue: z.core.$ZodIssue): readonly FieldProblem[] {
  const path = issue.path.join(".");
  if (issue.code !== "unrecognized_keys") {
    return [{ field: path || "(kubeconfig)", problem: issue.message }];
  }
  return issue.keys.map((key) => ({
    field: path === "" ? key : `${path}.${key}`,
    problem: refusals[key] ?? "is not allowed here",
  }));
}

function invalid(fields: readonly FieldProblem[]): Failure {
  const list = fields.map(({ field, problem }) => `${field} ${problem}`).join("; ");
  return new Failure("cloud.credentials_invalid", `The kubeconfig cannot be used: ${list}.`, {
    fields,
  });
}
