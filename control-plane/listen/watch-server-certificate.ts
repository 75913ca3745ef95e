import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";

const lookEveryMsByDefault = 6 * 3_600_000;

/** What {@link watchServerCertificate} needs. */
export interface CertificateWatch {
  /** The new certificate if the present one was due; undefined if it was not. */
  renewServer(): Promise<
    { readonly chainPem: string; readonly privateKeyPem: Secret<string> } | undefined
  >;
  /** Presents it from now on. */
  present(certificate: { readonly chainPem: string; readonly privateKeyPem: Secret<string> }): void;
  /** How long it is between two looks, in milliseconds. Default: 6 hours. */
  readonly lookEveryMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps the listeners' certificate from ending while the process runs, until `signal` aborts. A failure
 * is logged, and tried again at the next look: a third of the certificate's time is left for that.
 */
export async function watchServerCertificate(
  watch: CertificateWatch,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await watch.clock.wait(watch.lookEveryMs ?? lookEveryMsByDefault, signal);
    } catch {
      // Only the end of the watch interrupts the wait.
      return;
    }
    await renewIfDue(watch);
  }
}

async function renewIfDue(watch: CertificateWatch): Promise<void> {
  try {
    const renewed = await watch.renewServer();
    if (renewed !== undefined) {
      watch.present(renewed);
      watch.log.info("server certificate renewed");
    }
  } catch (error) {
    watch.log.error("server certificate not renewed", {}, error);
  }
}
