import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { randomDigits } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { makeCertificateRequest } from "@holdfast/protocol/identity/certificate-request.ts";
import { hasCode, replacePrivateFile } from "../files/private-file.ts";

const privateFolder = 0o700;

/** Where `holdfast dev` keeps everything, as absolute paths; stacks/automation/contract.ts names the same. */
export interface DevFolder {
  readonly root: string;
  readonly lock: string;
  readonly record: string;
  readonly context: string;
  readonly controlPlane: string;
  readonly administratorKey: string;
  readonly trust: string;
  readonly logs: {
    readonly controlPlane: string;
    readonly stackUpdate: string;
    readonly runner: string;
  };
  readonly pulumi: string;
  readonly pulumiPassphrase: string;
  readonly runnerKey: string;
  readonly runnerRequest: string;
  readonly runnerCredentials: string;
  readonly runnerPolicy: string;
  readonly runnerState: string;
  readonly state: string;
  readonly statePassphrase: string;
}

/** The paths below `root`. */
export function devFolderAt(root: string): DevFolder {
  const controlPlane = join(root, "control-plane");
  return {
    root,
    lock: join(root, "dev.lock"),
    record: join(root, "dev.json"),
    context: join(root, "context.json"),
    controlPlane,
    administratorKey: join(controlPlane, "administrator-key"),
    trust: join(controlPlane, "authority", "root.pem"),
    logs: {
      controlPlane: join(root, "logs", "control-plane.log"),
      stackUpdate: join(root, "logs", "stack-update.log"),
      runner: join(root, "logs", "runner.log"),
    },
    pulumi: join(root, "pulumi"),
    pulumiPassphrase: join(root, "pulumi", "passphrase"),
    runnerKey: join(root, "runner", "key.pem"),
    runnerRequest: join(root, "runner", "request.pem"),
    runnerCredentials: join(root, "runner", "credentials.json"),
    runnerPolicy: join(root, "runner", "policy.yaml"),
    runnerState: join(root, "runner", "run"),
    state: join(root, "state"),
    statePassphrase: join(root, "state-passphrase"),
  };
}

/** Makes the folders, 0700. */
export async function makeDevFolder(folder: DevFolder): Promise<void> {
  const inside = [folder.pulumi, folder.runnerState, folder.state, join(folder.root, "logs")];
  for (const path of [folder.root, ...inside]) {
    await mkdir(path, { recursive: true, mode: privateFolder });
    await chmod(path, privateFolder);
  }
}

/** Makes what is missing of keys, passphrases and the policy; what is there stays as it is. */
export async function makeDevFiles(
  folder: DevFolder,
  runner: string,
  random: Random,
): Promise<void> {
  for (const path of [folder.pulumiPassphrase, folder.statePassphrase]) {
    await makeOnce(path, () => `${randomDigits(32, random)}\n`, random);
  }
  await makeOnce(folder.runnerPolicy, () => policyText, random);
  // Both or none: a key without its request, or another's, is of no use.
  if (!((await isThere(folder.runnerKey)) && (await isThere(folder.runnerRequest)))) {
    const { privateKeyPem, requestPem } = makeCertificateRequest({ commonName: runner });
    await replacePrivateFile(folder.runnerKey, privateKeyPem.expose(), random);
    await replacePrivateFile(folder.runnerRequest, requestPem, random);
  }
}

/** What the runner of `holdfast dev` may do; everything else is refused. */
const policyText = `# What this runner may do at all (docs/runner-policy.md). Change it and start again.
version: 1
rules:
  - name: describe-and-read
    decision: allow
    operations: ["runner.*", "kubernetes.*"]
    effects: [read]
  - name: stacks-of-the-state-connection
    decision: allow
    operations: ["pulumi.*"]
    connections: ["state"]
`;

async function makeOnce(path: string, make: () => string, random: Random): Promise<void> {
  if (!(await isThere(path))) {
    await replacePrivateFile(path, make(), random);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    // Empty counts as missing: a power loss may have left the name without the content.
    return (await readFile(path)).length > 0;
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      return false;
    }
    throw error;
  }
}
