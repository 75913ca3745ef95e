import { parse } from "yaml";
import { z } from "zod";

/** Keys that would make the reader run a program, read a file of its machine, or leave TLS unchecked. */
const refusedKeys: Readonly<Record<string, string>> = {
  exec: "runs a program",
  "auth-provider": "runs a program",
  "client-certificate": "refers to a file: use client-certificate-data",
  "client-key": "refers to a file: use client-key-data",
  "certificate-authority": "refers to a file: use certificate-authority-data",
  tokenFile: "refers to a file: use token",
  "insecure-skip-tls-verify": "leaves the server unchecked",
  "proxy-url": "leads the connection elsewhere",
};

const entries = (inner: string) =>
  z.array(z.object({ name: z.string(), [inner]: z.record(z.string(), z.unknown()) })).min(1);

const kubeconfig = z.object({
  clusters: entries("cluster"),
  users: entries("user"),
  contexts: entries("context"),
  "current-context": z.string().min(1),
});

/**
 * What is wrong with a kubeconfig that came from elsewhere: it must hold its credentials itself. Exec
 * plugins, authentication providers and references to files are refused, because they would run or read
 * on the runner what its customer never put there. Values are never repeated.
 *
 * Source: Kubernetes, "Organizing Cluster Access Using kubeconfig Files" and client-go credential plugins.
 */
export function kubeconfigProblems(document: string): readonly string[] {
  let parsed: unknown;
  try {
    parsed = parse(document, { maxAliasCount: 0 });
  } catch {
    // The parser's message quotes the document, which is secret.
    return ["must be a kubeconfig in YAML, without aliases"];
  }
  const read = kubeconfig.safeParse(parsed);
  if (!read.success) {
    return read.error.issues.map(
      (issue) => `${issue.path.join(".") || "kubeconfig"}: ${issue.message}`,
    );
  }
  return [
    ...read.data.clusters.flatMap((entry, at) =>
      refused(`clusters.${at}.cluster`, Reflect.get(entry, "cluster")),
    ),
    ...read.data.users.flatMap((entry, at) =>
      refused(`users.${at}.user`, Reflect.get(entry, "user")),
    ),
  ];
}

function refused(path: string, values: unknown): readonly string[] {
  if (typeof values !== "object" || values === null) {
    return [];
  }
  return Object.keys(values)
    .filter((key) => Object.hasOwn(refusedKeys, key))
    .filter((key) => Reflect.get(values, key) !== false)
    .map((key) => `${path}.${key} ${refusedKeys[key] ?? ""}`);
}
