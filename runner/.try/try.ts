import { readFileSync, mkdirSync, rmSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { create, toBinary, fromBinary, toJsonString } from "@bufbuild/protobuf";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { makePinoLog } from "@holdfast/foundation/system/pino-log.ts";
import { PulumiStackInputSchema, PulumiEventSchema, PulumiCancelInputSchema, PulumiCancelOutputSchema } from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { OpenConnectionSchema, OperationCallerSchema } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { parsePolicy } from "../policy/policy-file.ts";
import { Executor } from "../operations/executor.ts";
import { pulumiHandlers } from "../operations/pulumi/stack-handlers.ts";
import { ChildSessions } from "../children/child-sessions.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
const home = process.env["HOME"];
const parts = { settings: { root: `${home}/.cache/holdfast/parts/pulumi-cli-3.274.1`, languageHosts: ["/work/main/tools/language-host", `${home}/.cache/holdfast/parts/pulumi-yaml-1.25.0`], modules: "/work/main/node_modules", acquirePlugins: false }, stateFolder: "/tmp/rx/runner", clock: new SystemClock(), sessions: new ChildSessions() };
mkdirSync("/tmp/rx/runner", { recursive: true });
const executor = new Executor({ handlers: pulumiHandlers(parts), policy: parsePolicy("version: 1\nrules: [{name: all, decision: allow, operations: ['*']}]", "x"), clock: parts.clock, log: makePinoLog({ level: "info", name: "try", write: (l) => process.stdout.write(l) }), operationsMax: 10 });
let n = 0;
async function run(kind: string, input: Uint8Array, stop?: AbortSignal) {
  const done = Promise.withResolvers<string>();
  const t = performance.now();
  executor.execute({ operationId: `op_${process.pid}_${n++}`, kind, input, connection: create(OpenConnectionSchema, { id: "con_1", name: "state", provider: Provider.PULUMI, mode: AuthenticationMode.RUNNER_DELEGATED, settings: { pulumi: { backendUrl: "file:///tmp/rx/state2", passphrase: { source: { case: "secret", value: "pass" } } } } }), sealedCredentials: undefined, deadlineMs: 600000, outputBytesMax: 1e9, caller: create(OperationCallerSchema, { serviceAccountName: "ci" }), signal: stop ?? new AbortController().signal }, {
    started: () => console.log(kind, "started"), item: async (b) => console.log((performance.now() - t).toFixed(0), toJsonString(PulumiEventSchema, fromBinary(PulumiEventSchema, b))), output: async (b) => console.log(toJsonString(PulumiCancelOutputSchema, fromBinary(PulumiCancelOutputSchema, b))),
    succeeded: () => done.resolve("succeeded"), failed: (f) => done.resolve(`failed ${f.code} ${f.message}`), canceled: (f) => done.resolve(`canceled ${f.code}`),
  }, { references: () => ({ resolve: async (refs) => refs.map((r) => r.source.case === "literal" ? { value: new Secret(r.source.value), isSecret: false } : { value: new Secret("canary-" + r.source.value), isSecret: true }) }), openCredentials: async () => new Secret("") });
  console.log(kind, "=>", await done.promise, (performance.now() - t).toFixed(0), "ms");
}
const tar = (folder: string) => new Uint8Array(execFileSync("tar", ["-C", folder, "-czf", "-", "."], { maxBuffer: 1e8 }));
const input = (folder: string, more: object = {}) => toBinary(PulumiStackInputSchema, create(PulumiStackInputSchema, { stack: "dev", source: { source: { case: "archive", value: tar(folder) } }, configuration: { greeting: { source: { case: "literal", value: "hi" } }, token: { source: { case: "secret", value: "token" } } }, ...more } as never));
mkdirSync("/tmp/rx/state2", { recursive: true });
rmSync("/tmp/rx/slow/node_modules", { force: true });
for (const what of process.argv.slice(2)) {
  if (what === "yaml") for (const k of ["preview", "up", "up", "refresh", "preview"]) await run(`pulumi.${k}`, input("/tmp/rx/prog", k === "preview" ? {} : {}));
  if (what === "nochange") await run("pulumi.preview", input("/tmp/rx/prog", { expectNoChanges: true, configuration: { greeting: { source: { case: "literal", value: "other" } }, token: { source: { case: "secret", value: "token" } } } }));
  if (what === "destroy") await run("pulumi.destroy", input("/tmp/rx/prog", { removeStack: true }));
  if (what === "slow") { const c = new AbortController(); setTimeout(() => c.abort(new Failure("operation.canceled", "x")), 4000); await run("pulumi.up", input("/tmp/rx/slow", { configuration: {} }), c.signal); console.log(execFileSync("find", ["/tmp/rx/state2/.pulumi/locks", "/tmp/rx/runner"]).toString()); }
  if (what === "locked") { const c = new AbortController(); const first = run("pulumi.up", input("/tmp/rx/slow", { configuration: {} }), c.signal); await new Promise((r) => setTimeout(r, 3500)); await run("pulumi.up", input("/tmp/rx/slow", { configuration: {} })); await run("pulumi.cancel", toBinary(PulumiCancelInputSchema, create(PulumiCancelInputSchema, { project: "slow", stack: "dev" }))); await run("pulumi.cancel", toBinary(PulumiCancelInputSchema, create(PulumiCancelInputSchema, { project: "slow", stack: "dev" }))); c.abort(new Failure("operation.canceled", "x")); await first; }
  if (what === "missing") { await run("pulumi.refresh", input("/tmp/rx/prog", { stack: "nope" })); await run("pulumi.cancel", toBinary(PulumiCancelInputSchema, create(PulumiCancelInputSchema, { project: "slow", stack: "nope" }))); }
}
