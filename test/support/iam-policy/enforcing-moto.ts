import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { startMoto } from "../moto-server.ts";
import type { Policy } from "./decide.ts";

const region = "eu-west-1";
const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

/** moto with enforcement on: each question is asked by the user `dave`, in an account made for it. */
export interface EnforcingMoto {
  /** Whether `dave`, with this policy, is told about himself. */
  mayGetUser(identity: Policy): Promise<boolean>;
  /** Whether `dave`, with this policy, gets the role `target` that has this trust policy. */
  mayAssumeRole(identity: Policy, trust: string, externalId: string | undefined): Promise<boolean>;
  stop(): Promise<void>;
}

interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Starts one; its questions must be asked one after the other. */
export async function startEnforcingMoto(): Promise<EnforcingMoto> {
  const moto = await startMoto();
  const { endpoint } = moto;

  async function makeUser(identity: Policy, trust?: string): Promise<AccessKey> {
    await moto.enforce(false);
    await moto.reset();
    const administrator = { accessKeyId: "test", secretAccessKey: "test" };
    const iam = new IAMClient({ endpoint, region, credentials: administrator });
    const dave = { UserName: "dave" };
    await iam.send(new CreateUserCommand(dave));
    await iam.send(
      new PutUserPolicyCommand({
        ...dave,
        PolicyName: "identity",
        PolicyDocument: typeof identity === "string" ? identity : JSON.stringify(identity),
      }),
    );
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand(dave));
    if (trust !== undefined) {
      const target = { RoleName: "target" };
      await iam.send(new CreateRoleCommand({ ...target, AssumeRolePolicyDocument: trust }));
      const document = { PolicyName: "all", PolicyDocument: JSON.stringify(everything) };
      await iam.send(new PutRolePolicyCommand({ ...target, ...document }));
    }
    await moto.enforce(true);
    return { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" };
  }

  return {
    mayGetUser: async (identity) => {
      const client = new IAMClient({ endpoint, region, credentials: await makeUser(identity) });
      return await isAllowed(client.send(new GetUserCommand({ UserName: "dave" })));
    },
    mayAssumeRole: async (identity, trust, externalId) => {
      const credentials = await makeUser(identity, trust);
      const client = new STSClient({ endpoint, region, credentials });
      const request = new AssumeRoleCommand({
        RoleArn: "arn:aws:iam::123456789012:role/target",
        RoleSessionName: "session",
        ExternalId: externalId,
      });
      return await isAllowed(client.send(request));
    },
    stop: moto.stop,
  };
}

/** Only a refusal is a no; anything else that goes wrong fails the test. */
async function isAllowed(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "AccessDenied") {
      return false;
    }
    throw error;
  }
}
