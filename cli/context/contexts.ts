import { resolve } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { namePattern, nameRule } from "@holdfast/foundation/identifier.ts";
import type { CommandCall } from "../command.ts";
import { readFileUpTo, readPrivateFile } from "../files/private-file.ts";
import { type Column, formatTable } from "../output/table.ts";
import {
  type Config,
  type Context,
  configPath,
  contextSchema,
  readConfig,
  writeConfig,
} from "./context-file.ts";
import { findDevContext } from "./resolve-context.ts";

const certificateBytesMax = 1024 * 1024;

/** `holdfast context add`: nothing is written unless the files that are named can be read. */
export async function addContext(call: CommandCall): Promise<undefined> {
  const name = call.arguments[0] ?? "";
  if (!namePattern.test(name)) {
    throw new Failure("cli.usage", `The name of a context is ${nameRule}.`);
  }
  const context = await readNewContext(call);
  await change(call, (config) => ({
    ...config,
    ...(call.options.flag("use") || config.current === undefined ? { current: name } : {}),
    contexts: { ...config.contexts, [name]: context },
  }));
  call.world.terminal.note(`added context ${name} (${context.endpoint})`);
  return undefined;
}

async function readNewContext({ options, world }: CommandCall): Promise<Context> {
  const caFile = options.text("ca-certificate");
  const organization = options.text("organization");
  const read = contextSchema.safeParse({
    endpoint: options.requiredText("endpoint"),
    apiKeyFile: resolve(world.folder, options.requiredText("api-key-file")),
    ...(caFile === undefined ? {} : { caCertificateFile: resolve(world.folder, caFile) }),
    ...(organization === undefined ? {} : { organization }),
  });
  if (!read.success) {
    const problem = read.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
    throw new Failure("cli.usage", `The context is wrong: ${problem.join("; ")}.`);
  }
  await readPrivateFile(read.data.apiKeyFile);
  if (read.data.caCertificateFile !== undefined) {
    await readFileUpTo(read.data.caCertificateFile, certificateBytesMax);
  }
  return read.data;
}

/** `holdfast context use`. */
export async function useContext(call: CommandCall): Promise<undefined> {
  const name = call.arguments[0] ?? "";
  const organization = call.options.text("organization");
  await change(call, (config) => {
    const context = existing(config, name);
    const chosen = organization === undefined ? context : { ...context, organization };
    return { ...config, current: name, contexts: { ...config.contexts, [name]: chosen } };
  });
  call.world.terminal.note(`now using context ${name}`);
  return undefined;
}

/** `holdfast context remove`. */
export async function removeContext(call: CommandCall): Promise<undefined> {
  const name = call.arguments[0] ?? "";
  await change(call, (config) => {
    existing(config, name);
    const { [name]: _removed, ...contexts } = config.contexts;
    const { current, ...rest } = config;
    return {
      ...rest,
      ...(current === undefined || current === name ? {} : { current }),
      contexts,
    };
  });
  call.world.terminal.note(`removed context ${name}`);
  return undefined;
}

interface ContextRow extends Context {
  readonly name: string;
  readonly isCurrent: boolean;
}

const columns: readonly Column<ContextRow>[] = [
  { title: "", of: ({ isCurrent }) => (isCurrent ? "*" : " ") },
  { title: "name", of: ({ name }) => name },
  { title: "endpoint", of: ({ endpoint }) => endpoint },
  { title: "organization", of: ({ organization }) => organization ?? "" },
  { title: "api key file", of: ({ apiKeyFile }) => apiKeyFile },
];

/** `holdfast context list`: those of the configuration, and that of a `holdfast dev` nearby. */
export async function listContexts({ options, world }: CommandCall): Promise<undefined> {
  const config = await readConfig(configPath(world));
  const dev = config.contexts["dev"] === undefined ? await findDevContext(world) : undefined;
  const rows: readonly ContextRow[] = [
    ...Object.entries(config.contexts).map(([name, context]) => ({
      ...context,
      name,
      isCurrent: name === config.current,
    })),
    ...(dev === undefined
      ? []
      : [{ ...dev.context, name: "dev", isCurrent: config.current === undefined }]),
  ];
  await world.terminal.write(
    options.flag("json") ? `${JSON.stringify(rows, null, 2)}\n` : formatTable(columns, rows),
  );
  return undefined;
}

function existing(config: Config, name: string): Context {
  const context = config.contexts[name];
  if (context === undefined) {
    throw new Failure("cli.context_missing", `There is no context \`${name}\`.`);
  }
  return context;
}

async function change({ world }: CommandCall, apply: (config: Config) => Config): Promise<void> {
  const path = configPath(world);
  await writeConfig(path, apply(await readConfig(path)), world.random);
}
