import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPins } from "./moto.ts";

describe("the packages that moto is installed with", () => {
  test("each is pinned to one version, and moto to the version of the part", async () => {
    const file = join(import.meta.dirname, "modules", "moto", "requirements.txt");
    const pins = readPins(await readFile(file, "utf8"));
    expect(pins.get("moto")).toBe("5.2.5");
    expect(pins.size).toBeGreaterThan(40);
  });

  test("comments and blank lines are no packages", () => {
    expect([...readPins("# why\n\nmoto[server]==5.2.5\nFlask==3.1.3\n")]).toEqual([
      ["moto", "5.2.5"],
      ["flask", "3.1.3"],
    ]);
  });

  test.each(["flask", "flask>=3", "flask==3.*", "flask @ file:///tmp/flask", "-e ."])(
    "%j is refused: it could be another version tomorrow",
    (line) => {
      expect(() => readPins(line)).toThrow("names no exact version");
    },
  );
});
