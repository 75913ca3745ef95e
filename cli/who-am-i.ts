import {
  IdentityService,
  WhoAmIResponseSchema,
} from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { Role } from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { withSession } from "./api/session.ts";
import type { CommandCall } from "./command.ts";
import { enumWord } from "./output/enum-words.ts";
import { printOne, type View } from "./output/print.ts";

const view: View<typeof WhoAmIResponseSchema> = {
  schema: WhoAmIResponseSchema,
  columns: () => [
    { title: "name", of: ({ serviceAccount }) => serviceAccount?.name ?? "" },
    { title: "id", of: ({ serviceAccount }) => serviceAccount?.id ?? "" },
    { title: "organization", of: ({ organizationName }) => organizationName },
    {
      title: "may",
      of: ({ isPlatformAdministrator, serviceAccount }) =>
        isPlatformAdministrator
          ? "administrate the installation"
          : enumWord(Role, serviceAccount?.role ?? Role.UNSPECIFIED),
    },
  ],
};

/** `holdfast whoami`. */
export async function whoAmI(call: CommandCall): Promise<undefined> {
  return await withSession(call, async (session) => {
    const answer = await session.call(IdentityService.method.whoAmI, {});
    return await printOne(call, view, answer);
  });
}
