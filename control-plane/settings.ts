import { Failure } from "@holdfast/foundation/failure.ts";
import { z } from "zod";

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

/** Every setting of the control plane. */
const settings = z.strictObject({
  HOLDFAST_DATA_DIRECTORY: z
    .string()
    .min(1)
    .default(".holdfast/control-plane")
    .describe("Where the embedded store, the authority and the keys are kept (mode 0700)."),
  HOLDFAST_STORE_URL_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A file with the URL of a PostgreSQL database; without it the embedded store is used.",
    ),
  HOLDFAST_LISTEN_HOST: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("Address that both listeners bind."),
  HOLDFAST_TUNNEL_PORT: port(8443).describe("Port of the tunnel listener; 0 takes a free one."),
  HOLDFAST_API_PORT: port(8444).describe("Port of the API listener; 0 takes a free one."),
  HOLDFAST_TUNNEL_ENDPOINT: z
    .string()
    .regex(/^[^\s/]+:\d{1,5}$/, "must be host:port")
    .optional()
    .describe("Where runners reach the tunnel listener; by default the address that it binds."),
  HOLDFAST_API_ENDPOINT: z
    .string()
    .regex(/^[^\s/]+:\d{1,5}$/, "must be host:port")
    .optional()
    .describe("Where callers reach the API listener; by default the address that it binds."),
  HOLDFAST_SERVER_NAMES: z
    .string()
    .default("localhost,127.0.0.1,::1")
    .transform((names) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
    )
    .describe("Host names and addresses in the server certificate, separated by commas."),
  HOLDFAST_TRUST_DOMAIN: z
    .string()
    .regex(/^[a-z0-9._-]{1,255}$/, "must be of a-z, 0-9, `.`, `_` and `-`")
    .default("holdfast.internal")
    .describe("Trust domain in the names of runners (SPIFFE-ID, 2.1); fixed at the first start."),
  HOLDFAST_AUTHORITY_DIRECTORY: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A folder with the files of a provided certificate authority (docs/certificates.md); without it the control plane makes its own.",
    ),
  HOLDFAST_CERTIFICATE_LIFETIME_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(365)
    .default(90)
    .describe("How long runners' certificates last, in days."),
  HOLDFAST_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Log lines below this level are dropped."),
  HOLDFAST_DRAIN_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600)
    .default(10)
    .describe("How long to let calls and operations finish at shutdown, in seconds."),
  HOLDFAST_PARENT_WATCH: z
    .enum(["on", "off"])
    .default("off")
    .describe("Whether to shut down when standard input ends: for a process that starts this one."),
});

/** The settings of the control plane, as read. */
export type ControlPlaneSettings = Readonly<z.output<typeof settings>>;

/** Name, meaning and default of every setting, for docs/reference. */
export const settingsReference: readonly {
  readonly name: string;
  readonly meaning: string;
  readonly fallback: string;
}[] = Object.entries(settings.shape).map(([name, schema]) => {
  const fallback = schema.safeParse(undefined).data;
  return {
    name,
    meaning: schema.description ?? "",
    fallback: fallback === undefined ? "" : String(fallback),
  };
});

/**
 * Reads the settings.
 *
 * @param environment usually `process.env`; only names that start with `HOLDFAST_` are looked at.
 * @throws {Failure} `settings.invalid`, naming every setting that is wrong or unknown. Values are
 *   never repeated.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): ControlPlaneSettings {
  const ours = Object.entries(environment).filter(([name]) => name.startsWith("HOLDFAST_"));
  const read = settings.safeParse(Object.fromEntries(ours));
  if (!read.success) {
    const fields = read.error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => ({
            field: key,
            problem: "is not a setting of the control plane",
          }))
        : [{ field: issue.path.join("."), problem: issue.message }],
    );
    throw new Failure("settings.invalid", "The settings are wrong.", { fields });
  }
  return Object.freeze(read.data);
}
