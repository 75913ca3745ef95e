import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { scrub } from "@holdfast/foundation/scrub.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { mintApiKey, parseApiKey, provesApiKey } from "./api-key.ts";
import { openPeppers, type Peppers } from "./peppers.ts";

let folder = "";
let peppers: Peppers;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-pepper-"));
  peppers = open("pepper.json");
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const clock = new TestClock();
const open = (name: string, mayMake = true): Peppers =>
  openPeppers({ path: join(folder, name), random: new TestRandom(name), mayMake });
const mint = (seed: string) =>
  mintApiKey(
    { random: new TestRandom(seed), clock, peppers },
    {
      serviceAccountId: "sa_1",
      organizationId: "org_1",
      description: "A key",
      expireAtMs: undefined,
    },
  );

describe("an API key", () => {
  test("has the documented shape and proves itself", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const { key, token } = mint(seed);
        expect(token.expose()).toMatch(/^hf_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/);
        const presented = parseApiKey(token);
        expect(presented.id).toBe(key.id);
        expect(provesApiKey(presented, key, peppers)).toBe(true);
      }),
    );
  });

  test("that was cut or mistyped is refused before anything is looked up", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(74),
        fc.constantFrom("0", "z", "_", "-", ""),
        (seed, at, by) => {
          const text = mint(seed).token.expose();
          const wrong = text.slice(0, at) + by + text.slice(at + 1);
          fc.pre(wrong !== text);
          expect(() => parseApiKey(new Secret(wrong))).toThrow("The API key is not whole.");
        },
      ),
    );
    for (const text of ["", "hf_", "Bearer", `${mint("x").token.expose()}\n`]) {
      expect(() => parseApiKey(new Secret(text))).toThrow("The API key is not whole.");
    }
  });

  test("proves no other key", () => {
    const [one, other] = [mint("one"), mint("other")];
    expect(provesApiKey(parseApiKey(one.token), other.key, peppers)).toBe(false);
  });

  test("leaves nothing of its secret in what is kept, nor in what is printed", () => {
    const { key, token } = mint("canary");
    const secret = token.expose().slice(26, 69);
    expect(inspect({ key, token }, { depth: 10 })).not.toContain(secret);
    expect(JSON.stringify({ key, token })).not.toContain(secret);
    expect(Buffer.from(key.digest).includes(secret)).toBe(false);
    expect(scrub(`the key is ${token.expose()}.`)).toBe("the key is [secret].");
  });
});

describe("the pepper", () => {
  test("is made once, for its owner alone, and read again", async () => {
    const first = open("once.json");
    expect((await stat(join(folder, "once.json"))).mode & 0o777).toBe(0o600);
    expect(open("once.json", false).active.pepper.expose()).toEqual(first.active.pepper.expose());
  });

  test("that is lost is not made anew, and one that is damaged is not quoted", async () => {
    expect(() => open("lost.json", false)).toThrow("put it back from a backup");
    const path = join(folder, "damaged.json");
    await writeFile(path, '{"peppers": "canary', { mode: 0o600 });
    expect(() => open("damaged.json")).toThrow(`${path} does not hold peppers.`);
    await writeFile(path, '{"version": 1, "active": "gone", "peppers": {}}', { mode: 0o600 });
    expect(() => open("damaged.json")).toThrow(`${path} does not hold peppers.`);
  });

  test("that others may read is refused", async () => {
    const path = join(folder, "seen.json");
    await writeFile(path, "{}", { mode: 0o644 });
    expect(() => open("seen.json")).toThrow(`chmod 600 ${path}`);
  });

  test("can be replaced: keys under an earlier one count as long as it is kept", async () => {
    const { key, token } = mint("kept");
    const path = join(folder, "pepper.json");
    const content = JSON.parse(await readFile(path, "utf8")) as { peppers: object };
    const next = Buffer.alloc(32, 1).toString("base64");
    const replaced = join(folder, "replaced.json");
    const both = {
      version: 1,
      active: "pepper-2",
      peppers: { ...content.peppers, "pepper-2": next },
    };
    await writeFile(replaced, JSON.stringify(both), { mode: 0o600 });
    const presented = parseApiKey(token);
    expect(open("replaced.json").active.id).toBe("pepper-2");
    expect(provesApiKey(presented, key, open("replaced.json"))).toBe(true);
    const one = { version: 1, active: "pepper-2", peppers: { "pepper-2": next } };
    await writeFile(replaced, JSON.stringify(one), { mode: 0o600 });
    expect(provesApiKey(presented, key, open("replaced.json"))).toBe(false);
    expect(provesApiKey(presented, { ...key, pepperId: "__proto__" }, open("replaced.json"))).toBe(
      false,
    );
  });
});
