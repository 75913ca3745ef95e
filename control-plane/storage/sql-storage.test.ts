import { TestClock } from "../../test/support/test-clock.ts";
import { openTestPglite } from "../../test/support/test-storage.ts";
import { openPglite } from "./open-embedded-store.ts";
import { describeStore } from "./store-contract.ts";

describeStore("the store on PGlite", async () => {
  const pglite = await openTestPglite();
  const store = await openPglite(pglite, new TestClock());
  return {
    ...store,
    query: async (statement, parameters) =>
      (await pglite.query<object>(statement, [...(parameters ?? [])])).rows,
  };
});
