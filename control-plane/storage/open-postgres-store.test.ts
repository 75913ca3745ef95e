import { Secret } from "@holdfast/foundation/secret.ts";
import pg from "pg";
import { TestClock } from "../../test/support/test-clock.ts";
import { startPostgresql } from "../../tools/parts/postgresql.ts";
import { openPostgresStore } from "./open-postgres-store.ts";
import { describeStore } from "./store-contract.ts";

describeStore("the store on PostgreSQL", async () => {
  const server = await startPostgresql({ progress: () => undefined });
  const store = await openPostgresStore({
    url: new Secret(server.url),
    connectionsMax: 10,
    clock: new TestClock(),
  });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  return {
    storage: store.storage,
    query: async (statement, parameters) =>
      (await client.query<object>(statement, [...(parameters ?? [])])).rows,
    close: async () => {
      await client.end();
      await store.close();
      await server.stop();
    },
  };
});
