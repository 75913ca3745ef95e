import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../parts/run.ts";

/** A certificate of the cluster: who it is for, and what it proves to whom. */
interface CertificateRequest {
  readonly file: string;
  readonly subject: string;
  readonly usage: "serverAuth" | "clientAuth";
  /** Names and addresses of a server, as OpenSSL writes them. */
  readonly names?: string;
}

const validDays = 30;
const advice = "install openssl and run this again.";
const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/**
 * Makes the cluster's own authority and the certificates of its parts, as in production: each part proves who it is,
 * and the API server gives it what its role needs.
 *
 * shape: `ca.crt`, `ca.key`, `<name>.crt`, `<name>.key` in `folder`; `service-account.key` and `.pub` sign and check
 * the tokens of service accounts.
 *
 * @throws {PartFailure} if OpenSSL is missing or fails.
 */
export async function createCertificates(
  folder: string,
  node: { readonly name: string; readonly address: string; readonly apiServiceAddress: string },
): Promise<void> {
  const authority = ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=holdfast-cluster"];
  const usage = "keyUsage=critical,keyCertSign,digitalSignature,cRLSign";
  const options = { folder, advice };
  await run(
    "openssl",
    ["req", "-x509", ...curve, ...authority, "-days", String(validDays), "-addext", usage],
    options,
  );
  await Promise.all([
    ...listRequests(node).map((request) => issue(folder, request)),
    createServiceAccountKey(folder),
  ]);
}

function listRequests(node: {
  readonly name: string;
  readonly address: string;
  readonly apiServiceAddress: string;
}): readonly CertificateRequest[] {
  const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  const apiServerNames = [...new Set([node.address, "127.0.0.1", node.apiServiceAddress])].map(
    (address) => `IP:${address}`,
  );
  const apiServerHosts = ["localhost", ...service, "kubernetes.default.svc.cluster.local"].map(
    (name) => `DNS:${name}`,
  );
  const client = (file: string, subject: string): CertificateRequest => ({
    file,
    subject,
    usage: "clientAuth",
  });
  const server = (file: string, subject: string, names: string): CertificateRequest => ({
    file,
    subject,
    usage: "serverAuth",
    names,
  });
  const asNode = `/O=system:nodes/CN=system:node:${node.name}`;
  return [
    server("api-server", "/CN=kube-apiserver", [...apiServerNames, ...apiServerHosts].join(",")),
    server("kubelet-server", asNode, `IP:${node.address},DNS:${node.name}`),
    client("api-server-to-kubelet", "/O=system:masters/CN=kube-apiserver-kubelet-client"),
    client("kubelet", asNode),
    client("controller-manager", "/CN=system:kube-controller-manager"),
    client("scheduler", "/CN=system:kube-scheduler"),
    client("proxy", "/CN=system:kube-proxy"),
    client("coredns", "/CN=system:coredns"),
    client("admin", "/O=system:masters/CN=admin"),
  ];
}

async function issue(folder: string, request: CertificateRequest): Promise<void> {
  const { file, subject, usage, names } = request;
  const options = { folder, advice };
  const key = ["-keyout", `${file}.key`, "-out", `${file}.csr`, "-subj", subject];
  await run("openssl", ["req", ...curve, ...key], options);
  const extensions = [
    `extendedKeyUsage=${usage}`,
    "keyUsage=digitalSignature",
    ...(names === undefined ? [] : [`subjectAltName=${names}`]),
  ];
  await writeFile(join(folder, `${file}.ext`), `${extensions.join("\n")}\n`);
  // A serial number is random, so that certificates can be made side by side.
  const signing = ["-CA", "ca.crt", "-CAkey", "ca.key", "-days", String(validDays)];
  const files = ["-in", `${file}.csr`, "-out", `${file}.crt`, "-extfile", `${file}.ext`];
  await run("openssl", ["x509", "-req", ...files, ...signing], options);
}

async function createServiceAccountKey(folder: string): Promise<void> {
  const options = { folder, advice };
  const key = ["-name", "prime256v1", "-genkey", "-noout", "-out", "service-account.key"];
  await run("openssl", ["ecparam", ...key], options);
  const pair = ["-in", "service-account.key", "-pubout", "-out", "service-account.pub"];
  await run("openssl", ["ec", ...pair], options);
}
