import { afterAll, beforeAll, describe } from "vitest";
import { auditContract } from "./audit-contract.ts";
import type { ContractStore } from "./fixture-contract.ts";
import { operationContract } from "./operation-contract.ts";
import { organizationContract } from "./organization-contract.ts";
import { runnerContract } from "./runner-contract.ts";
import { schemaContract } from "./schema-contract.ts";
import { valueContract } from "./value-contract.ts";

/** What every store promises, whatever it runs on. One suite, two engines. */
export function describeStore(name: string, open: () => Promise<ContractStore>): void {
  describe(name, () => {
    let opened: ContractStore | undefined;
    const store = (): ContractStore => {
      if (opened === undefined) {
        throw new Error("the store is opened before the first test");
      }
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.close();
    });
    schemaContract(store);
    organizationContract(store);
    runnerContract(store);
    valueContract(store);
    operationContract(store);
    auditContract(store);
  });
}
