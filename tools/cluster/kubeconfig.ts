import { readFile, writeFile } from "node:fs/promises";
import { type ClusterLayout, certificatePath, kubeconfigPath } from "./layout.ts";

/**
 * Writes a kubeconfig for the client certificate `identity`, with the certificates themselves in it: a copy of the
 * file works wherever the API server can be reached.
 */
export async function writeKubeconfig(layout: ClusterLayout, identity: string): Promise<void> {
  const encode = async (file: string): Promise<string> =>
    await readFile(certificatePath(layout, file), "base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "holdfast",
        cluster: {
          server: `https://${layout.api.address}:${layout.api.port}`,
          "certificate-authority-data": await encode("ca.crt"),
        },
      },
    ],
    users: [
      {
        name: identity,
        user: {
          "client-certificate-data": await encode(`${identity}.crt`),
          "client-key-data": await encode(`${identity}.key`),
        },
      },
    ],
    contexts: [{ name: "holdfast", context: { cluster: "holdfast", user: identity } }],
    "current-context": "holdfast",
  };
  // JSON is YAML.
  await writeFile(kubeconfigPath(layout, identity), JSON.stringify(config, null, 2), {
    mode: 0o600,
  });
}
