import { randomBytes, randomUUID } from "node:crypto";
import type { StandInProvider, StandInResource, Values } from "./stand-in-provider.ts";

/**
 * The stand-in for `random`: values stay as they are until an input or a keeper changes. It does NOT prove
 * anything about the alphabet rules beyond `length`, `special`, `upper`, `lower` and `numeric`.
 */
export function randomStandIn(): StandInProvider {
  return {
    packageName: "random",
    resources: {
      "random:index/randomUuid:RandomUuid": {
        // Every property is RequiresReplace (terraform-provider-random 3, resource_uuid.go).
        replaceOn: ["keepers"],
        create: async () => {
          const id = randomUUID();
          return { id, outputs: { result: id } };
        },
      },
      "random:index/randomId:RandomId": randomId,
      "random:index/randomString:RandomString": randomString(false),
      "random:index/randomPassword:RandomPassword": randomString(true),
    },
  };
}

/** terraform-provider-random 3, resource_id.go. */
const randomId: StandInResource = {
  replaceOn: ["keepers", "byteLength", "prefix"],
  create: async ({ byteLength, prefix = "" }) => {
    const bytes = randomBytes(Number(byteLength));
    const start = String(prefix);
    return {
      id: bytes.toString("base64url"),
      outputs: {
        b64Std: start + bytes.toString("base64"),
        b64Url: start + bytes.toString("base64url"),
        hex: start + bytes.toString("hex"),
        dec: start + BigInt(`0x${bytes.toString("hex")}`).toString(),
      },
    };
  },
};

/** terraform-provider-random 3, resource_string.go and resource_password.go; a password's result is secret. */
function randomString(isSecret: boolean): StandInResource {
  return {
    replaceOn: ["keepers", "length", "special", "upper", "lower", "numeric", "overrideSpecial"],
    ...(isSecret ? { secretOutputs: ["result", "bcryptHash"] } : {}),
    create: async (inputs) => {
      const alphabet = alphabetOf(inputs);
      const result = Array.from(randomBytes(Number(inputs["length"])), (byte) =>
        alphabet.charAt(byte % alphabet.length),
      ).join("");
      // The real password's id is "none"; here ids tell objects apart.
      return { id: isSecret ? randomUUID() : result, outputs: { result } };
    },
  };
}

function alphabetOf({ special, upper, lower, numeric, overrideSpecial }: Values): string {
  return [
    upper === false ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    lower === false ? "" : "abcdefghijklmnopqrstuvwxyz",
    numeric === false ? "" : "0123456789",
    special === false ? "" : String(overrideSpecial ?? "!@#$%&*()-_=+[]{}<>:?"),
  ].join("");
}
