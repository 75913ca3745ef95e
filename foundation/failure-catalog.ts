/** What a caller can do about a failure. `protocol/grpc` maps each kind to one gRPC status. */
export type FailureKind =
  | "invalid"
  | "unauthenticated"
  | "denied"
  | "missing"
  | "conflict"
  | "exhausted"
  | "canceled"
  | "expired"
  | "unavailable"
  | "internal";

/** Who can mend a failure: the one to call. */
export type Mender = "caller" | "customer" | "runner" | "control-plane";

/** What is always true of a failure code. */
export interface FailureRule {
  readonly kind: FailureKind;
  readonly mender: Mender;
  /** What to do next, in one sentence. */
  readonly next: string;
}

const rule = (kind: FailureKind, mender: Mender, next: string): FailureRule => ({
  kind,
  mender,
  next,
});

/**
 * Every failure that Holdfast can report. A code is stable, documented in docs/reference/failures.md
 * (which is generated from this table) and never reused for another meaning.
 */
export const failureCatalog = {
  "request.invalid": rule("invalid", "caller", "Correct the fields that are named."),
  "request.too_large": rule("exhausted", "caller", "Send less at once."),
  "request.rate_limited": rule("exhausted", "caller", "Wait as long as the answer says."),
  "request.canceled": rule("canceled", "caller", "Call again if it was not on purpose."),
  "request.deadline": rule("expired", "caller", "Call again with a longer deadline."),
  "request.conflict": rule("conflict", "caller", "Read the object again and repeat the change."),
  "settings.invalid": rule("invalid", "caller", "Correct the settings that are named."),

  "identity.missing": rule(
    "unauthenticated",
    "caller",
    "Send an API key: `authorization: Bearer hf_...`.",
  ),
  "identity.api_key_malformed": rule(
    "unauthenticated",
    "caller",
    "Check that the key was copied whole.",
  ),
  "identity.api_key_unknown": rule(
    "unauthenticated",
    "caller",
    "Ask an administrator for another API key.",
  ),
  "identity.api_key_revoked": rule(
    "unauthenticated",
    "caller",
    "Ask an administrator for another API key.",
  ),
  "identity.api_key_expired": rule(
    "unauthenticated",
    "caller",
    "Ask an administrator for another API key.",
  ),
  "identity.api_key_wrong_organization": rule(
    "denied",
    "caller",
    "Use the API key of the organization and runner that the certificate names.",
  ),
  "identity.api_key_wrong_runner": rule(
    "denied",
    "caller",
    "Use the credentials file as it was generated: its certificate and its API key belong together.",
  ),
  "identity.runner_key_without_certificate": rule(
    "denied",
    "caller",
    "A runner's API key works only through the runner's own tunnel.",
  ),
  "identity.throttled": rule(
    "exhausted",
    "caller",
    "Wait as long as the answer says: too many failed authentications.",
  ),
  "access.denied": rule(
    "denied",
    "caller",
    "Ask an administrator of the organization for the permission that is named.",
  ),
  "access.insufficient_permission": rule(
    "denied",
    "caller",
    "Give the runner's service account back its role of viewer.",
  ),

  "certificate.missing": rule(
    "unauthenticated",
    "runner",
    "Start the runner with a credentials file.",
  ),
  "certificate.untrusted": rule(
    "unauthenticated",
    "runner",
    "Generate credentials at this control plane: another authority has signed these.",
  ),
  "certificate.wrong_purpose": rule(
    "unauthenticated",
    "runner",
    "Use a certificate for client authentication.",
  ),
  "certificate.malformed_name": rule(
    "unauthenticated",
    "runner",
    "Use a certificate that this control plane has issued.",
  ),
  "certificate.not_yet_valid": rule(
    "unauthenticated",
    "runner",
    "Check the clocks of both machines.",
  ),
  "certificate.expired": rule("unauthenticated", "runner", "Generate credentials anew."),
  "certificate.unknown": rule(
    "unauthenticated",
    "runner",
    "Generate credentials anew: the certificate is not on record.",
  ),
  "certificate.revoked": rule(
    "unauthenticated",
    "runner",
    "Generate credentials anew: these have been revoked.",
  ),
  "certificate.wrong_organization": rule(
    "denied",
    "runner",
    "Use the credentials file as it was generated.",
  ),
  "certificate.wrong_runner": rule(
    "denied",
    "runner",
    "Use the credentials file as it was generated.",
  ),
  "certificate.server_untrusted": rule(
    "unauthenticated",
    "runner",
    "Check the endpoint: whoever answers there is not this control plane.",
  ),
  "certificate.request_invalid": rule(
    "invalid",
    "caller",
    "Send a PKCS #10 request with a P-256 key and a valid signature.",
  ),

  "credentials.invalid": rule("invalid", "runner", "Use the credentials file as it was generated."),
  "credentials.unreadable": rule(
    "invalid",
    "runner",
    "Check the path and that the runner may read the file.",
  ),
  "credentials.exists": rule(
    "conflict",
    "caller",
    "Choose another folder: a credentials file is never overwritten.",
  ),
  "credentials.not_found": rule(
    "missing",
    "caller",
    "List the generations: `holdfast runner credentials NAME`.",
  ),
  "credentials.revoked": rule(
    "unauthenticated",
    "runner",
    "Generate credentials anew: these have been revoked.",
  ),

  "organization.not_found": rule(
    "missing",
    "caller",
    "List the organizations that you may see: `holdfast organization list`.",
  ),
  "organization.exists": rule("conflict", "caller", "Choose another name."),
  "organization.not_empty": rule(
    "conflict",
    "caller",
    "Delete what belongs to it first: connections, runners, secrets, variables, service accounts.",
  ),
  "runner.not_found": rule("missing", "caller", "List the runners: `holdfast runner list`."),
  "runner.exists": rule("conflict", "caller", "Choose another name."),
  "runner.in_use": rule("conflict", "caller", "Delete or move the connections that use it first."),
  "runner.disabled": rule(
    "denied",
    "customer",
    "Enable the runner: `holdfast runner update NAME --enable`.",
  ),
  "runner.not_connected": rule(
    "unavailable",
    "runner",
    "Start the runner, or ask again with `--when-disconnected wait`.",
  ),
  "runner.lost": rule(
    "unavailable",
    "runner",
    "Look at the runner's log; what it was doing may have happened or not.",
  ),
  "runner.queue_full": rule(
    "exhausted",
    "caller",
    "Wait until some of the runner's operations have ended.",
  ),
  "runner.draining": rule("unavailable", "runner", "Try again: the runner is being replaced."),
  "service_account.not_found": rule(
    "missing",
    "caller",
    "List the service accounts: `holdfast service-account list`.",
  ),
  "service_account.exists": rule("conflict", "caller", "Choose another name."),
  "service_account.of_runner": rule(
    "conflict",
    "caller",
    "A runner's service account changes with its runner only.",
  ),
  "api_key.not_found": rule("missing", "caller", "List the API keys: `holdfast api-key list`."),
  "api_key.last": rule(
    "conflict",
    "caller",
    "Make another one first: `holdfast api-key create --administrator --output-file FILE`.",
  ),
  "secret.not_found": rule("missing", "caller", "List the secrets: `holdfast secret list`."),
  "secret.exists": rule("conflict", "caller", "Choose another name, or add a version."),
  "secret.version_not_found": rule(
    "missing",
    "caller",
    "Name a version that exists and has not been destroyed.",
  ),
  "secret.undecryptable": rule(
    "internal",
    "control-plane",
    "Check the master key and whether the record was moved or changed.",
  ),
  "variable.not_found": rule("missing", "caller", "List the variables: `holdfast variable list`."),
  "variable.exists": rule("conflict", "caller", "Choose another name, or update it."),
  "connection.not_found": rule(
    "missing",
    "caller",
    "List the connections: `holdfast connection list`.",
  ),
  "connection.exists": rule("conflict", "caller", "Choose another name."),
  "connection.wrong_provider": rule(
    "invalid",
    "caller",
    "Use a connection to the provider that the operation needs.",
  ),

  "operation.unknown_kind": rule(
    "invalid",
    "caller",
    "List the kinds: `holdfast operation kinds`.",
  ),
  "operation.not_found": rule(
    "missing",
    "caller",
    "List the operations: `holdfast operation list`.",
  ),
  "operation.not_ended": rule("conflict", "caller", "Cancel the operation first."),
  "operation.key_reused": rule(
    "conflict",
    "caller",
    "Use another idempotency key: this one belongs to another request.",
  ),
  "operation.canceled": rule(
    "canceled",
    "caller",
    "Run it again if the cancel was not on purpose.",
  ),
  "operation.expired": rule("expired", "caller", "Run it again with a longer deadline."),
  "operation.output_too_large": rule(
    "exhausted",
    "caller",
    "Ask for less, page by page, or raise the output limit.",
  ),
  "operation.repeated": rule(
    "conflict",
    "caller",
    "Run it again as a new operation if it is wanted once more.",
  ),
  "operation.input_invalid": rule("invalid", "caller", "Correct the fields that are named."),
  "operation.unsupported": rule(
    "conflict",
    "runner",
    "Update the runner: it does not know this kind of operation.",
  ),
  "operation.mode_unsupported": rule(
    "invalid",
    "caller",
    "Use a connection with a mode that this operation supports.",
  ),
  "operation.not_performed": rule(
    "internal",
    "runner",
    "Look at the runner's log with the id of the operation.",
  ),
  "policy.refused": rule(
    "denied",
    "customer",
    "Change the runner's policy file at the rule that is named, or do without.",
  ),
  "policy.invalid": rule(
    "invalid",
    "runner",
    "Correct the runner's policy file at the lines that are named.",
  ),
  "cloud.identity_missing": rule(
    "denied",
    "customer",
    "Give the runner the identity that is named.",
  ),
  "cloud.permission_denied": rule(
    "denied",
    "customer",
    "Grant the permission that is named to the identity that is named.",
  ),
  "cloud.not_found": rule("missing", "caller", "Check the names in the request."),
  "cloud.unreachable": rule(
    "unavailable",
    "customer",
    "Check that the runner reaches the address that is named.",
  ),
  "cloud.throttled": rule("exhausted", "caller", "Wait: the provider limits the rate of requests."),
  "cloud.credentials_invalid": rule(
    "invalid",
    "customer",
    "Correct the credentials of the connection.",
  ),
  "cloud.failed": rule("internal", "customer", "Look at what the provider says in the message."),
  "pulumi.not_available": rule(
    "conflict",
    "runner",
    "Use the runner image that has the Pulumi CLI.",
  ),
  "pulumi.source_invalid": rule("invalid", "caller", "Correct the source of the program."),
  "pulumi.update_failed": rule("invalid", "caller", "Read the diagnostics of the update."),
  "pulumi.stack_locked": rule(
    "conflict",
    "caller",
    "Wait for the other update, or cancel it with `pulumi.cancel`.",
  ),
  "pulumi.changes_found": rule("conflict", "caller", "The stack has drifted: run `pulumi.up`."),

  "protocol.version_unsupported": rule(
    "conflict",
    "runner",
    "Update the older side: the protocol versions do not meet.",
  ),
  "protocol.violated": rule(
    "invalid",
    "runner",
    "Update both sides; if that does not help, report it.",
  ),
  "tunnel.unreachable": rule(
    "unavailable",
    "runner",
    "Check that the runner reaches the control plane's tunnel endpoint.",
  ),
  "tunnel.timeout": rule(
    "unavailable",
    "runner",
    "Check the network between the runner and the control plane.",
  ),
  "tunnel.broken": rule(
    "unavailable",
    "runner",
    "Nothing: the runner connects again. If it lasts, check the network in between.",
  ),
  "tunnel.liveness_lost": rule(
    "unavailable",
    "runner",
    "Check the network between the runner and the control plane.",
  ),
  "control_plane.unavailable": rule(
    "unavailable",
    "control-plane",
    "Try again; if it lasts, look at the control plane's log.",
  ),
  "control_plane.shutting_down": rule(
    "unavailable",
    "control-plane",
    "Try again: the control plane is being restarted.",
  ),
  "control_plane.internal": rule(
    "internal",
    "control-plane",
    "Look at the control plane's log with the correlation id.",
  ),
  "store.locked": rule(
    "conflict",
    "control-plane",
    "Stop the process that is named, or use another data directory.",
  ),
  "store.unreadable": rule("internal", "control-plane", "Check the data directory."),
  "store.insecure_mode": rule("conflict", "control-plane", "Run `chmod` as the message says."),
  "audit.broken": rule(
    "conflict",
    "control-plane",
    "Keep the export: it shows that the audit was changed.",
  ),
  "cli.context_missing": rule("invalid", "caller", "Name a context: `holdfast context add`."),
  "cli.file_exists": rule(
    "conflict",
    "caller",
    "Choose another file: this one is not overwritten.",
  ),
  "cli.usage": rule("invalid", "caller", "See `--help`."),
  "cli.file_unreadable": rule(
    "invalid",
    "caller",
    "Check the path, and that you may read the file.",
  ),
  "cli.file_unwritable": rule(
    "invalid",
    "caller",
    "Check the path, and that you may write into the folder.",
  ),
  "cli.file_insecure": rule("conflict", "caller", "Run `chmod` as the message says."),
} as const satisfies Readonly<Record<string, FailureRule>>;

/** A stable name of a failure, such as `runner.not_found`. */
export type FailureCode = keyof typeof failureCatalog;

/** Whether `code`, which may come from a newer peer, is one that this version knows. */
export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failureCatalog, code);
}
