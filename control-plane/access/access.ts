import type { ServiceAccount } from "../service-accounts/service-account.ts";
import type { Caller } from "./caller.ts";

/** What an action is judged on. */
export type AccessResource =
  | { readonly kind: "platform" }
  | { readonly kind: "organization"; readonly organizationId: string }
  | {
      readonly kind:
        | "runner"
        | "secret"
        | "variable"
        | "connection"
        | "operation"
        | "service-account"
        | "audit";
      readonly organizationId: string;
      readonly id: string;
    };

/** Whether an action is permitted, and if not, why: for logs and the audit, not for the caller. */
export type AccessDecision =
  | { readonly isAllowed: true }
  | {
      readonly isAllowed: false;
      /**
       * `anonymous`: nobody has proved anything; `wall`: another organization; `role`: the caller's
       * role does not include it; `not-applicable`: nobody of this kind may ever do it.
       */
      readonly reason: "anonymous" | "wall" | "role" | "not-applicable";
    };

/** Decides who may do what, from the caller's proved identity alone; a denial never throws. */
export interface Access {
  /** Every action that the policies know; a method with another one is not served. */
  readonly actions: ReadonlySet<string>;
  /** Judges an action on an organization; undefined means the installation as a whole. */
  check(caller: Caller, action: string, organizationId: string | undefined): AccessDecision;
  /** Judges an action on one thing: what is permitted on an organization cascades to what is in it. */
  checkOn(caller: Caller, action: string, resource: AccessResource): AccessDecision;
  /** Whether a service account may still read what the viewers of its organization may. */
  isViewer(account: ServiceAccount): boolean;
  /** Forgets every decision that was kept. */
  advanceEpoch(): void;
}
