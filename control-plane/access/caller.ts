import type { Role } from "../service-accounts/service-account.ts";

/** Who calls, as proved by its credentials; never as claimed by the request. */
export type Caller =
  | {
      readonly kind: "service-account";
      readonly serviceAccountId: string;
      readonly serviceAccountName: string;
      /** Undefined for an administrator of the installation. */
      readonly organizationId: string | undefined;
      /** Role in its organization; undefined for an administrator of the installation. */
      readonly role: Role | undefined;
      readonly apiKeyId: string;
    }
  | {
      readonly kind: "runner";
      readonly serviceAccountId: string;
      readonly organizationId: string;
      readonly runnerId: string;
      readonly generation: number;
      readonly apiKeyId: string;
    }
  | { readonly kind: "anonymous" };

/** The id that audit records name as the actor. */
export function actorOf(caller: Caller): string {
  switch (caller.kind) {
    case "service-account":
      return caller.serviceAccountId;
    case "runner":
      return caller.runnerId;
    case "anonymous":
      return "anonymous";
  }
}
