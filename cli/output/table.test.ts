import { expect, test } from "vitest";
import { type Column, formatDetails, formatTable } from "./table.ts";

interface Fruit {
  readonly name: string;
  readonly color: string;
}

const columns: readonly Column<Fruit>[] = [
  { title: "name", of: ({ name }) => name },
  { title: "color", of: ({ color }) => color },
];

test("columns are as wide as their content, and a missing value is a dash", () => {
  const rows = [
    { name: "watermelon", color: "green" },
    { name: "fig", color: "" },
  ];
  expect(formatTable(columns, rows)).toBe("NAME        COLOR\nwatermelon  green\nfig         -\n");
});

test("a table without rows still has its titles", () => {
  expect(formatTable(columns, [])).toBe("NAME  COLOR\n");
});

test("a name that carries an escape sequence cannot move the cursor", () => {
  const table = formatTable(columns, [{ name: "a\u001b[2Jb\u202ec", color: "x\ny" }]);
  expect(table).toBe("NAME      COLOR\na?[2Jb?c  x y\n");
});

test("a long value is cut in a table and whole in the details", () => {
  const long = "x".repeat(100);
  expect(formatTable(columns, [{ name: long, color: "" }])).toContain(`${"x".repeat(59)}…`);
  expect(formatDetails(columns, { name: long, color: "" })).toBe(`name:  ${long}\n`);
});
