import { existsSync } from "node:fs";
import { join } from "node:path";
import { failureCatalog } from "@holdfast/foundation/failure-catalog.ts";
import { expect, test } from "vitest";
import { filesOf, root, shippedFiles } from "./repository.ts";

/** Files that may take the value out of a Secret, each with its reason. */
const mayExpose: Readonly<Record<string, string>> = {
  "runner/agent.ts": "reads the credentials that came in the environment",
  "runner/credentials/key-pair.ts": "checks that the key belongs to the certificate",
  "cli/dev/dev-folder.ts": "writes the runner's key into its own file, 0600",
  "cli/runner/fill-in-private-key.ts": "puts the key that was made here into the credentials file",
  "cli/secret/secrets.ts": "sends a value that was read from standard input or a file",
  "components/provider/property-value.ts": "marks values as secret in the engine's own encoding",
  "control-plane/api/references/reference-handlers.ts": "gives a runner the values it refers to",
  "control-plane/api/runners/runner-handlers.ts": "returns the credentials file, once",
  "control-plane/api/secrets/secret-handlers.ts": "returns a value to a caller that may read it",
  "control-plane/api/service-accounts/service-account-handlers.ts": "returns a new API key, once",
  "control-plane/encryption/envelope-sealer.ts": "encrypts and decrypts",
  "control-plane/encryption/master-key-file.ts": "wraps and unwraps",
  "control-plane/encryption/seal-bytes.ts": "encrypts and decrypts",
  "control-plane/listen/connection-guard.ts": "hands the server's key to TLS",
  "control-plane/operations/live/operation-work.ts": "seals inline credentials to the runner",
  "control-plane/runners/mint-credentials.ts": "writes the credentials file",
  "control-plane/server.ts": "writes the administrator's key into its own file, 0600",
  "control-plane/service-accounts/api-key.ts": "makes and compares digests",
  "control-plane/storage/open-postgres-store.ts": "hands the database's URL to its driver",
  "protocol/grpc/client.ts": "sends the API key with a call",
  "protocol/grpc/tls-channel.ts": "hands the client's key to TLS",
  "runner/children/run-child.ts": "writes to a child's standard input",
  "runner/clouds/kubernetes/kubeconfig.ts": "reads an inline kubeconfig",
  "runner/clouds/kubernetes/kubernetes-client.ts": "authenticates at the Kubernetes API",
  "runner/operations/pulumi/child-environment.ts":
    "gives the child process what its operation refers to",
  "runner/operations/pulumi/masker.ts": "masks the values in what the engine says",
  "runner/operations/pulumi/project.ts": "writes configuration to a child's standard input",
  "runner/operations/pulumi/source-git.ts": "authenticates at a git server",
  "runner/operations/pulumi/stack-operation.ts": "writes configuration to a child's standard input",
  "runner/tunnel/open-tunnel.ts": "sends the API key as phase two",
};

test("a secret's value is taken out only in files that are listed, each with its reason", () => {
  const exposing = shippedFiles
    .filter(({ text }) => /\.expose\(\)/.test(text))
    .map(({ path }) => path)
    .sort();
  expect(exposing).toEqual(Object.keys(mayExpose).sort());
});

test("no file has a name that says nothing", () => {
  const empty = /(^|\/)(utils?|helpers?|common|misc|types|core|manager)(\.ts|\/)/;
  expect(shippedFiles.filter(({ path }) => empty.test(path)).map(({ path }) => path)).toEqual([]);
});

test("every unit test stands beside the file that it tests", () => {
  const lonely = filesOf(
    /^(foundation|protocol|control-plane|runner|components|cli)\/.*\.test\.ts$/,
  )
    .map(({ path }) => path)
    .filter((path) => !existsSync(join(root, path.replace(/\.test\.ts$/, ".ts"))));
  expect(lonely).toEqual([]);
});

test("every failure code is used, and only codes of the catalog are", () => {
  const texts = shippedFiles
    .filter(({ path }) => path !== "foundation/failure-catalog.ts")
    .map(({ text }) => text)
    .join("\n");
  const unused = Object.keys(failureCatalog).filter((code) => !texts.includes(`"${code}"`));
  expect(unused).toEqual([]);
});

test("every word of ours has one meaning: the words that are not used are replaced", () => {
  const banned: ReadonlyMap<RegExp, string> = new Map([
    [/\btenants?\b/i, "organization"],
    [/\b(white|black)list/i, "allow list or deny list"],
    [/\bmaster branch\b/i, "main branch"],
  ]);
  // Microsoft's word for a directory: it stands where the directory is meant, in what is about Azure.
  const withoutAzure = (text: string): string =>
    text
      .split("\n")
      .filter((line) => !/azure|cross-tenant/i.test(line))
      .join("\n")
      .replaceAll(/tenant[-_]?id/gi, "");
  const isAboutAzure = (path: string): boolean => /azure|\baks\b|container-apps/.test(path);
  const found = [...shippedFiles, ...filesOf(/\.(md|proto)$/)].flatMap(({ path, text }) =>
    [...banned]
      .filter(([, instead]) => instead !== "organization" || !isAboutAzure(path))
      .filter(([word]) => word.test(withoutAzure(text)))
      .map(([word, replacement]) => `${path}: ${word.source}: write ${replacement}`),
  );
  expect(found).toEqual([]);
});

test("no unfinished work is marked in the source", () => {
  const marked = shippedFiles.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, index) =>
        /\b(TODO|FIXME|XXX)\b|not (yet )?implemented/i.test(line) ? [`${path}:${index + 1}`] : [],
      ),
  );
  expect(marked).toEqual([]);
});

test("a skipped test gives its reason", () => {
  const silent = filesOf(/\.test\.ts$/).flatMap(({ path, text }) =>
    /\b(test|it|describe)\.(skip|todo|only)\b/.test(text) &&
    path !== "test/architecture/tidy.test.ts"
      ? [path]
      : [],
  );
  expect(silent).toEqual([]);
});
