/** Variables that only the command line reads: the programs that it starts refuse settings they do not know. */
const ours: ReadonlySet<string> = new Set(["HOLDFAST_CONFIG", "HOLDFAST_CONTEXT"]);

/** The environment for a program that we start or become: all of it but what is ours alone. */
export function settingsForOthers(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || ours.has(name) ? [] : [[name, value] as const],
    ),
  );
}
