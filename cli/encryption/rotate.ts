import { EncryptionService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { printDone } from "../output/print.ts";
import { whileWorking } from "../output/progress.ts";

const { method } = EncryptionService;

/** Every record may have to be read and written: longer than other calls. */
const rotationMsMax = 30 * 60_000;

/** `holdfast encryption rotate-master-key`. */
export async function rotateMasterKey(call: CommandCall): Promise<undefined> {
  return await withSession(call, async (session) => {
    const { masterKeyId, rewrapped } = await whileWorking(
      call.world,
      () => "wrapping keys",
      async () => await session.call(method.rotateMasterKey, {}, rotationMsMax),
    );
    return await printDone(
      call,
      `master key is now ${masterKeyId}; ${rewrapped} organization keys were wrapped with it`,
      { masterKeyId, rewrapped },
    );
  });
}

/** `holdfast encryption rotate-organization-key`. */
export async function rotateOrganizationKey(call: CommandCall): Promise<undefined> {
  return await withSession(call, async (session) => {
    const { organization } = session;
    const answer = await whileWorking(
      call.world,
      () => "encrypting records",
      async () => await session.call(method.rotateOrganizationKey, { organization }, rotationMsMax),
    );
    const { organizationKeyId, reencrypted } = answer;
    return await printDone(
      call,
      `key of ${organization} is now ${organizationKeyId}; ${reencrypted} records were encrypted with it`,
      { organizationKeyId, reencrypted },
    );
  });
}
