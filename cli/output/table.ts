/** One column of a table, or one line of a single object. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
}

const gap = 2;
const cellWidthMax = 60;

/**
 * A table for eyes: titles in capitals, columns as wide as their content, cells longer than 60
 * characters cut with an ellipsis. Control characters are shown as `?`, so that no name moves the cursor.
 */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => columns.map(({ of }) => cut(printable(of(row)) || "-"))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((cells) => [...(cells[index] ?? "")].length)),
  );
  return lines.map((cells) => `${formatLine(cells, widths)}\n`).join("");
}

/** One object for eyes: a line for each property that has a value. */
export function formatDetails<Row>(columns: readonly Column<Row>[], row: Row): string {
  const width = Math.max(...columns.map(({ title }) => title.length)) + 1;
  return columns
    .map(({ title, of }) => [title, printable(of(row))] as const)
    .filter(([, value]) => value !== "")
    .map(([title, value]) => `${`${title}:`.padEnd(width + gap - 1)}${value}\n`)
    .join("");
}

function formatLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - [...cell].length + gap))
    .join("")
    .trimEnd();
}

function cut(cell: string): string {
  const characters = [...cell];
  return characters.length <= cellWidthMax
    ? cell
    : `${characters.slice(0, cellWidthMax - 1).join("")}…`;
}

/** Text from outside, made safe for a terminal: no escape sequences, one line. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be printed.
  return text.replace(/\r?\n/g, " ").replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/g, "?");
}
