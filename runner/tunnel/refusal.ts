import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import type { StartPhase, TunnelRefusal } from "./tunnel-client.ts";

interface Recognized {
  readonly pattern: RegExp;
  readonly code: FailureCode;
  readonly message: string;
  readonly isPermanent: boolean;
}

/**
 * grpc-js tells of what went wrong while it connected in the text of a status only. This is the one
 * place that reads it, with a test against the library.
 */
const recognized: readonly Recognized[] = [
  {
    pattern:
      /self.signed certificate|unable to verify|unable to get (local )?issuer|certificate signature failure/i,
    code: "certificate.server_untrusted",
    message:
      "Whoever answers at the tunnel endpoint is not the control plane of these credentials.",
    isPermanent: true,
  },
  {
    pattern: /Hostname\/IP does not match|ERR_TLS_CERT_ALTNAME_INVALID/i,
    code: "certificate.server_untrusted",
    message: "The certificate of the control plane is not for the name of the tunnel endpoint.",
    isPermanent: true,
  },
  {
    pattern: /CERT_HAS_EXPIRED|certificate has expired/i,
    code: "certificate.server_untrusted",
    message: "The certificate of the control plane has expired.",
    isPermanent: false,
  },
];

/** Why a tunnel did not come to be, where nobody said so. */
export function refusalOfLoss(
  cause: unknown,
  credentials: RunnerCredentialsFile,
  phase: StartPhase,
): TunnelRefusal {
  const text = cause instanceof Error ? cause.message : "";
  const known = recognized.find(({ pattern }) => pattern.test(text));
  if (known !== undefined) {
    const { code, message, isPermanent } = known;
    return { kind: "refused", phase, code, message, isPermanent, cause };
  }
  return {
    kind: "refused",
    phase,
    code: "tunnel.unreachable",
    message: `The control plane cannot be reached at ${credentials.endpoints.tunnel}.`,
    isPermanent: false,
    cause,
  };
}

/** Somebody was reached, or might have been, and did not answer. */
export function refusalOfSilence(
  credentials: RunnerCredentialsFile,
  phase: StartPhase,
): TunnelRefusal {
  return {
    kind: "refused",
    phase,
    code: "tunnel.timeout",
    message: `${credentials.endpoints.tunnel} did not answer in time.`,
    isPermanent: false,
  };
}
