import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { filesOf, root, type SourceFile } from "./repository.ts";

/**
 * What an example may use without making it: an identity, a runner, providers of accounts and clusters, and texts
 * that its reader has.
 */
const assumed = `
import type * as pulumi from "@pulumi/pulumi";
import type { RunnerIdentity } from "holdfast/runner-identity/runner-identity.ts";
declare global {
  const identity: RunnerIdentity;
  const runner: { readonly identityPrincipal: pulumi.Output<string> };
  const account: pulumi.ProviderResource;
  const aws: pulumi.ProviderResource;
  const cluster: pulumi.ProviderResource;
  const east: pulumi.ProviderResource;
  const google: pulumi.ProviderResource;
  const identityProject: pulumi.ProviderResource;
  const kubernetes: pulumi.ProviderResource;
  const target: pulumi.ProviderResource & { readonly roleArn: pulumi.Output<string> };
  const targetAccount: pulumi.ProviderResource;
  const clusterArn: string;
  const cloudIssuerPem: string;
  const issuerCertificatePem: string;
  const networkPolicyText: string;
}
`;

/** One fenced block of TypeScript. */
interface Example {
  readonly path: string;
  /** Line of its first line in the page. */
  readonly line: number;
  readonly code: string;
}

function examplesIn({ path, text }: SourceFile): readonly Example[] {
  return [...text.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```$/gm)].map((match) => ({
    path,
    line: text.slice(0, match.index).split("\n").length + 1,
    code: match[1] ?? "",
  }));
}

/** Checks examples in one run of the compiler, and gives its complaints with the pages' own lines. */
async function complaintsAbout(examples: readonly Example[]): Promise<readonly string[]> {
  if (examples.length === 0) {
    return [];
  }
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  // Inside the repository, so that packages are found as a program of its user's would find them.
  const folder = await mkdtemp(join(cache, "examples-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: ["*.ts"],
    }),
  );
  await writeFile(join(folder, "assumed.ts"), assumed);
  await Promise.all(
    examples.map(async ({ code }, index) => {
      // Each is a module of its own.
      await writeFile(join(folder, `example-${index}.ts`), `${code}\nexport {};\n`);
    }),
  );
  const compiler = join(root, "node_modules/typescript-7/bin/tsc");
  const run = spawnSync(process.execPath, [compiler, "-p", folder, "--pretty", "false"], {
    encoding: "utf8",
  });
  return run.stdout
    .split("\n")
    .filter((line) => line.includes("error TS"))
    .map((line) =>
      line.replace(/^.*?example-(\d+)\.ts\((\d+),\d+\)/, (_all, index: string, inside: string) => {
        const example = examples[Number(index)];
        return `${example?.path}:${(example?.line ?? 0) + Number(inside) - 1}`;
      }),
    );
}

test("every example of the docs is a program that type-checks", async () => {
  const examples = filesOf(/^(README\.md|CONTRIBUTING\.md|docs\/.*\.md)$/).flatMap(examplesIn);
  expect(await complaintsAbout(examples)).toEqual([]);
});

test("an example that is wrong is found, with its page and line", async () => {
  const text =
    '# Page\n\n```ts\nimport { Runner } from "holdfast/runner.ts";\nconst name: number = Runner.name;\n```\n';
  const examples = examplesIn({ path: "page.md", text });
  expect(examples).toEqual([
    {
      path: "page.md",
      line: 4,
      code: 'import { Runner } from "holdfast/runner.ts";\nconst name: number = Runner.name;\n',
    },
  ]);
  expect(await complaintsAbout(examples)).toEqual([
    expect.stringMatching(/^page\.md:5: error TS2322: /),
  ]);
});
