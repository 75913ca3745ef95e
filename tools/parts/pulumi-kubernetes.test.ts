import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { pulumiKubernetesVersion } from "./pulumi-kubernetes.ts";

test("the Kubernetes provider is the one that the SDK asks the engine for", async () => {
  const path = new URL(import.meta.resolve("@pulumi/kubernetes/package.json"));
  const { pulumi } = JSON.parse(await readFile(path, "utf8")) as { pulumi: { version: string } };
  expect(pulumiKubernetesVersion).toBe(pulumi.version);
});
