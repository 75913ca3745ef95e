import { Failure } from "@holdfast/foundation/failure.ts";
import { scrub } from "@holdfast/foundation/scrub.ts";
import { z } from "zod";
import type { ClusterAccess } from "./cluster-access.ts";

/** What the API server says when it refuses (meta/v1, Status). */
const statusSchema = z.looseObject({ message: z.string() });

/** Longer messages are cut: they are for people. */
const messageLengthMax = 1_000;

/** An answer of the API server that is not a success. */
export interface ApiRefusal {
  readonly status: number;
  readonly body: string;
  /** Header `retry-after`, in seconds. */
  readonly retryAfter: string | undefined;
}

/** What an answer that is not a success means, with the API server's own words. */
export function failureOfStatus(access: ClusterAccess, refusal: ApiRefusal): Failure {
  const said = messageOf(refusal);
  switch (refusal.status) {
    case 400:
    case 422:
      return new Failure("operation.input_invalid", `The cluster does not take the input: ${said}`);
    case 401:
      return access.isInline
        ? new Failure(
            "cloud.credentials_invalid",
            `The cluster does not accept the credentials of the connection: ${said}`,
          )
        : new Failure(
            "cloud.identity_missing",
            `The cluster does not accept the token of the runner's service account: ${said}`,
          );
    case 403:
      return new Failure("cloud.permission_denied", `The cluster does not permit it: ${said}`);
    case 404:
      return new Failure("cloud.not_found", `The cluster does not have it: ${said}`);
    case 410:
      return new Failure(
        "operation.input_invalid",
        `page.continue_token is too old, begin with the first page again: ${said}`,
      );
    case 429:
      return new Failure("cloud.throttled", `The cluster limits the rate of requests: ${said}`, {
        retryAfterMs: retryAfterMs(refusal.retryAfter),
      });
    default:
      return new Failure("cloud.failed", `The cluster answered ${refusal.status}: ${said}`);
  }
}

/** What an error of the connection means. Told apart by the codes of Node, never by text. */
export function failureOfConnection(access: ClusterAccess, error: unknown): Failure {
  const address = `${access.host}:${access.port}`;
  if (isCertificateError(error)) {
    return access.isInline
      ? new Failure(
          "cloud.credentials_invalid",
          `The certificate of ${address} was not issued by certificate-authority-data of the kubeconfig, or is not for that name.`,
          { cause: error },
        )
      : new Failure(
          "cloud.unreachable",
          `Whoever answers at ${address} does not have a certificate of the runner's cluster.`,
          { cause: error },
        );
  }
  return new Failure("cloud.unreachable", `The cluster cannot be reached at ${address}.`, {
    cause: error,
  });
}

/** Codes of X.509 verification (OpenSSL's X509_V_ERR_*, as Node names them) and of the name check. */
function isCertificateError(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^(?:ERR_TLS_CERT_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH)/.test(
      error.code,
    )
  );
}

function messageOf({ body, status }: ApiRefusal): string {
  const said = parseMessage(body) ?? `status ${status}`;
  return scrub(said.length > messageLengthMax ? `${said.slice(0, messageLengthMax)} ...` : said);
}

function parseMessage(body: string): string | undefined {
  try {
    const read = statusSchema.safeParse(JSON.parse(body));
    return read.success ? read.data.message : undefined;
  } catch {
    // A proxy in between answers in its own form, which is nobody's business.
    return undefined;
  }
}

function retryAfterMs(seconds: string | undefined): number {
  return seconds !== undefined && /^\d{1,5}$/.test(seconds) ? Number(seconds) * 1_000 : 1_000;
}
